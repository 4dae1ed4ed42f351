/** The Diameter messages of a run that rules may still ask for: by Session-Id, by identity, by connection. */
import type { Endpoint, MessageRecord } from '../environment/index.js';
import { Crowd } from './crowd.js';
import { DiameterMessage } from './diameter-message.js';
import { isLost } from './fault-of.js';
import type { Parsed, ParsedMessages } from './parsed.js';
import { Recent } from './recent.js';
import type { DiameterOnWire, LabFacts, Role } from './rule.js';
import { dialoguesMaxOf, identityKey } from './sip-history.js';

/** As long as SIP's dialogues, whose queries they are. */
const quietMs = 3_600_000;
/** Ten for each UE: those of a registration, of its refresh and of its end. */
const sessionsPerDialogue = 5;
const connectionsMax = 1_000;
/** Base messages of two nodes: capabilities and watchdogs. */
const peeringMax = 50;
/** RFC 6733 5.5. */
const watchdogs: ReadonlySet<string> = new Set(['DWR', 'DWA']);
/** A session of Cx is one request and its answer; a peer that uses one Session-Id for all does not fill the memory. */
const messagesPerSessionMax = 100;
const pendingMax = 5_000;
/** A user who registers all the time: the older half is forgotten. */
const messagesPerIdentityMax = 100;

interface Session {
  messages: ObservedDiameter[];
  /** Canonical public identities that it names, and private ones. */
  readonly identities: Set<string>;
}

/** Requests of one side of a connection that have not been answered, by Hop-by-Hop identifier. */
type Pending = Map<number, ObservedDiameter>;

const none: readonly ObservedDiameter[] = [];

export class ObservedDiameter implements DiameterOnWire, Parsed {
  #message: DiameterMessage | undefined;
  readonly from: Role | undefined;
  readonly to: Role | undefined;
  request: ObservedDiameter | undefined = undefined;
  clash: ObservedDiameter | undefined = undefined;

  constructor(
    readonly record: MessageRecord,
    message: DiameterMessage,
    facts: LabFacts,
    private readonly parsed: ParsedMessages,
  ) {
    this.#message = message;
    parsed.keep(this);
    this.from = facts.roleOf(record.fromNode);
    this.to = facts.roleOf(record.toNode);
  }

  get message(): DiameterMessage {
    if (this.#message === undefined) {
      // It could be read before.
      this.#message = DiameterMessage.read(this.record.bytes)!;
      this.parsed.keep(this);
    }
    return this.#message;
  }

  forgetParsed(): void {
    this.#message = undefined;
  }

  get isLost(): boolean {
    return isLost(this.record);
  }
}

export class DiameterHistory {
  readonly #sessions: Recent<Session>;
  /** Messages of its sessions, in order of sending. */
  readonly #identities = new Map<string, ObservedDiameter[]>();
  readonly #pending: Recent<Pending>;
  readonly #peerings: Recent<ObservedDiameter[]>;
  /** Session-Ids of queries about them. */
  readonly #ofCrowd = new Crowd();

