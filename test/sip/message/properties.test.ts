import fc from 'fast-check';
import {
  buildRequest,
  formatUri,
  type MessageEditor,
  parseMessage,
  parseUri,
  quote,
  type SipMessage,
  StreamFramer,
  unquote,
} from '../../../src/sip/message/index.js';
import { request } from './messages.js';

const of = (characters: string, minLength = 1, maxLength = 12) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });
const token = of("abcXYZ019-.!%*_+`'~");
const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 20,
});
const space = fc.constantFrom('', ' ', '\t', '  ', '\r\n ', ' \r\n\t');
const host = fc.oneof(
  fc.constantFrom('192.0.2.1', 'a.example', 'ims.mnc001.mcc001.3gppnetwork.org'),
  fc
    .ipV6()
    .filter((address) => !address.includes('.'))
    .map((address) => `[${address}]`),
);
const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined });
const hostWithPort = fc.tuple(host, port).map(([name, number]) => (number === undefined ? name : `${name}:${number}`));
const uri = fc
  .tuple(
    fc.constantFrom('sip', 'sips', 'SIP'),
    fc.option(of("ab%41%3b;?/&=+$,~'()", 1).filter((user) => !/%(?![0-9a-f]{2})/i.test(user))),
    hostWithPort,
    fc.array(of('abc019-.[]:&+$')),
  )
  .map(
    ([scheme, user, at, parameters]) =>
      `${scheme}:${user === null ? '' : `${user}@`}${at}${parameters.map((p) => `;${p}`).join('')}`,
  );
const parameter = fc
  .tuple(
    space,
    space,
    token,
    fc.option(
      fc.oneof(
        token,
        latin1.map((text) => quote(text.replace(/[\r\n]/g, ''))),
      ),
    ),
  )
  .map(([before, after, name, value]) => `${before};${after}x${name}${value === null ? '' : `=${value}`}`);
const parameters = fc.array(parameter, { maxLength: 3 }).map((list) => list.join(''));
const address = fc
  .tuple(fc.constantFrom('', 'Tokens only ', '"quo\\"ted, <"', '"\xd0\x96" '), uri, parameters)
  .map(([name, target, rest]) => `${name}<${target}>${rest}`);
const via = fc
  .tuple(space, fc.constantFrom('UDP', 'TCP', 'x'), hostWithPort, token, parameters)
  .map(([gap, transport, at, branch, rest]) => `SIP${gap}/2.0/${transport} ${at};branch=z9hG4bK${branch}${rest}`);
const list = (value: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(value, space), { minLength: 1, maxLength: 3 })
    .map((values) => values.map(([text, gap]) => text + gap).join(','));

const line = (names: readonly string[], value: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom('', ' '), space, value)
    .map(([name, before, after, text]) => `${name}${before}:${after}${text}`);

/** A valid request: every mandatory header in any spelling and order, further headers between, a body of any octets. */
const validRequest = fc
  .record({
    method: token,
    target: uri,
    sequence: fc.integer({ min: 0, max: 0x7fff_ffff }),
    via: line(['Via', 'v', 'VIA'], list(via)),
    from: line(
      ['From', 'f'],
      address.map((text) => `${text};tag=t`),
    ),
    to: line(['To', 't', 'TO'], address),
    callId: line(['Call-ID', 'i', 'call-id'], token),
    cseq: fc.constantFrom('CSeq', 'cseq'),
    more: fc.array(
      fc.oneof(
        line(['Contact', 'm'], list(address)),
        line(['Route', 'Record-Route', 'Path'], list(address)),
        line(['Supported', 'k', 'Allow'], list(token)),
        line(
          ['X-Unknown', 'x-unknown', 'Subject'],
          latin1.map((text) => text.replace(/[\r\n]/g, ' ')),
        ),
        line(['Max-Forwards'], fc.integer({ min: 0, max: 255 }).map(String)),
      ),
      { maxLength: 8 },
    ),
    order: fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
    body: latin1,
    isCounted: fc.boolean(),
  })
  .map(({ method, target, sequence, via, from, to, callId, cseq, more, order, body, isCounted }) => {
    const firstMaxForwards = more.findIndex((text) => text.startsWith('Max-Forwards'));
    const lines = more.filter((text, i) => !text.startsWith('Max-Forwards') || i === firstMaxForwards);
    [via, from, to, callId, `${cseq}: ${sequence} ${method}`].forEach((text, i) => {
      lines.splice(order[i]! % (lines.length + 1), 0, text);
    });
    if (isCounted) lines.push(`l: ${body.length}`);
    return `${[`${method} ${target} SIP/2.0`, ...lines].join('\r\n')}\r\n\r\n${body}`;
  });

/** What can be read of a message. */
function reading(message: SipMessage): object {
  const { callId, cseq, from, to, vias, contacts, routes, recordRoutes, path, maxForwards, body, kind } = message;
  return {
    kind,
    callId,
    cseq,
    from,
    to,
    vias,
    contacts,
    routes,
    recordRoutes,
    path,
    maxForwards,
    body,
    subject: message.headers('s'),
    unknown: message.headers('X-Unknown'),
  };
}

