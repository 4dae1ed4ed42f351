/** What the rules are proven on: a registration with a call, and the calls that go another way. */
import type { DataAnswer, SubscriberData } from '../../src/ims/as/subscriber-data.js';
import type { CallHandle } from '../../src/ims/ue/ue.js';
import type { FaultLine, Flow } from './faulted.js';
import type { Driver } from './simulated.js';

const overUdp = ['ue1', 'ue2', 'pcscf1', 'icscf1', 'scscf1'].map(
  (node) => `nodes.${node}.transport.datagram-size-max=off`,
);

async function callOnce(driver: Driver): Promise<void> {
  await driver.register('ue1', 'ue2');
  await driver.call('ue1', 'ue2', 20);
}

async function register(driver: Driver, ue: string): Promise<void> {
  await driver.register(ue);
}

async function registerTwice(driver: Driver, ue: string): Promise<void> {
  await driver.register(ue);
  await driver.wait(5_000);
  await driver.register(ue);
}

async function registerOnce(driver: Driver): Promise<void> {
  await driver.register('ue1');
  await driver.deregister('ue1');
}

/** A call that lasts until the caller does something about it. */
function openCall(driver: Driver): CallHandle {
  const handle = driver.ue('ue1').call(driver.ue('ue2').publicIdentity, { holdForMs: undefined }, () => {});
  return handle!;
}

const watching = ['nodes.ue1.registration.subscribe=true'];

async function watchedLife(driver: Driver): Promise<void> {
  await driver.register('ue1');
  await driver.wait(10_000);
  await driver.register('ue1');
  await driver.wait(10_000);
  await driver.deregister('ue1');
  await driver.wait(1_000);
}

async function endedByHss(driver: Driver): Promise<void> {
  await driver.register('ue1');
  await driver.wait(6_000);
  const order = { ue: 'ue1', reason: 'permanent-termination' } as const;
  await driver.all([(done) => driver.running.networkDeregister('hss1', order, done)]);
  await driver.wait(1_000);
}

const requiredServer = {
  topology: 'volte-services',
  set: ['nodes.hss1.subscribers=subscribers/services-required'],
} as const;
const secure = ['ue1', 'ue2', 'pcscf1'].map((node) => `nodes.${node}.security=ipsec-3gpp`);

async function securedLife(driver: Driver): Promise<void> {
  await callOnce(driver);
  await driver.wait(10_000);
  await driver.register('ue1');
  await driver.wait(10_000);
  await driver.call('ue1', 'ue2', 20);
}

/** An application server writes, is told for a minute, reads. */
async function subscriberData(driver: Driver): Promise<void> {
  const userIdentity = { publicIdentity: 'sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org' };
  const keys = { userIdentity, serviceIndications: [], identitySets: [], dsaiTags: [] };
  const ask = (work: (data: SubscriberData, done: (answer: DataAnswer) => void) => void) =>
    driver.all<DataAnswer>([
      (done) =>
        driver.running.askData(
          'as1',
          (data, finish) => work(data, (answer) => finish(() => done(answer))),
          () => {},
        ),
    ]);
  for (const serviceData of ['<a/>', '<b/>', '<c/>']) {
    await ask((data, done) => data.update({ userIdentity, serviceIndication: 'mmtel', serviceData }, done));
  }
  await ask((data, done) => data.subscribe({ ...keys, dataReferences: ['IMSUserState'] }, 60_000, false, done));
  await driver.register('ue1');
  await ask((data, done) => data.read({ ...keys, dataReferences: ['ChargingInformation'] }, done));
  await driver.wait(70_000);
  await driver.deregister('ue1');
}

const called = (...faults: readonly FaultLine[]): Flow => ({ drive: callOnce, faults });

