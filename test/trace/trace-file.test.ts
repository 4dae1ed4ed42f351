import type { MessageRecord, TraceRecord } from '../../src/environment/index.js';
import { Capture } from '../../src/trace/capture.js';
import { TraceCollector } from '../../src/trace/collector.js';
import { NodeTable } from '../../src/trace/node-table.js';
import { TraceFile } from '../../src/trace/trace-file.js';
import { isoTime, parseIsoTime, traceLine } from '../../src/trace/trace-line.js';
import { readTrace, TraceReadError } from '../../src/trace/trace-reader.js';
import { diameterMessage, playSampleRun, rtpPacket, sampleNodes, sipMessage } from './sample-run.js';

const START = Date.UTC(2026, 10, 22, 12);

function message(bytes: Buffer, values: Partial<MessageRecord>): MessageRecord {
  const from = { address: '::1', port: 5060 };
  const to = { address: '127.0.0.1', port: 5060 };
  const names = { fromNode: 'ue1', toNode: 'pcscf1', summary: 'x', sentIn: undefined };
  const base = { kind: 'message', time: START, id: 1, protocol: 'sip', transport: 'udp', from, to, bytes } as const;
  return { ...base, ...names, ...values };
}

function linesOf(records: readonly TraceRecord[]): Record<string, unknown>[] {
  let text = '';
  const file = new TraceFile((lines) => {
    text += lines;
  });
  records.forEach(file.listener);
  file.close();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe('trace.jsonl', () => {
  it('writes times with microseconds', () => {
    expect(isoTime(START + 0.25)).toBe('2026-11-22T12:00:00.000250Z');
    expect(isoTime(START + 999.9996)).toBe('2026-11-22T12:00:01.000000Z');
    expect(parseIsoTime(isoTime(START + 1.002))).toBeCloseTo(START + 1.002, 3);
  });

  it('identifies SIP by start line, Call-ID and CSeq, Diameter by session and hop-by-hop, and has no octets', () => {
    const sip = sipMessage('REGISTER sip:home SIP/2.0', '1 REGISTER', 'call-1');
    const [first, second] = linesOf([
      message(sip, { sentIn: 'ue1 registration registering' }),
      message(diameterMessage({ command: 300, request: true, hopByHop: 9 }), {
        protocol: 'diameter',
        transport: 'tcp',
      }),
    ]);
    expect(first).toEqual({
      time: '2026-11-22T12:00:00.000000Z',
      kind: 'message',
      id: 1,
      protocol: 'sip',
      transport: 'udp',
      from: '[::1]:5060',
      to: '127.0.0.1:5060',
      fromNode: 'ue1',
      toNode: 'pcscf1',
      summary: 'x',
      sentIn: 'ue1 registration registering',
      startLine: 'REGISTER sip:home SIP/2.0',
      callId: 'call-1',
      cseq: '1 REGISTER',
    });
    const sessionId = 'icscf1.ims.mnc001.mcc001.3gppnetwork.org;1;9';
    expect(second).toMatchObject({ sessionId, hopByHop: 9, endToEnd: 9 });
  });

  it('carries contexts that JSON cannot: octets, maps, bigints, cycles', () => {
    const context: Record<string, unknown> = {
      rand: Buffer.from('00ff', 'hex'),
      bindings: new Map([['sip:a', { expiresMs: 5 }]]),
      tags: new Set(['a']),
      sqn: 32n,
      limit: Number.POSITIVE_INFINITY,
      handle: { send: () => undefined },
      nothing: undefined,
    };
    context.self = context;
    const record = { kind: 'transition', time: START, node: 'ue1', actor: 'a', machine: 'm', event: 'e' } as const;
    const line = JSON.parse(traceLine({ ...record, from: 'x', to: 'y', effects: ['send'], context }));
    expect(line).toMatchObject({ from: 'x', to: 'y', effects: ['send'] });
    expect(line.context).toEqual({
      rand: '00ff',
      bindings: { 'sip:a': { expiresMs: 5 } },
      tags: ['a'],
      sqn: '32',
      limit: 'Infinity',
      handle: {},
      self: '…',
    });
  });

  it('keeps of an RTP stream the first and last packet and a count a second', () => {
    const packets = Array.from({ length: 120 }, (_, index) =>
      message(rtpPacket(index, 5), { protocol: 'rtp', id: index + 1, time: START + index * 20 }),
    );
    const lines = linesOf(packets);
    expect(lines.map((line) => line.kind)).toEqual(['message', 'media', 'media', 'media', 'message']);
    expect(lines.filter((line) => line.kind === 'message').map((line) => line.id)).toEqual([1, 120]);
    expect(lines.filter((line) => line.kind === 'media').map((line) => line.packetCount)).toEqual([50, 50, 20]);
    expect(lines[1]).toMatchObject({ fromNode: 'ue1', toNode: 'pcscf1', ssrc: 5, octetCount: 50 * 45 });
  });

  it('ends a stream that has fallen silent', () => {
    const records = [0, 20, 9_000].map((time) =>
      message(rtpPacket(time, time === 9_000 ? 6 : 5), { protocol: 'rtp', time: START + time }),
    );
    expect(linesOf(records).map((line) => [line.kind, line.ssrc])).toEqual([
      ['message', 5],
      ['media', 5],
      ['message', 5],
      ['message', 6],
      ['media', 6],
    ]);
  });

  it('is the same for the same run', () => {
    const play = (): string => {
      const nodes = new NodeTable(sampleNodes);
      const pieces: Buffer[] = [];
      const sink = (bytes: Buffer) => pieces.push(bytes);
      const file = new TraceFile((lines) => pieces.push(Buffer.from(lines)));
      const capture = new Capture(sink, nodes);
      playSampleRun(new TraceCollector({ nodes, capture, listeners: [file.listener] }));
      file.close();
      return Buffer.concat(pieces).toString('latin1');
    };
    expect(play()).toBe(play());
  });
});

describe('trace reader', () => {
  it('reads back what was written', () => {
    const record: TraceRecord = message(sipMessage('ACK sip:a SIP/2.0', '1 ACK'), { time: START + 0.5, id: 7 });
    const note: TraceRecord = { kind: 'note', time: START, node: '', what: 'step', text: 'call', clause: undefined };
    const read = readTrace(`${traceLine(record)}\n${traceLine(note)}\n`);
    expect(read).toHaveLength(2);
    expect(read[0]).toMatchObject({ ...record, bytes: Buffer.alloc(0), time: START + 0.5 });
    expect(read[1]).toMatchObject({ kind: 'note', text: 'call', time: START });
  });

  it('passes over unknown kinds and the unfinished line of a killed run', () => {
    const line = `{"time":"${isoTime(START)}","kind":"futureKind"}`;
    expect(readTrace(`${line}\n{"time":"2026`)).toEqual([]);
  });

  it.each([
    ['{"a":\n{}\n', 1, 'not a JSON object'],
    ['\n{"kind":"note"}\n', 2, 'no "time" such as'],
    [`{"time":"${isoTime(START)}","kind":"note","node":"a","what":"b"}\n`, 1, 'a note needs "text" as text'],
  ])('names the line at fault: %j', (text, line, reason) => {
    const read = () => readTrace(text);
    expect(read).toThrow(TraceReadError);
    expect(read).toThrow(`line ${line}: ${reason}`);
  });
});
