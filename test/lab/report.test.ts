/** `report.html`: what a run that failed tells whoever opens it, and what a hostile peer cannot make of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { playScenario } from '../../src/lab/play-scenario.js';
import { readScenarios } from '../../src/lab/read-scenarios.js';
import { findScenario } from '../../src/topology/find-file.js';
import { bareSummary, Ladder, NodeTable, Report, readTrace, TraceCollector } from '../../src/trace/index.js';
import { TestFolder } from '../topology/files.js';
import { playSampleRun, sampleNodes } from '../trace/sample-run.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

/** A page of the sample run, with more records after it. */
function sample(more: (collector: TraceCollector) => void): string {
  const report = new Report({ roleOf: () => undefined });
  const ladder = new Ladder(sampleNodes.map(({ name }) => name));
  const collector = new TraceCollector({
    nodes: new NodeTable(sampleNodes),
    listeners: [report.listener, ladder.listener],
  });
  playSampleRun(collector);
  more(collector);
  return report.page({ ...bareSummary, title: 'sample' }, ladder);
}

describe('of a phone with the wrong key', () => {
  const set = ['nodes.ue1.sim.k=00112233445566778899aabbccddeeff'];
  let page = '';
  let trace: ReturnType<typeof readTrace> = [];
  beforeAll(async () => {
    const reading = { topology: 'volte', set, environment: 'simulated' } as const;
    const [read] = readScenarios(findScenario('register-and-call'), reading);
    const out = folder.path;
    await playScenario({ ...read!, written: read!.lab, environment: 'simulated', seed: 1, folder: out });
    page = readFileSync(join(out, 'report.html'), 'utf8');
    trace = readTrace(readFileSync(join(out, 'trace.jsonl'), 'utf8'));
  });

  it('begins with the verdict, its cause and its clause', () => {
    const head = page.slice(0, page.indexOf('<h2'));
    expect(head).toContain('<p class="verdict failed">FAILED</p><h1>register-and-call on topologies/volte.yaml</h1>');
    expect(head).toContain('K or OPc differ between its SIM and the HSS');
    expect(head).toContain('TS 33.102 §6.3.3');
  });

  it('has every SIP and Diameter message, decoded, with the clause of what its receiver does', () => {
    const ids = trace.flatMap((record) => (record.kind === 'message' ? [record.id] : []));
    expect(ids.length).toBeGreaterThan(20);
    expect([...page.matchAll(/<details id="m(\d+)">/g)].map(([, id]) => Number(id))).toEqual(ids);
    expect(page).toMatch(/<span>UAR<\/span><span>TS 29\.228 6\.1\.1<\/span>/);
    expect(page).toMatch(/<span>REGISTER sip:scscf1\S+<\/span><span>TS 24\.229 5\.4\.1\.2<\/span>/);
    expect(page).toMatch(/SIP-Authentication-Scheme \(608, vendor 10415, [^)]*\): Digest-AKAv1-MD5/);
    expect(page).toContain('WWW-Authenticate: Digest realm=&quot;');
  });

  it('leads from each arrow to its message, at the same second', () => {
    const links = [...page.matchAll(/href="#(m\d+)"/g)].map(([, id]) => id!);
    expect(links.length).toBeGreaterThan(20);
    for (const id of links) expect(page).toContain(`<details id="${id}">`);
    expect(page).toMatch(/class="time" text-anchor="end">0\.051</);
    expect(page).toMatch(/<span>0\.051 s<\/span><span>ue1 → pcscf1<\/span>/);
  });

  it('has the path of every machine that the ladder shows', () => {
    expect(page).toMatch(
      /usim\S* →<\/span> <b>registering\.awaitingResponse<\/b>.*sip\.rejected →<\/span> <b>refused<\/b>/,
    );
    expect(page).not.toContain('nonInviteClientTransaction');
  });
});

it('asks nothing of the network: whoever opens it needs no other file', () => {
  const page = sample(() => {});
  expect(page).not.toMatch(/(?:src|href)="(?!#)|url\(|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
});

it('runs no script that a peer has written', () => {
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>';
  const page = sample((collector) => {
    const about = { time: 0, node: hostile, actor: hostile, machine: hostile, event: hostile, effects: [] };
    collector.write({ ...about, kind: 'transition', from: hostile, to: 'x', context: undefined });
    collector.write({ kind: 'note', time: 0, node: hostile, what: 'x', text: hostile, clause: undefined });
  });
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toContain('<img');
});

it('shows the first 500 machines of a crowd and says that there were others', () => {
  const page = sample((collector) => {
    for (let number = 0; number < 600; number++) {
      const [actor, machine] = [`crowd ${number}`, 'registration'];
      const about = { kind: 'transition', time: 0, node: 'ue1', actor, machine, event: 'go', effects: [] } as const;
      collector.write({ ...about, from: 'a', to: 'b', context: undefined });
      collector.write({ ...about, from: 'b', to: 'a', context: undefined });
    }
  });
  expect(page.match(/<td class="path">/g)).toHaveLength(500);
  expect(page.includes('… and others; trace.jsonl has them all.')).toBe(true);
});
