/** Ctrl-C in the middle of `imslab diameter send` and `serve`: what came so far is printed and kept, in order. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from '../../src/cli/diameter-send.js';
import { serve } from '../../src/cli/diameter-serve.js';
import { EXIT_INTERRUPTED, EXIT_PASSED } from '../../src/cli/exit.js';
import { readTrace } from '../../src/trace/index.js';
import { captured } from './captured.js';
import { resultOf } from './diameter-tool.js';

const folder = mkdtempSync(join(tmpdir(), 'imslab-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Three are answered, the fourth never. */
const answers = write(
  'answers.yaml',
  `identity: { host: hss1.ims.example, realm: ims.example }
applications: [Cx]
answers:
  - { request: UAR, times: 3, result: FIRST_REGISTRATION }
  - { request: UAR, drop: true }
`,
);
const head = 'identity: { host: icscf1.ims.example, realm: ims.example }\napplications: [Cx]\n';
const uar =
  'request: UAR, avps: { User-Name: a@ims.example, Public-Identity: "sip:a@x", Visited-Network-Identifier: x }';
const requests = write('requests.yaml', `${head}requests:\n  - { ${uar}, repeat: 30 }\n`);
const spaced = write('spaced.yaml', `${head}requests:\n  - { ${uar}, repeat: 30, pause: 60s }\n`);

/** Serves; runs `work` when it listens; `press` is Ctrl-C, once, at a text on stdout. */
async function interrupted(at: string, listen: string, work: () => Promise<number>, out?: string) {
  let listening: () => void = () => {};
  const isListening = new Promise<void>((done) => {
    listening = done;
  });
  let isPressed = false;
  let status = -1;
  const result = await captured(
    async () => {
      const serving = serve(answers, { set: [], listen, ...(out === undefined ? {} : { out }) });
      await isListening;
      status = await work();
      return serving;
    },
    (stdout) => {
      if (stdout.includes('Listening on')) listening();
      if (isPressed || !stdout.includes(at)) return;
      isPressed = true;
      setImmediate(() => process.emit('SIGINT'));
    },
  );
  expect(process.listenerCount('SIGINT')).toBe(0);
  return { ...result, status, servedStatus: result.status };
}

describe('Ctrl-C', () => {
  it('ends send while an answer is awaited: status 130, the table, whole files, and nothing has failed', async () => {
    const out = join(folder, 'sent');
    const work = () => send(requests, { to: '127.0.61.1:3868', set: [], out });
    const { stdout, status } = await interrupted(' 3  UAR', '127.0.61.1:3868', work);
    expect(status).toBe(EXIT_INTERRUPTED);
    expect(stdout).toMatch(/ 4 {2}UAR {2}no answer\n/);
    expect(stdout).toMatch(/^interrupted: 4 sent, 3 answered, 0 failed, 26 not sent/m);
    expect(resultOf(out)).toMatchObject({ verdict: 'interrupted', total: { sent: 4, answered: 3, failed: 0 } });
    expect(readTrace(readFileSync(join(out, 'trace.jsonl'), 'utf8')).at(-1)).toBeDefined();
    expect(readFileSync(join(out, 'ladder.md'), 'utf8')).toContain('DPR');
  });

  it('ends send in a pause between requests, and nothing is sent after it', async () => {
    const work = () => send(spaced, { to: '127.0.61.2:3868', set: [] });
    const { stdout, status } = await interrupted('connected to', '127.0.61.2:3868', work);
    expect(status).toBe(EXIT_INTERRUPTED);
    expect(stdout).toMatch(/^interrupted: 0 sent, 0 answered, 0 failed, 30 not sent/m);
  });

  it('ends serve in the middle of a request: status 0, what each answer has got, and DPR to the client', async () => {
    const out = join(folder, 'served');
    const work = () => send(requests, { to: '127.0.61.3:3868', set: [] });
    const { stdout, status, servedStatus } = await interrupted('dropped', '127.0.61.3:3868', work, out);
    expect([status, servedStatus]).toEqual([EXIT_INTERRUPTED, EXIT_PASSED]);
    expect(stdout).toContain('4 requests over 1 connections\n  UAR: 3\n  UAR: 1\n');
    expect(resultOf(out)).toMatchObject({ requests: 4, connections: 1 });
  });
});
