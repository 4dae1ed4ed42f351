/** A call as the UE that has it sees it, whichever side began it. */
import type { ServerRequest, SipRequest } from '../../sip/index.js';

export interface Call {
  /** The request is within its dialog, or within one of its early ones. */
  owns(request: SipRequest): boolean;
  /** A request that it owns. */
  receive(request: ServerRequest): void;
  /** The user ends it. */
  hangUp(): void;
  /** The node closes: nothing more is sent. */
  stop(): void;
}
