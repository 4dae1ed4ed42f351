/** An HSS whose store answers late: what it says and when (TS 29.228 §6.1.2.1, §6.3.1, AKA-24). */
import fc from 'fast-check';
import { authenticationFunctions, decodeSqn } from '../../../src/aka/index.js';
import type { ServerAssignmentType } from '../../../src/diameter/index.js';
import { CxProcedures } from '../../../src/ims/hss/cx-procedures.js';
import { MemoryStore } from '../../../src/ims/hss/index.js';
import { sequenceEntries } from '../../../src/ims/hss/sequence-numbers.js';
import type { SubscriberStore, SubscriptionState } from '../../../src/ims/hss/store.js';
import { Subscriptions } from '../../../src/ims/hss/subscriptions.js';
import { distinctIdentity, implicitSet, type Subscriber } from '../../../src/ims/subscription/subscriber.js';
import { createMachineHost } from '../../../src/machine/index.js';
import type { Cause, Chassis } from '../../../src/node/index.js';
import { TestClock } from '../../machine/test-clock.js';
import { homeDomain, publicIdentityOf, subscriber } from '../network.js';
import { LateStore } from './late-store.js';

const shared = `sip:family@${homeDomain}`;
const wildcard = { uri: `sip:room-!.*!@${homeDomain}`, barred: false, kind: 'wildcarded' } as const;
const inFamily = (number: number): Subscriber =>
  subscriber(number, {
    subscription: 'family',
    implicitSets: [implicitSet([distinctIdentity(publicIdentityOf(number))]), implicitSet([distinctIdentity(shared)])],
  });
const subscribers: readonly Subscriber[] = [
  subscriber(1),
  subscriber(2, { implicitSets: [implicitSet([distinctIdentity(publicIdentityOf(2)), wildcard])] }),
  inFamily(3),
  inFamily(4),
];
const privateIdentities = [...subscribers.map(({ privateIdentity }) => privateIdentity), `nobody@${homeDomain}`];
const publicIdentities = [1, 2, 3, 4, 5].map(publicIdentityOf).concat(shared, `sip:room-7@${homeDomain}`);

interface Asked {
  readonly command: 'userAuthorization' | 'multimediaAuth' | 'serverAssignment' | 'locationInfo';
  readonly userName: string;
  readonly publicIdentity: string;
  readonly server: 1 | 2;
  readonly type: ServerAssignmentType;
  readonly capabilities: boolean;
  /** Before the next one; ms. */
  readonly pauseMs: number;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  command: fc.constantFrom('userAuthorization', 'multimediaAuth', 'serverAssignment', 'locationInfo'),
  userName: fc.constantFrom(...privateIdentities),
  publicIdentity: fc.constantFrom(...publicIdentities),
  server: fc.constantFrom(1, 2),
  type: fc.constantFrom(
    'REGISTRATION',
    'UNREGISTERED_USER',
    'USER_DEREGISTRATION',
    'AUTHENTICATION_FAILURE',
    'NO_ASSIGNMENT',
  ),
  capabilities: fc.boolean(),
  pauseMs: fc.constantFrom(0, 0, 0, 5, 40),
});

/** The IMS subscription that a request is for, and what names it. */
function aim({ command, userName, publicIdentity }: Asked): { readonly subscription: string; readonly by: string } {
  const by = command === 'locationInfo' ? publicIdentity : userName;
  return {
    subscription:
      by === shared || /0000000[34]@|010000[34]@/.test(by)
        ? 'family'
        : by.replace(/^sip:room.*/, '2').replace(/^.*(\d)@.*$/, '$1'),
    by,
  };
}

/** An HSS without a wire: procedures, and what leaves them. */
class Scene {
  readonly clock: TestClock;
  readonly said: object[] = [];
  readonly causes: Cause[] = [];
  readonly terminated: string[] = [];
  subscriptions: Subscriptions;
  #procedures: CxProcedures;
  readonly #rtas: (() => void)[] = [];
  #drawn = 0;

  constructor(
    readonly store: SubscriberStore,
    clock: TestClock,
    private readonly loadedMax: number,
    private readonly onLeaving: (what: object) => void = () => undefined,
  ) {
    this.clock = clock;
    this.subscriptions = this.#subscriptions();
    this.#procedures = new CxProcedures(this.#chassis(), this.subscriptions);
  }

