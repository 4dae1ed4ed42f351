/** What a message's octets are after a fault, or why it could do nothing to them. */
export type Changed = Buffer | PartlyChanged | { readonly whyNot: string };

/** Some fields of a change are other ones, others are not there and cannot be made. */
export interface PartlyChanged {
  readonly bytes: Buffer;
  /** Their paths. */
  readonly missed: readonly string[];
}
