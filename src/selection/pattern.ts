/** How a user picks messages: by what they are, between whom, and by what stands in them. Plain data. */
import type { MessageRecord } from '../environment/index.js';

/**
 * What a field must be. A string is compared as text (`/…/` is a regular expression), a number as a number, `true` and
 * `false` as the words. A field with several values matches when one of them does; under `not`, when none does.
 */
export type Matcher =
  | string
  | number
  | boolean
  | { readonly not: Matcher }
  | { readonly 'one-of': readonly Matcher[] }
  | { readonly contains: string }
  | { readonly min?: number | undefined; readonly max?: number | undefined }
  | { readonly present: boolean };

/** Which messages: all that it says must hold; an empty one is every message. */
export interface MessagePattern {
  /**
   * `REGISTER`, `401 REGISTER`, `200`, `18x INVITE`, `4xx`; `UAR`, `UAA`, `UAA 2001`, `MAA 5xxx`; `RTP`, `RTCP`.
   * Any message where absent.
   */
  readonly message?: string | undefined;
  /** Names of nodes; any where absent. */
  readonly from?: readonly string[] | undefined;
  /** The same of the receiver. */
  readonly to?: readonly string[] | undefined;
  /**
   * Field path → what it must be. Of SIP: `Contact`, `Via[2]`, `Contact.expires`, `WWW-Authenticate.nonce`,
   * `Request-URI`, `Request-URI.user`, `reason`, `body`, `sdp.audio.direction`, `reginfo.registration.contact.event`. Of Diameter: `Result-Code`, `result` (either
   * kind of result code), `SIP-Auth-Data-Item.SIP-Authentication-Scheme`.
   */
  readonly with?: Readonly<Record<string, Matcher>> | undefined;
}

/** A message as selection sees it: as it was sent. */
export type SeenMessage = Pick<MessageRecord, 'protocol' | 'fromNode' | 'toNode' | 'bytes'>;
