/** The SIP messages of a run that rules may still ask for: by Call-ID, by transaction on one hop, by public identity. */
import type { MessageRecord } from '../environment/index.js';
import { canonicalIdentity } from '../ims/identity/index.js';
import {
  type Challenge,
  type Credentials,
  detached,
  parseChallenge,
  parseCredentials,
  parseMessage,
  type SipParseError,
  type SipRequest,
  type SipResponse,
} from '../sip/index.js';
import { Crowd } from './crowd.js';
import { isLost } from './fault-of.js';
import { Grants } from './grants.js';
import type { Parsed, ParsedMessages } from './parsed.js';
import { Recent } from './recent.js';
import type { LabFacts, RequestOnWire, Role, SipOnWire } from './rule.js';

/** Longer than any timer but that of a long registration, whose refresh stands for itself (TS 24.229 7.7, 7.8). */
const quietMs = 3_600_000;
/** Whatever the lab, so that equipment from outside may be many UEs: some 100 MB with their queries. */
const dialoguesMin = 1_000;
/** 10,000 UEs: some 1.2 GB with their queries where each registers, refreshes and de-registers, half of it octets. */
const dialoguesMax = 20_000;
/** The registration of a UE, and what it does besides. */
const dialoguesPerUe = 2;
/** An answer that comes at all is there by then, or the next copy of its request. */
const settledMs = 1_000;
/** 64*T1 with the UE's T1 (TS 24.229 7.7): nobody waits for an answer any more. */
const abandonedMs = 128_000;
/** Some 10 MB. */
const putOutMax = 100_000;
/** A long call. */
const messagesPerDialogueMax = 600;
/** A Call-ID that is used for all registrations of a device never gets quiet: its older half is forgotten. */
const messagesPerRegistrationMax = 120;
/** What transactions that are under way may leave of it. */
const wholePart = 0.75;

/** One Call-ID. */
export class Dialogue {
  messages: ObservedSip[] = [];
  /** By branch of the top Via and method of CSeq: requests, then their responses. */
  readonly #transactions = new Map<string, ObservedSip[]>();
  /** Public identity that its REGISTER is about. */
  identity: string | undefined = undefined;
  /** It has nothing but REGISTER. */
  isPure = true;

  constructor(readonly callId: string) {}

  add(record: MessageRecord, message: SipRequest | SipResponse, facts: LabFacts, parsed: ParsedMessages): ObservedSip {
    const max = this.identity === undefined ? messagesPerDialogueMax : messagesPerRegistrationMax;
    if (this.messages.length >= max) this.#halve();
    const key = keyOf(message);
    let transaction = this.#transactions.get(key);
    if (transaction === undefined) {
      transaction = [];
      this.#transactions.set(key, transaction);
    }
    const observed = new ObservedSip(record, message, this, transaction, facts, parsed);
    transaction.push(observed);
    this.messages.push(observed);
    if (message.cseq.method !== 'REGISTER') this.isPure = false;
    return observed;
  }

  /** Messages of one transaction on one hop, in order. */
  transaction(branch: string | true | undefined, method: string): readonly ObservedSip[] {
    return this.#transactions.get(transactionKey(branch, method)) ?? none;
  }

  /** Nothing of it is under way: it can be forgotten without leaving half a story. */
  isSettled(quietMs: number): boolean {
    if (quietMs < settledMs) return false;
    if (quietMs >= abandonedMs) return true;
    for (const transaction of this.#transactions.values()) {
      const isAnswered = transaction.some(({ message }) => message.kind === 'response' && message.status >= 200);
      if (!isAnswered && transaction[0]!.message.cseq.method !== 'ACK') return false;
    }
    return true;
  }