  /** `crowd`: identities that are not looked at. */
  constructor(
    private readonly facts: LabFacts,
    private readonly crowd: Crowd,
    private readonly parsed: ParsedMessages,
    forgotten: (messages: readonly DiameterOnWire[]) => void,
  ) {
    this.#sessions = new Recent({
      quietMs,
      countMax: sessionsPerDialogue * dialoguesMaxOf(facts),
      forgotten: (session: Session) => {
        forgotten(session.messages);
        this.#forgetIdentities(session);
      },
    });
    const bounded = { quietMs: Number.POSITIVE_INFINITY, countMax: connectionsMax, forgotten: () => undefined };
    this.#pending = new Recent(bounded);
    this.#peerings = new Recent(bounded);
  }

  /** How many Session-Ids are remembered. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Undefined: it is about a UE that is not looked at. */
  add(record: MessageRecord, message: DiameterMessage): ObservedDiameter | undefined {
    if (!this.crowd.isEmpty && this.#isOfCrowd(record, message)) return undefined;
    const observed = new ObservedDiameter(record, message, this.facts, this.parsed);
    this.#match(observed);
    const { sessionId } = message;
    if (sessionId !== undefined) this.#addToSession(sessionId, observed);
    else if (message.application === 0) {
      const key = peeringKey(record.fromNode, record.toNode);
      const messages = this.#peerings.use(key, record.time, () => []);
      messages.push(observed);
      // Watchdogs first: when a connection was made says for long what its nodes can know.
      if (messages.length > peeringMax) messages.splice(Math.max(0, messages.findIndex(isWatchdog)), 1);
    }
    return observed;
  }

  #isOfCrowd({ time }: MessageRecord, { sessionId, avps, isCx }: DiameterMessage): boolean {
    if (sessionId === undefined || !isCx) return false;
    if (this.#ofCrowd.has(sessionId, time)) return true;
    const named = [...avps.texts('Public-Identity'), ...avps.texts('User-Name')].map(identityKey);
    const known = this.#sessions.peek(sessionId)?.identities ?? [];
    const isOfCrowd = [...named, ...known].some((key) => this.crowd.has(key, time));
    if (isOfCrowd) this.#ofCrowd.add(sessionId, time);
    return isOfCrowd;
  }

  session(sessionId: string): readonly ObservedDiameter[] {
    return this.#sessions.peek(sessionId)?.messages ?? none;
  }

  /** In order of sending. */
  queriesOf(identity: string): readonly ObservedDiameter[] {
    return this.#identities.get(identityKey(identity)) ?? none;
  }

  peering(one: string, other: string): readonly ObservedDiameter[] {
    return this.#peerings.peek(peeringKey(one, other)) ?? none;
  }

  close(): void {
    this.#sessions.clear();
  }

  /** RFC 6733 3: the Hop-by-Hop identifier ties an answer to its request on one connection. */
  #match(observed: ObservedDiameter): void {
    const { message, record } = observed;
    if (message.isRequest) {
      const pending = this.#pending.use(connection(record.from, record.to), record.time, () => new Map());
      const other = pending.get(message.hopByHop);
      if (other?.message.endToEnd !== message.endToEnd) observed.clash = other;
      pending.delete(message.hopByHop);
      pending.set(message.hopByHop, observed);
      if (pending.size > pendingMax) pending.delete(pending.keys().next().value!); // never answered
      return;
    }
    const pending = this.#pending.peek(connection(record.to, record.from));
    const request = pending?.get(message.hopByHop);
    if (request?.message.command !== message.command) return;
    observed.request = request;
    if (!observed.isLost) pending?.delete(message.hopByHop);
  }

  #addToSession(sessionId: string, observed: ObservedDiameter): void {
    const make = (): Session => ({ messages: [], identities: new Set() });
    const session = this.#sessions.use(sessionId, observed.record.time, make);
    session.messages.push(observed);
    if (session.messages.length > messagesPerSessionMax) session.messages.shift();
    if (!observed.message.isCx && !observed.message.isSh) return;
    if (observed.message.isRequest) {
      const { avps } = observed.message;
      // RTR names the others of the subscription too (TS 29.229 6.3.33).
      const others = avps.group('Associated-Identities')?.texts('User-Name') ?? [];
      const ofSh = avps.group('User-Identity')?.texts('Public-Identity') ?? [];
      for (const identity of [...avps.texts('Public-Identity'), ...avps.texts('User-Name'), ...others, ...ofSh]) {
        session.identities.add(identityKey(identity));
      }
    }
    const before = session.identities.size;
    for (const identity of identitiesInProfile(observed)) session.identities.add(identityKey(identity));
    for (const [index, key] of [...session.identities].entries()) {
      if (index < before || observed.request === undefined) this.#addToIdentity(key, observed);
      else for (const each of [observed.request, observed]) this.#addToIdentity(key, each);
    }
  }

  #addToIdentity(key: string, observed: ObservedDiameter): void {
    const messages = this.#identities.get(key);
    if (messages === undefined) this.#identities.set(key, [observed]);
    else {
      messages.push(observed);
      if (messages.length > messagesPerIdentityMax) messages.splice(0, messagesPerIdentityMax / 2);
    }
  }

  #forgetIdentities({ messages: forgotten, identities }: Session): void {
    for (const key of identities) {
      const messages = this.#identities.get(key);
      const kept = messages?.filter((message) => !forgotten.includes(message)) ?? [];
      if (kept.length === 0) this.#identities.delete(key);
      else this.#identities.set(key, kept);
    }
  }
}

/** The other identities of the set, which a profile names (TS 29.228 Annex E). */
function identitiesInProfile({ message }: ObservedDiameter): readonly string[] {
  if (message.name !== 'SAA' && message.name !== 'PPR') return [];
  const document = message.avps.text('User-Data');
  if (document === undefined) return [];
  return [...document.matchAll(/<Identity>\s*([^<]+?)\s*<\/Identity>/g)].map(([, identity]) => identity!);
}

function connection(from: Endpoint, to: Endpoint): string {
  return `${from.address} ${from.port} ${to.address} ${to.port}`;
}

function peeringKey(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

function isWatchdog({ message }: ObservedDiameter): boolean {
  return watchdogs.has(message.name);
}
