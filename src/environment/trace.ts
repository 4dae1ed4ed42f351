/**
 * The one sink for what happens in a run. Nodes and the machine host write records; `trace/` turns them into
 * `trace.jsonl`, `capture.pcapng` and the ladder. A record holds references: it is formatted at the sink.
 */
import type { Endpoint, PacketFault, TransportProtocol } from './network.js';

/** One protocol message seen on the wire (made by the trace sink from the network's packets). */
export interface MessageRecord {
  readonly kind: 'message';
  readonly time: number;
  /** 1, 2, 3 … in order of sending. */
  readonly id: number;
  readonly protocol: 'sip' | 'diameter' | 'rtp' | 'rtcp' | 'other';
  /** SCTP only in captures of other networks. */
  readonly transport: TransportProtocol | 'sctp';
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Node names where the topology knows them, else the address. */
  readonly fromNode: string;
  readonly toNode: string;
  /** `REGISTER sip:…`, `401 Unauthorized (REGISTER)`, `UAR`, `UAA 2001 FIRST_REGISTRATION`, `RTP AMR-WB …`. */
  readonly summary: string;
  readonly bytes: Buffer;
  /** The node, machine and state that sent it, where a machine did. */
  readonly sentIn: string | undefined;
  /** Set where it travelled in ESP, or over TLS. */
  readonly protection?: 'esp' | 'tls' | undefined;
  /** A stream carried it later than it was written: the segments before were lost. */
  readonly late?: true | undefined;
  /** What a fault that was injected on purpose did to it. `dropped`: it never left; `lost`: its link lost it. */
  readonly fault?: PacketFault | undefined;
}

/** A machine instance went from one state to another, or took a transition without leaving its state. */
export interface TransitionRecord {
  readonly kind: 'transition';
  readonly time: number;
  readonly node: string;
  /** Instance, stable over a run: `registration:sip:001…@ims…`. */
  readonly actor: string;
  readonly machine: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  /**
   * The transitions that were taken, in order, as `compile` numbers them: an index into the machine's declared transitions,
   * so that a suite's coverage can be counted. Written by the machine host; absent in traces read from a file.
   */
  readonly taken?: readonly number[] | undefined;
  /** Effects in order, by name. */
  readonly effects: readonly string[];
  /** Id of the message that it answers to; absent for timers, starts and what the scenario asks. */
  readonly message?: number | undefined;
  /** The full context, only under `--inspect`. */
  readonly context: unknown;
}

export interface EffectRecord {
  readonly kind: 'effect';
  readonly time: number;
  readonly node: string;
  readonly actor: string;
  readonly machine: string;
  readonly effect: string;
  readonly params: unknown;
  readonly message?: number | undefined;
}

export interface TimerRecord {
  readonly kind: 'timer';
  readonly time: number;
  readonly node: string;
  readonly actor: string;
  readonly machine: string;
  /** The delay's name in the machine, such as `timerB`. */
  readonly timer: string;
}

/** Something went against the rules and was survived: a malformed message, a dropped datagram, a peer's deviation. */
export interface FaultRecord {
  readonly kind: 'fault';
  readonly time: number;
  readonly node: string;
  readonly what: string;
  /** Clause or RFC section, where one says so. */
  readonly clause: string | undefined;
  readonly detail: Readonly<Record<string, string | number>> | undefined;
}

/** A step of the scenario, a cause that a node can name, a check. The verdict is made from these. */
export interface NoteRecord {
  readonly kind: 'note';
  readonly time: number;
  readonly node: string;
  /** Machine-readable, such as `registration.failed`. */
  readonly what: string;
  /** One plain sentence. */
  readonly text: string;
  readonly clause: string | undefined;
}

export type TraceRecord = MessageRecord | TransitionRecord | EffectRecord | TimerRecord | FaultRecord | NoteRecord;

export interface Trace {
  write(record: TraceRecord): void;
  /** True under `--inspect`: transition records then carry full contexts, effect records full params. */
  readonly inspecting: boolean;
  /** Set by the machine host around the performance of an instance's effects; the capture comments packets with it. */
  acting: string | undefined;
  /** Id of the message that a node works on at the moment. A sink that does not number messages has none. */
  readonly cause?: number | undefined;
  /** A node takes up a message, given as the latin1 text of its octets; `undefined`: it is done with it. */
  takeUp?(message: string | undefined): void;
}