  /** A transaction stays whole while some of it stays: what is left of one would begin with a repetition. */
  #halve(): void {
    const { length } = this.messages;
    const oldest = this.messages[length / 2]!.record.id;
    for (const [key, transaction] of this.#transactions) {
      if (transaction.at(-1)!.record.id < oldest) this.#transactions.delete(key);
    }
    const whole = this.messages.filter(({ message }) => this.#transactions.has(keyOf(message)));
    // Somebody repeats without end: then what is left does begin with a repetition.
    this.messages = whole.length <= length * wholePart ? whole : this.messages.slice(length / 2);
  }
}

const none: readonly ObservedSip[] = [];

export function readSip({ bytes, transport }: MessageRecord): SipRequest | SipResponse | SipParseError {
  return parseMessage(bytes, { stream: transport === 'tcp' });
}

function keyOf({ topVia, cseq }: SipRequest | SipResponse): string {
  return transactionKey(topVia.parameters.get('branch'), cseq.method);
}

function transactionKey(branch: string | true | undefined, method: string): string {
  return `${method} ${branch}`;
}

/** What rules see of a SIP message; what it has to do with others is found when a rule asks. */
export class ObservedSip implements SipOnWire, Parsed {
  #message: SipRequest | SipResponse | undefined;
  readonly from: Role | undefined;
  readonly to: Role | undefined;
  /** Null: looked for and not there. */
  #request: ObservedSip | null | undefined = undefined;
  #source: ObservedSip | null | undefined = undefined;
  #credentials: Credentials | null | undefined = undefined;
  #challenges: readonly Challenge[] | undefined = undefined;

  constructor(
    readonly record: MessageRecord,
    message: SipRequest | SipResponse,
    readonly dialogue: Dialogue,
    private readonly transaction: readonly ObservedSip[],
    facts: LabFacts,
    private readonly parsed: ParsedMessages,
  ) {
    this.#message = message;
    this.from = facts.roleOf(record.fromNode);
    this.to = facts.roleOf(record.toNode);
    parsed.keep(this);
  }

  get message(): SipRequest | SipResponse {
    if (this.#message === undefined) {
      // It could be read before.
      this.#message = readSip(this.record) as SipRequest | SipResponse;
      this.parsed.keep(this);
    }
    return this.#message;
  }

  forgetParsed(): void {
    this.#message = undefined;
    this.#credentials = undefined;
    this.#challenges = undefined;
  }

  get isLost(): boolean {
    return isLost(this.record);
  }

  get request(): RequestOnWire | undefined {
    if (this.#request === undefined) this.#request = this.#findRequest() ?? null;
    return (this.#request ?? undefined) as RequestOnWire | undefined;
  }

  get credentials(): Credentials | undefined {
    if (this.#credentials === undefined) {
      const value = this.message.header('Authorization');
      this.#credentials = (value === undefined ? undefined : parseCredentials(value)) ?? null;
    }
    return this.#credentials ?? undefined;
  }

  get challenges(): readonly Challenge[] {
    this.#challenges ??= this.message.headers('WWW-Authenticate').flatMap((value) => parseChallenge(value) ?? []);
    return this.#challenges;
  }

  get isRetransmission(): boolean {
    const { fromNode, toNode, bytes, id } = this.record;
    return this.transaction.some(
      ({ record }) =>
        record.id < id && record.fromNode === fromNode && record.toNode === toNode && record.bytes.equals(bytes),
    );
  }

  get source(): ObservedSip | undefined {
    if (this.#source === undefined) this.#source = this.#findSource() ?? null;
    return this.#source ?? undefined;
  }

  #findRequest(): ObservedSip | undefined {
    if (this.message.kind === 'request') return undefined;
    return this.transaction.findLast(({ message, record }) => message.kind === 'request' && record.id < this.record.id);
  }

  /** RFC 3261 16.6 step 8, 16.7 step 3: each hop puts its Via on top, and takes it off again. */
  #findSource(): ObservedSip | undefined {
    const { fromNode, id } = this.record;
    const { message } = this;
    const hadBeenReceived = (other: ObservedSip) =>
      other.record.toNode === fromNode && other.record.id < id && !other.isLost;
    if (message.kind === 'request') {
      const branch = message.vias[1]?.parameters.get('branch');
      if (branch === undefined) return undefined;
      return this.dialogue
        .transaction(branch, message.cseq.method)
        .findLast((other) => other.message.kind === 'request' && hadBeenReceived(other));
    }
    const branch = message.topVia.parameters.get('branch');
    let last: ObservedSip | undefined;
    // A forked request has several answers under way at once, and their To tags tell them apart (RFC 3261 12.1.2).
    for (let index = this.dialogue.messages.length - 1; index >= 0; index--) {
      const other = this.dialogue.messages[index]!;
      const isCandidate =
        other.message.kind === 'response' &&
        other.message.status === message.status &&
        other.message.cseq.method === message.cseq.method &&
        hadBeenReceived(other) &&
        other.message.vias[1]?.parameters.get('branch') === branch;
      if (!isCandidate) continue;
      if (other.message.toTag === message.toTag) return other;
      last ??= other;
    }
    return last;
  }
}

export class SipHistory {
  readonly grants = new Grants();
  /** UEs that came when too many others were under way: their identities, Call-IDs and names as nodes. */
  readonly crowd = new Crowd();
  /** Call-IDs of REGISTER that were not looked at, or not to their end. */
  leftOutCount = 0;
  /** Call-IDs of REGISTER that went on when what they had before was forgotten to make room. */
  cutShortCount = 0;
  /** Call-IDs of REGISTER that were forgotten before their time; true: they have gone on since. */
  readonly #putOut = new Map<string, boolean>();
  readonly #dialogues: Recent<Dialogue>;
  /** Dialogues of REGISTER by canonical public identity. */
  readonly #identities = new Map<string, Set<Dialogue>>();
  #isClosing = false;

