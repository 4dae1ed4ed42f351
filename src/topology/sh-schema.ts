/** Sh in topology files: what application servers may do at an HSS (TS 29.328 6.2), and how data are called there. */
import { z } from 'zod';
import { dataReferencesOf, type ShOperation, type ShPermissions } from '../ims/hss/sh-permissions.js';
import type { ShSettings } from '../ims/hss/sh-procedures.js';
import { duration, strict } from './scalars.js';
import { shown } from './validate.js';

type DataReference = ShPermissions['read'][number];

/** Data-Reference (TS 29.329 6.3.4) as topology and scenario files write it. */
export const dataWords = {
  'repository-data': 'RepositoryData',
  'public-identities': 'IMSPublicIdentity',
  'ims-user-state': 'IMSUserState',
  's-cscf-name': 'S-CSCFName',
  'filter-criteria': 'InitialFilterCriteria',
  location: 'LocationInformation',
  'user-state': 'UserState',
  charging: 'ChargingInformation',
  msisdn: 'MSISDN',
  'psi-activation': 'PSIActivation',
  imsi: 'IMSI',
  'private-identities': 'IMSPrivateUserIdentity',
  dsai: 'DSAI',
} as const satisfies Record<string, DataReference>;
export type DataWord = keyof typeof dataWords;

export const dataWord = z.enum(Object.keys(dataWords) as [DataWord, ...DataWord[]]);
const dataList = z.union([z.literal('all'), z.array(dataWord)], {
  error: ({ input }) =>
    typeof input === 'string'
      ? `${shown(input)} is not known here; write all, or a list such as [msisdn, dsai]`
      : undefined,
});
const digits = z.string().regex(/^\d{5,15}$/);

/** `sh` of an HSS. */
export const shSection = strict({
  permissions: z.record(
    z.string().min(1),
    strict({
      read: dataList.optional(),
      update: dataList.optional(),
      subscribe: dataList
        .optional()
        .describe('Data that the application server may be told of (SNR); all for everything.'),
    }),
  ),
  'data-max': z.int().min(1).max(1_000_000).optional(),
  'expires-max': duration.optional().describe('The longest subscription to notifications; any where absent.'),
  'serving-nodes': strict({ vlr: digits.optional(), sgsn: digits.optional() }).optional(),
});

/** As it is written. */
export type ShInput = z.output<typeof shSection>;

/** Octets of ServiceData. */
const defaultDataMax = 65_536;

/** `sh` of an HSS with defaults; `hostOf` gives the Origin-Host of a node. */
export function shSettings(input: ShInput, hostOf: (name: string) => string): ShSettings {
  const { permissions, 'data-max': dataMax = defaultDataMax, 'expires-max': expiresMaxMs } = input;
  const { vlr, sgsn } = input['serving-nodes'] ?? {};
  return {
    permissions: Object.entries(permissions).map(
      ([name, each]): ShPermissions => ({
        host: name.includes('.') ? name : hostOf(name),
        read: referencesOf(each.read, 'read'),
        update: referencesOf(each.update, 'update'),
        subscribe: referencesOf(each.subscribe, 'subscribe'),
      }),
    ),
    dataMax,
    expiresMaxMs,
    servingNodes: { vlrNumber: vlr, sgsnNumber: sgsn },
  };
}

function referencesOf(words: 'all' | readonly DataWord[] = [], operation: ShOperation): readonly DataReference[] {
  return words === 'all' ? dataReferencesOf(operation) : words.map((word) => dataWords[word]);
}
