import { createSocket, type Socket } from 'node:dgram';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOptions, run } from '../../src/cli/run.js';
import { StartError, UsageError } from '../../src/lab/errors.js';
import { readTrace } from '../../src/trace/index.js';
import { TestFolder, topologyText } from '../topology/files.js';
import { captured } from './captured.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

function options(out: string, more: Partial<RunOptions> = {}): RunOptions {
  return { scenario: 'register-and-call', set: [], logLevel: 'error', out: join(folder.path, out), ...more };
}

function file(out: string, name: string): Buffer {
  return readFileSync(join(folder.path, out, name));
}

describe('a simulated run', () => {
  it('gives the same trace and the same capture to the byte, for one seed', async () => {
    for (const out of ['a', 'b']) {
      const { status } = await captured(() => run('volte', options(out, { simulated: true, seed: 7 })));
      expect(status).toBe(0);
    }
    expect(file('a', 'trace.jsonl').length).toBeGreaterThan(10_000);
    expect(file('a', 'trace.jsonl').equals(file('b', 'trace.jsonl'))).toBe(true);
    expect(file('a', 'capture.pcapng').equals(file('b', 'capture.pcapng'))).toBe(true);
  });

  it('differs with the seed', async () => {
    await captured(() => run('volte', options('c', { simulated: true, seed: 8 })));
    expect(file('a', 'trace.jsonl').equals(file('c', 'trace.jsonl'))).toBe(false);
  });

  it('with --inspect carries full contexts', async () => {
    const { status } = await captured(() => run('volte', options('d', { simulated: true, seed: 7, inspect: true })));
    expect(status).toBe(0);
    const transitions = readTrace(file('d', 'trace.jsonl').toString()).filter(({ kind }) => kind === 'transition');
    expect(transitions.some((record) => 'context' in record && record.context !== undefined)).toBe(true);
  });

  it('with --json has one document on stdout and the ladder on stderr', async () => {
    const { stdout, stderr } = await captured(() => run('volte', options('e', { simulated: true, json: true })));
    const result = JSON.parse(stdout) as { passed: boolean; calls: object[]; registrations: object[] };
    expect(result).toMatchObject({ passed: true, environment: 'simulated', scenario: 'register-and-call' });
    expect(result.calls).toHaveLength(1);
    expect(result.registrations).toHaveLength(2);
    expect(stderr).toContain('PASSED  register-and-call: all 4 steps went as they should');
    expect(JSON.parse(file('e', 'result.json').toString())).toEqual(result);
  });

  it('that fails has status 1, complete files and one sentence', async () => {
    const set = ['nodes.ue1.sim.k=00112233445566778899aabbccddeeff'];
    const { stdout, status } = await captured(() => run('volte', options('f', { simulated: true, set })));
    expect(status).toBe(1);
    expect(stdout).toMatch(/FAILED {2}register-and-call: step 1: ue1 could not register: /);
    expect(readdirSync(join(folder.path, 'f')).sort()).toEqual([
      'capture.pcapng',
      'junit.xml',
      'ladder.md',
      'ladder.svg',
      'report.html',
      'result.json',
      'trace.jsonl',
    ]);
    const junit = file('f', 'junit.xml').toString();
    expect(junit).toContain('<testsuites name="imslab" tests="1" failures="1" errors="0"');
    expect(junit).toContain('<failure message="step 1: ue1 could not register: ');
  });

  it('cannot have external nodes, and only it has a seed', async () => {
    const topology = folder.write(
      'x.yaml',
      topologyText((text) => `${text}  phone: { role: ue, external: true, address: udp://192.0.2.9:5060 }\n`),
    );
    await expect(run(topology, options('g', { simulated: true }))).rejects.toThrow(UsageError);
    await expect(run('volte', options('g', { seed: 1 }))).rejects.toThrow(
      '--seed: only a simulated run follows from a seed',
    );
    expect(existsSync(join(folder.path, 'g'))).toBe(false);
  });
});

describe('a run on loopback sockets', () => {
  const holding = '127.0.9.2';
  let socket: Socket;
  beforeAll((done) => {
    socket = createSocket('udp4').bind(5060, holding, done);
  });
  afterAll((done) => {
    socket.close(done);
  });

  it('that finds a port in use names file, line and key, and leaves complete files', async () => {
    const topology = folder.write('t.yaml', topologyText());
    const attempt = captured(() => run(topology, options('h')));
    await expect(attempt).rejects.toThrow(StartError);
    await expect(attempt).rejects.toThrow(
      /t\.yaml:4:36: nodes\.icscf1\.listen\[0\]: udp:\/\/127\.0\.9\.2:5060 is in use by another program; stop that program, or give icscf1 another port or address here/,
    );
    expect(JSON.parse(file('h', 'result.json').toString())).toMatchObject({ passed: false });
    expect(file('h', 'junit.xml').toString()).toMatch(/<error message="[^"]*5060 is in use by another program/);
    expect(file('h', 'report.html').toString()).toContain('5060 is in use by another program');
  });

  it('passes, with true addresses', async () => {
    const topology = folder.write(
      't.yaml',
      topologyText((text) => text.replaceAll('127.0.9.', '127.0.10.')),
    );
    const scenario = folder.write(
      's.yaml',
      readFileSync('profiles/scenarios/register-and-call.yaml', 'utf8').replace('2s', '400ms'),
    );
    const { stdout, status } = await captured(() => run(topology, options('i', { scenario })));
    expect({ status, stdout: status === 0 ? '' : stdout }).toEqual({ status: 0, stdout: '' });
    const messages = readTrace(file('i', 'trace.jsonl').toString()).filter((record) => record.kind === 'message');
    expect(new Set(messages.flatMap(({ fromNode, toNode }) => [fromNode, toNode]))).toEqual(
      new Set(['pcscf1', 'icscf1', 'scscf1', 'hss1', 'ue1', 'ue2']),
    );
  });
});
