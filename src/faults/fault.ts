/** Faults at protocol points: which message, which of them, and what happens to it. Plain data. */
import type { MessagePattern } from '../selection/index.js';

/** The values of `set`: field path → new value; `null` removes the header or AVP. */
export type FieldChanges = Readonly<Record<string, string | number | null>>;

/** What happens to the message. */
export type FaultAction =
  /** It is lost. */
  | { readonly do: 'drop' }
  /** It leaves so many ms later. */
  | { readonly do: 'delay'; readonly byMs: number }
  /** A second copy follows after `afterMs`. */
  | { readonly do: 'duplicate'; readonly afterMs: number }
  /** Held until the next message between the same two nodes has passed, or for `holdMaxMs`. */
  | { readonly do: 'reorder'; readonly holdMaxMs: number }
  /** Fields get other values; lengths and Content-Length are mended, so that the message stays well-formed. */
  | { readonly do: 'change'; readonly set: FieldChanges }
  /**
   * One bit is flipped in a field (path as in `with`; also `WWW-Authenticate.nonce.autn` and `.rand`), or in any octet of the
   * message where no field is given (`bit` counts from the first octet's most significant bit).
   */
  | { readonly do: 'corrupt'; readonly field?: string | undefined; readonly bit?: number | undefined }
  /** These octets leave in its place. */
  | { readonly do: 'replace'; readonly bytes: Buffer }
  /** The message does not leave; its sender gets this answer as from the receiver. SIP: a status; Diameter: a result code. */
  | {
      readonly do: 'answer';
      readonly status?: number | undefined;
      readonly reason?: string | undefined;
      readonly headers?: Readonly<Record<string, string | number>> | undefined;
      /** 1xxx to 5xxx of RFC 6733, or of TS 29.229 6.2 (then it is an Experimental-Result-Code). */
      readonly result?: number | undefined;
    };

/** A fault: what happens to which of the messages of a pattern. */
export interface Fault {
  /** As it stands in trace, ladder and capture. */
  readonly name: string;
  /** Messages that are counted. */
  readonly pattern: MessagePattern;
  /** Which of the messages that match, from 1; `every`. */
  readonly nth: readonly number[] | 'every';
  readonly action: FaultAction;
}
