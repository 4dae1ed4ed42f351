/**
 * Mutates messages of its own and holds the parser to its promises: any octets get a verdict, nothing is thrown, every
 * reading of a message works, what was taken is taken again as the same, and a stream cut anywhere yields the same items.
 */
import assert from 'node:assert/strict';
import {
  bodyParts,
  buildResponse,
  decodeUtf8,
  formatUri,
  parseMessage,
  parseUri,
  type SipMessage,
  StreamFramer,
  type StreamItem,
  uriEquals,
} from '../../src/sip/message/index.js';
import { corpus } from './sip-corpus.js';

export interface FuzzResult {
  readonly iterations: number;
  readonly accepted: number;
  readonly refused: number;
  readonly dropped: number;
}

/** Below `bound`, from a seeded xorshift32. */
type Draw = (bound: number) => number;

/** Runs so many inputs from the seed; the same seed gives the same inputs. Throws an Error that shows the input that broke a promise. */
export function fuzzSip(iterations: number, seed: number): FuzzResult {
  const draw = seeded(seed);
  const counts = { iterations, accepted: 0, refused: 0, dropped: 0 };
  for (let i = 0; i < iterations; i++) {
    const bytes = mutated(draw);
    try {
      counts[tryOne(bytes, draw)]++;
    } catch (error) {
      throw new Error(`seed ${seed}, input ${i}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause: error });
    }
  }
  return counts;
}

function tryOne(bytes: Buffer, draw: Draw): 'accepted' | 'refused' | 'dropped' {
  const result = parseMessage(bytes, { stream: draw(4) === 0 });
  checkStream(bytes, draw);
  parseUri(bytes.toString('latin1', 0, 80));
  if (result.kind === 'error') {
    assert(result.offset >= 0 && result.reason !== '' && result.rule !== '');
    if (result.message === undefined) return 'dropped';
    readAll(result.message);
    assert(buildResponse(result.message, result.status ?? 400).text.endsWith('\r\n\r\n'));
    return 'refused';
  }
  readAll(result);
  assert.notEqual(result.topVia.host, '');
  assert.notEqual(result.callId, '');
  assert.notEqual(result.from.uri.scheme, '');
  assert.notEqual(result.to.uri.scheme, '');
  const again = parseMessage(Buffer.from(result.text, 'latin1'));
  assert(again.kind === result.kind);
  assert.equal(again.text, result.text);
  assert.equal(result.edit().text(), result.text);
  checkEdit(result);
  return 'accepted';
}

function readAll(message: SipMessage): void {
  const { body, callId, cseq, from, to, fromTag, toTag, vias, topVia, contacts, routes, recordRoutes } = message;
  const rest = [
    message.path,
    message.serviceRoute,
    message.maxForwards,
    message.expires,
    message.contentType,
    fromTag,
    toTag,
  ];
  assert(body.length + callId.length + cseq.method.length + vias.length + topVia.text.length + rest.length >= 0);
  for (const { uri } of [from, to, ...(contacts === '*' ? [] : contacts), ...routes, ...recordRoutes]) {
    if (uri.scheme === '') continue;
    assert(uriEquals(uri, uri));
    const formatted = parseUri(formatUri(uri));
    assert(formatted !== undefined, formatUri(uri));
    assert.deepEqual({ ...formatted, text: '' }, { ...uri, text: '' });
  }
  for (const name of ['Via', 'Supported', 'Authorization', 'P-Asserted-Identity', 'X-Unknown', 's']) {
    assert.equal(message.has(name), message.headers(name).length > 0);
    for (const value of message.values(name)) decodeUtf8(value);
  }
  bodyParts(message);
}

/** What a proxy does to it leaves a message that is taken, with nothing but that changed. */
function checkEdit(message: SipMessage): void {
  const via = 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKown';
  const edited = parseMessage(message.edit().prepend('Via', via).set('Max-Forwards', '69').removeFirst('Route').text());
  assert(edited.kind !== 'error', edited.kind === 'error' ? edited.reason : '');
  assert.equal(edited.topVia.text, via);
  assert.equal(edited.maxForwards, 69);
  assert.equal(edited.body, message.body);
  assert.deepEqual(edited.values('Route'), message.values('Route').slice(1));
  assert.deepEqual(edited.headers('X-Unknown'), message.headers('X-Unknown'));
  const back = parseMessage(edited.edit().removeFirst('v').text());
  assert(back.kind !== 'error');
  assert.deepEqual(back.values('Via'), message.values('Via'));
}

/** Whole or in pieces, the same items come out. */
function checkStream(bytes: Buffer, draw: Draw): void {
  const whole = describe(new StreamFramer().feed(bytes));
  const framer = new StreamFramer();
  const pieces: StreamItem[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + draw(draw(2) === 0 ? 3 : 200);
    pieces.push(...framer.feed(bytes.subarray(from, to)));
    from = to;
  }
  assert.deepEqual(describe(pieces), whole);
}

/** Pongs are told at the end of a piece already, so they depend on where the pieces end. */
function describe(items: readonly StreamItem[]): string[] {
  const texts = items.map((item) => {
    if (item.kind === 'error') return `${item.reason} at ${item.rule}`;
    return item.kind === 'ping' || item.kind === 'pong' ? item.kind : item.text;
  });
  return texts.filter((text) => text !== 'pong');
}

/** Octets at which parsers decide. */
const edges = Buffer.from('\0\t\n\r "%\'()*,/:;<=>?@[\\]{}\x7f\x80\xff09azZ', 'latin1');

const mutations: readonly ((bytes: Buffer, draw: Draw) => Buffer)[] = [
  (bytes, draw) => spliced(bytes, draw(bytes.length + 1), 1, Buffer.from([edges[draw(edges.length)]!])),
  (bytes, draw) => spliced(bytes, draw(bytes.length + 1), 1, Buffer.from([draw(256)])),
  (bytes, draw) => spliced(bytes, draw(bytes.length + 1), 0, Buffer.from([edges[draw(edges.length)]!])),
  (bytes, draw) => spliced(bytes, draw(bytes.length + 1), 1 + draw(12), Buffer.alloc(0)),
  (bytes, draw) => bytes.subarray(0, draw(bytes.length + 1)),
  (bytes, draw) => {
    const from = draw(bytes.length + 1);
    return spliced(bytes, draw(bytes.length + 1), 0, bytes.subarray(from, from + draw(60)));
  },
  (bytes, draw) => {
    const lines = bytes.toString('latin1').split('\r\n');
    const line = lines.splice(draw(lines.length), 1);
    if (draw(2) === 0) lines.splice(draw(lines.length + 1), 0, ...line, ...line);
    return Buffer.from(lines.join(draw(8) === 0 ? '\n' : '\r\n'), 'latin1');
  },
  (bytes, draw) => {
    const other = Buffer.from(corpus[draw(corpus.length)]!, 'latin1');
    return Buffer.concat([bytes.subarray(0, draw(bytes.length + 1)), other.subarray(draw(other.length + 1))]);
  },
  (_bytes, draw) => Buffer.from(Array.from({ length: draw(120) }, () => draw(256))),
];

function mutated(draw: Draw): Buffer {
  let bytes: Buffer = Buffer.from(corpus[draw(corpus.length)]!, 'latin1');
  for (let count = draw(4); count > 0; count--) {
    // Small changes are most likely: large ones end at the start line.
    const which = draw(3) === 0 ? draw(mutations.length) : draw(4);
    bytes = mutations[which]!(bytes, draw);
  }
  return bytes;
}

function spliced(bytes: Buffer, at: number, removed: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
}

function seeded(seed: number): Draw {
  let state = seed >>> 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
