import type { MessageRecord, Packet, TraceRecord } from '../../src/environment/index.js';
import { Capture } from '../../src/trace/capture.js';
import { TraceCollector } from '../../src/trace/collector.js';
import { NodeTable } from '../../src/trace/node-table.js';
import { readIpPacket, readPcapng } from './pcapng-reader.js';
import { diameterMessage, rtcpPacket, rtpPacket, sampleNodes, sdp, sipMessage } from './sample-run.js';

const ue1 = { address: '127.0.2.1', port: 5060 };
const pcscf1 = { address: '127.0.1.1', port: 5060 };
const scscf1 = { address: '127.0.1.3', port: 40_002 };
const hss1 = { address: '127.0.1.4', port: 3868 };

function collect(): { collector: TraceCollector; records: TraceRecord[]; file: () => Buffer } {
  const nodes = new NodeTable(sampleNodes);
  const pieces: Buffer[] = [];
  const records: TraceRecord[] = [];
  const capture = new Capture((bytes) => pieces.push(bytes), nodes);
  const collector = new TraceCollector({ nodes, capture, listeners: [(record) => records.push(record)] });
  return { collector, records, file: () => Buffer.concat(pieces) };
}

function packet(values: Partial<Packet>): Packet {
  return { time: 1, protocol: 'udp', from: ue1, to: pcscf1, kind: 'data', bytes: Buffer.alloc(0), ...values };
}

function summaries(records: readonly TraceRecord[]): string[] {
  return records.map((record) => `${(record as MessageRecord).protocol}: ${(record as MessageRecord).summary}`);
}

