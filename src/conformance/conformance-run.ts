/** Puts the messages of a run before the rules, one by one, and collects what they find. */
import type { MessageRecord, TraceRecord } from '../environment/index.js';
import { SipParseError } from '../sip/index.js';
import { DiameterHistory, type ObservedDiameter } from './diameter-history.js';
import { DiameterMessage } from './diameter-message.js';
import { faultOf, injectedFault } from './fault-of.js';
import { ParsedMessages } from './parsed.js';
import type {
  BreachDetail,
  DiameterOnWire,
  Finding,
  Grant,
  LabFacts,
  RequestOnWire,
  ResponseOnWire,
  Rule,
  RuleReport,
  Seen,
  SipOnWire,
} from './rule.js';
import { type AskedRule, RuleTable } from './rule-table.js';
import { rules as allRules } from './rules.js';
import { type ObservedSip, readSip, SipHistory } from './sip-history.js';

/** 64*T1 with the UE's T1 (TS 24.229 7.7): what was spoilt before has no consequences any more. */
const transactionMaxMs = 128_000;

/** Of one rule; a load test with a broken node has as many as it has calls. */
const findingsPerRuleMax = 100;

export interface ConformanceResult {
  /** In order of finding; at most 100 of one rule. */
  readonly findings: readonly Finding[];
  /** Rule id → how often its subject was there, in the order of the rules. Rules without one are not in it. */
  readonly applied: ReadonlyMap<string, number>;
  /** Call-IDs of REGISTER that were not looked at (to their end): too many others were under way. */
  readonly leftOutCount: number;
  /** Call-IDs of REGISTER that rules looked at without what came before: that had to make room for others. */
  readonly cutShortCount: number;
}

export class ConformanceRun {
  readonly #table: RuleTable;
  readonly #sip: SipHistory;
  readonly #diameter: DiameterHistory;
  readonly #inspection: Inspection;
  #isFinished = false;

  constructor(facts: LabFacts, rules: readonly Rule[] = allRules) {
    this.#table = tableOf(rules);
    const parsed = new ParsedMessages();
    this.#sip = new SipHistory(facts, parsed, (messages) => this.#endOfDialogue(messages));
    this.#diameter = new DiameterHistory(facts, this.#sip.crowd, parsed, (messages) => this.#endOfSession(messages));
    this.#inspection = new Inspection(facts, this.#table.ids, this.#sip, this.#diameter);
  }

  /** Records in order of time. */
  readonly listener = (record: TraceRecord): void => {
    if (record.kind !== 'message' || this.#isFinished) return;
    this.#inspection.now = record.time;
    if (record.late === true || record.fault?.effect === 'lost') this.#inspection.lost(record);
    if (record.protocol === 'sip') this.#onSip(record);
    else if (record.protocol === 'diameter') this.#onDiameter(record);
  };

  /** At the end of the run; the rules' last word about what is still remembered. What comes later is not looked at. */
  finish(): ConformanceResult {
    this.#isFinished = true;
    this.#sip.close();
    this.#diameter.close();
    const { findings, applied } = this.#inspection;
    return { findings, applied, leftOutCount: this.#sip.leftOutCount, cutShortCount: this.#sip.cutShortCount };
  }

  /** How much is remembered: Call-IDs and Session-Ids. */
  get rememberedCount(): number {
    return this.#sip.size + this.#diameter.size;
  }

  #onSip(record: MessageRecord): void {
    const message = readSip(record);
    const inspection = this.#inspection;
    if (message instanceof SipParseError) {
      if (injectedFault(record) !== undefined) inspection.spoilt(record);
      for (const asked of this.#table.malformed) {
        asked.ask.call(asked.rule, record, message, inspection, inspection.by(asked, record, undefined));
      }
      return;
    }
    const seen = this.#sip.add(record, message);
    if (seen === undefined) return;
    if (message.kind === 'request') {
      const rules = this.#table.request(message.method, seen.from, seen.to);
      if (rules.length === 0 || seen.isRetransmission) return;
      for (const asked of rules) {
        asked.ask.call(asked.rule, seen as RequestOnWire, inspection, inspection.by(asked, record, seen));
      }
      return;
    }
    const rules = this.#table.response(message.status, message.cseq.method, seen.from, seen.to);
    if (rules.length === 0 || seen.isRetransmission) return;
    for (const asked of rules) {
      asked.ask.call(asked.rule, seen as ResponseOnWire, inspection, inspection.by(asked, record, seen));
    }
  }

  #onDiameter(record: MessageRecord): void {
    const message = DiameterMessage.read(record.bytes);
    if (message === undefined) return;
    const seen = this.#diameter.add(record, message);
    if (seen === undefined) return;
    for (const asked of this.#table.diameter(message, seen.from, seen.to)) {
      asked.ask.call(asked.rule, seen, this.#inspection, this.#inspection.by(asked, record, seen));
    }
  }

  #endOfDialogue(messages: readonly SipOnWire[]): void {
    const last = messages.at(-1);
    if (last === undefined) return;
    for (const asked of this.#table.endOfDialogue) {
      asked.ask.call(asked.rule, messages, this.#inspection, this.#inspection.by(asked, last.record, last));
    }
  }

  #endOfSession(messages: readonly DiameterOnWire[]): void {
    const last = messages.at(-1);
    if (last === undefined) return;
    for (const asked of this.#table.endOfSession) {
      asked.ask.call(asked.rule, messages, this.#inspection, this.#inspection.by(asked, last.record, last));
    }
  }
}

/** A suite has a run for each of its cases, and the same rules in all of them. */
const tables = new WeakMap<readonly Rule[], RuleTable>();

function tableOf(rules: readonly Rule[]): RuleTable {
  let table = tables.get(rules);
  if (table === undefined) {
    table = new RuleTable(rules);
    tables.set(rules, table);
  }
  return table;
}

type Asked = Pick<AskedRule<'request'>, 'rule' | 'number'>;

/** What rules ask, and what they report: one object for all, set to the rule and message at hand. */
class Inspection implements Seen, RuleReport {
  now = 0;
  readonly findings: Finding[] = [];
  /** By a rule's number: how often its subject was there, how many findings it has. */
  readonly #appliedCounts: number[];
  readonly #findingCounts: number[];
  /** By node: the last message to or from it that an injected fault has made unreadable. */
  readonly #spoilt = new Map<string, MessageRecord>();
  /** By node of the core: when its links lost something first and last. */
  readonly #losses = new Map<string, { readonly first: number; last: number }>();
  #asked: Asked | undefined;
  #record: MessageRecord | undefined;
  #observed: SipOnWire | DiameterOnWire | undefined;

