import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { XMLValidator } from 'fast-xml-parser';
import type { SuiteDocument } from '../../src/regression/index.js';
import { Compiled } from '../regression/compiled.js';
import { TestFolder } from '../topology/files.js';

const folder = new TestFolder();
let compiled: Compiled;
beforeAll(() => {
  compiled = new Compiled();
});
afterAll(() => {
  compiled.remove();
  folder.remove();
});

const root = resolve(__dirname, '../..');

const registers = (name: string) => `name: ${name}
steps:
  - { do: register, ue: [ue1] }
checks: []
`;

const fails = `name: fails
steps:
  - { do: register, ue: [ue1] }
  - { do: call, from: ue1, to: ue2, as: c1 }
  - { expect: call, is: released, as: c1 }
checks: []
`;

let count = 0;

/** A folder of scenarios, and one for what a suite leaves. */
function suite(files: Readonly<Record<string, string>>): { readonly scenarios: string; readonly out: string } {
  count += 1;
  for (const [name, text] of Object.entries(files)) folder.write(join(`suite${count}`, name), text);
  return { scenarios: join(folder.path, `suite${count}`), out: join(folder.path, `out${count}`) };
}

function document(out: string): SuiteDocument {
  return JSON.parse(readFileSync(join(out, 'test-result.json'), 'utf8')) as SuiteDocument;
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

const imslab = (args: readonly string[], ...more: [Parameters<Compiled['imslab']>[2]?]) =>
  compiled.imslab(['test', ...args], root, ...more);

describe('imslab test', () => {
  it('plays what it can of a folder with broken files, says what failed and where, and leaves files for CI', async () => {
    const { scenarios, out } = suite({
      'good.yaml': registers('good'),
      'fails.yaml': fails,
      'broken.yaml': registers('broken').replace('ue1', 'ue9'),
      'syntax.yaml': 'steps: [\n',
      'topology.yaml': 'home: example\nnodes: {}\n',
    });
    const junit = join(out, 'reports', 'junit.xml');
    const first = await imslab([scenarios, '--out', out, '--junit', junit, '--annotations', 'github']);
    expect(first).toMatchObject({ status: 1, stderr: '' });
    expect(lastLine(first.stdout)).toBe('1 passed, 3 failed');
    expect(first.stdout).toMatch(/FAILED {2}fails \(volte, simulated, seed 1\)\n +step 3: ue1 could not talk to ue2: /);
    expect(first.stdout).toContain("has no UE 'ue9'; did you mean 'ue1'?");
    expect(first.stdout).toMatch(
      /^::error file=.*fails\.yaml,line=5,col=\d+,title=fails \(volte%2C simulated%2C seed 1\)::step 3/m,
    );
    expect(XMLValidator.validate(readFileSync(junit, 'utf8'))).toBe(true);
    expect(readdirSync(out).sort()).toEqual(['fails-volte-simulated-seed-1', 'reports', 'test-result.json']);
    expect(readdirSync(join(out, 'fails-volte-simulated-seed-1')).sort()).toEqual([
      'capture.pcapng',
      'failure.txt',
      'ladder.md',
      'ladder.svg',
      'report.html',
      'result.json',
      'trace.jsonl',
    ]);

    const second = await imslab(['--rerun-failed', '--out', out]);
    expect(lastLine(second.stdout)).toBe('0 passed, 3 failed');
    for (const name of ['fails.yaml', 'broken.yaml', 'syntax.yaml'])
      writeFileSync(join(scenarios, name), registers('fails'));
    const third = await imslab(['--rerun-failed', '--out', out]);
    expect(third).toMatchObject({ status: 2, stdout: '' });
    expect(third.stderr).toContain('what failed the last time is not there any more');
  });

  it('with --json has one document on stdout', async () => {
    const { scenarios, out } = suite({ 'a.yaml': registers('a'), 'b.yaml': registers('b') });
    const { stdout, stderr, status } = await imslab([scenarios, '--out', out, '--json', '--annotations', 'github']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(document(out));
    expect(document(out)).toMatchObject({ passed: 2, failed: 0, skipped: 0, interrupted: false });
    expect(lastLine(stderr)).toBe('2 passed, 0 failed');
    const again = await imslab(['--rerun-failed', '--out', out]);
    expect(again).toMatchObject({ status: 0, stdout: 'Nothing failed the last time.\n0 passed, 0 failed\n' });
  });

  it('splits into shards that make up the whole', async () => {
    const files = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`${at}.yaml`, registers(`scenario-${at}`)]));
    const { scenarios, out } = suite(files);
    const shards = await Promise.all(
      [1, 2].map(async (index) => {
        const { status } = await imslab([scenarios, '--shard', `${index}/2`, '--out', join(out, String(index))]);
        expect(status).toBe(0);
        return document(join(out, String(index))).cases.map(({ name }) => name);
      }),
    );
    expect(shards.flat().sort()).toEqual(
      Object.keys(files).map((_, at) => `scenario-${at} (volte, simulated, seed 1)`),
    );
  });

  it('writes golden traces with --update, and fails when the flow has become another', async () => {
    const { scenarios, out } = suite({ 'good.yaml': registers('good') });
    const golden = join(scenarios, 'golden', 'good.golden');
    const updated = await imslab([scenarios, '--update', '--out', out]);
    expect(updated).toMatchObject({ status: 0 });
    expect(updated.stdout).toContain(`written: ${golden}`);
    expect(readFileSync(golden, 'utf8')).toContain('ue1 → pcscf1  REGISTER sip:');
    expect(await imslab([scenarios, '--seed', '77', '--out', out])).toMatchObject({ status: 0 });
    writeFileSync(golden, readFileSync(golden, 'utf8').replace('Expires: 600000', 'Expires: 3600'));
    const differs = await imslab([scenarios, '--out', out]);
    expect(differs.status).toBe(1);
    expect(differs.stdout).toMatch(
      / {2}ue1 → pcscf1 {2}REGISTER sip:.*\n +- {5}Expires: 3600\n +\+ {5}Expires: 600000\n/,
    );
    expect(document(out).cases[0]).toMatchObject({ status: 'failed', end: 'golden' });
  });

  it('on Ctrl-C ends with 130 and complete files', async () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`${at}.yaml`, registers(`s${at}`)]));
    const { scenarios, out } = suite({ '0-first.yaml': fails, ...many });
    const junit = join(out, 'junit.xml');
    let pressed = false;
    const { status, stdout } = await imslab(
      [scenarios, '--parallel', '1', '--out', out, '--junit', junit],
      (text, signal) => {
        if (pressed || !text.includes('failed  fails')) return;
        pressed = true;
        signal('SIGINT');
      },
    );
    expect(status).toBe(130);
    expect(document(out)).toMatchObject({ interrupted: true, failed: 2 });
    expect(document(out).skipped).toBeGreaterThan(0);
    expect(document(out).cases).toHaveLength(151);
    expect(XMLValidator.validate(readFileSync(junit, 'utf8'))).toBe(true);
    expect(stdout).toMatch(/^FAILED {2}the suite was interrupted: \d+ cases were not played to the end$/m);
    expect(lastLine(stdout)).toMatch(/^\d+ passed, 2 failed, \d+ skipped$/);

    const { passed } = document(out);
    const again = await imslab(['--rerun-failed', '--out', out]);
    expect(again.status).toBe(1);
    expect(lastLine(again.stdout)).toBe(`${150 - passed} passed, 1 failed`);
  });

  it('on Ctrl-C leaves the ladder and the result of the case on sockets that it has cut off, and plays it again', async () => {
    const waits = `name: waits
steps:
  - { do: register, ue: [ue1] }
  - { do: wait, for: 20s }
timeout: 60s
checks: []
`;
    const { scenarios, out } = suite({ 'a.yaml': waits, 'b.yaml': registers('b') });
    const trace = join(out, 'waits-volte-real', 'trace.jsonl');
    let press: (name: NodeJS.Signals) => void = () => {};
    let isOver = false;
    const suiteRun = imslab([scenarios, '--real', '--out', out], (_, signal) => {
      press = signal;
    }).finally(() => {
      isOver = true;
    });
    while (!isOver && !(existsSync(trace) && readFileSync(trace, 'utf8').includes('wait 20 s'))) await setTimeout(20);
    press('SIGINT');
    const { status, stdout } = await suiteRun;
    expect({ status, last: lastLine(stdout) }).toEqual({ status: 130, last: '0 passed, 1 failed, 2 skipped' });
    expect(readFileSync(join(dirname(trace), 'ladder.md'), 'utf8')).toContain('it was interrupted');
    expect(JSON.parse(readFileSync(join(dirname(trace), 'result.json'), 'utf8'))).toMatchObject({
      passed: false,
      sentence: 'it was interrupted',
    });
    expect(document(out).cases).toMatchObject([
      { name: 'waits (volte, real)', status: 'skipped', end: 'interrupted', folder: dirname(trace) },
      { name: 'b (volte, real)', status: 'skipped', end: 'interrupted' },
    ]);
    expect(stdout).toContain(`waits (volte, real)  (what there is of it: ${dirname(trace)})`);

    writeFileSync(join(scenarios, 'a.yaml'), waits.replace('20s', '20ms'));
    const again = await imslab(['--rerun-failed', '--out', out]);
    expect({ status: again.status, last: lastLine(again.stdout) }).toEqual({ status: 0, last: '2 passed, 0 failed' });
  });

  it('fails on --rerun-failed where no case failed, and the suite did', async () => {
    const { scenarios, out } = suite({ 'a.yaml': registers('a') });
    const first = await imslab([scenarios, '--coverage-min', '100', '--out', out]);
    expect(lastLine(first.stdout)).toBe('1 passed, 1 failed');
    const { status, stdout } = await imslab(['--rerun-failed', '--out', out]);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^No case failed the last time\.\nWhat failed the last time, and only the whole suite can mend: [\d.]+ % of the transitions were visited, and --coverage-min asks for 100 %\n0 passed, 1 failed\n$/,
    );
  });

  it('watches: runs again after a change, until Ctrl-C', async () => {
    const { scenarios, out } = suite({ 'a.yaml': registers('a') });
    let changes = 0;
    const { status, stdout } = await imslab([scenarios, '--watch', '--out', out], (text, signal) => {
      const waits = text.split('Waiting for changes').length - 1;
      if (waits <= changes) return;
      changes = waits;
      if (waits === 1) appendFileSync(join(scenarios, 'a.yaml'), '# changed\n');
      else signal('SIGINT');
    });
    expect(status).toBe(130);
    expect(stdout.match(/1 passed, 0 failed/g)).toHaveLength(2);
    expect(stdout).toContain('a.yaml has changed.');
  });

  it('counts coverage, and fails below a minimum', async () => {
    const { scenarios, out } = suite({ 'a.yaml': registers('a') });
    const { status, stdout } = await imslab([scenarios, '--coverage-min', '100', '--out', out]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^FAILED {2}[\d.]+ % of the transitions were visited, and --coverage-min asks for 100 %$/m);
    expect(lastLine(stdout)).toBe('1 passed, 1 failed');
    expect(existsSync(join(out, 'coverage'))).toBe(true);
    expect(document(out).coverage).toMatchObject({ percent: expect.any(Number) });
  });

  it.each([
    [['nowhere'], 2, 'there is no such scenario'],
    [['--shard', '3/2'], 2, 'It is i/n, with i from 1 to n.'],
    [['--shard', '0/3'], 2, 'It is i/n, with i from 1 to n.'],
    [['--parallel', 'x'], 2, 'It is a whole number from 1 to 9999.'],
    [['--coverage-min', '200'], 2, 'It is a number from 0 to 100.'],
    [['--seed', '-1'], 2, 'It is a whole number from 0 to 999999999.'],
    [['--keep', 'some'], 2, 'Allowed choices are failed, all.'],
    [['--annotations', 'gitlab'], 2, 'Allowed choices are github.'],
    [['--set', 'nonsense'], 2, '--set nonsense: is not PATH=VALUE'],
    [['register-and-call', '--set', 'nodes.ue9.via=pcscf1'], 2, 'nodes.ue9'],
    [['register-and-call', '--set', 'params.nope=1'], 2, 'params.nope'],
    [['--topology', 'nope'], 2, 'nope: there is no such topology'],
    [['register-and-call', '--topology', 'profiles/ue/ir92.yaml'], 2, 'profiles/ue/ir92.yaml'],
    [['--junit', '/proc/nowhere/junit.xml'], 2, '--junit /proc/nowhere/junit.xml: cannot write it'],
    [['--junit', 'test'], 2, '--junit test: cannot write it'],
    [['--watch', '--topology', 'nope'], 2, 'nope: there is no such topology'],
    [['--parallel', '0'], 2, 'It is a whole number from 1 to 9999.'],
    [['--grep', 'no such case'], 2, '--grep no such case: no case has this in its name'],
    [['--rerun-failed', '--out', '/nowhere'], 2, '/nowhere has no test-result.json of an earlier suite'],
    [['--out', '/proc/nowhere'], 3, 'choose a folder with --out DIR'],
  ])('%j ends with status %i', async (args, expected, text) => {
    const { status, stderr, stdout } = await imslab(args);
    expect({ status, stderr, stdout }).toEqual({ status: expected, stderr: expect.stringContaining(text), stdout: '' });
  });

  it('plays a shipped folder by its name', async () => {
    const out = join(folder.path, 'shipped');
    const run = await imslab(['sim', '--simulated', '--grep', 'wrong-k', '--out', out]);
    expect(run.status).toBe(0);
    expect(document(out).cases.map(({ name }) => name)).toEqual([expect.stringContaining('wrong-k')]);
  });

  it('refuses a folder without scenarios', async () => {
    const empty = join(folder.path, 'empty');
    mkdirSync(empty);
    const { status, stderr } = await imslab([empty]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('there is no scenario') });
  });
});
