/**
 * The chassis: sockets, Diameter peers, lifecycle and dispatch of a network function, so that a function is only its
 * procedures. One request passes: SIP endpoint (retransmissions end there) → the first procedure that accepts it →
 * that procedure's machine → named effects → SIP endpoint or Cx client.
 */
import type { DiameterEndpoint } from '../diameter/index.js';
import type { Environment } from '../environment/index.js';
import type { MachineHost } from '../machine/index.js';
import type {
  Forwarding,
  NameAddress,
  ProxyCore,
  ServerRequest,
  SipEndpoint,
  SipRequest,
  SipResponse,
} from '../sip/index.js';
import type { FunctionInspection } from './inspection.js';

/** Why something went wrong, for trace and verdict. */
export interface Cause {
  /** Machine-readable: `cause.hssUnreachable`; `info.…` for what is worth knowing and no failure. */
  readonly what: string;
  /** One plain sentence without the node's name, which the chassis puts in front. */
  readonly text: string;
  readonly clause: string;
}

/** What a network function sees of the node it runs in. */
export interface Chassis {
  readonly name: string;
  readonly environment: Environment;
  readonly host: MachineHost;
  readonly sip: SipEndpoint;
  readonly proxy: ProxyCore;
  readonly diameter: DiameterEndpoint;
  explain(cause: Cause): void;
}

/** A request after RFC 3261 16.3 and 16.4: checked, and its own Route value taken off. Opaque to machines. */
export interface RoutedRequest {
  readonly server: ServerRequest;
  /** The copy to be forwarded. */
  readonly working: SipRequest;
  /** The Route value that led here, whose user part is a token of ours. */
  readonly ownRoute: NameAddress | undefined;
}

/** A response on its way back, without our Via. Opaque to machines. */
export interface ReturningResponse {
  readonly response: SipResponse;
  readonly forwarding: Forwarding;
}

/** One kind of work of a network function. The first one that accepts a request gets it. */
export interface Procedure {
  readonly name: string;
  accepts(routed: RoutedRequest): boolean;
  /** This node answers all that it accepts, and forwards none of it: Max-Forwards does not count (RFC 3261 16.3 item 3). */
  readonly isEnd?: true;
  begin(routed: RoutedRequest): void;
}

/** What a network function consists of, from the chassis' side. */
export interface NetworkFunction {
  readonly procedures: readonly Procedure[];
  /** Work that a stopping node lets end. */
  readonly activeCount: number;
  /** How many of each thing it keeps, for leak checks: `registrations`, `sessions` … */
  readonly counts: Readonly<Record<string, number>>;
  /** For invariants. */
  inspect(): FunctionInspection;
  /** Ends all its machines without a word to anybody: nothing of it happens afterwards. */
  close(): void;
}