  ask(index: number, { command, userName, publicIdentity, server, type, capabilities }: Asked): void {
    const query = {
      userName,
      publicIdentity,
      publicIdentities: [publicIdentity],
      visitedNetworkIdentifier: homeDomain,
      userAuthorizationType: capabilities ? 'REGISTRATION_AND_CAPABILITIES' : 'REGISTRATION',
      sipNumberAuthItems: 2,
      sipAuthDataItem: { sipAuthenticationScheme: 'Digest-AKAv1-MD5' },
      serverAssignmentType: type,
      serverName: `sip:scscf${server}.${homeDomain}`,
      originHost: `scscf${server}.${homeDomain}`,
      originRealm: homeDomain,
      sessionId: 'any',
      userDataAlreadyAvailable: false,
    } as const;
    const handle = this.#procedures[command].bind(this.#procedures) as (
      query: object,
      respond: (reply: object) => void,
    ) => void;
    handle(query, (reply) => {
      this.onLeaving(reply);
      this.said[index] = legible(reply);
    });
  }

  /** S-CSCFs answer all RTRs. */
  settle(): void {
    for (const rta of this.#rtas.splice(0)) rta();
    this.clock.advance(10_000);
  }

  /** The process ends and begins; the store stays. */
  restart(): void {
    this.subscriptions.close();
    this.subscriptions = this.#subscriptions();
    this.#procedures = new CxProcedures(this.#chassis(), this.subscriptions);
  }

  #subscriptions(): Subscriptions {
    return new Subscriptions(this.#chassis(), this.store, this.loadedMax);
  }

  #chassis(): Chassis {
    const random = { bytes: (length: number) => Buffer.alloc(length, ++this.#drawn) };
    const environment = { clock: this.clock, random, trace: undefined };
    return {
      name: 'hss1',
      environment,
      host: createMachineHost({ node: 'hss1', environment, mode: 'compiled' }),
      explain: (cause: Cause) => this.causes.push(cause),
      diameter: {
        local: { identity: { originHost: 'hss1', originRealm: homeDomain } },
        newSessionId: () => 'any',
        onRequest: () => undefined,
        request: (
          _: unknown,
          avps: { readonly 'User-Name': string; readonly 'Destination-Host': string },
          __: unknown,
          onAnswer: (answer: object) => void,
        ) => {
          this.onLeaving(avps);
          this.terminated.push(`${avps['User-Name']} at ${avps['Destination-Host']}`);
          this.#rtas.push(() => onAnswer({ kind: 'timeout', reason: 'none' }));
        },
      },
    } as unknown as Chassis;
  }
}

/** What does not hang on the order in which random octets were drawn. */
function legible(reply: object): object {
  const { sipAuthDataItems } = reply as { readonly sipAuthDataItems?: readonly { readonly sipAuthenticate: Buffer }[] };
  return sipAuthDataItems === undefined
    ? reply
    : { ...reply, sipAuthDataItems: sipAuthDataItems.map(({ sipAuthenticate }) => String(sqnIn(sipAuthenticate))) };
}

const functions = authenticationFunctions(subscribers[0]!.authentication.aka!.material);

/** All subscribers have one key. */
function sqnIn(randAndAutn: Buffer): bigint {
  const ak = functions.f5(randAndAutn.subarray(0, 16));
  return decodeSqn(Buffer.from(randAndAutn.subarray(16, 22).map((octet, at) => octet ^ ak[at]!)));
}

function atOnce(requests: readonly Asked[], restartAfter?: number): Scene {
  const scene = new Scene(new MemoryStore(subscribers), new TestClock(), 1_000);
  for (const [index, request] of requests.entries()) {
    scene.ask(index, request);
    if (index === restartAfter) scene.settle();
  }
  scene.settle();
  return scene;
}

interface LateRun {
  readonly requests: readonly Asked[];
  readonly delaysMs: readonly number[];
  readonly fails?: readonly boolean[];
  readonly loadedMax: number;
  readonly restartAfter?: number;
  readonly onLeaving?: (what: object, store: LateStore) => void;
}

function late({ requests, delaysMs, fails, loadedMax, restartAfter, onLeaving = () => undefined }: LateRun): Scene {
  const clock = new TestClock();
  const store = new LateStore(subscribers, { clock, delaysMs, ...(fails !== undefined && { fails }) });
  const scene = new Scene(store, clock, loadedMax, (what) => onLeaving(what, store));
  const underWay = new Map<string, string>();
  for (const [index, request] of requests.entries()) {
    // Only requests that name a subscription alike are known to be for the same one before it is found.
    const { subscription, by } = aim(request);
    if ((underWay.get(subscription) ?? by) !== by) {
      clock.advance(10_000);
      underWay.clear();
    }
    underWay.set(subscription, by);
    scene.ask(index, request);
    clock.advance(request.pauseMs);
    if (index !== restartAfter) continue;
    clock.advance(10_000);
    scene.settle();
    scene.restart();
  }
  clock.advance(10_000);
  scene.settle();
  return scene;
}

const requests = fc.array(asked, { minLength: 1, maxLength: 30 });
const delaysMs = fc.array(fc.nat(30), { minLength: 1, maxLength: 40 });
const loadedMax = fc.constantFrom(1, 2, 1_000);

describe('an HSS whose store answers late', () => {
  it('says what it says with a store in memory, whatever is loaded: requests for one subscription keep their order', () => {
    fc.assert(
      fc.property(requests, delaysMs, loadedMax, (requests, delaysMs, loadedMax) => {
        const expected = atOnce(requests);
        const scene = late({ requests, delaysMs, loadedMax });
        expect(scene.said).toEqual(expected.said);
        expect([...scene.terminated].sort()).toEqual([...expected.terminated].sort());
        expect(scene.causes.map(({ text }) => text).sort()).toEqual(expected.causes.map(({ text }) => text).sort());
      }),
      { numRuns: 150 },
    );
  });

  it('goes on after a restart where it was: sets, servers and sequence numbers come from the store', () => {
    fc.assert(
      fc.property(requests, delaysMs, loadedMax, fc.nat(29), (requests, delaysMs, loadedMax, restartAfter) => {
        const expected = atOnce(requests, restartAfter);
        expect(late({ requests, delaysMs, loadedMax, restartAfter }).said).toEqual(expected.said);
      }),
      { numRuns: 100 },
    );
  });

  it('CX-MAA, CX-SAA, CX-RTR, AKA-24: no vector leaves before its SQN is durable, no SAA before its S-CSCF, no RTR before the user is gone', () => {
    const states = (store: LateStore): readonly SubscriptionState[] => {
      const found: SubscriptionState[] = [];
      store.durable.list({ limit: 100 }, (page) => found.push(...page.flatMap(({ state }) => state ?? [])));
      return found;
    };
    const highest = (store: LateStore): bigint =>
      states(store)
        .flatMap((state) => [...sequenceEntries(state.sqn)].map(([, sqn]) => sqn))
        .reduce((one, other) => (one > other ? one : other), 0n);
    const servers = (store: LateStore): readonly (string | undefined)[] =>
      states(store).flatMap(({ sets }) => sets.map((set) => set?.context.server?.name));
    let vectorCount = 0;
    fc.assert(
      fc.property(requests, delaysMs, (requests, delaysMs) => {
        // One subscriber and one S-CSCF, so that everything durable is of the request.
        const own = requests.map((each) => ({
          ...each,
          server: 1 as const,
          userName: privateIdentities[0]!,
          publicIdentity: publicIdentities[0]!,
        }));
        late({
          requests: own,
          delaysMs,
          loadedMax: 1,
          onLeaving: (what, store) => {
            const { sipAuthDataItems = [], userData } = what as {
              readonly sipAuthDataItems?: readonly { readonly sipAuthenticate: Buffer }[];
              readonly userData?: string;
            };
            for (const { sipAuthenticate } of sipAuthDataItems) {
              vectorCount++;
              expect(highest(store)).toBeGreaterThanOrEqual(sqnIn(sipAuthenticate));
            }
            if (userData !== undefined) expect(servers(store)).toContain(`sip:scscf1.${homeDomain}`);
          },
        });
      }),
      { numRuns: 100 },
    );
    expect(vectorCount).toBeGreaterThan(100);
  });

  it('answers 5012 where the store fails, says why, and has changed nothing', () => {
    let failureCount = 0;
    const fails = fc.array(fc.boolean(), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(requests, delaysMs, loadedMax, fails, (requests, delaysMs, loadedMax, fails) => {
        const scene = late({ requests, delaysMs, loadedMax, fails });
        expect(scene.said.filter((reply) => reply !== undefined)).toHaveLength(requests.length);
        const failed = scene.causes.filter(({ what }) => what === 'cause.storeFailed');
        for (const { text } of failed) expect(text).toMatch(/store of hss1 failed: (the disk is full|no connection)/);
        const refused = new Set(
          [...scene.said.entries()].flatMap(([at, reply]) =>
            'resultCode' in reply && reply.resultCode === 5012 ? [at] : [],
          ),
        );
        expect(refused.size).toBeGreaterThanOrEqual(failed.length);
        failureCount += failed.length;
        // Without those that were refused everything goes as it went: a 5012 of the state tables changes nothing either.
        const left = requests.filter((_, at) => !refused.has(at));
        expect(atOnce(left).said).toEqual(scene.said.filter((_, at) => !refused.has(at)));
      }),
      { numRuns: 150 },
    );
    expect(failureCount).toBeGreaterThan(100);
  });
});
