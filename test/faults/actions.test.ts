import { baseDictionary, Codec, compileApplication, cxDictionary } from '../../src/diameter/index.js';
import { checkFault, type FaultAction } from '../../src/faults/index.js';
import { PatternError, readField } from '../../src/selection/index.js';
import { parseMessage } from '../../src/sip/index.js';
import { challenge, home, invite, maa, ok, register, seen, sip, uaa, uar } from '../selection/messages.js';
import { type Channel, cases, FaultLab, openChannel } from './fault-lab.js';

const bye = sip(['BYE sip:a SIP/2.0', 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx', 'CSeq: 1 BYE']);
/** `REGISTER`, `200 REGISTER`, `UAA` … of what an end received. */
const titles = (received: readonly Buffer[]): string[] =>
  received.map((bytes) => {
    if (bytes[0] === 1) return bytes.equals(uar) ? 'UAR' : 'answer';
    const message = parseMessage(bytes);
    if (message.kind === 'error') return bytes.toString('latin1').split(' ')[0]!;
    return message.kind === 'request' ? message.method : `${message.status} ${message.method}`;
  });

describe.each(cases)('faults: $name', ({ kind, transport, addresses }) => {
  let lab: FaultLab;
  let channel: Channel;
  const noteTexts = (): string[] => lab.notes.map(({ what, text }) => `${what} ${text}`);

  beforeEach(async () => {
    lab = new FaultLab(kind);
    channel = await openChannel(lab, transport, addresses);
  });
  afterEach(() => lab.close());

  it('leaves alone what no fault is about', async () => {
    lab.plant({ do: 'drop' }, 'BYE');
    lab.plant({ do: 'drop' }, 'REGISTER', { name: 'other', pattern: { from: ['pcscf1'] } });
    for (const bytes of [register, challenge, uar]) channel.one.send(bytes);
    channel.other.send(ok);
    await lab.until(() => channel.other.received.length === 3 && channel.one.received.length === 1);
    expect(channel.other.received).toEqual([register, challenge, uar]);
    expect(lab.wire).toEqual(['ue1>pcscf1', 'ue1>pcscf1', 'ue1>pcscf1', 'pcscf1>ue1']);
    expect(lab.layer.struck('f')).toBe(0);
    expect(lab.notes).toEqual([]);
  });

  it('drop: the nth is lost, shown as lost, and told', async () => {
    lab.plant({ do: 'drop' }, 'REGISTER', { name: 'the second and fourth REGISTER', nth: [2, 4] });
    for (let count = 0; count < 5; count++) channel.one.send(register);
    channel.one.send(bye);
    await lab.until(() => titles(channel.other.received).includes('BYE'));
    expect(titles(channel.other.received)).toEqual(['REGISTER', 'REGISTER', 'REGISTER', 'BYE']);
    expect(lab.wire).toEqual([
      ...['ue1>pcscf1', 'ue1>pcscf1 dropped', 'ue1>pcscf1', 'ue1>pcscf1 dropped', 'ue1>pcscf1', 'ue1>pcscf1'],
    ]);
    expect(lab.packets.filter(({ fault }) => fault !== undefined)[0]).toMatchObject({
      bytes: register,
      fault: { name: 'the second and fourth REGISTER', effect: 'dropped' },
    });
    expect(lab.layer.struck('the second and fourth REGISTER')).toBe(2);
    expect(noteTexts()).toEqual(
      Array.from({ length: 2 }, () => 'fault.dropped fault: dropped REGISTER (the second and fourth REGISTER)'),
    );
    expect(lab.notes[0]!.node).toBe('ue1');
  });

  it('delay: it comes later, others pass it', async () => {
    lab.plant({ do: 'delay', byMs: 20 }, '200 REGISTER', { pattern: { from: ['pcscf1'], to: ['ue1'] } });
    channel.other.send(ok);
    channel.other.send(bye);
    await lab.until(() => channel.one.received.length === 2);
    expect(titles(channel.one.received)).toEqual(['BYE', '200 REGISTER']);
    expect(channel.one.received[1]).toEqual(ok);
    expect(lab.wire).toEqual(['pcscf1>ue1', 'pcscf1>ue1 delayed']);
    const [early, late] = lab.packets.filter((packet) => packet.kind === 'data').map(({ time }) => time);
    expect(late! - early!).toBeGreaterThanOrEqual(19);
  });

  it('duplicate: a second copy follows', async () => {
    lab.plant({ do: 'duplicate', afterMs: 5 }, 'REGISTER');
    channel.one.send(register);
    channel.one.send(bye);
    await lab.until(() => channel.other.received.length === 3);
    expect(titles(channel.other.received)).toEqual(['REGISTER', 'BYE', 'REGISTER']);
    expect(lab.wire).toEqual(['ue1>pcscf1', 'ue1>pcscf1', 'ue1>pcscf1 duplicated']);
  });

  it('reorder: held until the next between the same two has passed', async () => {
    lab.plant({ do: 'reorder', holdMaxMs: 60_000 }, 'REGISTER');
    channel.one.send(register);
    lab.layer.remove('f');
    await lab.wait(5);
    expect(channel.other.received).toEqual([]);
    channel.one.send(bye);
    channel.one.send(invite);
    await lab.until(() => channel.other.received.length === 3);
    expect(titles(channel.other.received)).toEqual(['BYE', 'REGISTER', 'INVITE']);
    expect(lab.wire).toEqual(['ue1>pcscf1', 'ue1>pcscf1 reordered', 'ue1>pcscf1']);
  });

  it('reorder: at most for so long', async () => {
    lab.plant({ do: 'reorder', holdMaxMs: 10 }, 'REGISTER');
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 1);
    expect(lab.wire).toEqual(['ue1>pcscf1 reordered']);
  });

  it('change: other values of fields, and headers that are not there', async () => {
    lab.plant(
      {
        do: 'change',
        set: { 'Contact.expires': 5, Supported: null, 'Call-ID': 'other', 'Request-URI.host': 'example.com' },
      },
      'REGISTER',
      { nth: 'every' },
    );
    channel.one.send(register);
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 2);
    const message = seen(channel.other.received[1]!);
    expect(readField(message, 'Contact.expires')).toEqual(['5', '5']);
    expect(readField(message, 'Supported')).toEqual([]);
    expect(readField(message, 'Call-ID')).toEqual(['other']);
    expect(readField(message, 'Request-URI.host')).toEqual(['example.com']);
    expect(lab.wire).toEqual(['ue1>pcscf1 changed', 'ue1>pcscf1 changed']);
    expect(lab.packets.at(-1)!.bytes).toEqual(channel.other.received[1]);
    expect(lab.layer.struck('f')).toBe(2);
  });

  it('change: tells when there is nothing to change', async () => {
    lab.plant({ do: 'change', set: { Path: null } }, 'REGISTER');
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 1);
    expect(channel.other.received).toEqual([register]);
    expect(lab.wire).toEqual(['ue1>pcscf1']);
    expect(noteTexts()).toEqual(['fault.idle fault: could not change REGISTER, there is no Path (f)']);
  });

  it('change: tells which fields it has missed, until a message has them', async () => {
    const set = { Subject: 'x', Path: null, 'P-Access-Network-Info.cgi': 'y' };
    lab.plant({ do: 'change', set }, 'REGISTER', { nth: 'every' });
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 1);
    expect(readField(seen(channel.other.received[0]!), 'Subject')).toEqual(['x']);
    expect(lab.wire).toEqual(['ue1>pcscf1 changed']);
    expect(lab.layer.struck('f')).toBe(1);
    const missed = ['Path', 'P-Access-Network-Info.cgi'];
    const why = `changed Subject, but found no ${missed.join(', ')} in REGISTER`;
    expect(lab.layer.idle('f')).toEqual({ count: 1, why, missed });
    const withPath = Buffer.from(
      register.toString('latin1').replace('X-Thing:', 'Path: <sip:p>\r\nX-Thing:'),
      'latin1',
    );
    channel.one.send(withPath);
    await lab.until(() => channel.other.received.length === 2);
    expect(lab.layer.idle('f')).toMatchObject({ count: 2, missed: ['P-Access-Network-Info.cgi'] });
    expect(noteTexts()[0]).toBe(`fault.changed fault: changed REGISTER, but found no ${missed.join(', ')} in it (f)`);
    lab.plant({ do: 'change', set: { Subject: 'x', 'Contact.expires': 600 } }, 'REGISTER');
    expect(lab.layer.idle('f')).toBeUndefined();
  });

  it('change: what has the value already is no field that it missed', async () => {
    lab.plant({ do: 'change', set: { 'CSeq.sequence': 7, Subject: 'x' } }, 'REGISTER');
    lab.plant({ do: 'change', set: { 'CSeq.sequence': 1 } }, 'BYE', { name: 'g' });
    channel.one.send(register);
    channel.one.send(bye);
    await lab.until(() => channel.other.received.length === 2);
    expect([lab.layer.struck('f'), lab.layer.idle('f')]).toEqual([1, undefined]);
    expect(lab.layer.idle('g')).toEqual({ count: 1, why: 'it is so already' });
  });

  it('corrupt: one bit inside the AUTN of the nonce', async () => {
    const before = readField(seen(challenge), 'WWW-Authenticate.nonce.autn')[0]!;
    lab.plant({ do: 'corrupt', field: 'WWW-Authenticate.nonce.autn', bit: 3 }, '401 REGISTER');
    channel.other.send(challenge);
    await lab.until(() => channel.one.received.length === 1);
    const [received] = channel.one.received;
    const after = readField(seen(received!), 'WWW-Authenticate.nonce.autn')[0]!;
    expect(received).toHaveLength(challenge.length);
    expect(Number.parseInt(before.slice(0, 2), 16) ^ Number.parseInt(after.slice(0, 2), 16)).toBe(0x10);
    expect(after.slice(2)).toBe(before.slice(2));
    expect(readField(seen(received!), 'WWW-Authenticate.nonce.rand')).toEqual(
      readField(seen(challenge), 'WWW-Authenticate.nonce.rand'),
    );
  });

  it('replace: other octets in its place', async () => {
    lab.plant({ do: 'replace', bytes: bye }, 'REGISTER');
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 1);
    expect(channel.other.received).toEqual([bye]);
    expect(lab.wire).toEqual(['ue1>pcscf1 changed']);
  });

  it('answer: RFC 3261 8.2.6: its sender gets a response as from the receiver, who gets nothing', async () => {
    lab.plant({ do: 'answer', status: 503, reason: 'Broken', headers: { 'Retry-After': 5 } }, 'INVITE');
    channel.one.send(invite);
    await lab.until(() => channel.one.received.length === 1);
    const answer = parseMessage(channel.one.received[0]!);
    if (answer.kind !== 'response') throw new Error('no response');
    expect([answer.status, answer.reason, answer.header('Retry-After')]).toEqual([503, 'Broken', '5']);
    expect(answer.callId).toBe('call-1@192.0.2.1');
    expect(answer.toTag).toBe('t1'); // that of the request, which has one
    expect(answer.vias[0]!.branch).toBe('z9hG4bKa');
    await lab.wait(5);
    expect(channel.other.received).toEqual([]);
    expect(lab.wire).toEqual(['ue1>pcscf1 dropped', 'pcscf1>ue1 answered']);
    expect(noteTexts()).toEqual(['fault.answered fault: answered INVITE (f)']);
  });

  it('several at one message: changes add up, what ends its way ends it', async () => {
    lab.plant({ do: 'change', set: { 'Call-ID': 'one' } }, 'REGISTER', { name: 'a' });
    lab.plant({ do: 'change', set: { Subject: 'two' } }, 'REGISTER', {
      name: 'b',
      pattern: { with: { 'Call-ID': 'one' } },
    });
    lab.plant({ do: 'drop' }, 'REGISTER', { name: 'c', nth: [2] });
    // It was the second for this one as well, which has nothing left to drop.
    lab.plant({ do: 'drop' }, 'REGISTER', { name: 'd', nth: [2] });
    channel.one.send(register);
    channel.one.send(register);
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 2);
    expect(readField(seen(channel.other.received[0]!), 'Subject')).toEqual(['two']);
    expect(['a', 'b', 'c', 'd'].map((name) => lab.layer.struck(name))).toEqual([1, 1, 1, 0]);
  });

  it('is in force until it is removed, and its strikes are remembered', async () => {
    lab.plant({ do: 'drop' }, 'REGISTER', { nth: 'every' });
    channel.one.send(register);
    expect(lab.layer.remove('f')).toBe(true);
    expect(lab.layer.remove('f')).toBe(false);
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 1);
    expect(lab.layer.struck('f')).toBe(1);
    expect(lab.layer.struck('never')).toBe(0);
  });
});