describe('trace collector', () => {
  it('names SIP messages by request line, status and CSeq, also on foreign ports and malformed ones', () => {
    const { collector, records } = collect();
    const far = { address: '127.0.2.1', port: 45_678 };
    collector.tap(packet({ from: far, to: far, bytes: sipMessage('REGISTER sip:home SIP/2.0', '1 REGISTER') }));
    collector.tap(packet({ bytes: sipMessage('SIP/2.0 401 Unauthorized', '1 REGISTER') }));
    collector.tap(packet({ bytes: Buffer.from('SIP/2.0 200 OK\r\nCSEQ : 7  BYE\r\n\r\n') }));
    collector.tap(packet({ bytes: Buffer.from('INVITE sip:\u001b[31m SIP/2.0') }));
    collector.tap(packet({ bytes: Buffer.from('\r\n\r\n') }));
    expect(summaries(records)).toEqual([
      'sip: REGISTER sip:home',
      'sip: 401 Unauthorized (REGISTER)',
      'sip: 200 OK (BYE)',
      'sip: INVITE sip:?[31m',
      'other: 4 octets over UDP',
    ]);
  });

  it('RFC 6733 3, TS 29.229 6: names Diameter messages by command and result', () => {
    const { collector, records } = collect();
    const samples = [
      { command: 300, request: true },
      { command: 300, request: false, experimental: 2001 },
      { command: 303, request: false, result: 5012 },
      { command: 301, request: false, experimental: 5999 },
      { command: 8_388_000, request: true },
      { command: 282, request: false, result: 2001 },
      { command: 272, request: true },
    ];
    for (const sample of samples) {
      collector.tap(packet({ protocol: 'tcp', from: scscf1, to: hss1, bytes: diameterMessage(sample) }));
    }
    expect(summaries(records)).toEqual([
      'diameter: UAR',
      'diameter: UAA 2001 FIRST_REGISTRATION',
      'diameter: MAA 5012 UNABLE_TO_COMPLY',
      'diameter: SAA 5999',
      'diameter: Command-8388000-Request',
      'diameter: DPA 2001 SUCCESS',
      'diameter: CCR',
    ]);
  });

  it('RFC 5761 4: tells RTP from RTCP, and names the codec that the receiver described', () => {
    const { collector, records } = collect();
    const media = { address: '127.0.2.2', port: 49_154 };
    const answer = sipMessage('SIP/2.0 200 OK', '1 INVITE', 'c', sdp(media.address, media.port));
    collector.tap(packet({ bytes: answer }));
    collector.tap(packet({ to: media, bytes: rtpPacket(17, 1) }));
    collector.tap(packet({ from: media, to: ue1, bytes: rtpPacket(18, 2) }));
    collector.tap(packet({ to: { ...media, port: 49_155 }, bytes: rtcpPacket(1) }));
    expect(summaries(records).slice(1)).toEqual([
      'rtp: RTP AMR-WB seq 17',
      'rtp: RTP payload type 104 seq 18',
      'rtcp: RTCP SR SDES',
    ]);
  });

  it('numbers messages, names nodes, and keeps who sent them and octets of their own', () => {
    const { collector, records, file } = collect();
    const bytes = sipMessage('OPTIONS sip:home SIP/2.0', '1 OPTIONS');
    collector.acting = 'ue1 registration registered';
    collector.tap(packet({ bytes }));
    collector.acting = undefined;
    collector.tap(packet({ bytes, from: { address: '10.0.0.9', port: 5060 } }));
    bytes.fill(0);
    const [first, second] = records as [MessageRecord, MessageRecord];
    expect([first.id, first.fromNode, first.toNode, first.sentIn]).toEqual([
      ...[1, 'ue1', 'pcscf1', 'ue1 registration registered'],
    ]);
    expect([second.id, second.fromNode, second.sentIn]).toEqual([2, '10.0.0.9', undefined]);
    expect(first.bytes.toString('latin1', 0, 7)).toBe('OPTIONS');
    expect(readPcapng(file()).packets.map((captured) => captured.comment)).toEqual([
      'message 1: OPTIONS sip:home, ue1 to pcscf1, sent in ue1 registration registered',
      'message 2: OPTIONS sip:home, 10.0.0.9 to pcscf1',
    ]);
  });

  it('names the procedure as the sender, not the transaction that it uses', () => {
    const { collector } = collect();
    const actors = ['scscf1 registration registered', 'scscf1 nonInviteServerTransaction trying'];
    collector.acting = actors[1];
    expect(collector.acting).toBe(actors[1]);
    collector.acting = actors[0];
    const outer = collector.acting;
    collector.acting = actors[1];
    expect(collector.acting).toBe(actors[0]);
    collector.acting = outer;
    collector.acting = undefined;
    expect(collector.acting).toBeUndefined();
  });

  it('makes one record a message of a stream, whatever the pieces; the capture keeps the pieces', () => {
    const { collector, records, file } = collect();
    const message = diameterMessage({ command: 300, request: true });
    const both = Buffer.concat([message, message]);
    for (const [start, end] of [
      [0, 7],
      [7, message.length + 50],
      [message.length + 50, both.length],
    ]) {
      collector.tap(packet({ protocol: 'tcp', from: hss1, to: scscf1, bytes: both.subarray(start, end) }));
    }
    expect(summaries(records)).toEqual(['diameter: UAR', 'diameter: UAR']);
    const pieces = readPcapng(file()).packets.map((captured) => readIpPacket(captured.bytes).payload.length);
    expect(pieces.filter((length) => length > 0)).toEqual([7, message.length + 43, message.length - 50]);
  });

  it('keeps the directions of a stream apart, and forgets it when it ends', () => {
    const { collector, records } = collect();
    const message = diameterMessage({ command: 300, request: true });
    const to = { protocol: 'tcp', from: scscf1, to: hss1 } as const;
    const back = { protocol: 'tcp', from: hss1, to: scscf1 } as const;
    collector.tap(packet({ ...to, bytes: message.subarray(0, 30) }));
    collector.tap(packet({ ...back, bytes: message }));
    collector.tap(packet({ ...to, bytes: message.subarray(30) }));
    collector.tap(packet({ ...to, bytes: message.subarray(0, 30) }));
    collector.tap(packet({ ...to, kind: 'close' }));
    collector.tap(packet({ ...to, bytes: message }));
    expect((records as MessageRecord[]).map((record) => record.fromNode)).toEqual(['hss1', 'scscf1', 'scscf1']);
  });
});
