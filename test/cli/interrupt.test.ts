import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../src/cli/run.js';
import { up } from '../../src/cli/up.js';
import { UsageError } from '../../src/lab/errors.js';
import { readTrace } from '../../src/trace/index.js';
import { TestFolder, topologyText } from '../topology/files.js';
import { captured } from './captured.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

/** Presses Ctrl-C once, when stdout has the text. */
function interruptAt(text: string): (stdout: string) => void {
  let pressed = false;
  return (stdout) => {
    if (pressed || !stdout.includes(text)) return;
    pressed = true;
    setImmediate(() => process.emit('SIGINT'));
  };
}

describe('Ctrl-C', () => {
  it('ends a run with status 130 and complete files', async () => {
    const topology = folder.write(
      't.yaml',
      topologyText((text) => text.replaceAll('127.0.9.', '127.0.11.')),
    );
    const out = join(folder.path, 'run');
    const { status, stdout } = await captured(
      () => run(topology, { scenario: 'register-and-call', set: [], logLevel: 'error', out }),
      interruptAt('ue1 calls ue2'),
    );
    expect(status).toBe(130);
    expect(stdout).toContain('FAILED  register-and-call: it was interrupted');
    expect(readTrace(readFileSync(join(out, 'trace.jsonl'), 'utf8')).at(-1)).toBeDefined();
    expect(readFileSync(join(out, 'ladder.md'), 'utf8')).toContain('it was interrupted');
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('ends up with status 0 after the UEs have de-registered', async () => {
    const topology = folder.write(
      'u.yaml',
      topologyText((text) => text.replaceAll('127.0.9.', '127.0.12.')),
    );
    const out = join(folder.path, 'up');
    let registered = 0;
    const interrupt = interruptAt('is registered');
    const { status } = await captured(
      () => up(topology, { set: [], logLevel: 'error', out }),
      (stdout) => {
        registered = stdout.match(/ is registered/g)?.length ?? 0;
        if (registered === 2) interrupt(stdout);
      },
    );
    expect(status).toBe(0);
    const answers = readTrace(readFileSync(join(out, 'trace.jsonl'), 'utf8')).filter(
      (record) =>
        record.kind === 'message' &&
        record.fromNode === 'pcscf1' &&
        record.toNode.startsWith('ue') &&
        record.summary.startsWith('200 OK (REGISTER)'),
    );
    expect(answers).toHaveLength(4); // two to register, two to de-register
  });
});

describe('imslab up --only', () => {
  it('starts what it names', async () => {
    const topology = folder.write(
      'v.yaml',
      topologyText((text) => text.replaceAll('127.0.9.', '127.0.13.')),
    );
    const { status, stdout } = await captured(
      () => up(topology, { set: [], logLevel: 'error', only: ['hss1', 'scscf1'] }),
      interruptAt('Serving'),
    );
    expect(status).toBe(0);
    expect(stdout).toContain('scscf1  s-cscf');
    expect(stdout).not.toContain('pcscf1  p-cscf');
  });

  it('refuses a node that is not there', async () => {
    const topology = folder.write('v.yaml', topologyText());
    await expect(up(topology, { set: [], logLevel: 'error', only: ['hss2'] })).rejects.toThrow(UsageError);
    await expect(up(topology, { set: [], logLevel: 'error', only: ['hss2'] })).rejects.toThrow("did you mean 'hss1'?");
  });
});
