import type { Packet, PacketFault, TraceRecord } from '../../src/environment/index.js';
import { Capture } from '../../src/trace/capture.js';
import { TraceCollector } from '../../src/trace/collector.js';
import { renderLadder } from '../../src/trace/ladder.js';
import { NodeTable } from '../../src/trace/node-table.js';
import { traceLine } from '../../src/trace/trace-line.js';
import { readTrace } from '../../src/trace/trace-reader.js';
import { readPcapng } from './pcapng-reader.js';
import { sampleNodes, sipMessage } from './sample-run.js';

/** A message that travelled in ESP: the trace has the message, the capture the packet. */
const clear = {
  time: 1,
  protocol: 'udp',
  from: { address: '127.0.2.1', port: 31_000 },
  to: { address: '127.0.1.1', port: 6061 },
  kind: 'data',
  bytes: sipMessage('REGISTER sip:home SIP/2.0', '1 REGISTER'),
} as const;
const carrier = {
  from: { address: '127.0.2.1', port: 4500 },
  to: { address: '127.0.1.1', port: 4500 },
  bytes: Buffer.from('00001001000000015a5a5a5a', 'hex'),
};
const nodes = sampleNodes.map(({ name }) => name);

function play(packet: Packet) {
  const records: TraceRecord[] = [];
  const pieces: Buffer[] = [];
  const table = new NodeTable(sampleNodes);
  const capture = new Capture((bytes) => pieces.push(bytes), table);
  new TraceCollector({ nodes: table, capture, listeners: [(record) => records.push(record)] }).tap(packet);
  return { records, pcapng: readPcapng(Buffer.concat(pieces)) };
}

it('is a message between its own ports in the record and the trace file, which say that it was protected', () => {
  const { records } = play({ ...clear, carrier });
  expect(records[0]).toMatchObject({ protocol: 'sip', from: clear.from, to: clear.to, protection: 'esp' });
  expect(records[0]).toHaveProperty('bytes', clear.bytes);
  expect(readTrace(traceLine(records[0]!))).toMatchObject([{ from: clear.from, protection: 'esp' }]);
  expect(play(clear).records[0]).not.toHaveProperty('protection');
});

it('is the ESP packet in the capture, on the link of the two nodes', () => {
  const { pcapng } = play({ ...clear, carrier });
  const [packet] = pcapng.packets;
  const [from, to] = [packet!.bytes.readUInt16BE(20), packet!.bytes.readUInt16BE(22)];
  expect([from, to]).toEqual([4500, 4500]);
  expect(packet!.bytes.subarray(28)).toEqual(carrier.bytes);
  expect(packet!.comment).toBe('message 1: REGISTER sip:home, ue1 to pcscf1, in ESP');
});

it('says so on its arrow, also when a fault has struck it', () => {
  expect(renderLadder(play({ ...clear, carrier }).records, nodes)).toMatch(/REGISTER sip:home \(ESP\)─*▶│/);
  const fault: PacketFault = { name: 'link loss', effect: 'lost' };
  const lost = renderLadder(play({ ...clear, carrier, fault }).records, nodes, { width: 200, colours: false });
  expect(lost).toMatch(/\(ESP\) \(lost\) ?─*✗│/);
});
