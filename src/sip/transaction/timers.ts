/** The three values that every SIP timer comes from (RFC 3261 17.1.1.1, table 4 of its annex A). Milliseconds. */
export interface SipTimers {
  /** Round trip estimate: first retransmission interval, and 1/64 of a transaction's life. */
  readonly t1Ms: number;
  /** Cap of the retransmission interval of non-INVITE requests and of INVITE responses. */
  readonly t2Ms: number;
  /** How long a message may stay in the network. */
  readonly t4Ms: number;
}

/** Between nodes of the core network. TS 24.229 7.7, RFC 3261. */
export const coreTimers: SipTimers = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

/** At the UE, and at the P-CSCF towards the UE. TS 24.229 7.7. */
export const ueTimers: SipTimers = { t1Ms: 2000, t2Ms: 16_000, t4Ms: 17_000 };

/** What a transaction machine is told of its hop. */
export interface TransactionInput extends SipTimers {
  /** TCP: the transport retransmits, so the transaction neither retransmits nor waits for stragglers. */
  readonly reliable: boolean;
}

/** Written out: a spread with one more property costs a hidden class each time. */
export function transactionInput({ t1Ms, t2Ms, t4Ms }: SipTimers, reliable: boolean): TransactionInput {
  return { t1Ms, t2Ms, t4Ms, reliable };
}

/** 64*T1: timers B, F, H, J, L, M, and what CANCEL waits (RFC 3261 9.1). */
export function lifetimeMs(timers: { readonly t1Ms: number }): number {
  return 64 * timers.t1Ms;
}
