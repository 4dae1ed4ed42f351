/** Sh at an HSS whose store answers late: what is said only when it is durable, and what a HSS that starts anew still knows. */
import type {
  DataReference,
  DiameterReply,
  ProfileUpdateQuery,
  UserDataInfo,
  UserDataQuery,
} from '../../../src/diameter/index.js';
import { MemoryStore } from '../../../src/ims/hss/index.js';
import { ShProcedures, type ShSettings } from '../../../src/ims/hss/sh-procedures.js';
import type { SubscriberStore } from '../../../src/ims/hss/store.js';
import { Subscriptions } from '../../../src/ims/hss/subscriptions.js';
import { formatShData, parseShData } from '../../../src/ims/subscription/sh-data.js';
import { createMachineHost } from '../../../src/machine/index.js';
import type { Chassis } from '../../../src/node/index.js';
import { TestClock } from '../../machine/test-clock.js';
import { homeDomain, publicIdentityOf, subscriber } from '../network.js';
import { LateStore } from './late-store.js';

const publicIdentity = publicIdentityOf(1);
const data: readonly DataReference[] = ['RepositoryData', 'IMSUserState', 'LocationInformation', 'UserState'];
const everything = { read: data, update: data, subscribe: data };
const hostOf = (as: string): string => `${as}.${homeDomain}`;
const settings: ShSettings = {
  permissions: ['as1', 'as2'].map((as) => ({ host: hostOf(as), ...everything })),
  dataMax: 100,
  expiresMaxMs: undefined,
  servingNodes: { vlrNumber: '15550100', sgsnNumber: '15550101' },
};

interface Pushed {
  readonly 'Destination-Host': string;
  readonly 'Sh-User-Data': Buffer;
}

class Hss {
  readonly pushed: string[] = [];
  readonly #sh: ShProcedures;

  constructor(clock: TestClock, store: SubscriberStore) {
    const environment = { clock, random: { bytes: (length: number) => Buffer.alloc(length) }, trace: undefined };
    const diameter = {
      local: { identity: { originHost: hostOf('hss1'), originRealm: homeDomain } },
      newSessionId: () => 'any',
      onRequest: () => undefined,
      request: (_: unknown, avps: Pushed) => {
        const [, content] = /<ServiceData>(.*)<\/ServiceData>/.exec(avps['Sh-User-Data'].toString()) ?? [];
        this.pushed.push(`${avps['Destination-Host'].split('.', 1)[0]} ${content}`);
      },
    };
    const chassis = {
      name: 'hss1',
      environment,
      host: createMachineHost({ node: 'hss1', environment, mode: 'compiled' }),
      explain: () => undefined,
      diameter,
    } as unknown as Chassis;
    this.#sh = new ShProcedures(chassis, new Subscriptions(chassis, store), settings, () => undefined);
  }

  update(as: string, sequenceNumber: number, serviceData: string | undefined, respond: (reply: unknown) => void): void {
    const userData = formatShData({ repositoryData: [{ serviceIndication: 'mmtel', sequenceNumber, serviceData }] });
    const query: ProfileUpdateQuery = {
      userIdentity: { publicIdentity },
      dataReferences: ['RepositoryData'],
      userData,
    };
    this.#sh.profileUpdate({ ...query, ...from(as) }, respond);
  }

  subscribe(as: string, respond: (reply: unknown) => void): void {
    this.#sh.subscribeNotifications({ ...keys, ...from(as), subscribes: true, sendsData: false }, respond);
  }

  read(as: string, respond: (reply: DiameterReply<UserDataInfo>) => void, more: Partial<UserDataQuery> = {}): void {
    this.#sh.userData({ ...keys, ...more, ...from(as) }, respond);
  }
}

const from = (as: string) => ({ sessionId: 'any', originHost: hostOf(as), originRealm: homeDomain });
const keys: UserDataQuery = {
  userIdentity: { publicIdentity },
  dataReferences: ['RepositoryData'],
  serviceIndications: ['mmtel'],
  identitySets: [],
  dsaiTags: [],
};
const success = { kind: 'success', resultCode: 2001 };
const outOfSync = { kind: 'experimental', experimentalResultCode: 5105 };

