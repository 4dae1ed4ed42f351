/** The messages of RFC 4475 and the IPv6 points of RFC 5118 against verdicts that this project did not write. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParseResult, parseMessage } from '../../../src/sip/message/index.js';
import { vectorFile, vectorPath } from '../../vectors.js';

interface Torture {
  readonly file: string;
  readonly clause: string;
  readonly title: string;
  readonly kind: 'request' | 'response';
  readonly expected: string;
  readonly assert?: Partial<
    Record<'method' | 'callId', string> &
      Record<
        'cseq' | 'maxForwards' | 'viaCount' | 'routeCount' | 'contactCount' | 'bodyLength' | 'status' | 'contentLength',
        number
      >
  >;
}

interface Ipv6Case {
  readonly id: string;
  readonly clause: string;
  readonly syntax: 'valid' | 'invalid';
  readonly expected: string;
  readonly message: string;
}

const folder = 'sip-torture';

function read<Case>(file: string): readonly Case[] {
  return vectorFile<{ messages: Case[] }>(join(folder, file))?.messages ?? [];
}

/** What the parser itself has to say: the rest (420, 415, 406, 483, registrar and transaction decisions) is for who reads the message. */
const verdicts: Readonly<Record<string, number | 'drop'>> = {
  badinv01: 400,
  clerr: 400,
  ncl: 400,
  scalar02: 400,
  quotbal: 400,
  ltgtruri: 400,
  lwsruri: 400,
  lwsstart: 400,
  trws: 400,
  escruri: 400,
  regbadct: 400,
  badaspec: 400,
  baddn: 400,
  mismatch01: 400,
  insuf: 400,
  multi01: 400,
  mcl01: 400,
  badbranch: 400,
  unkscm: 416,
  novelsc: 416,
  mismatch02: 501,
  badvers: 505,
  scalarlg: 'drop',
  bigcode: 'drop',
};

function verdictOf(result: ParseResult): number | 'drop' | 'accept' {
  return result.kind === 'error' ? (result.status ?? 'drop') : 'accept';
}

const torture = read<Torture>('expected.json');
const ipv6 = read<Ipv6Case>('ipv6.json');

if (torture.length === 0) it.skip('RFC 4475: vectors are not in this checkout', () => undefined);

// A loop, since `describe.each` refuses an empty table.
for (const { clause, title, file, kind, expected, assert = {} } of torture)
  describe(`${clause} ${title} (${file})`, () => {
    const bytes = readFileSync(vectorPath(join(folder, file))!);
    const result = parseMessage(bytes);
    const message = result.kind === 'error' ? result.message : result;

    it(`verdict: ${expected}`, () => {
      expect(verdictOf(result)).toBe(verdicts[file.replace('.dat', '')] ?? 'accept');
      if (result.kind === 'error') expect(result.offset).toBeLessThanOrEqual(bytes.length);
      else expect(result.kind).toBe(kind);
    });

    if (message === undefined || Object.keys(assert).length === 0) return;

    it('fields', () => {
      if (assert.method !== undefined) expect(message.method).toBe(assert.method);
      if (assert.callId !== undefined) expect(message.callId).toBe(assert.callId);
      if (assert.cseq !== undefined) expect(message.cseq).toEqual({ sequence: assert.cseq, method: assert.method });
      if (assert.maxForwards !== undefined) expect(message.maxForwards).toBe(assert.maxForwards);
      if (assert.viaCount !== undefined) expect(message.vias).toHaveLength(assert.viaCount);
      if (assert.routeCount !== undefined) expect(message.routes).toHaveLength(assert.routeCount);
      if (assert.contactCount !== undefined) expect(message.contacts).toHaveLength(assert.contactCount);
      if (assert.bodyLength !== undefined) expect(message.body).toHaveLength(assert.bodyLength);
      if (assert.contentLength !== undefined) expect(message.header('l')).toBe(String(assert.contentLength));
      if (assert.status !== undefined) expect(message).toMatchObject({ status: assert.status });
    });
  });

if (ipv6.length === 0) it.skip('RFC 5118: vectors are not in this checkout', () => undefined);

const ipv6Facts: Readonly<Record<string, object>> = {
  'uri-ref': { uri: { host: '2001:db8::10' } },
  'port-inside': { uri: { host: '2001:db8::10:5070' } },
  'port-outside': { uri: { host: '2001:db8::10', port: 5070 } },
  'received-brackets': { topVia: { host: '2001:db8::9:1', received: '2001:db8::9:255' } },
  'received-plain': { topVia: { host: '2001:db8::9:1', received: '2001:db8::9:255' } },
  'mixed-headers': {
    vias: [
      { host: '2001:db8::9:1', port: 6050 },
      { host: '192.0.2.1', received: '192.0.2.200' },
    ],
  },
  'v4-mapped': { uri: { host: '::ffff:192.0.2.10' }, topVia: { host: '::ffff:192.0.2.10', port: 19823 } },
  'abnf-3colon': { uri: { host: '2001:db8::192.0.2.1' } },
};

for (const { clause, id, expected, message } of ipv6)
  describe(`${clause} ${id}`, () => {
    it(expected, () => {
      const result = parseMessage(message);
      // RFC 5118 4.10 asks to be lenient with three colons.
      expect(verdictOf(result)).toBe(id === 'uri-nobracket' ? 400 : 'accept');
      expect(result).toMatchObject(ipv6Facts[id] ?? {});
      if (id === 'port-inside') expect(result).toHaveProperty('uri.port', undefined);
    });
  });
