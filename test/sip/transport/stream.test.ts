import { Lab, Log, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';

function scene() {
  const lab = new Lab();
  const bob = lab.party('bob', '192.0.2.2', { onRequest: (received) => received.isAck || received.reply(200) });
  return { lab, bob };
}

function options(edit: (text: string) => string = (text) => text): string {
  return edit(request('OPTIONS', BOB).edit().prepend('Via', 'SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKa').text());
}

describe('TCP', () => {
  it('SIP-23 / RFC 3261 18.3: messages are cut out of the stream however it is split', () => {
    const { lab, bob } = scene();
    const peer = lab.rawStream('192.0.2.1', '192.0.2.2');
    const both = options() + options((text) => text.replace('z9hG4bKa', 'z9hG4bKb'));
    for (const piece of both.match(/[\s\S]{1,37}/g)!) peer.send(piece);
    lab.run();
    expect(bob.requests).toHaveLength(2);
    expect(peer.received.join('').match(/^SIP\/2.0 200/gm)).toHaveLength(2);
    expect(bob.requests[0]!.source.connectionId).toBe(bob.requests[1]!.source.connectionId);
  });

  it('SIP-24 / RFC 5626 4.4.1: a double CRLF is answered by a single one', () => {
    const { lab } = scene();
    const peer = lab.rawStream('192.0.2.1', '192.0.2.2');
    peer.send('\r\n\r\n');
    lab.run();
    expect(peer.received).toEqual(['\r\n']);
  });

  it('SIP-23: half a message that lies idle for 32 s closes the connection', () => {
    const { lab, bob } = scene();
    const peer = lab.rawStream('192.0.2.1', '192.0.2.2');
    peer.send(options().slice(0, 100));
    lab.run(20_000);
    peer.send(options().slice(100, 110));
    lab.run(31_990);
    expect(bob.endpoint.counts.connections).toBe(1);
    lab.run(100);
    expect(peer.isClosed).toBe(true);
    expect(bob.endpoint.counts.connections).toBe(0);
    expect(lab.faults.map(({ clause }) => clause)).toEqual(['SIP-23']);
  });

  it('SIP-10: without Content-Length 400, and the connection is closed', () => {
    const { lab } = scene();
    const peer = lab.rawStream('192.0.2.1', '192.0.2.2');
    peer.send(options((text) => text.replace(/Content-Length.*\r\n/, '')));
    lab.run();
    expect(peer.received.join('')).toMatch(/^SIP\/2.0 400 /);
    expect(peer.isClosed).toBe(true);
  });

  it('SIP-25: a second request takes the open connection', () => {
    const { lab, bob } = scene();
    const alice = lab.party('alice', '192.0.2.1');
    const log = new Log();
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.tcp], log);
    lab.run();
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.tcp], log);
    lab.run();
    expect(log.statuses).toEqual([200, 200]);
    expect([alice.endpoint.counts.connections, bob.endpoint.counts.connections]).toEqual([1, 1]);
  });

  it('SIP-25 / RFC 3261 18.1.1: what asks for TLS does not take an open connection without it', () => {
    const { lab, bob } = scene();
    const alice = lab.party('alice', '192.0.2.1', { protocols: ['tcp', 'tls'] });
    const log = new Log();
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.tcp], log);
    lab.run();
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [{ ...bob.tcp, protocol: 'tls' }], log);
    lab.run();
    // Alice has no authorities to believe.
    expect(log.events).toEqual(['200', 'noAuthorities']);
    expect(lab.sent('OPTIONS')).toHaveLength(1);
  });

  it('SIP-25 / RFC 5626 5.3: a request down a flow takes that very connection, and fails when it is gone', () => {
    const { lab, bob } = scene();
    const alice = lab.party('alice', '192.0.2.1', { onRequest: (received) => received.reply(200) });
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.tcp], new Log());
    lab.run();
    const flow = bob.requests[0]!.source;
    const log = new Log();
    bob.endpoint.sendRequest(request('OPTIONS', 'sip:alice@10.0.0.1'), [flow], log);
    lab.run();
    expect(log.statuses).toEqual([200]);
    expect(bob.endpoint.isAlive(flow)).toBe(true);
    alice.endpoint.close();
    lab.run();
    expect(bob.endpoint.isAlive(flow)).toBe(false);
    bob.endpoint.sendRequest(request('OPTIONS', 'sip:alice@10.0.0.1'), [flow], log);
    lab.run();
    expect(log.events).toEqual(['200', 'flowGone']);
    lab.expectNothingLeft();
  });

  it('SIP-22 / RFC 3261 18.2.2: a response whose connection is gone opens a new one to the sent-by port', () => {
    const lab = new Lab();
    const bob = lab.party('bob', '192.0.2.2', {
      onRequest: (received) => lab.simulation.clock.setTimer(1000, () => received.reply(200)),
    });
    lab.party('alice', '192.0.2.1');
    const peer = lab.rawStream('192.0.2.1', '192.0.2.2');
    peer.send(options());
    lab.run(100);
    peer.close();
    lab.run();
    expect(bob.requests).toHaveLength(1);
    const answers = lab.sent('200 OPTIONS');
    expect(answers.map(({ to, protocol }) => [to, protocol])).toEqual([['192.0.2.1', 'tcp']]);
    lab.expectNothingLeft();
  });

  it('RFC 3261 17.1.4, 18.4: a connection that breaks tells the transactions that wait for it', () => {
    const lab = new Lab();
    const alice = lab.party('alice', '192.0.2.1');
    const bob = lab.party('bob', '192.0.2.2');
    const log = new Log();
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.tcp], log);
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.tcp], log);
    lab.run(1000);
    lab.simulation.network.dropNode('192.0.2.2');
    lab.run(100);
    bob.endpoint.close();
    lab.run();
    expect(log.events).toEqual(['100', 'ECONNRESET', 'ECONNRESET']);
    lab.expectNothingLeft();
  });

  it('SIP-62: 10,000 long requests wait for a connection to open; of more octets than that the rest fail, which is one fault', () => {
    const { lab, bob } = scene();
    const alice = lab.party('alice', '192.0.2.1');
    const log = new Log();
    for (let count = 0; count < 10_000; count++) {
      alice.endpoint.sendRequest(request('OPTIONS', BOB, [], 'x'.repeat(1_200)), [bob.tcp], log);
    }
    const failed = new Log();
    for (let count = 0; count < 100; count++) {
      alice.endpoint.sendRequest(request('OPTIONS', BOB, [], 'x'.repeat(60_000)), [bob.tcp], failed);
    }
    lab.run();
    expect([log.statuses.length, new Set(log.statuses)]).toEqual([10_000, new Set([200])]);
    expect(failed.events).toContain('queueFull');
    expect(lab.faults.map(({ what, clause }) => `${what}, ${clause}`)).toEqual(['write queue full, SIP-62']);
    lab.expectNothingLeft();
  });

  it('the bound on connections holds for those that come and those that go', () => {
    const lab = new Lab();
    const bob = lab.party('bob', '192.0.2.2', { connectionsMax: 1, onRequest: (received) => received.reply(200) });
    const first = lab.rawStream('192.0.2.1', '192.0.2.2');
    lab.run();
    const second = lab.rawStream('192.0.2.1', '192.0.2.2');
    lab.run();
    expect([first.isClosed, second.isClosed]).toEqual([false, true]);
    const log = new Log();
    bob.endpoint.sendRequest(
      request('OPTIONS', 'sip:carol@192.0.2.3'),
      [{ protocol: 'tcp', endpoint: { address: '192.0.2.3', port: 5060 } }],
      log,
    );
    lab.run();
    expect(log.events).toEqual(['connectionsMax']);
    expect(lab.faults.map(({ clause }) => clause)).toEqual(['SIP-62']);
    lab.expectNothingLeft();
  });
});
