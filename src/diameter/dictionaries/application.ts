/**
 * A Diameter application as data (RFC 6733 1.3.4, 3.2, 4.4), and the message types inferred from it: a missing or
 * mistyped AVP is a compile error.
 */

/** Basic and derived AVP data formats (RFC 6733 4.2, 4.3). */
export type Format =
  | 'OctetString'
  | 'UTF8String'
  | 'DiameterIdentity'
  | 'DiameterURI'
  | 'Address'
  | 'Integer32'
  | 'Unsigned32'
  | 'Unsigned64'
  | 'Enumerated'
  | 'Time'
  | 'Grouped';

/** `{ }` required, `[ ]` optional, `*[ ]` many, `1*{ }` oneOrMore (RFC 6733 3.2). */
export type Occurrence = 'required' | 'optional' | 'many' | 'oneOrMore';

/** AVP names in the order of sending. The name `AVP` stands for `*[AVP]`: whatever else the sender put in. */
export type Grammar = Readonly<Record<string, Occurrence>>;

export interface AvpDefinition {
  readonly code: number;
  /** IANA enterprise number; the V bit is set exactly where it is not 0. */
  readonly vendor: number;
  readonly format: Format;
  /** The M bit when sending. A receiver takes either (cx.md 3). */
  readonly mandatory: boolean;
  /** Of an Enumerated (or of a number with named values that others may extend). */
  readonly values?: Readonly<Record<string, number>>;
  /** Of an OctetString whose octets are UTF-8 text, for display. */
  readonly isText?: true;
  /** Of a Grouped. */
  readonly members?: Grammar;
}

export interface CommandDefinition {
  readonly code: number;
  /** `UAR`, `UAA`. */
  readonly abbreviations: readonly [request: string, answer: string];
  readonly proxiable: boolean;
  readonly request: Grammar;
  readonly answer: Grammar;
}

export type AvpDefinitions = Readonly<Record<string, AvpDefinition>>;

export interface Application {
  readonly name: string;
  readonly id: number;
  /** 0 for IETF applications, which go without Vendor-Specific-Application-Id. */
  readonly vendor: number;
  readonly avps: AvpDefinitions;
  readonly commands: Readonly<Record<string, CommandDefinition>>;
}

/** An AVP as it lies on the wire: one that no dictionary or grammar here names, kept for forwarding and for Failed-AVP. */
export interface RawAvp {
  readonly code: number;
  /** 0 where the V bit is clear. */
  readonly vendor: number;
  /** The V bit is set, and the vendor is 0: what RFC 6733 4.1 does not allow, and Failed-AVP shows. */
  readonly vendorZero?: true;
  /** The M bit. */
  readonly mandatory: boolean;
  /** Without header and padding. */
  readonly data: Buffer;
}

/** Senders may leave out `*[ ]`; receivers always find a list there. */
export type Direction = 'sent' | 'received';

interface ScalarOf {
  /** Received: a view of the message. Copy what is kept. */
  OctetString: Buffer;
  UTF8String: string;
  DiameterIdentity: string;
  DiameterURI: string;
  /** Numeric IPv4 or IPv6 address. */
  Address: string;
  Integer32: number;
  Unsigned32: number;
  Unsigned64: bigint;
  Enumerated: number;
  /** Milliseconds since the Unix epoch, whole seconds. */
  Time: number;
  Grouped: never;
}

/** The names of an enumeration's values. */
export type ValueNames<A extends Application, N extends keyof A['avps']> = A['avps'][N] extends { values: infer V }
  ? keyof V
  : never;

/** The value of one AVP by its name. An enumeration is the union of its numbers. */
export type ValueOf<A extends AvpDefinitions, N, D extends Direction> = N extends 'AVP'
  ? RawAvp
  : N extends keyof A
    ? A[N] extends { format: 'Grouped'; members: infer G extends Grammar }
      ? AvpsOf<A, G, D>
      : A[N] extends { format: 'Enumerated'; values: infer V extends Readonly<Record<string, number>> }
        ? V[keyof V]
        : ScalarOf[A[N]['format']]
    : never;

/** The AVPs of a command or group by their names. */
export type AvpsOf<A extends AvpDefinitions, G extends Grammar, D extends Direction> = {
  readonly [N in keyof G as G[N] extends 'required' ? N : never]: ValueOf<A, N, D>;
} & {
  readonly [N in keyof G as G[N] extends 'optional' ? N : never]?: ValueOf<A, N, D>;
} & {
  readonly [N in keyof G as G[N] extends 'oneOrMore' ? N : never]: readonly ValueOf<A, N, D>[];
} & (D extends 'sent'
    ? { readonly [N in keyof G as G[N] extends 'many' ? N : never]?: readonly ValueOf<A, N, D>[] }
    : { readonly [N in keyof G as G[N] extends 'many' ? N : never]: readonly ValueOf<A, N, D>[] });
