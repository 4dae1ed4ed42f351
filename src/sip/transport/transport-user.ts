import type { SipParseError, SipRequest, SipResponse } from '../message/index.js';
import type { ListenPoint, Source } from './destination.js';

/** What the transport hands up. */
export interface TransportUser {
  onRequest(request: SipRequest, source: Source): void;
  onResponse(response: SipResponse, source: Source): void;
  /** A message that cannot be processed; the fault is on record already. */
  onMalformed(error: SipParseError, source: Source): void;
  /** A connection that stood was broken off: what was to come over it will not come. */
  onConnectionLost(connectionId: number, reason: string): void;
  /** A connection that stood has ended, not by us, with or without an error. */
  onConnectionEnded(flow: Source): void;
  /** The answer to a keep-alive of ours (RFC 5626 4.4). */
  onPong(source: Source): void;
}

/** Who wants to know that a message certainly did not go out. Never called synchronously from `send`. */
export interface SendUser {
  /** `reason` is an errno name such as ECONNREFUSED, or a word of ours such as `flowGone`. */
  onSendFailed(reason: string): void;
}

export interface StartFailure {
  /** An errno name such as EADDRINUSE. */
  readonly code: string;
  readonly message: string;
  readonly listen: ListenPoint;
}
