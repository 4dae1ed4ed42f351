/** UE pools and subscriber lines with a count. */
import { createSimulation } from '../../src/environment/simulated/index.js';
import { identitiesOf } from '../../src/ims/subscription/subscriber.js';
import { isUe, type Lab, type LabUe } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { InputError } from '../../src/topology/problem.js';
import { RunningLab } from '../../src/topology/running-lab.js';
import { parseOverride } from '../../src/topology/source.js';
import { TestFolder } from './files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const key = '00112233445566778899aabbccddeeff';

function files(pool: string, subscribers: string, links = ''): string {
  folder.write('subscribers.yaml', subscribers);
  return folder.write(
    't.yaml',
    `home: ims.mnc001.mcc001.3gppnetwork.org
nodes:
  pcscf1: { role: p-cscf, listen: [udp://127.0.9.1:5060, tcp://127.0.9.1:5060] }
  icscf1: { role: i-cscf, listen: [udp://127.0.9.2:5060], diameter: { hss: hss1 } }
  scscf1: { role: s-cscf, listen: [udp://127.0.9.3:5060], diameter: { hss: hss1 } }
  hss1: { role: hss, listen: [tcp://127.0.9.4:3868], subscribers: subscribers.yaml }
  ${pool}
${links}`,
  );
}

const many = (count: number, first = '001010000000001'): string =>
  `subscribers:\n  - { count: ${count}, imsi: "${first}", msisdn: "+15550100001", k: ${key}, opc: ${key} }\n`;

const uesOf = (lab: Lab): readonly LabUe[] => lab.nodes.filter(isUe);
const addressOf = ({ listen }: LabUe): string => `${listen[0]!.address} ${listen[0]!.port}`;

/** The message's lines, with the folder's path cut off. */
function refusal(pool: string, subscribers = many(20), links = ''): readonly string[] {
  try {
    loadLab(files(pool, subscribers, links));
  } catch (error) {
    if (error instanceof InputError) return error.message.replaceAll(`${folder.path}/`, '').split('\n');
    throw error;
  }
  throw new Error('was accepted');
}