describe('parse and serialise', () => {
  it('SIP-05: parse(serialise(x)) = x, octet for octet', () => {
    fc.assert(
      fc.property(validRequest, (text) => {
        const message = request(text);
        expect(message.text).toBe(text);
        expect(reading(request(message.edit().text()))).toEqual(reading(message));
      }),
    );
  });

  it('the unfolded and the folded, the long and the compact read the same', () => {
    fc.assert(
      fc.property(validRequest, (text) => {
        const message = request(text);
        const headers = [
          'Via',
          'From',
          'To',
          'Call-ID',
          'CSeq',
          'Max-Forwards',
          'Contact',
          'Route',
          'Record-Route',
          'Path',
          'Subject',
          'X-Unknown',
        ].flatMap((name) => message.headers(name).map((value) => [name, value] as const));
        const { method, requestUri, body } = message;
        const rebuilt = request(buildRequest({ method, requestUri, headers, body }).text, { stream: true });
        expect(reading(rebuilt)).toEqual(reading(message));
        expect(rebuilt.uri).toEqual(message.uri);
      }),
    );
  });

  it('lone LF reads the same as CRLF', () => {
    fc.assert(
      fc.property(validRequest, (text) => {
        const end = text.indexOf('\r\n\r\n') + 4;
        expect(request(text.slice(0, end).replaceAll('\r\n', '\n') + text.slice(end)).text).toBe(text);
      }),
    );
  });
});

describe('edits', () => {
  const names = ['Via', 'Route', 'Contact', 'Supported', 'X-Unknown', 'x-new'] as const;
  type Model = Map<string, string[]>;
  interface Edit {
    readonly name: string;
    apply(editor: MessageEditor): void;
    model(values: string[]): string[];
  }
  const value = fc.constantFrom('<sip:new;lr>', '"a, b" <sip:x>', '<sip:y>;p="q,r"');
  const edit: fc.Arbitrary<Edit> = fc
    .tuple(
      fc.constantFrom(...names.slice(1)),
      value,
      fc.constantFrom('prepend', 'append', 'set', 'removeFirst', 'replaceFirst', 'remove'),
    )
    .map(([name, text, what]) => ({
      name,
      apply: (editor) =>
        what === 'removeFirst' || what === 'remove' ? editor[what](name) : editor[what as 'set'](name, text),
      model: (values) =>
        ({
          prepend: [text, ...values],
          append: [...values, text],
          set: [text],
          removeFirst: values.slice(1),
          replaceFirst: [text, ...values.slice(1)],
          remove: [],
        })[what]!,
    }));

  it('do what they say and nothing else', () => {
    fc.assert(
      fc.property(validRequest, fc.array(edit, { maxLength: 6 }), (text, edits) => {
        const message = request(text);
        const editor = message.edit();
        const model: Model = new Map(names.map((name) => [name, [...message.values(name)]]));
        for (const { name, apply, model: next } of edits) {
          apply(editor);
          model.set(name, next(model.get(name)!));
        }
        const edited = request(editor.text());
        for (const name of names) expect(edited.values(name)).toEqual(model.get(name));
        expect(edited.body).toBe(message.body);
        expect(edited.callId).toBe(message.callId);
      }),
    );
  });
});

describe('parts', () => {
  it('parseUri and formatUri are inverse', () => {
    fc.assert(
      fc.property(uri, (text) => {
        const parsed = parseUri(text)!;
        expect({ ...parseUri(formatUri(parsed)), text: '' }).toEqual({ ...parsed, text: '' });
      }),
    );
  });

  it('quote and unquote are inverse', () => {
    fc.assert(fc.property(latin1, (text) => expect(unquote(quote(text))).toBe(text)));
  });
});

describe('any octets', () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(validRequest, fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat({ max: 5 }))
      .map(([text, at, inserted, removed]) => {
        const bytes = Buffer.from(text, 'latin1');
        const start = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, start), inserted, bytes.subarray(start + removed)]);
      }),
  );

  it('get a verdict without an exception', () => {
    fc.assert(
      fc.property(octets, fc.boolean(), (bytes, stream) => {
        const result = parseMessage(bytes, { stream });
        const message = result.kind === 'error' ? result.message : result;
        if (message !== undefined) reading(message);
      }),
      { numRuns: 500 },
    );
  });

  it('SIP-23: a stream cut anywhere yields the same', () => {
    fc.assert(
      fc.property(
        fc.array(octets, { maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (parts, cuts) => {
          const bytes = Buffer.concat(parts);
          const texts = (framer: StreamFramer, pieces: readonly Buffer[]) =>
            pieces
              .flatMap((piece) => framer.feed(piece))
              .flatMap((item) =>
                item.kind === 'request' || item.kind === 'response'
                  ? [item.text]
                  : item.kind === 'error'
                    ? [item.reason]
                    : [],
              );
          const pieces: Buffer[] = [];
          for (let from = 0, i = 0; from < bytes.length; from += cuts[i % cuts.length]!, i++)
            pieces.push(bytes.subarray(from, from + cuts[i % cuts.length]!));
          expect(texts(new StreamFramer(), pieces)).toEqual(texts(new StreamFramer(), [bytes]));
        },
      ),
    );
  });
});
