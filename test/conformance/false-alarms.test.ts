import { rules } from '../../src/conformance/index.js';
import { type Edit, edited, type Flow, judge, play } from './faulted.js';
import { type Driver, simulate } from './simulated.js';

/** Lost, late and repeated messages, restarts and crossings break no rule: nothing may be found. */
const everything = async (driver: Driver): Promise<void> => {
  await driver.register('ue1', 'ue2');
  await driver.call('ue1', 'ue2');
  await driver.register('ue1'); // a refresh
  await driver.call('ue2', 'ue1');
  await driver.deregister('ue1', 'ue2');
};

const lossy = (loss: number): readonly string[] =>
  ['links.0', 'links.1'].flatMap((link) => [`${link}.loss=${loss}`, `${link}.duplication=0.1`, `${link}.jitter=15`]);

const lossyCore: readonly string[] = [
  'links=[{ between: [pcscf1, scscf1], loss: 0.4 }, { between: [pcscf1, icscf1], loss: 0.2 }]',
  'nodes.pcscf1.access.subscribe=true',
  'nodes.ue1.registration.subscribe=true',
];

const lossyEverywhere: readonly string[] = [
  'links=[{ between: [ue1, pcscf1], loss: 0.4 }, { between: [pcscf1, icscf1], loss: 0.4 }, { between: [icscf1, scscf1], loss: 0.4 }]',
];

describe('no rule is broken', () => {
  it.each([1, 2, 3, 4, 5, 6])('by 10 %% loss and 10 %% duplication on the links of the UEs, seed %i', async (seed) => {
    const { findings } = await simulate(everything, { seed, set: lossy(0.1) });
    expect(findings).toEqual([]);
  });

  it.each([7, 8, 9, 10, 11, 12])('by 20 %% loss on the links of the UEs, seed %i', async (seed) => {
    const { findings } = await simulate(everything, { seed, set: lossy(0.2) });
    expect(findings).toEqual([]);
  });

  // Large messages go over TCP, which shows them when the segment that gets there leaves.
  it.each([
    ['volte', 1],
    ['volte', 4],
    ['volte', 5],
    ['volte', 18],
    ['volte', 20],
    ['volte', 27],
    ['volte-ipsec', 2],
    ['volte-ipsec', 14],
    ['volte-ipsec', 20],
  ])('REG-72, REG-90 to REG-93: by 40 %% loss in the core of %s, seed %i', async (topology, seed) => {
    const { findings } = await simulate(
      async (driver) => {
        for (const ms of [300, 3_000, 8_000, 40_000]) {
          await driver.register('ue1');
          await driver.wait(ms);
          await driver.register('ue1');
          await driver.wait(ms);
          await driver.deregister('ue1');
        }
        await driver.wait(300_000);
      },
      { topology, seed, set: lossyCore },
    );
    expect(findings).toEqual([]);
  });

  // Of the one Call-ID of all its REGISTERs the older half is forgotten again and again.
  it.each([1, 2, 3, 4])('SIP-33: by 40 %% loss under a long registration, seed %i', async (seed) => {
    const { findings } = await simulate(
      async (driver) => {
        for (let refresh = 0; refresh < 30; refresh++) {
          await driver.register('ue1');
          await driver.wait(8_000);
        }
      },
      { seed, set: lossyEverywhere },
    );
    expect(findings).toEqual([]);
  });

  it('over IPv6', async () => {
    const { findings, applied } = await simulate(everything, { topology: 'volte-ipv6' });
    expect(findings).toEqual([]);
    expect(applied.size).toBeGreaterThan(40);
  });

  it('with two S-CSCFs', async () => {
    const { findings } = await simulate(everything, { topology: 'volte-two-scscf' });
    expect(findings).toEqual([]);
  });

  it('when the S-CSCF of one user is down', async () => {
    const { findings } = await simulate(
      async (driver) => {
        await driver.stopNode('scscf2');
        await driver.register('ue1', 'ue2');
        await driver.startNode('scscf2');
        await driver.register('ue2');
        await driver.call('ue1', 'ue2');
        await driver.deregister('ue1', 'ue2');
      },
      { topology: 'volte-two-scscf' },
    );
    expect(findings).toEqual([]);
  });

  it('when the HSS is down, and after it came back without its state', async () => {
    const { findings } = await simulate(async (driver) => {
      await driver.register('ue1');
      await driver.stopNode('hss1');
      await driver.register('ue1', 'ue2');
      await driver.startNode('hss1');
      await driver.wait(10_000);
      await driver.register('ue1', 'ue2');
      await driver.call('ue1', 'ue2');
      await driver.deregister('ue1', 'ue2');
    });
    expect(findings).toEqual([]);
  });

  it.each(['pcscf1', 'icscf1', 'scscf1', 'ue1'])('when %s restarts', async (node) => {
    const { findings } = await simulate(async (driver) => {
      await driver.register('ue1', 'ue2');
      await driver.stopNode(node);
      await driver.startNode(node);
      await driver.wait(8_000);
      await driver.call('ue2', 'ue1');
      await driver.register('ue1', 'ue2');
      await driver.call('ue1', 'ue2');
      await driver.deregister('ue1', 'ue2');
    });
    expect(findings).toEqual([]);
  });

  it('when registrations are refreshed and expire', async () => {
    const { findings, applied } = await simulate(
      async (driver) => {
        await driver.register('ue1', 'ue2');
        await driver.wait(900_000);
        await driver.stopNode('ue2');
        await driver.wait(700_000);
      },
      { set: ['nodes.ue1.registration.expires=600', 'nodes.ue2.registration.expires=600'] },
    );
    expect(findings).toEqual([]);
    expect(applied.get('REG-15')).toBeGreaterThan(1);
    expect(applied.get('CX-62')).toBeGreaterThan(1);
  });

  it('when the SIM is ahead of the HSS, and when its key is another one', async () => {
    const { findings, applied } = await simulate(
      async (driver) => {
        await driver.register('ue1', 'ue2');
      },
      { set: ['nodes.ue1.sim.sqn=0x100000100000', 'nodes.ue2.sim.k=00000000000000000000000000000000'] },
    );
    expect(findings).toEqual([]);
    expect(applied.get('AKA-33')).toBeGreaterThan(1);
  });

  it('when an interval is too brief', async () => {
    const { findings, applied } = await simulate(
      async (driver) => {
        await driver.register('ue1');
      },
      { set: ['nodes.ue1.registration.expires=30'] },
    );
    expect(findings).toEqual([]);
    expect(applied.get('REG-16')).toBe(1);
  });
});

it('REG-31: a REGISTER that comes again between the answer of the HSS and its forwarding is the same one', async () => {
  const flow: Flow = {
    drive: async (driver) => void (await driver.register('ue1')),
    faults: [{ delay: 'UAA', to: 'icscf1' }],
  };
  const { records, facts } = await play(flow, rules);
  const again: Edit = {
    message: 'REGISTER',
    from: 'pcscf1',
    to: 'icscf1',
    nth: 2,
    alter: (_, messages) => {
      const answer = messages.find(({ summary }) => summary.startsWith('UAA'))!;
      return {
        time: answer.time + 0.001,
        id: answer.id + 0.5,
      };
    },
  };
  const busy = judge(facts, edited(records, again), rules);
  expect(busy.findings.map(({ sentence }) => sentence)).toEqual([]);
  expect(busy.applied.get('REG-31')).toBeGreaterThan(0);
});
