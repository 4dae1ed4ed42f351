import type { SipRequest } from './message.js';

/** Why octets are not an acceptable message. A value, never thrown. */
export class SipParseError {
  readonly kind = 'error';

  constructor(
    /** What is wrong, in words fit for a log or a reason phrase. */
    readonly reason: string,
    /** Where: octets from the beginning of the message (after line ends were made CRLF). */
    readonly offset: number,
    /** The answer that the sender of a request should get; undefined: drop it silently (a response, or no SIP at all). */
    readonly status: number | undefined,
    /** The rule or clause that decided: `SIP-09`, `RFC 3261 7.1`. */
    readonly rule: string,
    /** What could be read of a request, so that an answer can be built. Accessors of broken headers give empty values. */
    readonly message: SipRequest | undefined,
  ) {}
}