describe('Sh at an HSS', () => {
  it('SH-PUR / TS 29.328 6.1.2.1: an update is answered when it is durable, and of two at once the second is out of step', () => {
    const clock = new TestClock();
    const store = new LateStore([subscriber(1)], { clock, delaysMs: [20] });
    const hss = new Hss(clock, store);
    const replies: unknown[] = [];
    hss.update('as1', 0, '<a/>', (reply) => replies.push(reply));
    hss.update('as2', 0, '<b/>', (reply) => replies.push(reply));
    clock.advance(25); // found, and not saved yet
    expect(replies).toEqual([]);
    clock.advance(200);
    expect(replies).toMatchObject([success, outOfSync]);
  });

  it('SH-RESULT / TS 29.328 7.1: User-Identity without an identity is 5005, with Failed-AVP', () => {
    const hss = new Hss(new TestClock(), new MemoryStore([subscriber(1)]));
    const replies: unknown[] = [];
    hss.read('as1', (reply) => replies.push(reply), { userIdentity: {} });
    expect(replies).toEqual([{ kind: 'error', resultCode: 5005, failedAvp: { name: 'Public-Identity', value: '' } }]);
  });

  it('SH-UDR / TS 29.328 7.2.2, 7.6.6, 7.6.7: location and state are of the domain that is asked for, and need one', () => {
    const hss = new Hss(new TestClock(), new MemoryStore([subscriber(1)]));
    const replies: unknown[] = [];
    for (const dataReference of ['LocationInformation', 'UserState'] as const) {
      for (const domain of ['CS-Domain', 'PS-Domain', undefined] as const) {
        hss.read('as1', (reply) => replies.push('userData' in reply ? parseShData(reply.userData!) : reply), {
          dataReferences: [dataReference],
          ...(domain !== undefined && { requestedDomain: domain }),
        });
      }
    }
    const missing = { kind: 'error', resultCode: 5005, failedAvp: { name: 'Requested-Domain', value: '' } };
    expect(replies).toEqual([
      { vlrNumber: '15550100' },
      { sgsnNumber: '15550101' },
      missing,
      { csUserState: 3 },
      { psUserState: 5 },
      missing,
    ]);
  });

  it('SH-SEQ / TS 29.328 6.1.2.1: PUR after PUR goes past 65535 to 1, and never to 0 or 65536', () => {
    const clock = new TestClock();
    const one = subscriber(1);
    const store = new MemoryStore([one]);
    const repositoryData = [
      { owner: publicIdentity, serviceIndication: 'mmtel', sequenceNumber: 65_534, serviceData: '<a/>' },
    ];
    const sh = { repositoryData, subscriptions: [], activation: new Map<string, boolean>() };
    store.save(one.privateIdentity, { sqn: undefined, sets: [undefined], sh }, () => undefined);
    const hss = new Hss(clock, store);
    const replies: unknown[] = [];
    for (const number of [65_535, 0, 65_536, 1, 1, 2])
      hss.update('as1', number, '<b/>', (reply) => replies.push(reply));
    const unreadable = { kind: 'experimental', experimentalResultCode: 5100 };
    expect(replies).toMatchObject([success, outOfSync, unreadable, success, outOfSync, success]);
  });

  it('SH-RESULT / TS 29.328 6.1.2.1: a store that fails is 5012, and nothing has changed', () => {
    const clock = new TestClock();
    const store = new LateStore([subscriber(1)], { clock, delaysMs: [5], fails: [false, true, false, false] });
    const hss = new Hss(clock, store);
    const replies: unknown[] = [];
    hss.update('as1', 0, '<a/>', (reply) => replies.push(reply));
    clock.advance(100);
    hss.read('as1', (reply) => replies.push(reply.userData));
    clock.advance(100);
    expect(replies).toMatchObject([{ kind: 'error', resultCode: 5012 }, undefined]);
  });

  it('SH-PNR / TS 29.328 6.1.4: data and subscriptions outlive the HSS, and its successor tells of a change', () => {
    const clock = new TestClock();
    const store = new MemoryStore([subscriber(1)]);
    const before = new Hss(clock, store);
    const replies: unknown[] = [];
    before.update('as1', 0, '<a/>', (reply) => replies.push(reply));
    before.subscribe('as1', (reply) => replies.push(reply));
    before.subscribe('as2', (reply) => replies.push(reply));
    const after = new Hss(clock, store);
    after.update('as1', 1, '<b/>', (reply) => replies.push(reply));
    after.read('as2', (reply) => replies.push(reply.userData?.includes('<SequenceNumber>1<')));
    expect(replies).toMatchObject([success, success, success, success, true]);
    expect(after.pushed).toEqual(['as2 <b/>']);
    expect(before.pushed).toEqual([]);
  });
});
