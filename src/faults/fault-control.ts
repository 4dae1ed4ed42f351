import type { Endpoint, TransportProtocol } from '../environment/index.js';
import type { Fault } from './fault.js';

/**
 * Messages that a fault met in vain, all or part of it: a field is not there, the bit is not one of it, nobody answers such a
 * message.
 */
export interface IdleStrikes {
  readonly count: number;
  /** Of the last one: `there is no Path`; of fields that were missed: `changed Subject, but found no Path in INVITE`. */
  readonly why: string;
  /** Fields of a change that none of the messages has had which it struck; undefined: it met each. */
  readonly missed?: readonly string[] | undefined;
}

/** What a scenario may do to the network and the nodes while they run. */
export interface FaultControl {
  /** From now on. One of the same name is replaced; its strikes still count. Throws PatternError where `checkFault` finds a problem. */
  add(fault: Fault): void;
  /** False: there is none of that name. */
  remove(name: string): boolean;
  /** How often the fault of that name has struck, also when it is not in force any more. */
  struck(name: string): number;
  /** Messages that it was to strike and that lacked something for it; undefined: there was none. Also when it is not in force any more. */
  idle(name: string): IdleStrikes | undefined;
  /**
   * Nothing passes between each of the one and each of the other (names of nodes); between the first and everything where
   * `other` is empty. Datagrams are lost, streams wait and go on when healed, new connections wait and time out.
   */
  cut(one: readonly string[], other: readonly string[]): void;
  heal(one: readonly string[], other: readonly string[]): void;
  /** Nothing passes between the two. */
  isCut(one: string, other: string): boolean;
  /** Octets leave `from` as they are, from a socket or connection that it has, else from a new one. Returns why not. */
  inject(from: string, to: Endpoint, protocol: TransportProtocol, bytes: Buffer): string | undefined;
  /** The node's process is gone without a word: its sockets too, its timers never fire, nothing reaches it. */
  crash(name: string): void;
  /** The node's clock jumps ahead; its timers are due so much earlier. */
  stepClock(name: string, byMs: number): void;
}
