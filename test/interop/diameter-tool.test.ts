import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Program } from './program.js';
import { captureFaults, hasTshark, tsharkFields } from './tshark.js';

const examples = resolve(__dirname, '../../docs/examples/diameter');
const folder = mkdtempSync(join(tmpdir(), 'imslab-diameter-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
if (!hasTshark) console.log('tshark is not installed: captures of imslab diameter are not read with it');

function send(name: string, to: string): Program {
  return Program.imslab(['diameter', 'send', join(examples, `${name}.yaml`), '--to', to, '--out', name], folder);
}

/** What tshark has against a capture, and how many Diameter messages it sees. */
function judged(name: string): readonly [faults: readonly string[], messages: number] {
  const file = join(folder, name, 'capture.pcapng');
  return [captureFaults(file), tsharkFields(file, 'diameter', ['diameter.cmd.code']).length];
}

(hasTshark ? describe : describe.skip)('captures of imslab diameter, read by tshark', () => {
  it('Cx, against our HSS: nothing malformed, no AVP unknown but the one that is meant to be', async () => {
    const to = '127.0.79.14:3868';
    const options = ['--set', `nodes.hss1.listen=[tcp://${to}]`, '--only', 'hss1'];
    const hss = Program.imslab(['up', 'volte', ...options], folder);
    await hss.says('Serving.');
    for (const name of ['cx-registration', 'cx-mistakes']) {
      expect(await send(name, to).ended()).toMatchObject({ status: 0 });
    }
    hss.signal('SIGINT');
    await hss.ended();
    expect(judged('cx-registration')).toEqual([[], 16]);
    const [faults, messages] = judged('cx-mistakes');
    expect(messages).toBe(24);
    // AVP 47110 in a request, and in the Failed-AVP of its answer.
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toMatch(/Unknown AVP 47110/);
  }, 60_000);

  it.each(['s6a', 'credit-control'])(
    '%s, both sides ours: by the names of the foreign dictionary',
    async (name) => {
      const to = '127.0.79.15:3868';
      const file = join(examples, `${name}-answers.yaml`);
      const server = Program.imslab(['diameter', 'serve', file, '--listen', to, '--out', `${name}-served`], folder);
      await server.says('Listening');
      expect(await send(name, to).ended()).toMatchObject({ status: 0 });
      server.signal('SIGINT');
      expect(await server.ended()).toMatchObject({ status: 0 });
      const [faults, messages] = judged(name);
      expect(faults).toEqual([]);
      expect(judged(`${name}-served`)).toEqual([[], messages]);
    },
    60_000,
  );
});
