/** A rule of a specification that a trace can show to be broken. One rule, one object. */
import type { DissectedMessage } from '../diameter/index.js';
import type { MessageRecord, TransitionRecord } from '../environment/index.js';
import type { SipRequest, SipResponse } from '../sip/index.js';

export type Role = 'p-cscf' | 'i-cscf' | 's-cscf' | 'hss' | 'ue' | 'as';

/** What rules may know of the lab. */
export interface LabFacts {
  readonly home: string;
  /** Undefined for what the topology does not have. */
  roleOf(node: string): Role | undefined;
  /** Real equipment, whose state nobody sees. */
  isExternal(node: string): boolean;
}

/** What a rule found, before it is known which message and rule it is about. */
export interface Breach {
  /** One plain sentence: who did what, and what had to be. */
  readonly sentence: string;
  /** The message to look at; the one under inspection where absent. */
  readonly message?: MessageRecord | undefined;
  /** Who broke it; the sender of that message where absent. */
  readonly node?: string | undefined;
}

export interface Finding {
  /** `REG-23` */
  readonly rule: string;
  /** `TS 24.229 5.2.2.1` */
  readonly clause: string;
  readonly sentence: string;
  readonly node: string;
  readonly time: number;
  /** Id of the message. */
  readonly message: number | undefined;
  /** The injected fault that changed, dropped or answered the message or one before it in its transaction. */
  readonly fault: string | undefined;
}

/** Tells of breaches, and that the rule had something to look at. */
export interface RuleReport {
  /** The rule's subject was there: it has been kept or broken. Called before `breach`. */
  applies(): void;
  breach(breach: Breach): void;
}

/** A SIP message on one hop, parsed. One that cannot be parsed is seen by no rule but those for malformed messages. */
export interface SipOnWire {
  readonly record: MessageRecord;
  readonly message: SipRequest | SipResponse;
  readonly from: Role | undefined;
  readonly to: Role | undefined;
  /** Of a response: the request on this hop that it answers (top Via branch and CSeq method). */
  readonly request: SipRequest | undefined;
  /** These octets went this way before. */
  readonly isRetransmission: boolean;
}

export interface DiameterOnWire {
  readonly record: MessageRecord;
  readonly message: DissectedMessage;
  readonly from: Role | undefined;
  readonly to: Role | undefined;
  /** Of an answer: its request. */
  readonly request: DissectedMessage | undefined;
}

/** What has been seen so far, for rules that compare messages. `wire/…` answers; rules keep nothing themselves. */
export interface Seen {
  readonly facts: LabFacts;
  /** SIP messages of one Call-ID so far, in order of sending, all hops. */
  dialogue(callId: string): readonly SipOnWire[];
  /** What `node` had received (as far as it was delivered) of one Call-ID. */
  receivedBy(node: string, callId: string): readonly SipOnWire[];
  /** Diameter messages of one Session-Id so far. */
  session(sessionId: string): readonly DiameterOnWire[];
  /** The message with that id, or that a node worked on when it sent `record`, where the trace says so. */
  transitionsOf(node: string, machine: string): readonly TransitionRecord[];
}

export interface Rule {
  readonly id: string;
  readonly clause: string;
  /** What must hold, in one plain sentence. */
  readonly title: string;
  sip?(seen: SipOnWire, before: Seen, report: RuleReport): void;
  diameter?(seen: DiameterOnWire, before: Seen, report: RuleReport): void;
  /** At the end of the run, when everything that would come has come. */
  end?(all: Seen, report: RuleReport): void;
}
