/** Which identity one is: REG-03, REG-82, REG-83; TS 23.003 13.5. */
import { canonicalWildcard, matchingIdentity } from '../../../src/ims/subscription/matching-identity.js';
import type { PublicIdentity } from '../../../src/ims/subscription/subscriber.js';

const of = (uri: string, kind: PublicIdentity['kind'] = 'distinct', other: object = {}): PublicIdentity => ({
  uri,
  barred: false,
  kind,
  ...other,
});

describe('matchingIdentity', () => {
  const identities = [
    of('sip:chat-!.*!@h', 'wildcardedPsi'),
    of('sip:chat-room!.!@h', 'wildcardedPsi'),
    of('sip:+1555@h', 'distinct', { aliasGroup: '1' }),
    of('sip:chat-main@h', 'distinctPsi'),
    of('tel:+1555!0[0-9]!', 'wildcarded'),
  ];

  it.each([
    ['REG-03: equal in canonical form', 'sip:+1555@H:5060;user=phone', 'sip:+1555@h'],
    ['REG-03: visual separators of a tel URI', 'tel:+1-555-(0)4', 'tel:+1555!0[0-9]!'],
    ['REG-03, REG-82: an alias in the other form is another identity', 'tel:+1555', undefined],
    ['REG-83: in the range of a wildcard', 'sip:chat-42@h', 'sip:chat-!.*!@h'],
    ['REG-83: of several wildcards the first', 'sip:chat-room1@h', 'sip:chat-!.*!@h'],
    ['REG-83: a distinct one wins over a wildcard before it', 'sip:chat-main@h', 'sip:chat-main@h'],
    ['REG-83: the expression is anchored by what stands around it', 'tel:+15550', undefined],
    ['REG-83: too long for the expression', 'tel:+1555012', undefined],
    ['REG-83: other host', 'sip:chat-42@other', undefined],
    ['nothing of the kind', 'sip:nobody@h', undefined],
    ['no URI at all', 'nobody', undefined],
  ])('%s', (_title, uri, found) => {
    expect(matchingIdentity(identities, uri)?.uri).toBe(found);
  });

  it.each([
    ['SIP:Chat-!.*!@Home.Example:5060;transport=tcp', 'sip:Chat-!.*!@home.example'],
    ['tel:+1-555!.*!', 'tel:+1555!.*!'],
    ['sip:a!b!c!d@h', 'sip:a!b!c!d@h'],
    ['sip:!(!@h', undefined],
    ['sip:nobody@h', undefined],
    ['sip:one!@h', undefined],
    ['http://!.*!/', undefined],
  ])('canonical form of %s', (text, canonical) => {
    expect(canonicalWildcard(text)).toBe(canonical);
  });
});
