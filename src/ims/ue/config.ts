import type { KeyMaterial } from '../../aka/index.js';
import type { Endpoint } from '../../environment/index.js';
import type { Destination, ListenPoint } from '../../sip/index.js';

/** How a UE answers a call. */
export type AnswerBehaviour = 'accept' | 'busy' | 'decline' | 'ring';

/** What a UE is given (TS 24.229 §5.1, GSMA IR.92). */
export interface UeConfig {
  readonly listen: readonly ListenPoint[];
  /** The P-CSCF. */
  readonly proxy: readonly Destination[];
  readonly homeDomain: string;
  readonly privateIdentity: string;
  /** The identity that is registered (temporary IMPU of REG-01 unless the profile says otherwise). */
  readonly publicIdentity: string;
  readonly instanceId: string;
  readonly sim: {
    readonly material: KeyMaterial;
    /** Highest SQN the USIM has accepted so far. */
    readonly sqn: bigint;
    /** AKA-21. */
    readonly delta: bigint;
  };
  readonly registration: { readonly expires: number };
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
