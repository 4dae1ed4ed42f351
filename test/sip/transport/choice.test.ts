import type { PartyOptions } from '../lab.js';
import { Lab, Log, line, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';
const long = 'x'.repeat(1300);

function scene(bobOptions: PartyOptions = {}, aliceOptions: PartyOptions = { datagramSizeMax: 1300 }) {
  const lab = new Lab();
  const alice = lab.party('alice', '192.0.2.1', aliceOptions);
  const bob = lab.party('bob', '192.0.2.2', {
    onRequest: (received) => received.isAck || received.reply(200),
    ...bobOptions,
  });
  return { lab, alice, bob, log: new Log() };
}

describe('SIP-20 / RFC 3261 18.1.1, TS 24.229 4.2A: long requests', () => {
  it('take TCP, and their Via says so; the others stay on UDP', () => {
    const { lab, alice, bob, log } = scene();
    alice.endpoint.sendRequest(request('MESSAGE', BOB, [], long), [bob.udp], log);
    alice.endpoint.sendRequest(request('MESSAGE', BOB, [], 'short'), [bob.udp], log);
    lab.run();
    expect(
      lab
        .sent('MESSAGE')
        .map(({ protocol }) => protocol)
        .sort(),
    ).toEqual(['tcp', 'udp']);
    const overTcp = lab.sent('MESSAGE').find(({ protocol }) => protocol === 'tcp')!;
    expect(line(overTcp.text, 'Via')).toMatch(/^Via: SIP\/2.0\/TCP 192.0.2.1:5060;branch=z9hG4bK/);
    expect(log.statuses).toEqual([200, 200]);
    lab.expectNothingLeft();
  });

  it('the limit is 1300 octets, Via included', () => {
    const { lab, alice, bob, log } = scene();
    const size = (filler: number) => {
      lab.wire.length = 0;
      alice.endpoint.sendRequest(request('MESSAGE', BOB, [['Call-ID', 'same']], 'x'.repeat(filler)), [bob.udp], log);
      lab.run();
      return lab.sent('MESSAGE')[0]!;
    };
    const base = size(100).text.length - 100;
    expect(size(1300 - base)).toMatchObject({ protocol: 'udp' });
    expect(lab.sent('MESSAGE')[0]!.text).toHaveLength(1300);
    expect(size(1301 - base)).toMatchObject({ protocol: 'tcp' });
  });

  it('go back to UDP where TCP is refused', () => {
    const { lab, alice, bob, log } = scene({ protocols: ['udp'] });
    alice.endpoint.sendRequest(request('MESSAGE', BOB, [], long), [bob.udp], log);
    lab.run();
    expect(
      lab.sent('MESSAGE').map(({ protocol, text }) => [protocol, /SIP\/2.0\/(\w+)/.exec(line(text, 'Via')!)![1]]),
    ).toEqual([['udp', 'UDP']]);
    expect(log.events).toEqual(['200']);
    lab.expectNothingLeft();
  });

  it('an ACK for a 2xx takes TCP as well, and its Via says so', () => {
    const { lab, alice, bob } = scene();
    alice.endpoint.sendStateless(request('ACK', BOB, [], long), [bob.udp]);
    alice.endpoint.sendStateless(request('ACK', BOB, [], 'short'), [bob.udp]);
    lab.run();
    const ways = lab.sent('ACK').map(({ protocol, text }) => `${protocol} ${line(text, 'Via')?.slice(0, 16)}`);
    expect(ways.sort()).toEqual(['tcp Via: SIP/2.0/TCP', 'udp Via: SIP/2.0/UDP']);
  });

  it('an ACK for a 2xx goes back to UDP as well', () => {
    const { lab, alice, bob } = scene({ protocols: ['udp'] });
    alice.endpoint.sendStateless(request('ACK', BOB, [], long), [bob.udp]);
    lab.run();
    expect(lab.sent('ACK').map(({ protocol }) => protocol)).toEqual(['udp']);
    expect(bob.requests[0]!.isAck).toBe(true);
  });

  it('SIP-73: the rule can be switched off', () => {
    const { lab, alice, bob, log } = scene({}, {});
    alice.endpoint.sendRequest(request('MESSAGE', BOB, [], long), [bob.udp], log);
    lab.run();
    expect(lab.sent('MESSAGE')[0]!.protocol).toBe('udp');
  });
});

describe('SIP-26 / RFC 3263 4.3: several destinations', () => {
  const dead = { protocol: 'udp', endpoint: { address: '192.0.2.77', port: 5060 } } as const;

  it('the next one is tried on timeout and on transport error, each with a new branch', () => {
    const { lab, alice, bob, log } = scene();
    const refusing = { ...dead, protocol: 'tcp' } as const;
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [dead, refusing, bob.udp], log, { failover: true });
    lab.run();
    expect(log.events).toEqual(['200']);
    const branches = new Set(lab.sent('OPTIONS').map(({ text, to }) => `${to} ${/branch=\S+/.exec(text)![0]}`));
    expect(branches.size).toBe(2);
    lab.expectNothingLeft();
  });

  it('no other one is tried where the next hop has answered, if only by a 100', () => {
    const { lab, alice, bob, log } = scene();
    const carol = lab.party('carol', '192.0.2.3');
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [carol.udp, bob.udp], log, { failover: true });
    lab.run();
    expect([...new Set(log.events)]).toEqual(['100', 'timeout']);
    expect(bob.requests).toEqual([]);
  });

  it('no other one is tried for an INVITE that its sender has cancelled', () => {
    const { lab, alice, bob, log } = scene();
    const refusing = { ...dead, protocol: 'tcp' } as const;
    const invite = alice.endpoint.sendRequest(request('INVITE', BOB), [refusing, bob.udp], log, { failover: true });
    invite.cancel();
    lab.run();
    expect(log.events).toEqual(['ECONNREFUSED']);
    expect(bob.requests).toEqual([]);
  });

  it('without failover the first one decides', () => {
    const { lab, alice, bob, log } = scene();
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [dead, bob.udp], log);
    lab.run();
    expect(log.events).toEqual(['timeout']);
  });

  it('nobody to send to counts as a transport error, later', () => {
    const { lab, alice, log } = scene();
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [], log);
    expect(log.events).toEqual([]);
    lab.run();
    expect(log.events).toEqual(['noDestination']);
  });
});

