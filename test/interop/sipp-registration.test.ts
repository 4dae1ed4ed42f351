import { join } from 'node:path';
import { type DrivenLab, expectCause, lab as openLab } from '../../src/index.js';
import { TestFolder } from '../topology/files.js';
import { authentication, hasSipp, homeDomain, runSipp, type SippResult, sippImsi } from './sipp.js';
import { captureFaults, hasTshark } from './tshark.js';

if (!hasSipp) console.log('sipp is not installed: the lab is not tried with registrations of a sipp UE');

const topology = `
home: ${homeDomain}
nodes:
  pcscf1: { role: p-cscf, listen: [udp://127.0.9.1:5060, tcp://127.0.9.1:5060] }
  icscf1: { role: i-cscf, listen: [udp://127.0.9.2:5060, tcp://127.0.9.2:5060], diameter: { hss: hss1 } }
  scscf1: { role: s-cscf, listen: [udp://127.0.9.3:5060, tcp://127.0.9.3:5060], diameter: { hss: hss1 } }
  hss1: { role: hss, listen: [tcp://127.0.9.4:3868], subscribers: subscribers/default }
  sipp: { role: ue, external: true, address: udp://127.0.9.20:5070 }
`;

/** What the HSS and sipp are answered in a procedure with a challenge, given what each REGISTER makes of UAA. */
const challenged = (first: string, second: string): readonly string[] => [
  first,
  'MAA 2001 SUCCESS',
  '401 Unauthorized (REGISTER)',
  second,
  'SAA 2001 SUCCESS',
  '200 OK (REGISTER)',
];

function expectSuccess({ output, ...result }: SippResult): void {
  const passed = { status: 0, created: 1, successful: 1, failed: 0, retransmissions: 0, stray: 0 };
  expect({ ...result, output: result.status === 0 ? '' : output }).toEqual({ ...passed, output: '' });
}

(hasSipp ? describe : describe.skip)('registrations of a sipp UE', () => {
  const folder = new TestFolder();
  const out = join(folder.path, 'out');
  let lab: DrivenLab;
  /** How many messages there were before the test. */
  let before = 0;

  beforeAll(async () => {
    lab = await openLab({ topology: folder.write('t.yaml', topology), environment: 'real', out });
  });
  beforeEach(() => {
    before = lab.messages().length;
  });
  afterAll(async () => {
    await lab?.close();
    folder.remove();
  });

  const run = (scenario: string, callId: string, fields: readonly (string | number)[]): Promise<SippResult> => {
    const place = { server: '127.0.9.1', address: '127.0.9.20' };
    const calls = [[sippImsi, homeDomain, ...fields]];
    return runSipp({ folder, scenario, calls, ...place, callId, secondsMax: 15 });
  };
  /** Both REGISTERs of one procedure. */
  const register = (cseq: number, expires: number): Promise<SippResult> =>
    run('register', 'life-of-a-registration-%u', [cseq, cseq + 1, expires, authentication(sippImsi)]);
  /** What passed since the test began: answers of Cx and what sipp got. */
  const answers = (): readonly string[] =>
    lab
      .messages()
      .slice(before)
      .filter(({ from, to }) => from === 'hss1' || to === 'sipp')
      .map(({ summary }) => summary);
  const last = (message: string) => lab.messages({ message }).at(-1)!;
  const states = () => ['pcscf1', 'scscf1'].map((node) => lab.state(node, 'registration'));

  it('RFC 3310: sipp finds the MAC wrong where its K or OP is another, and nobody is registered', async () => {
    for (const card of [{ k: 'imslab-key-0000X' }, { op: 'imslab-operator+' }]) {
      const result = await run('register', '%u-%p', [1, 2, 3600, authentication(sippImsi, card)]);
      expect(result).toMatchObject({ successful: 0, retransmissions: 0 });
      expect(result.status).not.toBe(0);
    }
    expect(lab.messages({ message: '401 REGISTER', to: ['sipp'] })).toHaveLength(2);
    expect(lab.messages({ message: 'SAR' })).toEqual([]);
  });

  it.each([
    [
      'AKA-34, REG-43: the UE found the MAC wrong',
      '',
      'the MAC in AUTN is wrong for it: K or OPc differ between SIM and HSS',
    ],
    ['AKA-31, REG-43: its RES is another', '00112233445566778899aabbccddeeff', 'its RES differs from XRES'],
  ])('%s: 403, and the S-CSCF names the cause', async (_, response, cause) => {
    expectSuccess(await run('register-refused', '%u-%p', [response]));
    // SAA and 403 do not wait for each other.
    expect(answers().filter((summary) => !summary.startsWith('SAA'))).toEqual([
      expect.stringMatching(/^UAA/),
      'MAA 2001 SUCCESS',
      '401 Unauthorized (REGISTER)',
      'UAA 2002 SUBSEQUENT_REGISTRATION',
      '403 Forbidden (REGISTER)',
    ]);
    expect(last('SAR').field('Server-Assignment-Type')).toEqual(['9']); // AUTHENTICATION_FAILURE
    await lab.play(expectCause(`/${cause}/`, { node: 'scscf1' }));
    expect(states()).toEqual(['ended', undefined]);
  });

  it('RFC 3310, TS 24.229 5.4.1.2: registers for the first time', async () => {
    expectSuccess(await register(1, 3600));
    expect(answers()).toEqual(challenged('UAA 2001 FIRST_REGISTRATION', 'UAA 2002 SUBSEQUENT_REGISTRATION'));
    expect(last('SAR').field('Server-Assignment-Type')).toEqual(['1']); // REGISTRATION
    expect(last('200 REGISTER').field('Contact.expires')).toEqual(['3600']);
    expect(last('200 REGISTER').field('Service-Route')).toHaveLength(1);
    expect(last('200 REGISTER').field('P-Associated-URI')).toHaveLength(2);
    expect(states()).toEqual(['registered', 'registered']);
  });

  it('REG-43, TS 24.229 5.4.1.2: registers again, with the same Call-ID and higher CSeqs', async () => {
    expectSuccess(await register(3, 1800));
    expect(answers()).toEqual(challenged('UAA 2002 SUBSEQUENT_REGISTRATION', 'UAA 2002 SUBSEQUENT_REGISTRATION'));
    expect(last('SAR').field('Server-Assignment-Type')).toEqual(['2']); // RE_REGISTRATION
    expect(last('200 REGISTER').field('Contact.expires')).toEqual(['1800']);
    expect(states()).toEqual(['registered', 'registered']);
  });

  it('REG-72, TS 24.229 5.4.1.4: de-registers', async () => {
    expectSuccess(await register(5, 0));
    expect(answers()).toEqual(challenged('UAA 2001 SUCCESS', 'UAA 2001 SUCCESS'));
    expect(last('SAR').field('Server-Assignment-Type')).toEqual(['5']); // USER_DEREGISTRATION
    expect(states()).toEqual(['ended', 'terminated']);
  });

  it('ends with a verdict that names the wrong response, and nothing else', async () => {
    const { checks } = await lab.close();
    expect(checks).toEqual([
      {
        check: 'ts24229',
        passed: false,
        detail: expect.stringMatching(
          /^sipp answered the challenge with a response that XRES of the HSS does not give \(AKA-31, [^;]*\)$/,
        ) as string,
      },
      { check: 'invariants', passed: true, detail: 'all hold' },
    ]);
  });

  (hasTshark ? it : it.skip)('leaves a capture in which tshark finds no fault', () => {
    expect(captureFaults(join(out, 'capture.pcapng'))).toEqual([]);
  });
});