export const flows = {
  call: called(),
  callOverUdp: { drive: callOnce, set: overUdp },
  busyOverUdp: { drive: callOnce, set: [...overUdp, 'nodes.ue2.call.answer=busy'] },
  cancelled: {
    drive: async (driver) => {
      await driver.register('ue1', 'ue2');
      const call = openCall(driver);
      await driver.wait(1_000);
      call.cancel();
      await driver.wait(2_000);
    },
    set: ['nodes.ue2.call.answer=ring'],
  },
  held: {
    drive: async (driver) => {
      await driver.register('ue1', 'ue2');
      const call = openCall(driver);
      await driver.wait(2_000);
      await driver.all([(done) => call.hold(done)]);
      await driver.all([(done) => call.resume(done)]);
      call.hangUp();
      await driver.wait(1_000);
    },
  },
  message: {
    drive: async (driver) => {
      await driver.register('ue1', 'ue2');
      const { publicIdentity } = driver.ue('ue2');
      await driver.all([(done) => driver.ue('ue1').message(publicIdentity, 'hello', done)]);
    },
  },
  lostInvite: { drive: callOnce, set: overUdp, faults: [{ drop: 'INVITE', from: 'ue1' }] },
  lostBye: called({ drop: 'BYE', from: 'ue1' }),
  lostAnswer: called({ drop: '200 INVITE', from: 'ue2' }),
  lostAcknowledgement: {
    drive: async (driver) => {
      await callOnce(driver);
      await driver.wait(10_000);
    },
    set: [...overUdp, 'nodes.ue2.call.answer=busy'],
    faults: [{ drop: 'ACK', from: 'pcscf1', to: 'ue2' }],
  },
  privateCaller: called({ change: 'INVITE', from: 'ue1', set: { Privacy: 'id' } }),
  unavailable: called({ answer: 'INVITE', from: 'scscf1', to: 'icscf1', status: 503 }),
  withoutOffer: called({ change: 'INVITE', from: 'ue1', set: { body: null } }),
  registered: { drive: registerOnce },
  refreshed: {
    drive: async (driver) => {
      await driver.register('ue1');
      await driver.wait(320_000);
      await driver.deregister('ue1');
    },
    set: ['nodes.ue1.registration.expires=600'],
  },
  tooBrief: { drive: (driver) => register(driver, 'ue1'), set: ['nodes.ue1.registration.expires=30'] },
  resynchronised: { drive: (driver) => register(driver, 'ue1'), set: ['nodes.ue1.sim.sqn=0x100000100000'] },
  refused: { drive: (driver) => register(driver, 'ue1'), faults: [{ change: 'UAA', set: { result: 5001 } }] },
  asserting: {
    drive: registerOnce,
    faults: [{ change: 'REGISTER', from: 'ue1', set: { 'P-Asserted-Identity': '<sip:someone@example.org>' } }],
  },
  otherServer: {
    drive: async (driver) => {
      await driver.stopNode('scscf1');
      await driver.register('ue1');
    },
    set: [
      'nodes.scscf2={ role: s-cscf, listen: [udp://127.0.1.5:5060, tcp://127.0.1.5:5060], diameter: { hss: hss1 } }',
    ],
  },
  refusedWhenAskedAgain: {
    drive: async (driver) => {
      await driver.stopNode('scscf1');
      await driver.register('ue1');
    },
    faults: [{ change: 'UAA', nth: 2, set: { 'Result-Code': 5003 } }],
  },
  repeatedCxRequest: { drive: registerOnce, faults: [{ duplicate: 'UAR' }] },
  lateCxAnswer: called({ delay: 'UAA' }),
  terminated: {
    drive: async (driver) => {
      await driver.register('ue1');
      const order = { ue: 'ue1', reason: 'permanent-termination' } as const;
      await driver.all([(done) => driver.running.networkDeregister('hss1', order, done)]);
    },
  },
  watched: { drive: watchedLife, set: watching },
  watchedEnd: { drive: endedByHss, set: watching },
  securedEnd: { drive: endedByHss, set: [...watching, ...secure] },
  watchedExpiry: {
    drive: async (driver) => {
      await driver.register('ue1');
      await driver.wait(1_000);
      await driver.stopNode('ue1');
      await driver.wait(700_000);
    },
    set: [...watching, 'nodes.ue1.registration.expires=600'],
  },
  shortened: {
    drive: async (driver) => {
      await driver.register('ue1');
      await driver.wait(6_000);
      driver.running.reauthenticate('scscf1', { ue: 'ue1', withinMs: 60_000 });
      await driver.wait(6_000);
    },
    set: watching,
  },
  challengedWhenShortened: {
    drive: async (driver) => {
      await driver.register('ue1');
      await driver.wait(6_000);
      driver.running.reauthenticate('scscf1', { ue: 'ue1', withinMs: 60_000 });
      await driver.wait(60_000);
    },
    set: watching,
  },
  proxyWatches: { drive: (driver) => register(driver, 'ue1'), set: ['nodes.pcscf1.access.subscribe=true'] },
  subscriberData: { drive: subscriberData, topology: 'volte-sh' },
  throughServers: { drive: callOnce, topology: 'volte-application-servers' },
  told: { drive: watchedLife, topology: 'volte-services' },
  serverSilent: {
    drive: async (driver) => {
      await driver.stopNode('as1');
      await driver.register('ue1');
      await driver.wait(60_000);
    },
    topology: 'volte-services',
  },
  requiredServerSilent: {
    drive: async (driver) => {
      await driver.stopNode('as1');
      await driver.register('ue1');
      await driver.wait(60_000);
    },
    ...requiredServer,
  },
  toldOfOneCriterion: { drive: (driver) => register(driver, 'ue1'), ...requiredServer },
  digest: { drive: (driver) => registerTwice(driver, 'md5'), topology: 'authentication' },
  address: { drive: (driver) => register(driver, 'address'), topology: 'authentication' },
  secondVersion: { drive: (driver) => register(driver, 'ue1'), set: ['nodes.scscf1.authentication.aka=AKAv2-MD5'] },
  severalVectors: { drive: (driver) => registerTwice(driver, 'ue1'), set: ['nodes.scscf1.authentication.vectors=3'] },
  networkProven: {
    drive: (driver) => register(driver, 'ue1'),
    set: ['nodes.scscf1.authentication.authentication-info=true'],
  },
  gruus: { drive: (driver) => registerTwice(driver, 'ue1'), set: ['nodes.ue1.registration.gruu=true'] },
  severalFlows: { drive: registerOnce, topology: 'volte-two-pcscf', set: ['nodes.ue1.registration.flows=2'] },
  identitySets: { drive: registerOnce, set: ['nodes.hss1.subscribers=subscribers/identities'] },
  pushed: {
    drive: async (driver) => {
      await driver.register('ue1');
      const change = { ue: 'ue1', services: ['mmtel'] };
      await driver.all([(done) => driver.running.pushProfile('hss1', change, done)]);
    },
    topology: 'volte-services',
  },
  secured: { drive: securedLife, set: secure },
  challengedAgain: { drive: securedLife, set: [...secure, 'nodes.scscf1.authentication.reauthenticate=always'] },
  reconnected: {
    drive: async (driver) => {
      await driver.stopNode('icscf1');
      await driver.startNode('icscf1');
      await driver.wait(100_000);
    },
  },
} satisfies Record<string, Flow>;

export type FlowName = keyof typeof flows;