describe('SIP-60 / RFC 3261 21.5.4: 503 with Retry-After', () => {
  it('the element is left alone for that time, the next destination is tried, dialogs go on', () => {
    const { lab, alice, bob, log } = scene({
      onRequest: (received) =>
        received.reply(bob.requests.length === 1 ? 503 : 200, { headers: [['Retry-After', '60 (busy)']] }),
    });
    const carol = lab.party('carol', '192.0.2.3', { onRequest: (received) => received.reply(200) });
    const send = (failover: boolean, to = '<sip:bob@192.0.2.2>') =>
      alice.endpoint.sendRequest(
        request('OPTIONS', BOB, [['To', to]]),
        failover ? [bob.udp, carol.udp] : [bob.udp],
        log,
        { failover },
      );
    send(true);
    lab.run(1000);
    expect(log.events).toEqual(['200']);
    send(true);
    lab.run(1000);
    expect([bob.requests.length, carol.requests.length]).toEqual([1, 2]);
    send(false);
    lab.run(1000);
    expect(log.events.at(-1)).toBe('retryAfter');
    send(false, '<sip:bob@192.0.2.2>;tag=t');
    lab.run(1000);
    expect(bob.requests).toHaveLength(2);
    lab.run(60_000);
    send(false);
    lab.run();
    expect(bob.requests).toHaveLength(3);
    lab.expectNothingLeft();
  });

  it('nobody sends others away for longer than an hour', () => {
    const { lab, alice, bob, log } = scene({
      onRequest: (received) =>
        received.reply(bob.requests.length === 1 ? 503 : 200, { headers: [['Retry-After', '86400']] }),
    });
    const send = () => {
      alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
      lab.run(1000);
      return log.events.at(-1);
    };
    expect(send()).toBe('503');
    lab.run(3_590_000);
    expect(send()).toBe('retryAfter');
    lab.run(10_000);
    expect(send()).toBe('200');
    lab.run();
    lab.expectNothingLeft();
  });
});

describe('SIP-62: own overload', () => {
  it('new work gets 503 with a random Retry-After, what belongs to a dialog goes on, until that is too much as well', () => {
    const { lab, alice, bob, log } = scene({ pendingMax: 2, onRequest: () => {} });
    const send = (count: number, to: string) => {
      for (let i = 0; i < count; i++) alice.endpoint.sendRequest(request('OPTIONS', BOB, [['To', to]]), [bob.udp], log);
      lab.run(100);
    };
    send(4, '<sip:bob@192.0.2.2>');
    expect(log.statuses).toEqual([503, 503]);
    expect(Number(log.responses[0]!.header('Retry-After'))).toBeGreaterThan(0);
    send(4, '<sip:bob@192.0.2.2>;tag=t');
    expect(bob.requests).toHaveLength(4);
    lab.run();
    lab.expectNothingLeft();
  });

  it('a CANCEL is no new work: it is answered, and ends the INVITE that the load comes from (RFC 3261 9.2)', () => {
    const { lab, alice, bob, log } = scene({ pendingMax: 1, onRequest: (received) => received.reply(180) });
    const transaction = alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run(100);
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run(100);
    expect(log.statuses).toEqual([180, 503]);
    transaction.cancel();
    lab.run(100);
    expect(lab.sent('CANCEL')).toHaveLength(1);
    expect(log.statuses).toEqual([180, 503, 487]);
    lab.run();
    lab.expectNothingLeft();
  });

  it('counts what has no final answer where that is bounded, and nothing that only waits for timer J', () => {
    const { lab, alice, bob, log } = scene({ requestsMax: 2, onRequest: () => {} });
    const send = (count: number) => {
      for (let i = 0; i < count; i++) alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
      lab.run(100);
    };
    send(4);
    expect(log.statuses).toEqual([503, 503]);
    for (const open of bob.requests) open.reply(200);
    lab.run(11_000);
    expect(bob.endpoint.counts.serverTransactions).toBe(2);
    send(3);
    expect(log.statuses).toEqual([503, 503, 200, 200, 503]);
    // Nobody answers these: the room is there again when they are given up.
    lab.run(60_000);
    send(2);
    expect(bob.requests).toHaveLength(6);
    lab.run();
    lab.expectNothingLeft();
  });
});
