import type { MessageRecord, PacketFault, TraceRecord } from '../../src/environment/index.js';
import { Capture } from '../../src/trace/capture.js';
import { TraceCollector } from '../../src/trace/collector.js';
import { Ladder, renderLadder } from '../../src/trace/ladder.js';
import { NodeTable } from '../../src/trace/node-table.js';
import { traceLine } from '../../src/trace/trace-line.js';
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

it('a dropped message is not awaited: the same octets later have a cause of their own', () => {
  const { collector, bytes } = play('dropped');
  collector.tap({ time: 2, protocol: 'udp', from: ue1, to: pcscf1, kind: 'data', bytes });
  collector.takeUp(bytes.toString('latin1'));
  expect(collector.cause).toBe(2);
});