  constructor(
    private readonly facts: LabFacts,
    private readonly parsed: ParsedMessages,
    forgotten: (messages: readonly SipOnWire[]) => void,
  ) {
    this.#dialogues = new Recent({
      quietMs,
      countMax: dialoguesMaxOf(facts),
      forgotten: (dialogue, quiet) => {
        if (quiet === undefined || dialogue.isSettled(quiet.quietMs)) {
          forgotten(dialogue.messages);
          if (quiet !== undefined && quiet.quietMs < quietMs) this.#notePutOut(dialogue);
        } else for (const { message, record } of dialogue.messages) this.#leaveOut(record, message, quiet.now);
        if (!this.#isClosing) this.#forgetIdentity(dialogue);
      },
    });
  }

  /** How many Call-IDs are remembered. */
  get size(): number {
    return this.#dialogues.size;
  }

  /** Undefined: it is of a UE that is not looked at. */
  add(record: MessageRecord, message: SipRequest | SipResponse): ObservedSip | undefined {
    const { callId } = message;
    if (this.#isOfCrowd(record, message) || this.#findsNoRoom(record, message)) {
      this.#leaveOut(record, message, record.time);
      return undefined;
    }
    const dialogue = this.#dialogues.use(callId, record.time, () => new Dialogue(detached(callId)));
    if (this.#putOut.size > 0 && dialogue.messages.length === 0) this.#noteGoingOn(dialogue);
    if (dialogue.identity === undefined && message.cseq.method === 'REGISTER') {
      dialogue.identity = identityKey(message.to.uri.text);
      const others = this.#identities.get(dialogue.identity);
      if (others === undefined) this.#identities.set(dialogue.identity, new Set([dialogue]));
      else others.add(dialogue);
    }
    const observed = dialogue.add(record, message, this.facts, this.parsed);
    this.grants.learn(observed);
    return observed;
  }

  dialogue(callId: string): readonly ObservedSip[] {
    return this.#dialogues.peek(callId)?.messages ?? none;
  }

  /** In order of sending. */
  registersOf(publicIdentity: string): readonly ObservedSip[] {
    const dialogues = this.#identities.get(identityKey(publicIdentity));
    if (dialogues === undefined) return none;
    const [only] = dialogues;
    if (dialogues.size === 1 && only!.isPure) return only!.messages;
    const found = [...dialogues].flatMap(({ messages }) =>
      messages.filter(({ message }) => message.cseq.method === 'REGISTER'),
    );
    return found.sort((a, b) => a.record.id - b.record.id);
  }

  /** Every dialogue gets its last look while all others can still be found. */
  close(): void {
    this.#isClosing = true;
    this.#dialogues.clear();
    this.#identities.clear();
  }

  #isOfCrowd({ fromNode, toNode, time }: MessageRecord, { callId, from, to }: SipRequest | SipResponse): boolean {
    const { crowd } = this;
    if (crowd.isEmpty) return false;
    return (
      crowd.has(callId, time) ||
      crowd.has(fromNode, time) ||
      crowd.has(toNode, time) ||
      crowd.has(identityKey(to.uri.text), time) ||
      crowd.has(identityKey(from.uri.text), time)
    );
  }

