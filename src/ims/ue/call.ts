/** A call as the UE that has it sees it, whichever side began it. */
import type { ServerRequest, SipRequest } from '../../sip/index.js';
import type { CallHandle } from './ue.js';

export interface Call extends CallHandle {
  /** The request is within its dialog, or within one of its early ones. */
  owns(request: SipRequest): boolean;
  /** A request that it owns. */
  receive(request: ServerRequest): void;
  /** The node closes: nothing more is sent. */
  stop(): void;
}

/** What both kinds of call tell the UE. */
export interface CallUser {
  /** The UE is free again. */
  readonly onEnded: (call: Call) => void;
  /** A pager message within the call's dialog (RFC 3428 4), in order. */
  readonly onMessage: (request: ServerRequest) => void;
}
