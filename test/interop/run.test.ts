import { join } from 'node:path';
import { TestFolder } from '../topology/files.js';
import { Program } from './program.js';
import { captureFaults, hasTshark, tsharkFields } from './tshark.js';

if (!hasTshark) console.log('tshark is not installed: the captures of runs are not checked with it');

const folder = new TestFolder();
afterAll(() => folder.remove());

describe('the capture of a run in Wireshark’s eyes', () => {
  (hasTshark ? it : it.skip).each([
    ['volte', []],
    ['volte-ipv6', []],
    ['volte', ['--simulated']],
    ['volte-ipv6', ['--simulated']],
    ['volte-two-scscf', ['--simulated']],
  ] as const)('%s %j: nothing malformed, no expert error, no unknown AVP', async (topology, options) => {
    const out = join(folder.path, [topology, ...options].join(''));
    const program = Program.imslab(['run', topology, ...options, '--out', out], folder.path);
    const { status, output } = await program.ended();
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    const capture = join(out, 'capture.pcapng');
    expect(captureFaults(capture)).toEqual([]);
    for (const [filter, least] of [
      ['sip.Method == "INVITE"', 6],
      ['diameter.cmd.code == 303', 8],
      ['rtp', 100],
      ['rtcp', 2],
    ] as const) {
      expect(tsharkFields(capture, filter, ['frame.number']).length).toBeGreaterThanOrEqual(least);
    }
  });
});