  constructor(
    readonly facts: LabFacts,
    private readonly ids: readonly string[],
    private readonly sip: SipHistory,
    private readonly diameter: DiameterHistory,
  ) {
    this.#appliedCounts = ids.map(() => 0);
    this.#findingCounts = ids.map(() => 0);
  }

  get applied(): ReadonlyMap<string, number> {
    const counts = this.#appliedCounts.map((count, number) => [this.ids[number]!, count] as const);
    return new Map(counts.filter(([, count]) => count > 0));
  }

  by(asked: Asked, record: MessageRecord, observed: SipOnWire | DiameterOnWire | undefined): RuleReport {
    this.#asked = asked;
    this.#record = record;
    this.#observed = observed;
    return this;
  }

  /** Nobody can tell which dialogue the message was of. */
  spoilt(record: MessageRecord): void {
    this.#spoilt.set(record.fromNode, record).set(record.toNode, record);
  }

  /** UEs are many, and no rule asks for what they cannot have sent. */
  lost({ fromNode, toNode, time }: MessageRecord): void {
    for (const node of [fromNode, toNode]) {
      if (this.facts.roleOf(node) === 'ue') continue;
      const known = this.#losses.get(node);
      if (known === undefined) this.#losses.set(node, { first: time, last: time });
      else known.last = time;
    }
  }

  applies(): void {
    this.#appliedCounts[this.#asked!.number]! += 1;
  }

  breach(sentence: string, { message = this.#record!, node = message.fromNode }: BreachDetail = {}): void {
    const { rule, number } = this.#asked!;
    const count = this.#findingCounts[number]!;
    this.#findingCounts[number] = count + 1;
    if (count >= findingsPerRuleMax) return;
    const observed = message === this.#record ? this.#observed : this.#find(message);
    const fault = faultOf(message, observed, this) ?? this.#spoiltBy(node, message);
    const { id, clause } = rule;
    this.findings.push({ rule: id, clause, sentence, node, time: message.time, message: message.id, fault });
  }

  dialogue(callId: string): readonly ObservedSip[] {
    return this.sip.dialogue(callId);
  }

  session(sessionId: string): readonly ObservedDiameter[] {
    return this.diameter.session(sessionId);
  }

  registersOf(publicIdentity: string): readonly ObservedSip[] {
    return this.sip.registersOf(publicIdentity);
  }

  grantsOf(ue: string): readonly Grant[] | undefined {
    return this.sip.grants.of(ue, this.now);
  }

  queriesOf(identity: string): readonly ObservedDiameter[] {
    return this.diameter.queriesOf(identity);
  }

  peering(one: string, other: string): readonly ObservedDiameter[] {
    return this.diameter.peering(one, other);
  }

  mayHaveLost(node: string, from: number, until: number): boolean {
    const losses = this.#losses.get(node);
    if (losses === undefined) return false;
    return losses.first <= until + transactionMaxMs && losses.last >= from - transactionMaxMs;
  }

  /** A node that has met rubbish answers what it could read of it, and its neighbour repeats what was spoilt. */
  #spoiltBy(node: string, { time }: MessageRecord): string | undefined {
    const rubbish = this.#spoilt.get(node);
    const isRecent = rubbish !== undefined && time - rubbish.time <= transactionMaxMs;
    return isRecent ? injectedFault(rubbish)?.name : undefined;
  }

  /** The neighbour of the message under inspection that a breach is about. */
  #find(record: MessageRecord): SipOnWire | DiameterOnWire | undefined {
    const observed = this.#observed;
    if (observed === undefined || observed.record.protocol !== record.protocol) return undefined;
    const { message } = observed;
    if ('callId' in message) return this.dialogue(message.callId).find((each) => each.record === record);
    return message.sessionId === undefined
      ? undefined
      : this.session(message.sessionId).find((each) => each.record === record);
  }
}
