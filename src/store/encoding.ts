/** Subscribers and their state as they stand in a durable store: text with a version, small where a subscriber is plain. */
import { createHash } from 'node:crypto';
import { sequenceEntries, sequenceNumbers } from '../ims/hss/sequence-numbers.js';
import type { SubscriptionState } from '../ims/hss/store.js';
import type { InitialFilterCriterion } from '../ims/subscription/filter-criteria.js';
import {
  distinctIdentity,
  type ImplicitSet,
  type PublicIdentity,
  type ServiceProfile,
  type Subscriber,
} from '../ims/subscription/subscriber.js';
import { decodeData, encodeData } from './plain-data.js';

/** Of everything in a store. A store with another one is refused: see docs/decisions. */
export const formatVersion = 1;

type Criteria = readonly InitialFilterCriterion[];

/** The filter criteria of many subscribers are the same few lists: each is kept once, by its name. */
export interface CriteriaLists {
  /** The name of the list; what is new has to be kept. */
  nameOf(criteria: Criteria): string;
  list(name: string): Criteria;
}

/** Gives the same list to all that have one with the same content. */
export class KnownCriteria implements CriteriaLists {
  readonly #names = new WeakMap<Criteria, string>();
  readonly #lists = new Map<string, Criteria>();

  /**
   * @param find text of a list that another process may have kept
   * @param onNew has to keep a list
   */
  constructor(
    private readonly find: (name: string) => string | undefined,
    private readonly onNew: (name: string, text: string) => void,
  ) {}

  nameOf(criteria: Criteria): string {
    if (criteria.length === 0) return '';
    let name = this.#names.get(criteria);
    if (name === undefined) {
      const text = encodeData(criteria);
      name = createHash('sha256').update(text).digest('base64url').slice(0, 16);
      this.#names.set(criteria, name);
      if (!this.#lists.has(name)) {
        this.#lists.set(name, criteria);
        this.onNew(name, text);
      }
    }
    return name;
  }

  list(name: string): Criteria {
    if (name === '') return noCriteria;
    const known = this.#lists.get(name);
    if (known !== undefined) return known;
    const text = this.find(name);
    if (text === undefined) throw new Error(`the store has no filter criteria ${name}`);
    return this.learn(name, text);
  }

  /** What was kept by another process. */
  learn(name: string, text: string): Criteria {
    const list = decodeData(text) as Criteria;
    this.#lists.set(name, list);
    this.#names.set(list, name);
    return list;
  }

  has(name: string): boolean {
    return name === '' || this.#lists.has(name);
  }
}

const noCriteria: Criteria = [];

/** What a profile has besides criteria and identities; rare. */
type ProfileRest = Omit<ServiceProfile, 'publicIdentities' | 'filterCriteria'>;

type ProfileRecord = readonly [criteria: string | ProfileHead, ...identities: (string | PublicIdentity)[]];

interface ProfileHead {
  readonly criteria: string;
  readonly rest: ProfileRest;
}

/** A subscriber with lists of criteria by name, and plain identities as texts. */
interface MemberRecord extends Omit<Subscriber, 'implicitSets'> {
  readonly sets: readonly (readonly ProfileRecord[])[];
}

export function encodeMembers(members: readonly Subscriber[], criteria: CriteriaLists): string {
  return encodeData(
    members.map(({ implicitSets, ...rest }) => ({
      ...rest,
      sets: implicitSets.map(({ serviceProfiles }) =>
        serviceProfiles.map(({ publicIdentities, filterCriteria, ...rest }): ProfileRecord => {
          const name = criteria.nameOf(filterCriteria);
          const head = Object.keys(rest).length === 0 ? name : { criteria: name, rest };
          return [head, ...publicIdentities.map((each) => (isPlain(each) ? each.uri : each))];
        }),
      ),
    })),
  );
}

/** Throws where the text is none of `encodeMembers`, or names criteria that `criteria` has not. */
export function decodeMembers(text: string, criteria: CriteriaLists): readonly Subscriber[] {
  const records = decodeData(text) as readonly MemberRecord[];
  return records.map(({ sets, ...rest }): Subscriber => {
    const implicitSets = sets.map(
      (profiles): ImplicitSet => ({ serviceProfiles: profiles.map((each) => profileOf(each, criteria)) }),
    );
    return { ...rest, visitedNetworks: rest.visitedNetworks, implicitSets };
  });
}

function profileOf([head, ...identities]: ProfileRecord, criteria: CriteriaLists): ServiceProfile {
  return {
    publicIdentities: identities.map((each) => (typeof each === 'string' ? distinctIdentity(each) : each)),
    filterCriteria: criteria.list(nameIn(head)),
    ...(typeof head === 'object' && head.rest),
  };
}

function nameIn(head: string | ProfileHead): string {
  return typeof head === 'string' ? head : head.criteria;
}

function isPlain(identity: PublicIdentity): boolean {
  return identity.kind === 'distinct' && !identity.barred && Object.keys(identity).length === 3;
}

interface StateRecord extends Omit<SubscriptionState, 'sqn'> {
  readonly sqn: ReadonlyMap<string, bigint>;
}

/** The format has the sequence numbers as a Map. */
export function encodeState(state: SubscriptionState): string {
  return encodeData({ ...state, sqn: new Map(sequenceEntries(state.sqn)) });
}

export function decodeState(text: string): SubscriptionState {
  const { sqn, ...state } = decodeData(text) as StateRecord;
  return { ...state, sqn: sequenceNumbers(sqn) };
}
