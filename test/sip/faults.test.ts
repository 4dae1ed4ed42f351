/** Calls and requests through a proxy over links that lose, repeat and reorder: every one comes to its end, and nothing is left. */
import fc from 'fast-check';
import { ProxyCore } from '../../src/sip/index.js';
import { Lab, Log, request } from './lab.js';

const scenario = fc.record({
  seed: fc.nat(1_000_000),
  loss: fc.constantFrom(0, 0.1, 0.3),
  duplication: fc.constantFrom(0, 0.2),
  reordering: fc.constantFrom(0, 0.2),
  protocol: fc.constantFrom('udp', 'tcp'),
  mode: fc.constantFrom('compiled', 'interpreted'),
  requests: fc.array(
    fc.record({
      method: fc.constantFrom('INVITE', 'OPTIONS'),
      status: fc.constantFrom(200, 404, 486, 503, 603, undefined),
      afterMs: fc.constantFrom(0, 150, 3000),
      cancelAfterMs: fc.constantFrom(undefined, 0, 160, 3000),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  restartAfterMs: fc.constantFrom(undefined, undefined, 100, 2000),
});

describe('whatever the links do', () => {
  it('SIP-31, SIP-32, SIP-33, SIP-36, SIP-44: every request ends, the TU sees it once, no machine and no entry stays', () => {
    fc.assert(
      fc.property(scenario, ({ seed, loss, duplication, reordering, protocol, mode, requests, restartAfterMs }) => {
        const lab = new Lab(seed);
        const alice = lab.party('alice', '192.0.2.1', { mode });
        const proxy = lab.party('proxy', '192.0.2.9', {
          mode,
          onRequest: (received) => {
            if (core.admit(received)) core.forward(received, core.preprocess(received).request, [{}]);
          },
        });
        const core = new ProxyCore(proxy.endpoint, { timerCMs: 200_000 });
        const bob = lab.party('bob', '192.0.2.2', {
          mode,
          onRequest: (received) => {
            const plan = requests[Number(received.message.header('X-Number'))];
            if (received.isAck || plan?.status === undefined) return;
            lab.simulation.clock.setTimer(plan.afterMs, () => received.reply(plan.status!));
          },
        });
        lab.simulation.links.setDefaults({ loss, duplication, reordering });
        const logs = requests.map(({ method, cancelAfterMs }, number) => {
          const log = new Log();
          const message = request(method, `sip:bob@192.0.2.2;transport=${protocol}`, [['X-Number', String(number)]]);
          const transaction = alice.endpoint.sendRequest(message, [proxy[protocol as 'udp' | 'tcp']], log);
          if (cancelAfterMs !== undefined) lab.simulation.clock.setTimer(cancelAfterMs, () => transaction.cancel());
          return { log, transaction };
        });
        if (restartAfterMs !== undefined) {
          lab.simulation.clock.setTimer(restartAfterMs, () => {
            lab.simulation.network.dropNode('192.0.2.2');
            bob.endpoint.close();
          });
        }
        lab.run();
        for (const [number, { log, transaction }] of logs.entries()) {
          const { method, status } = requests[number]!;
          // RFC 3261 13.3.1.4: a 2xx to INVITE is repeated by the UAS core, and Bob has none: once lost it stays lost, and Alice,
          // who has heard 100, waits for it (17.1.1.2) until she hangs up.
          if (protocol === 'udp' && loss > 0 && method === 'INVITE' && status === 200) {
            transaction.abandon();
            continue;
          }
          const last = log.events.at(-1)!;
          expect(last === 'timeout' || Number.isNaN(Number(last)) || Number(last) >= 200).toBe(true);
        }
        // Retransmissions never reach the TU.
        const seen = bob.requests
          .filter(({ isAck }) => !isAck)
          .map(({ message }) => `${message.callId} ${message.topVia.branch}`);
        expect(new Set(seen).size).toBe(seen.length);
        // Bob never answers some INVITEs: their server transactions wait for him.
        bob.endpoint.close();
        lab.expectNothingLeft();
      }),
      { numRuns: 60 },
    );
  });
});