describe('a pool of UEs', () => {
  it('handset-1 … handset-5: consecutive IMSIs, addresses and ports, one profile', () => {
    const pool = 'handset: { role: ue, count: 5, imsi: "001010000000008", via: pcscf1, call: { answer: busy } }';
    const ues = uesOf(loadLab(files(pool, many(20))));
    expect(ues.map(({ name }) => name)).toEqual(['handset-1', 'handset-2', 'handset-3', 'handset-4', 'handset-5']);
    expect(ues.map(({ imsi }) => imsi.slice(-2))).toEqual(['08', '09', '10', '11', '12']);
    expect(ues.map(addressOf)).toEqual([11, 12, 13, 14, 15].map((host) => `127.0.9.${host} 5060`));
    expect(ues.map(({ settings }) => settings.answer)).toEqual(Array(5).fill('busy'));
    expect(ues[4]!.privateIdentity).toBe('001010000000012@ims.mnc001.mcc001.3gppnetwork.org');
  });

  it('goes on in the next networks when the P-CSCF’s is full, and past addresses that others have', () => {
    const pool = 'handset: { role: ue, count: 500, imsi: "001010000000001", via: pcscf1 }';
    const ues = uesOf(loadLab(files(pool, many(500))));
    expect([ues[243]!, ues[244]!, ues[499]!].map(addressOf)).toEqual([
      '127.0.9.254 5060',
      '127.0.10.1 5060',
      '127.0.11.2 5060',
    ]);
    expect(new Set(ues.map(addressOf)).size).toBe(500);
  });

  it.each([
    ['udp://192.0.2.253:5060', ['192.0.2.253 5060', '192.0.2.254 5060', '192.0.3.1 5060']],
    ['"udp://[2001:db8::fffe]:5070"', ['2001:db8::fffe 5070', '2001:db8::ffff 5070', '2001:db8::1:0 5070']],
  ])('counts on from a listen point of its own: %s', (listen, expected) => {
    const pool = `handset: { role: ue, count: 3, imsi: "001010000000001", via: pcscf1, listen: ${listen} }`;
    const proxy = parseOverride('nodes.pcscf1.listen=[udp://192.0.2.1:5060, "udp://[2001:db8::1]:5060"]');
    expect(uesOf(loadLab(files(pool, many(20)), [proxy])).map(addressOf)).toEqual(expected);
  });

  it('a link of the pool is a link of each of its UEs; one of them can have its own', () => {
    const pool = 'handset: { role: ue, count: 2, imsi: "001010000000001", via: pcscf1 }';
    const links = 'links: [{ between: [handset, pcscf1], delay: 20 }, { between: [pcscf1, handset-2], loss: 0.5 }]';
    expect(loadLab(files(pool, many(20), links)).links).toEqual([
      { between: ['handset-1', 'pcscf1'], delay: 20 },
      { between: ['handset-2', 'pcscf1'], delay: 20 },
      { between: ['pcscf1', 'handset-2'], loss: 0.5 },
    ]);
  });

  it('--set changes all of them, or how many there are', () => {
    const pool = 'handset: { role: ue, count: 2, imsi: "001010000000001", via: pcscf1 }';
    const overrides = ['nodes.handset.call.ring=2s', 'nodes.handset.count=3'].map(parseOverride);
    expect(uesOf(loadLab(files(pool, many(20)), overrides)).map(({ settings }) => settings.ringMs)).toEqual([
      2000, 2000, 2000,
    ]);
  });

  it.each([
    ['count: 0, imsi: "001010000000001"', 't.yaml:7:31: nodes.handset.count: 0 is too small; use 1 or more'],
    [
      'count: many, imsi: "001010000000001"',
      "t.yaml:7:31: nodes.handset.count: 'many' is not a number; write a number",
    ],
    [
      'count: 25, imsi: "001010000000001"',
      "t.yaml:7:41: nodes.handset.imsi: no subscriber file of this topology has '001010000000021'; use an IMSI that it has, or give the card by hand: nodes.handset.sim.k and nodes.handset.sim.opc",
    ],
    [
      'count: 20, imsi: "001019999999990"',
      't.yaml:7:31: nodes.handset.count: 20 is more than the IMSIs that follow 001019999999990; begin with a lower one',
    ],
  ])('{ %s }', (keys, problem) => {
    expect(refusal(`handset: { role: ue, ${keys}, via: pcscf1 }`)).toEqual([problem]);
  });

  it('names and IMSIs of other lines', () => {
    const pool = `handset: { role: ue, count: 3, imsi: "001010000000001", via: pcscf1 }
  handset-2: { role: ue, imsi: "001010000000009", via: pcscf1 }`;
    expect(refusal(pool)).toEqual([
      't.yaml:7:31: nodes.handset.count: has handset-2, which is a line of its own too; give one of them another name',
    ]);
    const twice = `handset: { role: ue, count: 3, imsi: "001010000000001", via: pcscf1 }
  other: { role: ue, count: 3, imsi: "001010000000002", via: pcscf1 }`;
    expect(refusal(twice)).toEqual([
      "t.yaml:8:38: nodes.other.imsi: '001010000000002' is the IMSI of handset-2 already; give each UE its own",
    ]);
  });
});

