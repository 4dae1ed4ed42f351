/** Subscribers for tests of stores. */
import { sequenceNumbers } from '../../src/ims/hss/sequence-numbers.js';
import type { SubscriptionState } from '../../src/ims/hss/store.js';
import type { InitialFilterCriterion } from '../../src/ims/subscription/filter-criteria.js';
import {
  distinctIdentity,
  implicitSet,
  type PublicIdentity,
  type Subscriber,
} from '../../src/ims/subscription/subscriber.js';

export const home = 'ims.mnc001.mcc001.3gppnetwork.org';

export const criteria: readonly InitialFilterCriterion[] = [
  {
    priority: 1,
    triggerPoint: {
      form: 'dnf',
      triggers: [{ point: { kind: 'method', method: 'INVITE', registrationTypes: [] }, negated: false, groups: [0] }],
    },
    applicationServer: {
      serverName: 'sip:as1.example',
      defaultHandling: 'continue',
      includeRegisterRequest: false,
      includeRegisterResponse: false,
    },
  },
];

export interface Wanted {
  readonly subscription?: string;
  readonly sqn?: bigint;
  readonly identities?: readonly PublicIdentity[];
}

export function subscriber(number: number, { subscription, sqn = 0n, identities }: Wanted = {}): Subscriber {
  const imsi = `00101${String(number).padStart(10, '0')}`;
  return {
    imsi,
    privateIdentity: `${imsi}@${home}`,
    implicitSets: [
      implicitSet(
        identities ?? [
          distinctIdentity(`sip:${imsi}@${home}`, true),
          distinctIdentity(`sip:+1555${number}@${home}`),
          distinctIdentity(`tel:+1555${number}`),
        ],
        criteria,
      ),
    ],
    authentication: {
      scheme: 'aka',
      aka: {
        material: { algorithm: 'milenage', k: Buffer.alloc(16, number), opc: Buffer.alloc(16, 0xee) },
        amf: Buffer.alloc(2),
        sqn,
        ind: 2,
        indBits: 5,
        resWithoutZeroOctets: false,
      },
    },
    capabilities: { mandatory: [1], optional: [] },
    visitedNetworks: undefined,
    ...(subscription !== undefined && { subscription }),
  };
}

export function registeredState(
  { privateIdentity }: Subscriber,
  sqn: bigint,
  server = 'sip:scscf1.example',
): SubscriptionState {
  return {
    sqn: sequenceNumbers([[privateIdentity, sqn]]),
    sets: [
      {
        state: 'registered',
        context: {
          server: { name: server, host: 'scscf1.example', realm: 'example' },
          formerServer: undefined,
          registeredBy: [privateIdentity],
          authenticating: [],
          reassignmentPending: false,
          terminationPending: false,
        },
        assignedAt: 12,
        restoration: undefined,
      },
      undefined,
    ],
    sh: undefined,
  };
}
