/** `ladder.svg`: what a browser shows of a ladder. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { MessageRecord, NoteRecord, TraceRecord } from '../../src/environment/index.js';
import { Ladder, NodeTable, TraceCollector } from '../../src/trace/index.js';
import { playSampleRun, START, sampleNodes } from './sample-run.js';

const names = sampleNodes.map(({ name }) => name);
const records: TraceRecord[] = [];
playSampleRun(
  new TraceCollector({ nodes: new NodeTable(sampleNodes), listeners: [(record: TraceRecord) => records.push(record)] }),
);
const messages = records.filter((record): record is MessageRecord => record.kind === 'message');
const message = messages[0]!;
const fault = { name: 'cut', effect: 'dropped' } as const;

function svg(drawn: readonly Parameters<Ladder['listener']>[0][], nodes: readonly string[] = names): string {
  const ladder = new Ladder(nodes);
  drawn.forEach(ladder.listener);
  const text = ladder.svg('a run');
  expect(XMLValidator.validate(text)).toBe(true);
  return text;
}

/** All texts of the picture, in order. */
function texts(picture: string): readonly string[] {
  return [...picture.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

function note(text: string, node = ''): NoteRecord {
  return { kind: 'note', time: START, node, what: 'x', text, clause: undefined };
}

it('has a column a node and an arrow a message, in their order', () => {
  const picture = svg(records);
  const arrows = [...picture.matchAll(/<title>(\w+ → \w+): (?!RTP)/g)].map(([, ends]) => ends);
  const sent = messages.filter(({ protocol }) => protocol === 'sip' || protocol === 'diameter');
  expect(sent.length).toBeGreaterThan(10);
  expect(arrows).toEqual(sent.map(({ fromNode, toNode }) => `${fromNode} → ${toNode}`));
  expect(texts(picture)).toEqual(expect.arrayContaining([...names, 'registration registered', 'MAR']));
  const lives = new XMLParser({ ignoreAttributes: false }).parse(picture).svg.g.line;
  expect(lives).toHaveLength(names.length);
});

it('crosses what did not get there, and shows what a node sends to itself', () => {
  const cross = 'l10 10m0 -10l-10 10';
  expect(svg([message])).not.toContain(cross);
  expect(svg([{ ...message, fault }])).toContain(cross);
  expect(svg([{ ...message, toNode: message.fromNode }])).toContain('h16v12H');
});

it('cannot be broken out of by what a peer has written', () => {
  const summary = '</text></svg><script>alert("&")</script>\u0000\u001b[31m\ud800';
  const picture = svg([{ ...message, summary: `200 ${summary} (REGISTER)` }, note(summary), note(summary, names[0])]);
  expect(picture).not.toContain('<script');
  expect(picture).toContain('&lt;script&gt;');
});

it('draws 20 nodes and 3,000 events of a crowd, and says how many more there were', () => {
  const crowd = Array.from({ length: 2_000 }, (_, index) => `crowd-${index + 1}`);
  const drawn = crowd.flatMap((fromNode) => [
    { ...message, fromNode, toNode: 'pcscf1' },
    { ...message, fromNode: 'pcscf1', toNode: fromNode },
  ]);
  const picture = svg(drawn, ['pcscf1', ...crowd]);
  expect(texts(picture).filter((text) => /^(crowd-\d+|pcscf1)$/.test(text))).toHaveLength(20);
  expect(texts(picture)).toContain('… and 1000 more; trace.jsonl has them all');
});

it('of nothing is a picture all the same', () => {
  expect(texts(svg([], []))).toEqual([]);
});
