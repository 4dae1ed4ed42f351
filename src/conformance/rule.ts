/** A rule of a specification that a trace can show to be broken. One rule, one object. */
import type { MessageRecord } from '../environment/index.js';
import type { Challenge, Credentials, SipParseError, SipRequest, SipResponse, Uri } from '../sip/index.js';
import type { DiameterMessage } from './diameter-message.js';

export type Role = 'p-cscf' | 'i-cscf' | 's-cscf' | 'hss' | 'ue' | 'as';

/** What rules may know of the lab. */
export interface LabFacts {
  readonly home: string;
  /** Undefined for what the topology does not have. */
  roleOf(node: string): Role | undefined;
  /** Real equipment, whose state nobody sees. */
  isExternal(node: string): boolean;
  /** A UE that is to register without Authorization: GIBA, NASS-bundled (TS 33.203 Annexes R and T). None where absent. */
  sendsNoCredentials?(node: string): boolean;
  /** UEs of the topology: of so many at once all are looked at. */
  readonly ueCount?: number;
  /** How late a timer of the lab was at most between two times, ms: the machine was busy. Never late where absent. */
  readonly lateMsBetween?: ((from: number, to: number) => number) | undefined;
}

/** What a breach is about, where that is not the message under inspection. */
export interface BreachDetail {
  /** The message to look at. */
  readonly message?: MessageRecord | undefined;
  /** Who broke it; the sender of that message where absent. */
  readonly node?: string | undefined;
}

export interface Finding {
  /** `REG-23` */
  readonly rule: string;
  /** `TS 24.229 5.2.2.1` */
  readonly clause: string;
  /** Who did what, and what had to be. */
  readonly sentence: string;
  readonly node: string;
  readonly time: number;
  /** Id of the message. */
  readonly message: number | undefined;
  /**
   * The injected fault that changed, dropped, answered or made the message, or struck one before it on which the breach
   * depends: in its transaction, its dialogue or session, or in the registration of the identity that it is about.
   */
  readonly fault: string | undefined;
}

/** Tells of breaches, and that the rule had something to look at. */
export interface RuleReport {
  /** The rule's subject was there: it has been kept or broken. Called before `breach`. */
  applies(): void;
  /** One plain sentence: who did what, and what had to be. */
  breach(sentence: string, about?: BreachDetail): void;
}

/** A SIP message on one hop, parsed. */
export interface SipOnWire<TMessage extends SipRequest | SipResponse = SipRequest | SipResponse> {
  readonly record: MessageRecord;
  readonly message: TMessage;
  readonly from: Role | undefined;
  readonly to: Role | undefined;
  /** Of a response: the request on this hop that it answers (branch of the top Via and method of CSeq); lost ones count. */
  readonly request: RequestOnWire | undefined;
  /**
   * What the sender had received and passes on with this message: of a request the one with one Via less, of a response
   * the one with one Via more and the same status. Undefined where the sender made it, or what it received was not seen.
   */
  readonly source: SipOnWire<TMessage> | undefined;
  /** Of Authorization, where it is a digest. */
  readonly credentials: Credentials | undefined;
  /** Digests of WWW-Authenticate. */
  readonly challenges: readonly Challenge[];
  /** These octets went this way before, in the same transaction. */
  readonly isRetransmission: boolean;
  /** An injected fault kept it from arriving. A message that is not lost may yet have been: links lose messages too. */
  readonly isLost: boolean;
}

export type RequestOnWire = SipOnWire<SipRequest>;
export type ResponseOnWire = SipOnWire<SipResponse>;

export interface DiameterOnWire {
  readonly record: MessageRecord;
  readonly message: DiameterMessage;
  readonly from: Role | undefined;
  readonly to: Role | undefined;
  /** Of an answer: the last request on this connection with its Hop-by-Hop identifier and command. */
  readonly request: DiameterOnWire | undefined;
  /** Of a request: another one on this connection from the same side with the same Hop-by-Hop identifier, not answered yet. */
  readonly clash: DiameterOnWire | undefined;
  /** An injected fault kept it from arriving. */
  readonly isLost: boolean;
}

