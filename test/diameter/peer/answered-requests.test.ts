import { encodeAnswer } from '../../../src/diameter/codec/encode.js';
import { cx, DecodeError, type Message } from '../../../src/diameter/index.js';
import { AnsweredRequests } from '../../../src/diameter/peer/answered-requests.js';
import type { Connection } from '../../../src/diameter/peer/connection.js';
import { codec, realm, uar } from './lab.js';

const uaa = cx.commands['User-Authorization'];
const minute = 60_000;
const megabyte = 1024 * 1024;

/** Notes what is written to it. */
class Wire {
  readonly isOpen = true;
  readonly written: Buffer[] = [];
  write(bytes: Buffer): void {
    this.written.push(bytes);
  }
}

function request(endToEnd: number, hopByHop = 1, changes: object = {}): Message {
  const message = codec.decode(uar({ hopByHop, endToEnd }, changes));
  if (message instanceof DecodeError) throw new Error(message.reason);
  return message;
}

/** As long as an answer may be, with the head of the request's. */
function answerTo(message: Message, length = message.bytes.length): Buffer {
  const answer = Buffer.alloc(length);
  message.bytes.copy(answer);
  answer[4] = 0x40;
  answer.writeUIntBE(length, 1, 3);
  return answer;
}

let forgottenEarly: number;
let wire: Wire;
beforeEach(() => {
  forgottenEarly = 0;
  wire = new Wire();
});
const kept = (octetsMax = 16 * megabyte) =>
  new AnsweredRequests({
    octetsMax,
    onEnded: () => {},
    onForgottenEarly: () => {
      forgottenEarly++;
    },
  });
const host = `raw.${realm}`;
const connection = (): Connection => wire as unknown as Connection;

