/** One piece of data of one user that an application server is told of (TS 29.328 6.1.3). */
import type { DataReference } from '../../diameter/index.js';
import type { ShData } from '../subscription/sh-data.js';
import type { DataQuery } from './subscriber-data.js';

export interface SubscribedItem {
  /** For a person: `RepositoryData of mmtel`. No two of one user have the same. */
  readonly name: string;
  /** ms since the Unix epoch; never where absent. */
  readonly expiryTime: number | undefined;
  /** Whether a document tells of it. */
  isIn(data: ShData): boolean;
}

type Presence = (data: ShData, detail: string | undefined) => boolean;

const presences: Partial<Readonly<Record<DataReference, Presence>>> = {
  RepositoryData: ({ repositoryData = [] }, service) =>
    repositoryData.some((each) => each.serviceIndication === service),
  IMSPublicIdentity: ({ publicIdentities, identitySets }) => (publicIdentities ?? identitySets) !== undefined,
  IMSUserState: ({ imsUserState }) => imsUserState !== undefined,
  'S-CSCFName': ({ scscfName }) => scscfName !== undefined,
  InitialFilterCriteria: ({ filterCriteria }) => filterCriteria !== undefined,
  ChargingInformation: ({ charging }) => charging !== undefined,
  PSIActivation: ({ psiActive }) => psiActive !== undefined,
  IMSPrivateUserIdentity: ({ privateIdentities }) => privateIdentities !== undefined,
  DSAI: ({ services = [] }, tag) => services.some((each) => each.tag === tag),
};

/** What a subscription is for: one each. */
export function itemsIn(
  query: Pick<DataQuery, 'dataReferences' | 'serviceIndications' | 'identitySets' | 'dsaiTags'>,
  serverName: string,
  expiryTime?: number,
): readonly SubscribedItem[] {
  const { dataReferences, serviceIndications, identitySets, dsaiTags } = query;
  const details: Partial<Readonly<Record<DataReference, readonly string[]>>> = {
    RepositoryData: serviceIndications,
    InitialFilterCriteria: [serverName],
    DSAI: dsaiTags,
    ...(identitySets.length > 0 && { IMSPublicIdentity: identitySets }),
  };
  return dataReferences.flatMap((reference) =>
    (details[reference] ?? [undefined]).map((detail) => {
      const name = detail === undefined ? reference : `${reference} of ${detail}`;
      const isIn = (data: ShData): boolean => presences[reference]?.(data, detail) ?? false;
      return { name, expiryTime, isIn };
    }),
  );
}