/** What a P-CSCF told a UE with a 200 to REGISTER. It may have been lost on its way. */
export interface Grant {
  readonly record: MessageRecord;
  /** To. */
  readonly identity: string;
  /** Those that this UE has bound, among all of the identity. */
  readonly contacts: readonly Uri[];
  /** URIs of P-Associated-URI, default identity first, as written. */
  readonly associated: readonly string[];
  /** Values of Service-Route in order, as written. */
  readonly serviceRoute: readonly string[];
  /** The longest time of a contact in s. */
  readonly expires: number;
  /** When that time is over. */
  readonly until: number;
}

/**
 * What has been seen so far, for rules that compare messages; the message under inspection is the last of it. Rules keep
 * nothing themselves. What has been quiet for long is forgotten: a rule must do without.
 * By a dialogue the rules mean all SIP messages of one Call-ID, a REGISTER's too; the dialog of RFC 3261 12 is narrower.
 */
export interface Seen {
  readonly facts: LabFacts;
  /** Time of the last record. */
  readonly now: number;
  /** SIP messages of one Call-ID, in order of sending, all hops; retransmissions too. */
  dialogue(callId: string): readonly SipOnWire[];
  /** Diameter messages of one Session-Id, in order of sending. */
  session(sessionId: string): readonly DiameterOnWire[];
  /** REGISTER requests and their responses on all hops whose To names this public identity (any form of it), oldest first. */
  registersOf(publicIdentity: string): readonly SipOnWire[];
  /**
   * The last grants that this UE was sent, as far as they live: their time is not over, and its last contact has not been
   * removed since. Oldest first. Undefined: there may have been some that are forgotten.
   */
  grantsOf(ue: string): readonly Grant[] | undefined;
  /** Cx requests that name this public or private identity and their answers, oldest first. */
  queriesOf(identity: string): readonly DiameterOnWire[];
  /** The last CER, CEA, DWR, DWA, DPR and DPA between two nodes, both ways, oldest first. */
  peering(one: string, other: string): readonly DiameterOnWire[];
  /**
   * Links of this node of the core lost messages or brought some late between the two times or shortly before or after, or both
   * before and after: what it sent over a stream then may never have been seen.
   */
  mayHaveLost(node: string, from: number, until: number): boolean;
}

/**
 * Messages are looked up by what they are, so that a rule costs nothing for all others. A rule is not asked about
 * retransmissions.
 */
export interface Rule {
  readonly id: string;
  readonly clause: string;
  /** What must hold, in one plain sentence. */
  readonly title: string;
  /**
   * Of SIP: `REGISTER`, `request`, `401 REGISTER`, `2xx INVITE`, `18x INVITE`, `4xx`, `response INVITE`, `response`.
   * Of Diameter: `UAR`, `UAA`, `CER`, `Cx request`, `Cx answer`, `Diameter`. None where absent: only ends of dialogues.
   */
  readonly of?: readonly string[];
  /** Only what nodes of this role send. */
  readonly from?: Role;
  readonly to?: Role;
  request?(seen: RequestOnWire, before: Seen, report: RuleReport): void;
  response?(seen: ResponseOnWire, before: Seen, report: RuleReport): void;
  diameter?(seen: DiameterOnWire, before: Seen, report: RuleReport): void;
  /** A SIP message that the parser refuses; no other hook sees it. */
  malformed?(record: MessageRecord, error: SipParseError, before: Seen, report: RuleReport): void;
  /**
   * A Call-ID that has been quiet for longer than any timer, or the run has ended: `before.now` tells how long ago its
   * messages were. `report` is about its last message where a breach names no other.
   */
  endOfDialogue?(messages: readonly SipOnWire[], before: Seen, report: RuleReport): void;
  endOfSession?(messages: readonly DiameterOnWire[], before: Seen, report: RuleReport): void;
}
