/** What all parts of one Diameter endpoint share: who we are, what we speak, and the environment. */
import type { Environment } from '../../environment/index.js';
import type { MachineHost } from '../../machine/index.js';
import { type CompiledApplication, compileApplication } from '../codec/compiled-application.js';
import { Codec, headerLength } from '../codec/decode.js';
import { type AnswerOrigin, encodeErrorAnswer, type Failure } from '../codec/error-answer.js';
import { baseDictionary } from '../dictionaries/base.dictionary.js';
import { messageLengthMax } from './connection.js';
import { Identifiers } from './identifiers.js';

export const base = compileApplication(baseDictionary);

export interface DiameterIdentity extends AnswerOrigin {
  /** For Host-IP-Address: numeric, at least one. */
  readonly addresses: readonly string[];
  readonly productName: string;
  /** IANA enterprise number for Vendor-Id; 0 says nothing (RFC 6733 5.3.3). */
  readonly vendorId: number;
}

/** All in ms. */
export interface DiameterTimers {
  /** Tc (RFC 6733 12). */
  readonly reconnectMs: number;
  /** Tw (RFC 3539 3.4.1), never under 6 s; jitter comes on top. */
  readonly watchdogMs: number;
  /** For an answer, before the request is sent once more or fails. */
  readonly answerMs: number;
  /** For a connection, and then for its capabilities. */
  readonly handshakeMs: number;
  /** For DPA. */
  readonly disconnectMs: number;
  /** For the rest of a message that has begun. */
  readonly incompleteMessageMs: number;
}

export const defaultTimers: DiameterTimers = {
  reconnectMs: 30_000,
  watchdogMs: 30_000,
  answerMs: 5_000,
  handshakeMs: 10_000,
  disconnectMs: 5_000,
  incompleteMessageMs: 30_000,
};

export class LocalNode {
  readonly codec: Codec;
  readonly identifiers: Identifiers;
  /** Of messages that have begun, on all connections. */
  incompleteOctets = 0;

  constructor(
    readonly environment: Environment,
    readonly machines: MachineHost,
    /** The node's name, as fault records carry it. */
    readonly name: string,
    readonly identity: DiameterIdentity,
    readonly applications: readonly CompiledApplication[],
    readonly timers: DiameterTimers,
    /**
     * Requests of others that there is room for, longer ones counted as several; who has its share of them is told that this
     * node is too busy. One peer alone gets half.
     */
    readonly requestsMax = 8192,
  ) {
    this.codec = new Codec([base as CompiledApplication, ...applications]);
    this.identifiers = new Identifiers(environment, identity.originHost);
  }

  /** Says in the trace what went against the rules and was survived. */
  fault(what: string, clause: string, detail?: Readonly<Record<string, string | number>>): void {
    const { trace, clock } = this.environment;
    trace?.write({ kind: 'fault', time: clock.now(), node: this.name, what, clause, detail });
  }

  /** Says in the trace what is worth knowing, in one plain sentence. */
  note(what: string, clause: string, text: string): void {
    const { trace, clock } = this.environment;
    trace?.write({ kind: 'note', time: clock.now(), node: this.name, what, clause, text });
  }

  /**
   * No longer than a peer takes: one that is would end the connection, and an agent's is everybody's. Failed-AVP goes first,
   * then what is to be copied from the request.
   */
  errorAnswer(request: Buffer, failure: Failure): Buffer {
    const application = this.codec.application(request.readUInt32BE(8)) ?? (base as CompiledApplication);
    const whole = encodeErrorAnswer(request, application, this.identity, failure);
    if (whole.length <= messageLengthMax) return whole;
    const shorter = { ...failure, failedAvp: undefined };
    const withoutFailed = encodeErrorAnswer(request, application, this.identity, shorter);
    if (withoutFailed.length <= messageLengthMax) return withoutFailed;
    return encodeErrorAnswer(request.subarray(0, headerLength), application, this.identity, shorter);
  }
}

/** DiameterIdentities compare without case (RFC 6733 4.3.1). */
export function sameHost(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}
