import fc from 'fast-check';
import type { MessageRecord, TraceRecord } from '../../src/environment/index.js';
import { endpointText } from '../../src/trace/endpoint.js';
import { summariseSip } from '../../src/trace/sip-summary.js';
import { isoTime, traceLine } from '../../src/trace/trace-line.js';

const time = Date.UTC(2026, 10, 22, 12);
const text = fc.string({ unit: 'binary', maxLength: 12 });
const maybe = <TValue>(values: fc.Arbitrary<TValue>) => fc.option(values, { nil: undefined });
const from = { address: '::1', port: 5060 };
const to = { address: '192.0.2.1', port: 5060 };

const transition: fc.Arbitrary<TraceRecord> = fc
  .record({ node: text, actor: text, machine: text, event: text, from: text, to: text, message: maybe(fc.nat()) })
  .chain((fields) =>
    fc
      .record({ effects: fc.array(text), context: maybe(fc.dictionary(fc.string({ minLength: 1 }), fc.integer())) })
      .map((more) => ({ kind: 'transition', time, ...fields, ...more }) as const),
  );
const timer = fc
  .record({ node: text, actor: text, machine: text, timer: text })
  .map((fields): TraceRecord => ({ kind: 'timer', time, ...fields }));
const message = fc
  .record({
    id: fc.nat(),
    fromNode: text,
    toNode: text,
    summary: text,
    sentIn: maybe(text),
    callId: fc.stringMatching(/^\w*$/),
  })
  .chain(({ callId, ...fields }) =>
    fc
      .record({
        protection: maybe(fc.constantFrom('esp' as const, 'tls' as const)),
        late: maybe(fc.constant(true as const)),
        fault: maybe(fc.record({ name: text, effect: fc.constantFrom('dropped' as const, 'lost' as const) })),
      })
      .map((more): MessageRecord => {
        const bytes = Buffer.from(`OPTIONS sip:a SIP/2.0\r\nCall-ID: ${callId}\r\nCSeq: 1 OPTIONS\r\n\r\n`);
        return { kind: 'message', time, protocol: 'sip', transport: 'udp', from, to, bytes, ...fields, ...more };
      }),
  );

/** As JSON.stringify writes it: keys in order, what is undefined left out. */
function reference(record: TraceRecord): string {
  const { kind, time: at, ...fields } = record;
  if (record.kind !== 'message') return JSON.stringify({ time: isoTime(at), kind, ...fields });
  const { id, protocol, transport, fromNode, toNode, summary, sentIn, protection, late, fault } = record;
  const ends = { from: endpointText(record.from), to: endpointText(record.to), fromNode, toNode };
  const { startLine, callId, cseq } = summariseSip(record.bytes);
  const rest = { summary, sentIn, protection, late, fault, startLine, callId, cseq };
  return JSON.stringify({ time: isoTime(at), kind, id, protocol, transport, ...ends, ...rest });
}

it.each([
  ['transition', transition],
  ['timer', timer],
  ['message', message],
] as const)('a %s is written as JSON.stringify would, whatever its words hold', (_kind, records) => {
  fc.assert(
    fc.property(records as fc.Arbitrary<TraceRecord>, (record) => {
      const { kind, time: at, ...fields } = record;
      const ordered =
        record.kind === 'transition'
          ? JSON.stringify({ time: isoTime(at), kind, ...inOrder(fields as typeof record) })
          : reference(record);
      expect(traceLine(record)).toBe(ordered);
    }),
  );
});

it('a key of a context that names a prototype is a key like any other', () => {
  const context = JSON.parse('{"__proto__":1,"constructor":{"toString":2}}') as Record<string, unknown>;
  const record: TraceRecord = {
    kind: 'transition',
    time,
    node: 'n',
    actor: 'a',
    machine: 'm',
    event: 'e',
    from: 'x',
    to: 'y',
    effects: [],
    context,
  };
  expect(traceLine(record)).toContain('"context":{"__proto__":1,"constructor":{"toString":2}}');
});

function inOrder({
  node,
  actor,
  machine,
  event,
  from: state,
  to: next,
  effects,
  message,
  context,
}: TraceRecord & { kind: 'transition' }) {
  return { node, actor, machine, event, from: state, to: next, effects, message, context };
}