describe('CX-66 / RFC 6733 3, 5.5.4: duplicates', () => {
  it('takes no room when four minutes are over, though no request comes any more', () => {
    const answered = kept();
    const first = request(9);
    answered.answered(answered.begin(first, host, connection(), 0), answerTo(first));
    answered.forget(4 * minute - 1);
    expect(answered.octets).toBeGreaterThan(first.bytes.length);
    answered.forget(4 * minute);
    expect(answered.octets).toBe(0);
    expect(forgottenEarly).toBe(0);
  });

  it('get the answer for four minutes at least, with the Hop-by-Hop id that they have', () => {
    const answered = kept();
    const first = request(9);
    expect(answered.isDuplicate(first, host, connection(), 0)).toBe(false);
    const answer = answerTo(first);
    answered.answered(answered.begin(first, host, connection(), 0), answer);
    for (const now of [1, 2 * minute, 4 * minute - 1]) {
      wire.written.length = 0;
      expect(answered.isDuplicate(request(9, now), host.toUpperCase(), connection(), now)).toBe(true);
      expect(wire.written[0]!.readUInt32BE(12)).toBe(now);
      wire.written[0]!.writeUInt32BE(1, 12);
      expect(wire.written).toEqual([answer]);
    }
    expect(answered.isDuplicate(first, host, connection(), 4 * minute)).toBe(false);
  });

  it('CX-67 / RFC 6733 6.2: get it with the Proxy-Info that they have, as they may have come another way', () => {
    const answered = kept();
    const by = (host: string, hopByHop: number) =>
      request(9, hopByHop, {
        'Proxy-Info': [{ 'Proxy-Host': host, 'Proxy-State': Buffer.from('s') }],
      });
    const proxies = () =>
      wire.written.map((bytes) => {
        const { avps } = codec.decode(bytes) as Message<{ 'Proxy-Info': readonly { 'Proxy-Host': string }[] }>;
        return avps['Proxy-Info'].map((each) => each['Proxy-Host']);
      });
    const first = by('dra1.example', 1);
    const underWay = answered.begin(first, host, connection(), 0);
    expect(answered.isDuplicate(by('dra2.example', 2), host, connection(), 1)).toBe(true);
    const { avps } = first as Message<(typeof uaa)['types']['request']>;
    const { 'Session-Id': session, 'Vendor-Specific-Application-Id': application } = avps;
    const answer = {
      'Session-Id': session,
      'Vendor-Specific-Application-Id': application,
      'Auth-Session-State': 1,
      'Origin-Host': 'hss1.example',
      'Origin-Realm': 'example',
      'Proxy-Info': avps['Proxy-Info'],
    } as const;
    answered.answered(underWay, encodeAnswer(uaa, first, answer as never));
    for (const other of [by('dra3.example', 3), request(9, 4), first]) {
      expect(answered.isDuplicate(other, host, connection(), 2)).toBe(true);
    }
    expect(proxies()).toEqual([['dra2.example'], ['dra3.example'], [], ['dra1.example']]);
    expect(wire.written.map((bytes) => bytes.readUInt32BE(12))).toEqual([2, 3, 4, 1]);
  });

  it('wait for the answer while the first is under way, eight of them', () => {
    const answered = kept();
    const first = request(9);
    const underWay = answered.begin(first, host, connection(), 0);
    for (let copy = 2; copy <= 20; copy++)
      expect(answered.isDuplicate(request(9, copy), host, connection(), 1)).toBe(true);
    expect(wire.written).toEqual([]);
    answered.answered(underWay, answerTo(first));
    expect(wire.written.map((bytes) => bytes.readUInt32BE(12))).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it.each([
    ['another Origin-Host', request(9), `other.${realm}`],
    ['another End-to-End id', request(10), host],
    ['another Session-Id', request(9, 1, { 'Session-Id': 'raw;1;2' }), host],
  ])('are not requests with %s', (_, other, originHost) => {
    const answered = kept();
    const first = request(9);
    answered.answered(answered.begin(first, host, connection(), 0), answerTo(first));
    expect(answered.isDuplicate(other, originHost, connection(), 1)).toBe(false);
    answered.answered(answered.begin(other, originHost, connection(), 1), answerTo(other));
    expect(answered.isDuplicate(other, originHost, connection(), 2)).toBe(true);
  });

  it('of 100,000 requests over five minutes from two originators with the same ids are all known', () => {
    const answered = kept(256 * megabyte);
    const hosts = [host, `other.${realm}`];
    const template = request(0);
    const at = (id: number) => {
      const bytes = Buffer.from(template.bytes);
      bytes.writeUInt32BE(id, 16);
      return codec.decode(bytes) as Message;
    };
    const timeOf = (id: number): number => (id * 5 * minute) / 50_000;
    for (let id = 0; id < 50_000; id++) {
      const message = at(id);
      for (const originHost of hosts) {
        answered.answered(
          answered.begin(message, originHost, connection(), timeOf(id)),
          answerTo(message, 20 * (1 + (id % 30))),
        );
      }
    }
    const now = 5 * minute;
    const wanted = Array.from({ length: 50_000 }, (_, id) => id).filter((id) => now - timeOf(id) < 4 * minute);
    const unknown = wanted.filter((id) => !hosts.every((one) => answered.isDuplicate(at(id), one, connection(), now)));
    expect([unknown, forgottenEarly]).toEqual([[], 0]);
    expect(wire.written.every((bytes) => bytes.length === 20 * (1 + (bytes.readUInt32BE(16) % 30)))).toBe(true);
  });

  it('are forgotten early, the oldest first, where there is no room for all answers', () => {
    const answered = kept(megabyte);
    const template = request(0);
    for (let id = 0; id < 20_000; id++) {
      template.bytes.writeUInt32BE(id, 16);
      const message = codec.decode(Buffer.from(template.bytes)) as Message;
      answered.answered(answered.begin(message, host, connection(), id), answerTo(message));
    }
    const octets = template.bytes.length + 64;
    expect(forgottenEarly).toBeGreaterThan(0);
    expect(answered.isDuplicate(request(0), host, connection(), 20_000)).toBe(false);
    // Six eighths are kept whatever comes.
    const oldest = 20_000 - Math.floor((0.7 * megabyte) / octets);
    expect(answered.isDuplicate(request(oldest), host, connection(), 20_000)).toBe(true);
  });

  it('of answers that are too long to be kept are served again', () => {
    const answered = kept();
    const first = request(9);
    answered.answered(answered.begin(first, host, connection(), 0), answerTo(first, megabyte + 4));
    expect(answered.isDuplicate(first, host, connection(), 1)).toBe(false);
  });
});
