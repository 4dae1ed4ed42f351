import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TestFolder } from '../topology/files.js';
import { Program } from './program.js';
import { captureFaults, hasTshark } from './tshark.js';

if (!hasTshark) console.log('tshark is not installed: the captures of the scenarios are not checked with it');

const scenarios = resolve(__dirname, '../../profiles/scenarios');
/** tshark takes a second or two for a capture. */
const capturesMax = 25;
const some = ['volte-call', 'hold-and-resume', 'cancelled', 'no-codec-in-common', 'nobody-answers'];
const esp = ['esp.enable_encryption_decode:TRUE', 'esp.enable_authentication_check:TRUE'];

(hasTshark ? describe : describe.skip)('the captures of the shipped scenarios in Wireshark’s eyes', () => {
  const folder = new TestFolder();
  afterAll(() => folder.remove());

  it.each([
    ['registration', ['registration']],
    ['Cx', ['cx']],
    ['Sh', ['sh']],
    ['Diameter agents', ['diameter']],
    ['messages and calls', ['register-and-call.yaml', 'message', ...some.map((name) => `call/${name}.yaml`)]],
  ])('%s: nothing malformed, no expert error, no unknown AVP', async (name, paths) => {
    const out = join(folder.path, name);
    const files = paths.map((path) => join(scenarios, path));
    const { output } = await Program.imslab(
      ['test', '--simulated', '--keep', 'all', '--out', out, ...files],
      folder.path,
    ).ended();
    const cases = readdirSync(out).filter((entry) => existsSync(join(out, entry, 'capture.pcapng')));
    if (cases.length === 0) throw new Error(output);
    const chosen = sample(cases);
    const faults = chosen.flatMap((entry) => {
      const options = { folder: join(out, entry), preferences: esp }; // where the run's esp_sa is
      return captureFaults(join(out, entry, 'capture.pcapng'), options).map((fault) => `${entry}: ${fault}`);
    });
    console.log(`${name}: tshark read ${chosen.length} of ${cases.length} captures, ${faults.length} faults`);
    expect(faults).toEqual([]);
  });
});

/** Evenly over the cases: those of a matrix stand beside each other. */
function sample(cases: readonly string[]): readonly string[] {
  const step = Math.max(1, cases.length / capturesMax);
  return Array.from({ length: Math.min(cases.length, capturesMax) }, (_, index) => cases[Math.floor(index * step)]!);
}
