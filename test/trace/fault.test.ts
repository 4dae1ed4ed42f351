import type { MessageRecord, PacketFault, TraceRecord } from '../../src/environment/index.js';
import { Capture } from '../../src/trace/capture.js';
import { TraceCollector } from '../../src/trace/collector.js';
import { Ladder, renderLadder } from '../../src/trace/ladder.js';
import { NodeTable } from '../../src/trace/node-table.js';
import { TraceFile } from '../../src/trace/trace-file.js';
import { traceLine } from '../../src/trace/trace-line.js';
import { readTrace } from '../../src/trace/trace-reader.js';
import { readPcapng } from './pcapng-reader.js';
import { sampleNodes, sipMessage } from './sample-run.js';

/** A fault that was injected on purpose is seen wherever its message is. */
const ue1 = { address: '127.0.2.1', port: 5060 };
const pcscf1 = { address: '127.0.1.1', port: 5060 };
const nodes = sampleNodes.map(({ name }) => name);

function play(effect: PacketFault['effect']) {
  const records: TraceRecord[] = [];
  const pieces: Buffer[] = [];
  const table = new NodeTable(sampleNodes);
  const capture = new Capture((bytes) => pieces.push(bytes), table);
  const collector = new TraceCollector({ nodes: table, capture, listeners: [(record) => records.push(record)] });
  const bytes = sipMessage('REGISTER sip:home SIP/2.0', '1 REGISTER');
  const fault = { name: 'the first REGISTER', effect };
  collector.tap({ time: 1, protocol: 'udp', from: ue1, to: pcscf1, kind: 'data', bytes, fault });
  return { collector, records, bytes, comments: readPcapng(Buffer.concat(pieces)).packets.map((p) => p.comment) };
}

it('stands in the record, in its line of the trace, and in the comment of the capture', () => {
  const { records, comments } = play('delayed');
  expect((records[0] as MessageRecord).fault).toEqual({ name: 'the first REGISTER', effect: 'delayed' });
  expect(JSON.parse(traceLine(records[0]!))).toMatchObject({ fault: { effect: 'delayed' } });
  expect(comments[0]).toMatch(/delayed by fault: the first REGISTER$/);
});

it('ends the arrow of a dropped message in a cross, and names other effects on it', () => {
  const dropped = renderLadder(play('dropped').records, nodes);
  expect(dropped).toMatch(/REGISTER \(dropped\) ─*✗│/);
  expect(renderLadder(play('changed').records, nodes)).toMatch(/REGISTER \(changed\) ─*▶│/);
  const ladder = new Ladder(nodes);
  for (const record of play('dropped').records) ladder.listener(record);
  expect(ladder.markdown('x', [])).toMatch(/n1-xn2: REGISTER/);
});

it('ends the arrow of a message that its link lost in a cross, and says so in the comment', () => {
  const { records, comments } = play('lost');
  expect(renderLadder(records, nodes)).toMatch(/REGISTER \(lost\) ─*✗│/);
  expect(comments[0]).toMatch(/; lost: the first REGISTER$/);
});

it('counts lost packets of an RTP stream by themselves, also as read from the file', () => {
  const records: TraceRecord[] = [];
  const file: string[] = [];
  const traceFile = new TraceFile((lines) => file.push(lines));
  const collector = new TraceCollector({
    nodes: new NodeTable(sampleNodes),
    listeners: [(record) => records.push(record), traceFile.listener],
  });
  for (let count = 0; count < 100; count++) {
    const bytes = Buffer.concat([Buffer.of(0x80, 98, 0, count, 0, 0, 0, 0, 1, 2, 3, 4), Buffer.alloc(20)]);
    const fault = count % 4 === 0 ? ({ name: 'link loss', effect: 'lost' } as const) : undefined;
    collector.tap({ time: count * 20, protocol: 'udp', from: ue1, to: pcscf1, kind: 'data', bytes, fault });
  }
  traceFile.close();
  for (const each of [records, readTrace(file.join(''))]) {
    const ladder = new Ladder(nodes);
    for (const record of each) ladder.listener(record);
    const arrows = ladder.markdown('x', []).match(/n1-.*: RTP.*/g);
    expect(arrows).toEqual([
      expect.stringMatching(/^n1-xn2: RTP.* \(lost\), 25 packets in 1.9 s$/),
      expect.stringMatching(/^n1->>n2: RTP.*, 75 packets in 2.0 s$/),
    ]);
  }
});

it.each(['dropped', 'lost'] as const)(
  'a %s message is not awaited: the same octets later have a cause of their own',
  (effect) => {
    const { collector, bytes } = play(effect);
    collector.tap({ time: 2, protocol: 'udp', from: ue1, to: pcscf1, kind: 'data', bytes });
    collector.takeUp(bytes.toString('latin1'));
    expect(collector.cause).toBe(2);
  },
);
