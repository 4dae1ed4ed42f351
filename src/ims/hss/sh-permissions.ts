/** Which AS may do what with which data (TS 29.328 6.2), and what can be done with each at all (Table 7.6.1). */
import type { DataReference } from '../../diameter/index.js';
import type { IdentityKind } from '../subscription/subscriber.js';

export type ShOperation = 'read' | 'update' | 'subscribe';

/** What one AS may do, by operation. */
export interface ShPermissions {
  /** Origin-Host of the AS. */
  readonly host: string;
  readonly read: readonly DataReference[];
  readonly update: readonly DataReference[];
  readonly subscribe: readonly DataReference[];
}

/** Who names the user: a public user identity, a PSI, or a MSISDN. */
export type AccessKey = 'user' | 'psi' | 'msisdn';

interface Accessible {
  readonly keys: readonly AccessKey[];
  readonly operations: readonly ShOperation[];
}

/** TS 29.328 Table 7.6.1, as far as this HSS has the data. */
export const accessible: Partial<Readonly<Record<DataReference, Accessible>>> = {
  RepositoryData: { keys: ['user', 'psi'], operations: ['read', 'update', 'subscribe'] },
  IMSPublicIdentity: { keys: ['user', 'psi', 'msisdn'], operations: ['read', 'subscribe'] },
  IMSUserState: { keys: ['user'], operations: ['read', 'subscribe'] },
  'S-CSCFName': { keys: ['user', 'psi'], operations: ['read', 'subscribe'] },
  InitialFilterCriteria: { keys: ['user', 'psi'], operations: ['read', 'subscribe'] },
  LocationInformation: { keys: ['user', 'msisdn'], operations: ['read'] },
  UserState: { keys: ['user', 'msisdn'], operations: ['read'] },
  ChargingInformation: { keys: ['user', 'psi', 'msisdn'], operations: ['read', 'subscribe'] },
  MSISDN: { keys: ['user', 'msisdn'], operations: ['read'] },
  PSIActivation: { keys: ['psi'], operations: ['read', 'update', 'subscribe'] },
  IMSI: { keys: ['user', 'msisdn'], operations: ['read'] },
  IMSPrivateUserIdentity: { keys: ['user'], operations: ['read', 'subscribe'] },
  DSAI: { keys: ['user', 'psi'], operations: ['read', 'update', 'subscribe'] },
};

/** All that an operation can be permitted for. */
export function dataReferencesOf(operation: ShOperation): readonly DataReference[] {
  return (Object.keys(accessible) as DataReference[]).filter((reference) =>
    accessible[reference]!.operations.includes(operation),
  );
}

export function accessKeyOf(kind: IdentityKind): AccessKey {
  return kind === 'distinctPsi' || kind === 'wildcardedPsi' ? 'psi' : 'user';
}

export class PermissionsList {
  readonly #byHost: ReadonlyMap<string, ShPermissions>;

  constructor(permissions: readonly ShPermissions[]) {
    this.#byHost = new Map(permissions.map((each) => [each.host.toLowerCase(), each]));
  }

  /** TS 29.328 6.2: by Origin-Host and Data-Reference, for all users alike. */
  allows(host: string, operation: ShOperation, references: readonly DataReference[]): boolean {
    const permitted = this.#byHost.get(host.toLowerCase())?.[operation];
    return permitted !== undefined && references.every((reference) => permitted.includes(reference));
  }
}
