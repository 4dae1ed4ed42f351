/** Initial filter criteria: TS 29.228 B.2.2, B.2.3 and Annex E, TS 23.218 5.2. Data; matching-criteria.ts evaluates. */

/**
 * The S-CSCF's view of the served user (CX-55): 0 originating registered, 1 terminating registered, 2 terminating
 * unregistered, 3 originating unregistered, 4 originating after diversion by the served user.
 */
export type SessionCase = 0 | 1 | 2 | 3 | 4;

export type RegistrationType = 'initial' | 're' | 'de';

/** What a service point trigger looks at. */
export type ServicePoint =
  | { readonly kind: 'requestUri'; readonly pattern: string }
  /** `registrationTypes` of REGISTER; none listed means all of them (CX-52). */
  | { readonly kind: 'method'; readonly method: string; readonly registrationTypes: readonly RegistrationType[] }
  /** Without `content` the header's presence (CX-53). */
  | { readonly kind: 'sipHeader'; readonly header: string; readonly content?: string }
  | { readonly kind: 'sessionCase'; readonly sessionCase: SessionCase }
  /** `line` is the letter of an SDP line; without `content` its presence. */
  | { readonly kind: 'sessionDescription'; readonly line: string; readonly content?: string }
  /** Nothing that is known here: never true (CX-57). `what` names it. */
  | { readonly kind: 'unknown'; readonly what: string };

export interface ServicePointTrigger {
  readonly point: ServicePoint;
  readonly negated: boolean;
  /** The groups that it belongs to, one at least. */
  readonly groups: readonly number[];
}

export interface TriggerPoint {
  /** Conjunctive: an AND of groups of OR. Disjunctive: an OR of groups of AND (CX-51). */
  readonly form: 'cnf' | 'dnf';
  /** One at least. */
  readonly triggers: readonly ServicePointTrigger[];
}

export interface ApplicationServer {
  /** SIP URI. */
  readonly serverName: string;
  /** What becomes of the session where the AS does not answer. */
  readonly defaultHandling: 'continue' | 'terminate';
  /** Goes to the AS in the body of a third-party REGISTER. */
  readonly serviceInfo?: string;
  /** Whether that body holds the REGISTER of the UE, and the 200 to it. */
  readonly includeRegisterRequest: boolean;
  readonly includeRegisterResponse: boolean;
}

export interface InitialFilterCriterion {
  /** 0 is the highest; no two of a service profile have the same. */
  readonly priority: number;
  /** Absent: matches every request. */
  readonly triggerPoint?: TriggerPoint;
  readonly applicationServer: ApplicationServer;
  /** ProfilePartIndicator: only while the served user is registered, or is not; absent means both (CX-56). */
  readonly profilePart?: 'registered' | 'unregistered';
  /** SharedIFCSetID: the set of criteria that S-CSCFs may have by this number already (SiFC, TS 29.228 B.2.1). */
  readonly sharedSet?: number;
  /** DSAI-Tags, at the HSS alone: it counts while one of them is active (TS 29.328 7.6.11). One at least. */
  readonly serviceTags?: readonly string[];
}
