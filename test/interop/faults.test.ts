import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from './program.js';
import { captureFaults, hasTshark, tsharkFields } from './tshark.js';

if (!hasTshark) console.log('tshark is not installed: captures of faults are not checked with it');
const withTshark = hasTshark ? describe : describe.skip;

/** Every kind of fault that leaves a message well-formed, over UDP and TCP, SIP and Diameter. */
const scenario = `
name: all-faults
faults:
  - { drop: 401 REGISTER, from: pcscf1, to: ue1 }
  - { delay: MAA, by: 300ms }
  - { duplicate: 200 REGISTER, to: ue1, after: 5ms }
  - { change: REGISTER, from: icscf1, to: scscf1, nth: 2, set: { X-Planted: "yes", Max-Forwards: 42 } }
  - { change: UAA, nth: 3, set: { Origin-Realm: ims.mnc001.mcc001.3gppnetwork.org, Error-Message: planted } }
  - { answer: UAR, nth: 5, result: 5012 }
  - { answer: MESSAGE, to: pcscf1, status: 480, headers: { Retry-After: 5 } }
  - { reorder: 183 INVITE, to: ue1, hold: 100ms }
  - { corrupt: RTP, from: ue1, bit: 200, nth: 3 }
steps:
  - { do: register, ue: ue1 }
  - { do: reregister, ue: ue1 }
  - { do: register, ue: ue2 }
  - { expect: registration, ue: ue2, is: failed }
  - { do: register, ue: ue2 }
  - { do: message, from: ue1, to: ue2, text: hello, status: 480 }
  - { do: call, from: ue1, to: ue2, hold-for: 300ms }
  - { do: inject, from: ue1, to: pcscf1, message: "OPTIONS sip:pcscf1 SIP/2.0" }
  - { do: cut, between: [ue1, pcscf1] }
  - { do: wait, for: 50ms }
  - { do: heal, between: [ue1, pcscf1] }
  - { do: deregister, ue: [ue1, ue2] }
`;

withTshark.each(['--simulated', 'real'])('a capture of faults, %s', (environment) => {
  const folder = mkdtempSync(join(tmpdir(), 'imslab-faults-'));
  const capture = join(folder, 'out', 'capture.pcapng');
  let output = '';
  beforeAll(async () => {
    writeFileSync(join(folder, 's.yaml'), scenario);
    const args = ['run', '--scenario', 's.yaml', '--out', 'out', ...(environment === 'real' ? [] : [environment])];
    output = (await Program.imslab(args, folder).ended()).output;
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('passes', () => {
    expect(output).toContain('PASSED  all-faults');
  });

  it('has no malformed packet and no expert error', () => {
    expect(captureFaults(capture)).toEqual([]);
  });

  it('names each fault in the comment of its packet', () => {
    const comments = tsharkFields(capture, 'frame.comment contains "by fault"', ['frame.comment']).flat().join('\n');
    for (const effect of ['dropped', 'delayed', 'duplicated', 'changed', 'answered', 'reordered']) {
      expect(comments).toContain(`${effect} by fault`);
    }
  });
});
