import type { SubscriberDatabase } from '../../../src/ims/slf/config.js';
import { IdentityIndex } from '../../../src/ims/slf/identity-index.js';
import type { PublicIdentity, Subscriber } from '../../../src/ims/subscription/subscriber.js';

function subscriber(privateIdentity: string, identities: readonly Partial<PublicIdentity>[]): Subscriber {
  const publicIdentities = identities.map((each) => ({ barred: false, kind: 'distinct', ...each }) as PublicIdentity);
  const implicitSets = [{ serviceProfiles: [{ publicIdentities, filterCriteria: [] }] }];
  return { privateIdentity, implicitSets } as unknown as Subscriber;
}

const databases: readonly SubscriberDatabase[] = [
  {
    originHost: 'hss1',
    subscribers: [
      subscriber('alice', [{ uri: 'sip:alice@ims.example' }, { uri: 'tel:+15550100001' }]),
      subscriber('shared', [{ uri: 'sip:both@ims.example' }]),
    ],
  },
  {
    originHost: 'hss2',
    subscribers: [
      subscriber('bob', [{ uri: 'sip:bob@ims.example' }]),
      subscriber('shared', [{ uri: 'sip:both@ims.example' }]),
      subscriber('rooms', [{ uri: 'sip:room-!.*!@ims.example', kind: 'wildcardedPsi' }]),
    ],
  },
];

describe('TS 23.228 5.8.1: an SLF', () => {
  const index = new IdentityIndex(databases);

  it.each([
    ['sip:alice@ims.example', ['hss1']],
    ['sip:alice@IMS.EXAMPLE', ['hss1']],
    ['tel:+1-555-010-0001', ['hss1']],
    ['sip:bob@ims.example', ['hss2']],
    ['sip:both@ims.example', ['hss1', 'hss2']],
    ['sip:room-7@ims.example', ['hss2']],
    ['sip:carol@ims.example', undefined],
  ])('knows where %s is', (identity, hosts) => {
    expect(index.byPublic(identity)).toEqual(hosts);
  });

  it.each([
    ['alice', ['hss1']],
    ['bob', ['hss2']],
    ['shared', ['hss1', 'hss2']],
    ['carol', undefined],
  ])('knows where the private identity %s is', (identity, hosts) => {
    expect(index.byPrivate(identity)).toEqual(hosts);
  });
});