describe.each(cases.filter(({ transport }) => transport === 'tcp'))(
  'faults of Diameter: $name',
  ({ kind, addresses }) => {
    const codec = new Codec([compileApplication(cxDictionary), compileApplication(baseDictionary)]);
    let lab: FaultLab;
    let channel: Channel;

    beforeEach(async () => {
      lab = new FaultLab(kind);
      channel = await openChannel(lab, 'tcp', addresses, ['icscf1', 'hss1']);
      // The first message of a connection says who the peer is.
      channel.other.send(uaa);
      await lab.until(() => channel.one.received.length === 1);
    });
    afterEach(() => lab.close());

    it.each([
      [5012, 'Result-Code', '5012'],
      [5001, 'Experimental-Result.Experimental-Result-Code', '5001'],
      [3004, 'Result-Code', '3004'],
    ])('answer: RFC 6733 6.2: %i to a UAR in %s, with its session and identifiers', async (result, path, code) => {
      lab.plant({ do: 'answer', result }, 'UAR');
      channel.one.send(uar);
      await lab.until(() => channel.one.received.length === 2);
      const answer = channel.one.received[1]!;
      expect(codec.decode(answer).kind).toBe('message');
      const message = seen(answer, 'diameter');
      for (const same of ['Session-Id', 'hop-by-hop', 'end-to-end']) {
        expect(readField(message, same)).toEqual(readField(seen(uar, 'diameter'), same));
      }
      expect(readField(message, path)).toEqual([code]);
      expect(readField(message, 'result')).toEqual([code]);
      expect(readField(message, 'Origin-Host')).toEqual([`icscf1.${home}`]); // as the UAA has it
      expect(readField(message, 'flags')).toEqual([result === 3004 ? '-PE-' : '-P--']);
      expect(lab.wire.slice(1)).toEqual(['icscf1>hss1 dropped', 'hss1>icscf1 answered']);
    });

    it('answer: with AVPs of its own', async () => {
      lab.plant(
        {
          do: 'answer',
          headers: { 'Server-Name': 'sip:x', 'Result-Code': 5003 },
        },
        'UAR',
      );
      channel.one.send(uar);
      await lab.until(() => channel.one.received.length === 2);
      const message = seen(channel.one.received[1]!, 'diameter');
      expect(readField(message, 'result')).toEqual(['5003']);
      expect(readField(message, 'Server-Name')).toEqual(['sip:x']);
    });

    it('change: AVPs and the lengths around them', async () => {
      lab.plant(
        {
          do: 'change',
          set: {
            'SIP-Auth-Data-Item[1].SIP-Authenticate': '0x00',
            'User-Name': null,
            result: 5012,
            'Server-Name': 'sip:abc',
          },
        },
        'MAA',
      );
      channel.other.send(maa);
      await lab.until(() => channel.one.received.length === 2);
      const message = seen(channel.one.received[1]!, 'diameter');
      expect(codec.decode(message.bytes).kind).toBe('message');
      expect(readField(message, 'SIP-Auth-Data-Item.SIP-Authenticate')).toEqual(['0x00']);
      expect(readField(message, 'SIP-Auth-Data-Item.SIP-Item-Number')).toEqual(['1', '2']);
      expect(readField(message, 'User-Name')).toEqual([]);
      expect(readField(message, 'result')).toEqual(['5012']);
      expect(readField(message, 'Server-Name')).toEqual(['sip:abc']);
    });
  },
);

