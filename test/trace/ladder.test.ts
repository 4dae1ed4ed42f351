import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceRecord } from '../../src/environment/index.js';
import { TraceCollector } from '../../src/trace/collector.js';
import { Ladder, renderLadder } from '../../src/trace/ladder.js';
import { LiveLadder } from '../../src/trace/live-ladder.js';
import { NodeTable } from '../../src/trace/node-table.js';
import { TraceFile } from '../../src/trace/trace-file.js';
import { readTrace } from '../../src/trace/trace-reader.js';
import { playSampleRun, START, sampleNodes } from './sample-run.js';

const names = sampleNodes.map((node) => node.name);

function sampleRecords(): { records: TraceRecord[]; file: string } {
  const records: TraceRecord[] = [];
  let file = '';
  const trace = new TraceFile((lines) => {
    file += lines;
  });
  const listeners = [(record: TraceRecord) => records.push(record), trace.listener];
  playSampleRun(new TraceCollector({ nodes: new NodeTable(sampleNodes), listeners }));
  trace.close();
  return { records, file };
}

function lines(text: string): string[] {
  return text.split('\n');
}

describe('ladder', () => {
  const { records, file } = sampleRecords();

  it.each([80, 120])('fits %i columns', (width) => {
    const text = renderLadder(records, names, { width, colours: false });
    expect(Math.max(...lines(text).map((line) => [...line].length))).toBeLessThanOrEqual(width);
    expect(text).toBe(readFileSync(join(__dirname, `ladder-${width}.txt`), 'utf8'));
  });

  it('says the same from the trace file', () => {
    const format = { width: 120, colours: false };
    expect(renderLadder(readTrace(file), names, format)).toBe(renderLadder(records, names, format));
  });

  it('condenses RTP to one line a direction, with the amount', () => {
    const media = lines(renderLadder(records, names)).filter((line) => line.includes('RTP'));
    expect(media).toHaveLength(2);
    expect(media[0]).toContain('RTP AMR-WB, 100 packets in 2.0 s');
  });

  it('writes lines of text where columns do not fit', () => {
    const text = renderLadder(records, names, { width: 40, colours: false });
    expect(text).toContain('  0.001 ue1 → pcscf1');
    expect(Math.max(...lines(text).map((line) => [...line].length))).toBeLessThanOrEqual(60);
  });

  it('colours SIP and Diameter differently, and writes no escape sequence without colours', () => {
    const coloured = lines(renderLadder(records, names, { width: 120, colours: true }));
    expect(coloured.find((line) => line.includes('REGISTER'))).toContain('\u001b[36m');
    expect(coloured.find((line) => line.includes('UAR'))).toContain('\u001b[35m');
    expect(renderLadder(records, names)).not.toContain('\u001b');
  });

  it('shows participants that the topology does not know after those that it does', () => {
    const [first] = records.filter((record) => record.kind === 'message');
    const foreign = { ...first!, fromNode: '10.0.0.9' } as TraceRecord;
    expect(lines(renderLadder([foreign], names))[0]).toMatch(/^\s+pcscf1\s+10\.0\.0\.9$/);
  });

  it('shows faults with their clause', () => {
    const detail = undefined;
    const fault = {
      kind: 'fault',
      time: START,
      node: 'ue1',
      what: 'malformed message',
      clause: 'RFC 3261 8.1.1',
      detail,
    } as const;
    expect(renderLadder([fault], names)).toContain('✗ ue1: malformed message (RFC 3261 8.1.1)');
    const explained = { ...fault, detail: { resultCode: 5005, reason: 'Public-Identity is missing' } };
    expect(renderLadder([explained], names)).toContain(
      '✗ ue1: malformed message: resultCode 5005, Public-Identity is missing (RFC 3261 8.1.1)',
    );
  });

  it('writes control characters that a peer has sent as text', () => {
    const summary = 'REGISTER sip:a\u001b]0;title\u0007@ims.example';
    const text = 'RED\u001b[31m\nFAKE LINE\u009b';
    const note = { kind: 'note', time: START, node: 'ue1', what: 'x', text, clause: undefined } as const;
    const invite = records.find((record) => record.kind === 'message')!;
    const drawn = renderLadder([{ ...invite, summary }, note], names, { width: 200, colours: false });
    expect(drawn).toContain('RED\\x1b[31m\\x0aFAKE LINE\\x9b');
    expect(drawn.split('\n').join('')).not.toMatch(/\p{Cc}/u);
  });

  it('wraps what a node notes', () => {
    const text =
      'The answer came after the transaction had ended and was passed to the dialog instead of being dropped.';
    const note = { kind: 'note', time: START, node: 'ue1', what: 'x', text, clause: undefined } as const;
    const [, invite] = records.filter((record) => record.kind === 'message');
    const drawn = renderLadder([{ ...invite!, fromNode: 'ue1' }, note], names, { width: 80, colours: false });
    expect(drawn).toContain('▪ ue1: The answer');
    expect(Math.max(...lines(drawn).map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('writes Markdown with verdict, diagram and text', () => {
    const ladder = new Ladder(names);
    records.forEach(ladder.listener);
    const text = ladder.markdown('register-and-call: failed', [
      { check: 'ts24229', passed: true, detail: '42 rules' },
      { check: 'media-both-ways', passed: false, detail: 'a|b' },
    ]);
    expect(text).toMatch(/^# register-and-call: failed\n\n\| check \| verdict \| \|\n/);
    expect(text).toContain('| media-both-ways | **failed** | a\\|b |');
    expect(text).toContain('  participant n1 as ue1\n  participant n2 as pcscf1\n');
    expect(text).toContain('  n1->>n2: REGISTER sip:ims.mnc001');
    expect(text).toContain('  n5--)n3: UAA 2001 FIRST_REGISTRATION');
    expect(text).toContain('  Note over n1: registration registered');
    expect(text).toContain('  Note over n1,n6: call c1 from ue1 to ue2');
    expect(text).toContain('│◁╌╌╌╌╌ UAA 2001 FIRST_REGISTRATION ╌╌╌╌╌╌│');
  });

  it('keeps the Mermaid diagram below its limit', () => {
    const ladder = new Ladder(names);
    for (let round = 0; round < 20; round += 1) records.forEach(ladder.listener);
    const [, diagram = ''] = ladder.markdown('t', []).split('```mermaid\n');
    expect(diagram.split('```')[0]!.length).toBeLessThan(50_000);
    expect(diagram).toMatch(/Note over n1,n6: \d+ more below/);
  });

  it('keeps it below its limit whatever the crowd: 20 nodes are drawn, and the others counted', () => {
    const invite = records.find((record) => record.kind === 'message')!;
    const crowd = Array.from({ length: 2_500 }, (_, index) => `crowd-${index + 1}`);
    const ladder = new Ladder(['pcscf1', ...crowd]);
    for (const name of crowd) ladder.listener({ ...invite, fromNode: name, toNode: 'pcscf1' });
    const note = { kind: 'note', time: START, what: 'x', text: 'lost its way', clause: undefined } as const;
    for (const node of ['crowd-2', 'crowd-2000', '']) ladder.listener({ ...note, node });
    const [, diagram = ''] = ladder.markdown('t', []).split(/```(?:mermaid)?\n/);
    expect(diagram.length).toBeLessThan(50_000);
    expect(diagram).toContain('participant n20 as crowd-19\n  Note over n1,n20: 2481 more nodes below\n');
    expect(diagram.match(/->>n1: /g)).toHaveLength(19);
    expect(diagram.match(/Note over .*: lost its way/g)).toEqual([
      'Note over n3: lost its way',
      'Note over n1,n20: lost its way',
    ]);
  });
});

describe('live ladder', () => {
  it('prints the names above, and state changes of one moment on one line', () => {
    const printed: string[] = [];
    const options = { nodes: ['ue1', 'ue2'], width: 80, colours: false };
    const live = new LiveLadder(options, (line) => printed.push(line));
    const base = {
      kind: 'transition',
      time: START,
      actor: 'a',
      machine: 'session',
      event: 'e',
      context: undefined,
    } as const;
    live.listener({ ...base, node: 'ue1', from: 'a', to: 'established', effects: [] });
    live.listener({ ...base, node: 'ue2', from: 'a', to: 'established', effects: [] });
    live.listener({ ...base, node: 'ue2', from: 'same', to: 'same', effects: [] });
    live.listener({ ...base, node: 'ue2', machine: 'inviteClientTransaction', from: 'a', to: 'b', effects: [] });
    expect(printed).toEqual([]);
    live.flush();
    expect(printed[0]).toMatch(/^\s+ue1\s+ue2$/);
    expect(printed.at(-1)).toMatch(/^\s+0\.000 {3}● session established {2,}● session established$/);
    expect(printed).toHaveLength(3);
  });

  it('counts what is beyond the bound of a step, and draws the next step again', () => {
    const printed: string[] = [];
    const live = new LiveLadder({ nodes: ['ue1'], width: 80, colours: false, stepMax: 3 }, (line) =>
      printed.push(line),
    );
    const step = (text: string) =>
      ({ kind: 'note', time: START, node: '', what: 'scenario.step', text, clause: undefined }) as const;
    const fault = (what: string) =>
      ({ kind: 'fault', time: START, node: 'ue1', what, clause: undefined, detail: undefined }) as const;
    live.listener(step('register'));
    for (const what of ['a', 'b', 'c', 'd']) live.listener(fault(what));
    live.listener(step('call'));
    live.listener(fault('e'));
    live.endStep();
    expect(
      printed.map((line) =>
        line
          .trim()
          .replace(/^0\.000 |[─\s]+/g, ' ')
          .trim(),
      ),
    ).toEqual(['register', '✗ ue1: a', '✗ ue1: b', '… and 2 more; trace.jsonl has them all', 'call', '✗ ue1: e']);
  });

  it('prints by itself at the end of the turn', async () => {
    const printed: string[] = [];
    const live = new LiveLadder({ nodes: ['ue1', 'ue2'], width: 80, colours: false }, (line) => printed.push(line));
    const base = { kind: 'transition', time: START, node: 'ue1', actor: 'a', machine: 'm', event: 'e' } as const;
    live.listener({ ...base, from: 'a', to: 'b', effects: [], context: undefined });
    await Promise.resolve();
    expect(printed.at(-1)).toContain('● m b');
  });
});
