import type { ServerRequest } from '../../../src/sip/index.js';
import { Lab, Log, type Party, type PartyOptions, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';

function pair(onRequest: (request: ServerRequest, bob: Party) => void, options: PartyOptions = {}, seed = 1) {
  const lab = new Lab(seed);
  const alice = lab.party('alice', '192.0.2.1', options);
  const bob = lab.party('bob', '192.0.2.2', { ...options, onRequest });
  return { lab, alice, bob, log: new Log() };
}

describe.each(['compiled', 'interpreted'] as const)('non-INVITE transactions, %s', (mode) => {
  it('SIP-33 / RFC 3261 17.1.2.2: timer E doubles up to T2, timer F ends at 64*T1', () => {
    const { lab, alice, bob, log } = pair(() => {}, { mode });
    lab.simulation.links.partition('192.0.2.1', '192.0.2.2');
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run(31_999);
    expect(log.events).toEqual([]);
    lab.run();
    const times = lab.times('OPTIONS');
    expect(times.map((time) => time - times[0]!)).toEqual([
      0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(log.events).toEqual(['timeout']);
    lab.expectNothingLeft();
  });

  it('SIP-33, SIP-34 / RFC 4320 4.1: no answer to retransmissions, then a 100 when timer E has reached T2', () => {
    const { lab, alice, bob, log } = pair(
      (options) => lab.simulation.clock.setTimer(10_000, () => options.reply(200)),
      { mode },
    );
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run();
    const start = lab.times('OPTIONS')[0]!;
    expect(lab.times('OPTIONS').map((time) => time - start)).toEqual([0, 500, 1500, 3500, 7500]);
    // One for silence, one for the retransmission that crossed it, one for the next.
    expect(lab.times('100 OPTIONS').map((time) => time - start)).toEqual([3501, 3501, 7501]);
    expect(bob.requests).toHaveLength(1);
    expect(log.statuses.at(-1)).toBe(200);
    lab.expectNothingLeft();
  });

  it('SIP-33 / RFC 3261 17.1.2.2: a 100 leaves the timer E that runs as it is, and makes the next one T2', () => {
    const { lab, alice, bob, log } = pair(() => {}, { mode });
    // Another's element, which sends its 100 early.
    const { clock } = lab.simulation;
    const early = lab.simulation.environmentFor('early').network.bindDatagram(
      { address: '192.0.2.7', port: 5060 },
      {
        onDatagram: (bytes, from) => {
          const [, ...headers] = bytes.toString('latin1').split('\r\n');
          const trying = Buffer.from(['SIP/2.0 100 Trying', ...headers].join('\r\n'), 'latin1');
          clock.setTimer(300, () => early.send(trying, from));
        },
        onError: () => {},
      },
    );
    const destination = { ...bob.udp, endpoint: { address: '192.0.2.7', port: 5060 } };
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [destination], log);
    lab.run(20_000);
    const times = lab.times('OPTIONS');
    expect(times.map((time) => time - times[0]!)).toEqual([0, 500, 4500, 8500, 12_500, 16_500]);
  });

  it('SIP-33 / RFC 3261 17.2.2: for timer J a retransmission gets the last response, without the TU', () => {
    const { lab, alice, bob, log } = pair(
      (options) => {
        lab.simulation.links.set('192.0.2.2', '192.0.2.1', { loss: 1 });
        options.reply(200);
        lab.simulation.clock.setTimer(1600, () => lab.simulation.links.set('192.0.2.2', '192.0.2.1', { loss: 0 }));
      },
      { mode },
    );
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run(31_000);
    expect(lab.sent('200 OPTIONS')).toHaveLength(4);
    expect(new Set(lab.sent('200 OPTIONS').map(({ text }) => text)).size).toBe(1);
    expect(bob.requests).toHaveLength(1);
    expect(log.statuses).toEqual([200]);
    expect(bob.endpoint.counts.serverTransactions).toBe(1);
    expect(alice.endpoint.counts.clientTransactions).toBe(0);
    lab.run();
    lab.expectNothingLeft();
  });
});

describe('non-INVITE server transaction', () => {
  it('SIP-33: over TCP nothing is retransmitted, and J and K are zero', () => {
    const { lab, alice, bob, log } = pair((options) => {
      lab.simulation.clock.setTimer(2000, () => options.reply(200));
    });
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.tcp], log);
    lab.run(2100);
    expect(lab.summaries).toEqual(['OPTIONS', '200 OPTIONS']);
    lab.expectNothingLeft();
  });

  it('SIP-34 / RFC 4320 4.1, 4.2: a TU can send neither a 180 nor a 408', () => {
    const { lab, alice, bob, log } = pair((options) => {
      options.reply(180);
      options.reply(408);
    });
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run();
    expect(lab.wire.every(({ summary }) => summary === 'OPTIONS')).toBe(true);
    expect(log.events).toEqual(['timeout']);
    expect(lab.faults.map(({ clause }) => clause)).toContain('SIP-34');
    lab.expectNothingLeft();
  });

  it('RFC 4320: a request that nobody answers is forgotten when its sender has given up', () => {
    let failure: string | undefined;
    const { lab, alice, bob, log } = pair((options) => {
      options.onTransactionFailed((reason) => {
        failure = reason;
      });
    });
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run();
    expect(failure).toBe('expired');
    expect(log.events.at(-1)).toBe('timeout');
    lab.expectNothingLeft();
  });

  it('RFC 3261 17.2.2: what comes after the final response is ignored', () => {
    const { lab, alice, bob, log } = pair((options) => {
      options.reply(200);
      options.reply(500);
      expect(options.finalStatus).toBe(200);
    });
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run();
    expect(log.statuses).toEqual([200]);
    expect(lab.sent('500 OPTIONS')).toHaveLength(0);
  });

  it('a server that lost its state on restart answers a retransmission anew', () => {
    const { lab, alice, bob, log } = pair((options) => {
      // Dies before it answers the first one.
      if (bob.requests.length > 1) options.reply(200);
    });
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run(10);
    bob.endpoint.close();
    lab.simulation.network.dropNode('192.0.2.2');
    expect(bob.host.instanceCount).toBe(0);
    const again = lab.party('bob2', '192.0.2.2', { onRequest: (options) => options.reply(200) });
    lab.run();
    expect(again.requests).toHaveLength(1);
    expect(log.statuses).toEqual([200]);
    lab.expectNothingLeft();
  });
});
