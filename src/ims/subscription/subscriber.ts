/** A subscriber as the subscriber files hold it: the HSS reads all of it, a UE its own SIM's part. */

export interface PublicIdentity {
  /** SIP or tel URI in its canonical form (REG-03). */
  readonly uri: string;
  readonly barred: boolean;
}

export interface Subscriber {
  readonly imsi: string;
  /** IMPI, `<IMSI>@<home domain>` unless the file says otherwise (REG-01). */
  readonly privateIdentity: string;
  /** One implicit registration set; the first non-barred one is the default (REG-80). */
  readonly publicIdentities: readonly PublicIdentity[];
  readonly authentication: {
    /** 16 octets each. */
    readonly k: Buffer;
    readonly opc: Buffer;
    /** 2 octets (AKA-14). */
    readonly amf: Buffer;
    /** 48-bit SQN the HSS starts from. */
    readonly sqn: bigint;
    /** The array index that Cx uses (AKA-23). */
    readonly ind: number;
    /** For peers that cut RES at a zero octet: only RANDs whose RES has none are drawn. */
    readonly resWithoutZeroOctets: boolean;
  };
  readonly capabilities: { readonly mandatory: readonly number[]; readonly optional: readonly number[] };
  /** Visited networks where roaming is allowed; undefined = everywhere. */
  readonly visitedNetworks: readonly string[] | undefined;
}