describe('a subscriber line with a count', () => {
  it('gives consecutive imsi and msisdn one key set', () => {
    const hss = loadLab(files('ue1: { role: ue, imsi: "001010000000003", via: pcscf1 }', many(12))).nodes[3]!;
    const { subscribers } = hss as Extract<Lab['nodes'][number], { role: 'hss'; external: false }>;
    expect(subscribers).toHaveLength(12);
    expect(subscribers[11]!.imsi).toBe('001010000000012');
    expect(identitiesOf(subscribers[11]!).map(({ uri }) => uri)).toEqual([
      'sip:001010000000012@ims.mnc001.mcc001.3gppnetwork.org',
      'sip:+15550100012@ims.mnc001.mcc001.3gppnetwork.org',
      'tel:+15550100012',
    ]);
    expect(new Set(subscribers.map(({ authentication }) => authentication.aka!.material.k.toString('hex')))).toEqual(
      new Set([key]),
    );
  });

  it('k may stand once for all', () => {
    const text = `defaults: { k: ${key}, opc: ${key} }
subscribers: [{ imsi: "001010000000001", msisdn: "+15550100001" }, { imsi: "001010000000002", msisdn: "+15550100002" }]`;
    const lab = loadLab(files('ue1: { role: ue, imsi: "001010000000002", via: pcscf1 }', text));
    expect(uesOf(lab)[0]!.sim.material.k.toString('hex')).toBe(key);
  });

  it.each([
    [
      `{ imsi: "001010000000001", msisdn: "+15550100001", opc: ${key} }`,
      'subscribers.yaml:2:5: subscribers[0].k: is missing; add k: with 32 hexadecimal digits',
    ],
    [
      `{ count: 2, imsi: "001010000000001", identities: ["tel:+15550100001"], k: ${key}, opc: ${key} }`,
      'subscribers.yaml:2:42: subscribers[0].identities: stands beside a count; leave it out: it follows from imsi and msisdn, or write it with {imsi}, {msisdn} or {number} in it',
    ],
    [
      `{ count: 2, imsi: "001010000000001", msisdn: "+999999999999999", k: ${key}, opc: ${key} }`,
      'subscribers.yaml:2:14: subscribers[0].count: 2 is more than the numbers that follow +999999999999999; begin with a lower one',
    ],
    [
      `{ count: 9, imsi: "001010000000001", msisdn: "+15550100001", k: ${key}, opc: ${key} }
  - { imsi: "001010000000009", msisdn: "+15550100111", k: ${key}, opc: ${key} }`,
      "subscribers.yaml:3:13: subscribers[1].imsi: '001010000000009' belongs to the subscriber at subscribers.yaml:2:5 already; give each subscriber its own",
    ],
  ])('%s', (line, problem) => {
    expect(refusal('ue1: { role: ue, imsi: "001010000000001", via: pcscf1 }', `subscribers:\n  - ${line}\n`)).toEqual([
      problem,
    ]);
  });
});

it('ten thousand UEs load, and each has an address, a card and RTP ports', () => {
  const pool = 'handset: { role: ue, count: 10000, imsi: "001010000000001", via: pcscf1 }';
  const ues = uesOf(loadLab(files(pool, many(10_000), 'links: [{ between: [handset, pcscf1], delay: 5 }]')));
  expect(ues).toHaveLength(10_000);
  expect(new Set(ues.map(addressOf)).size).toBe(10_000);
  expect(ues.at(-1)!.imsi).toBe('001010000010000');
});

it('a pool runs: started, registered, stopped', () => {
  const pool = 'handset: { role: ue, count: 40, imsi: "001010000000001", via: pcscf1 }';
  const simulation = createSimulation({ seed: 1 });
  const running = new RunningLab(loadLab(files(pool, many(40))), {
    clock: simulation.clock,
    environmentFor: (name) => simulation.environmentFor(name),
    hostMode: 'compiled',
  });
  let isReady = false;
  running.start(() => {
    isReady = true;
  });
  simulation.run({ until: () => isReady });
  let count = 0;
  for (const ue of running.ues) {
    ue.register(({ success }) => {
      if (success) count++;
    });
  }
  simulation.run({ until: () => count === 40, forMs: 60_000 });
  expect(count).toBe(40);
  expect(running.invariantBreaches()).toEqual([]);
  let isOver = false;
  running.stop(() => {
    isOver = true;
  });
  simulation.run({ until: () => isOver });
  expect(running.instanceCount).toBe(0);
});
