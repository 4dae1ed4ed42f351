/** What application servers have left of one IMS subscription over Sh, and whom of them it tells (TS 29.328). Plain data. */
import type { DataReference, IdentitySet } from '../../diameter/index.js';
import type { PublicIdentity } from '../subscription/subscriber.js';

/** Transparent data of one service (TS 29.328 7.6.1). */
export interface RepositoryData {
  /** Whose: a public identity, or the name of what it shares the data with (see `repositoryOwner`). */
  readonly owner: string;
  readonly serviceIndication: string;
  /** 0 to 65535. */
  readonly sequenceNumber: number;
  /** XML inside ServiceData, as the AS wrote it. */
  readonly serviceData: string;
}

/** One AS that is told of one piece of data (TS 29.328 6.1.3). */
export interface ShSubscription {
  /** Origin-Host and Origin-Realm of the AS. */
  readonly host: string;
  readonly realm: string;
  /** As the AS named it. */
  readonly publicIdentity: string;
  readonly dataReference: DataReference;
  /** Of RepositoryData. */
  readonly serviceIndication: string | undefined;
  /** Of InitialFilterCriteria and DSAI. */
  readonly serverName: string | undefined;
  /** Of DSAI. */
  readonly tag?: string | undefined;
  /** Of IMSPublicIdentity. */
  readonly identitySet: IdentitySet | undefined;
  /** Several changes may stand in one PNR (Notif-Eff of both). */
  readonly isCombined: boolean;
  /** When it ends, ms since the Unix epoch; never where absent. */
  readonly expiryTime: number | undefined;
}

/** What an AS has switched off: all criteria that have that tag and no other one that is active (DSAI, TS 29.328 7.6.11). */
export interface InactiveService {
  /** Whose: as of repository data. */
  readonly owner: string;
  /** DSAI-Tag. */
  readonly tag: string;
}

export interface ShState {
  readonly repositoryData: readonly RepositoryData[];
  readonly subscriptions: readonly ShSubscription[];
  /** Of PSIs whose state an AS has changed: whether they are in use (TS 29.328 7.6.10). */
  readonly activation: ReadonlyMap<string, boolean>;
  /** None where absent. */
  readonly inactiveServices?: readonly InactiveService[];
}

export const nothingOfSh: ShState = { repositoryData: [], subscriptions: [], activation: new Map() };

/** TS 29.328 7.6.1: whose repository data are meant. Aliases share them, and so does what a wildcard matches. */
export function repositoryOwner({ uri, aliasGroup }: PublicIdentity): string {
  return aliasGroup === undefined ? uri : `alias ${aliasGroup}`;
}