  /** A UE that comes when all others have just been heard of; one that is there may go on, and puts them out. */
  #findsNoRoom({ time }: MessageRecord, { callId, cseq }: SipRequest | SipResponse): boolean {
    if (cseq.method !== 'REGISTER' || !this.#dialogues.isCrowded(time, settledMs)) return false;
    return this.#dialogues.peek(callId) === undefined;
  }

  /** With all that its later messages, and those of Diameter, may be known by. */
  #leaveOut({ fromNode, toNode }: MessageRecord, message: SipRequest | SipResponse, now: number): void {
    const { crowd, facts } = this;
    const isNew = crowd.add(detached(message.callId), now);
    if (message.cseq.method !== 'REGISTER') return;
    const ue = [fromNode, toNode].find((node) => facts.roleOf(node) === 'ue');
    if (ue !== undefined && isNew) this.leftOutCount += 1;
    // Equipment from outside may be many UEs.
    if (ue !== undefined && !facts.isExternal(ue)) {
      crowd.add(ue, now);
      this.grants.leaveOut(ue);
    }
    crowd.add(identityKey(message.to.uri.text), now);
    const authorization = message.header('Authorization');
    const user = authorization === undefined ? undefined : parseCredentials(authorization)?.username;
    if (user !== undefined) crowd.add(identityKey(user), now);
    for (const { uri } of message.addresses('P-Associated-URI')) crowd.add(identityKey(uri.text), now);
  }

  #notePutOut({ callId, identity }: Dialogue): void {
    if (identity === undefined || this.#putOut.has(callId)) return;
    this.#putOut.set(callId, false);
    if (this.#putOut.size > putOutMax) this.#putOut.delete(this.#putOut.keys().next().value!);
  }

  #noteGoingOn({ callId }: Dialogue): void {
    if (this.#putOut.get(callId) !== false) return;
    this.#putOut.set(callId, true);
    this.cutShortCount += 1;
  }

  #forgetIdentity(dialogue: Dialogue): void {
    if (dialogue.identity === undefined) return;
    const dialogues = this.#identities.get(dialogue.identity);
    dialogues?.delete(dialogue);
    if (dialogues?.size === 0) this.#identities.delete(dialogue.identity);
  }
}

/** How many dialogues are remembered of a lab. */
export function dialoguesMaxOf({ ueCount = 0 }: LabFacts): number {
  return Math.min(Math.max(dialoguesMin, dialoguesPerUe * ueCount), dialoguesMax);
}

/** REG-03. What is no identity stands for itself. */
export function identityKey(identity: string): string {
  const known = identityKeys.get(identity);
  if (known !== undefined) return known;
  if (identityKeys.size >= identityKeysMax) identityKeys.clear();
  const key = detached(canonicalIdentity(identity) ?? identity);
  identityKeys.set(detached(identity), key);
  return key;
}

/** Each identity is asked for by many rules in a row. */
const identityKeys = new Map<string, string>();
const identityKeysMax = 20_000;
