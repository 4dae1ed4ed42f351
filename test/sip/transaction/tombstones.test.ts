import { createSimulation } from '../../../src/environment/simulated/index.js';
import type { ServerRequest } from '../../../src/sip/index.js';
import { Tombstones } from '../../../src/sip/transaction/tombstones.js';
import { Lab, Log, type Party, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';

/** Nobody watches, so nothing but keys and texts outlives the final response. */
function pair(onRequest: (request: ServerRequest, bob: Party) => void) {
  const lab = new Lab();
  lab.simulation.trace = undefined;
  const alice = lab.party('alice', '192.0.2.1');
  const bob = lab.party('bob', '192.0.2.2', { onRequest });
  return { lab, alice, bob, log: new Log() };
}

describe('what waits for timers J and K', () => {
  it('SIP-33 / RFC 3261 17.1.2.2, 17.2.2: keeps key and octets, no machine, for as long as the timers last', () => {
    const { lab, alice, bob, log } = pair((options) => options.reply(200));
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run(10);
    expect(log.statuses).toEqual([200]);
    expect([alice.host.instanceCount, bob.host.instanceCount]).toEqual([0, 0]);
    expect(alice.endpoint.counts.clientTransactions).toBe(1);
    expect(bob.endpoint.counts.serverTransactions).toBe(1);
    lab.run(5000);
    expect(alice.endpoint.counts.clientTransactions).toBe(0);
    lab.run(26_980);
    expect(bob.endpoint.counts.serverTransactions).toBe(1);
    lab.run(15);
    expect(bob.endpoint.counts.serverTransactions).toBe(0);
    lab.expectNothingLeft();
  });

  it('SIP-33 / RFC 3261 17.2.2: a retransmission gets the last response again, without the TU', () => {
    const { lab, alice, bob, log } = pair((options) => {
      lab.simulation.links.set('192.0.2.2', '192.0.2.1', { loss: 1 });
      options.reply(200);
      lab.simulation.clock.setTimer(1600, () => lab.simulation.links.set('192.0.2.2', '192.0.2.1', { loss: 0 }));
    });
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run(31_000);
    expect(lab.sent('200 OPTIONS')).toHaveLength(4);
    expect(new Set(lab.sent('200 OPTIONS').map(({ text }) => text)).size).toBe(1);
    expect(bob.requests).toHaveLength(1);
    expect(log.statuses).toEqual([200]);
    lab.run();
    lab.expectNothingLeft();
  });

  it('RFC 4320 4.2: where there was no answer, a retransmission gets none either', () => {
    const { lab, alice, bob } = pair((options) => options.abandon());
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], new Log());
    lab.run(20_000);
    expect(lab.wire.every(({ summary }) => summary === 'OPTIONS')).toBe(true);
    expect(bob.requests).toHaveLength(1);
    expect(bob.host.instanceCount).toBe(0);
    lab.run();
    lab.expectNothingLeft();
  });

  it('RFC 3261 17.1.2.2: the slot of a branch is free again only when timer K has ended', () => {
    const { lab, alice, bob } = pair((options) => options.reply(200));
    const slotOf = (text: string): string => /branch=z9hG4bK([^.]*)\./.exec(text)![1]!;
    for (const pauseMs of [100, 100, 6000]) {
      alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], new Log());
      lab.run(pauseMs);
    }
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], new Log());
    lab.run(100);
    const slots = lab.sent('OPTIONS').map(({ text }) => slotOf(text));
    expect(new Set(slots.slice(0, 3)).size).toBe(3);
    expect(slots.slice(0, 3)).toContain(slots[3]);
  });

  it('an endpoint that closes leaves no timer behind', () => {
    const { lab, alice, bob, log } = pair((options) => options.reply(200));
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [bob.udp], log);
    lab.run(100);
    const { now } = lab.simulation.clock;
    const before = now.call(lab.simulation.clock);
    for (const { endpoint } of [alice, bob]) endpoint.close();
    lab.expectNothingLeft();
    lab.simulation.runUntilIdle();
    expect(lab.simulation.clock.now() - before).toBeLessThan(100);
  });
});

describe('tombstones', () => {
  it('end in the order in which their times are over, each at its time', () => {
    const simulation = createSimulation({ seed: 1 });
    const { clock } = simulation;
    const start = clock.now();
    const ended: string[] = [];
    const tombstones = new Tombstones<string>(clock, {
      onTombstoneEnd: (key) => ended.push(`${key} ${clock.now() - start}`),
    });
    tombstones.add('a', 1000);
    tombstones.add('b', 300);
    clock.setTimer(100, () => {
      tombstones.add('c', 300);
      tombstones.add('d', 1000);
    });
    simulation.runUntilIdle();
    expect(ended).toEqual(['b 300', 'c 400', 'a 1000', 'd 1100']);
  });

  it('what throws at the end of one does not keep the others', () => {
    const simulation = createSimulation({ seed: 1 });
    const ended: number[] = [];
    const tombstones = new Tombstones<number>(simulation.clock, {
      onTombstoneEnd: (key) => {
        ended.push(key);
        if (key === 1) throw new Error('as a test wants it');
      },
    });
    for (const key of [1, 2, 3]) tombstones.add(key, 500);
    expect(() => simulation.runUntilIdle()).toThrow('as a test wants it');
    simulation.runUntilIdle();
    expect(ended).toEqual([1, 2, 3]);
  });

  it('many of them end all', () => {
    const simulation = createSimulation({ seed: 1 });
    const ended = new Set<number>();
    const tombstones = new Tombstones<number>(simulation.clock, { onTombstoneEnd: (key) => ended.add(key) });
    for (let key = 0; key < 2000; key++) {
      simulation.run({ forMs: 1 });
      tombstones.add(key, 700);
    }
    expect(ended.size).toBe(1300);
    simulation.runUntilIdle();
    expect(ended.size).toBe(2000);
  });
});
