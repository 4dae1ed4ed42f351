import type { KeyMaterial } from '../../aka/index.js';
import type { EncryptionAlgorithm, Endpoint, IntegrityAlgorithm, IpsecMode } from '../../environment/index.js';
import type { Destination, DigestSecret, ListenPoint, TlsSettings } from '../../sip/index.js';
import type { Quirks } from './quirks.js';

/** How a UE answers a call. */
export type AnswerBehaviour = 'accept' | 'busy' | 'decline' | 'ring';

/** How a UE proves who it is. `none`: the network knows it by its address or line (GIBA, NASS-bundled), so without Authorization. */
export type UeAuthentication =
  | { readonly scheme: 'aka' }
  | { readonly scheme: 'sip-digest'; readonly secret: DigestSecret }
  | { readonly scheme: 'none' };

/** The security agreement that a UE wants (RFC 3329, TS 33.203 Annex H). */
export interface UeSecurity {
  readonly mechanism: 'none' | 'ipsec-3gpp' | 'tls';
  /** Offered, in order of preference (AKA-42). */
  readonly algorithms: readonly { readonly integrity: IntegrityAlgorithm; readonly encryption: EncryptionAlgorithm }[];
  readonly mode: IpsecMode;
}

/** What a UE is given (TS 24.229 §5.1, GSMA IR.92). */
export interface UeConfig {
  readonly listen: readonly ListenPoint[];
  /** The P-CSCFs, in order of preference. */
  readonly proxy: readonly Destination[];
  /** Where each of them takes TLS, in the same order, for a security agreement on it; undefined: nowhere. */
  readonly securedProxy?: readonly (Destination | undefined)[] | undefined;
  /** Needed where there is a `tls` listen point. */
  readonly tls?: TlsSettings | undefined;
  readonly homeDomain: string;
  readonly privateIdentity: string;
  /** The identity that is registered (temporary IMPU of REG-01 unless the profile says otherwise). */
  readonly publicIdentity: string;
  readonly instanceId: string;
  readonly sim: {
    readonly material: KeyMaterial;
    /** What OPc was computed from, where that is known: it helps to say why a MAC is wrong. */
    readonly op?: Buffer | undefined;
    /** Highest SQN the USIM has accepted so far. */
    readonly sqn: bigint;
    /** AKA-21. */
    readonly delta: bigint;
    /** AKA-20; 5 where absent. */
    readonly indBits?: number | undefined;
    /** AKA-21; no limit where absent. */
    readonly ageLimit?: bigint | undefined;
    /** AMF* that AUTS is computed over; 0000 in a right card (AKA-12). */
    readonly autsAmf?: Buffer | undefined;
  };
  readonly authentication: UeAuthentication;
  readonly security: UeSecurity;
  readonly registration: {
    /** Seconds. */
    readonly expires: number;
    /** Feature tags of Contact beside MMTel, as they stand there (REG-10). */
    readonly features: readonly string[];
    /** Asks for GRUUs, and uses the public one in sessions (RFC 5627). */
    readonly gruu: boolean;
    /** Registrations over as many flows, each over another P-CSCF where there is one; more than 1: outbound (RFC 5626). */
    readonly flows: number;
    /** How often the flow is kept alive once the P-CSCF agrees (RFC 6223); undefined: keep-alives are not offered. */
    readonly keepAliveMs: number | undefined;
    /** Watches its registration (REG-17). */
    readonly subscribe: boolean;
    /** For emergencies alone: beside what the user has registered otherwise, and for as long as it lasts (CALL-70; TS 24.229 5.1.6). */
    readonly emergency?: boolean | undefined;
  };
  readonly quirks: Quirks;
  readonly call: {
    readonly answer: AnswerBehaviour;
    /** From 180 to 200, ms. */
    readonly ringMs: number;
    /** Time the emulated access network takes for the dedicated bearer (preconditions), ms. */
    readonly bearerMs: number;
    /** Whether 180 is sent reliably (RFC 3262). */
    readonly reliableRinging: boolean;
    readonly codecs: readonly ('AMR-WB' | 'AMR')[];
    /** `-` in tests: where RTP is bound, port even; RTCP on port + 1. */
    readonly rtp: Endpoint;
  };
  readonly accessNetworkInfo: string;
  readonly datagramSizeMax: number | undefined;
}