describe('faults that cannot be meant', () => {
  it.each<[Parameters<FaultLab['plant']>, readonly string[], RegExp]>([
    [[{ do: 'drop' }, 'REGSTER'], ['message'], /REGISTER/],
    [[{ do: 'change', set: { Contcat: 1 } }, 'REGISTER'], ['set', 'Contcat'], /'Contact'/],
    [[{ do: 'change', set: {} }, 'REGISTER'], ['set'], /changes nothing/],
    [[{ do: 'change', set: { 'Server-Nam': 'x' } }, 'UAA'], ['set', 'Server-Nam'], /'Server-Name'/],
    [
      [{ do: 'change', set: { 'User-Authorization-Type': 'REGISTRATIN' } }, 'UAR'],
      ['set', 'User-Authorization-Type'],
      /'REGISTRATION'/,
    ],
    [[{ do: 'change', set: { status: 700 } }, '200'], ['set', 'status'], /700 is no SIP status/],
    [[{ do: 'change', set: { 'sdp.audio.codec': 'x' } }, 'INVITE'], ['set', 'sdp.audio.codec'], /cannot be set/],
    [[{ do: 'change', set: { Contact: 1 } }, 'RTP'], ['set'], /RTP has no fields/],
    [[{ do: 'corrupt', field: 'WWW-Autenticate.nonce' }, '401'], ['field'], /'WWW-Authenticate'/],
    [
      [{ do: 'corrupt', field: 'WWW-Authenticate.nonce.aunt' }, '401 REGISTER'],
      ['field'],
      /has no aunt; did you mean 'autn'/,
    ],
    [[{ do: 'change', set: { Subject: 'a\nb' } }, 'INVITE'], ['set', 'Subject'], /over several lines; write it on one/],
    [[{ do: 'change', set: { 'From.display': 'a\r' } }, 'INVITE'], ['set', 'From.display'], /over several lines/],
    [[{ do: 'change', set: { reason: 'a\r\nX: b' } }, '200 INVITE'], ['set', 'reason'], /over several lines/],
    [[{ do: 'change', set: { 'sdp.version': '1\n' } }, 'INVITE'], ['set', 'sdp.version'], /over several lines/],
    [
      [{ do: 'answer', status: 503, headers: { 'Retry-After': '5\r\n' } }, 'INVITE'],
      ['headers', 'Retry-After'],
      /over several lines; write it on one/,
    ],
    [[{ do: 'answer', status: 503, reason: 'a\nb' }, 'INVITE'], ['reason'], /over several lines/],
    [
      [{ do: 'answer', status: 503, headers: { 'Retry-Aftre': 5 } }, 'INVITE'],
      ['headers', 'Retry-Aftre'],
      /'Retry-After'/,
    ],
    [[{ do: 'answer', status: 503, headers: { 'To.tag': 5 } }, 'INVITE'], ['headers', 'To.tag'], /no whole header/],
    [[{ do: 'answer', status: 503 }, '200 INVITE'], ['message'], /nobody answers/],
    [[{ do: 'answer', status: 503 }, 'ACK'], ['message'], /nobody answers/],
    [[{ do: 'answer', status: 99 }, 'INVITE'], ['status'], /99 is no SIP status/],
    [[{ do: 'answer' }, 'INVITE'], ['status'], /missing/],
    [[{ do: 'answer' }, 'UAR'], ['result'], /missing/],
    [[{ do: 'answer', result: 7 }, 'UAR'], ['result'], /7 is no result code/],
    [[{ do: 'answer', status: 503 }, 'UAR'], ['status'], /Diameter has none/],
  ])('%j', (fault, key, message) => {
    const lab = new FaultLab('simulated');
    const work = (): void => lab.plant(...fault);
    expect(work).toThrow(PatternError);
    expect(work).toThrow(message);
    expect(work).toThrow(expect.objectContaining({ key }));
    const [action, text] = fault;
    expect(checkFault({ name: 'f', nth: [1], action, pattern: { message: text } })).toMatchObject({ key });
    expect(lab.layer.remove('f')).toBe(false);
  });

  it('are found before anything runs; all else is without a problem', () => {
    const pattern = { message: '401 REGISTER', with: { 'Contcat.expires': 1 } };
    expect(checkFault({ name: 'f', nth: [1], action: { do: 'drop' }, pattern })).toMatchObject({
      key: ['with', 'Contcat.expires'],
      what: expect.stringContaining('Contcat'),
      mend: expect.stringContaining("'Contact'"),
    });
    const body: FaultAction = { do: 'change', set: { body: 'a\nb\n', sdp: 'v=0\r\n' } };
    expect(checkFault({ name: 'f', nth: [1], action: body, pattern: { message: 'INVITE' } })).toBeUndefined();
    const action = { do: 'corrupt', field: 'WWW-Authenticate.nonce.autn' } as const;
    expect(checkFault({ name: 'f', nth: [1], action, pattern: { message: '401 REGISTER' } })).toBeUndefined();
  });
});
