/** DSAI: which criteria S-CSCFs get where application servers have switched services off (TS 29.328 7.6.11). */
import { servedProfiles, switchedServices } from '../../../src/ims/hss/service-activation.js';
import type { InactiveService, ShState } from '../../../src/ims/hss/sh-state.js';
import { nothingOfSh } from '../../../src/ims/hss/sh-state.js';
import type { InitialFilterCriterion } from '../../../src/ims/subscription/filter-criteria.js';
import { distinctIdentity, implicitSet, type PublicIdentity } from '../../../src/ims/subscription/subscriber.js';
import { formatUserData, parseUserData } from '../../../src/ims/subscription/user-data.js';

const criterion = (priority: number, serviceTags?: readonly string[], sharedSet?: number): InitialFilterCriterion => ({
  priority,
  applicationServer: {
    serverName: 'sip:as1.ims.example',
    defaultHandling: 'continue',
    includeRegisterRequest: false,
    includeRegisterResponse: false,
  },
  ...(serviceTags !== undefined && { serviceTags }),
  ...(sharedSet !== undefined && { sharedSet }),
});
const [one, two, three] = ['sip:one@ims.example', 'sip:two@ims.example', 'sip:three@ims.example'] as const;
const off = (...inactiveServices: readonly InactiveService[]): ShState => ({ ...nothingOfSh, inactiveServices });

/** Per profile: its identities, and the priorities of its criteria. */
function served(
  identities: readonly PublicIdentity[],
  criteria: readonly InitialFilterCriterion[],
  sh: ShState | undefined,
) {
  return servedProfiles(implicitSet(identities, criteria), sh).map(({ publicIdentities, filterCriteria }) => [
    publicIdentities.map(({ uri }) => uri),
    filterCriteria.map(({ priority }) => priority),
  ]);
}

describe('SH-PUR / TS 29.328 7.6.11: services that are switched off', () => {
  const criteria = [criterion(1), criterion(2, ['a']), criterion(3, ['a', 'b'])];

  it.each<[string, ShState | undefined, readonly number[]]>([
    ['nothing is switched off', undefined, [1, 2, 3]],
    ['one that is of nobody here', off({ owner: one, tag: 'c' }), [1, 2, 3]],
    ['one tag: what has another one stays', off({ owner: one, tag: 'a' }), [1, 3]],
    ['all tags of a criterion', off({ owner: one, tag: 'a' }, { owner: one, tag: 'b' }), [1]],
  ])('%s', (_, sh, priorities) => {
    expect(served([distinctIdentity(one)], criteria, sh)).toEqual([[[one], priorities]]);
  });

  it('another identity of the profile keeps its services: the order of identities stays, and with it the default one', () => {
    const sh = off({ owner: two, tag: 'a' });
    expect(
      served(
        [one, two, three].map((uri) => distinctIdentity(uri)),
        criteria,
        sh,
      ),
    ).toEqual([
      [[one], [1, 2, 3]],
      [[two], [1, 3]],
      [[three], [1, 2, 3]],
    ]);
  });

  it('aliases are switched together', () => {
    const aliases = [one, two].map((uri) => ({ ...distinctIdentity(uri), aliasGroup: '7' }));
    expect(served(aliases, criteria, off({ owner: 'alias 7', tag: 'a' }))).toEqual([
      [
        [one, two],
        [1, 3],
      ],
    ]);
  });

  it('TS 29.228 B.2.1: of a shared set that is not whole the S-CSCF gets the criteria, not the number', () => {
    const shared = [criterion(1, ['a'], 5), criterion(2, undefined, 5), criterion(3, undefined, 6)];
    const serviceProfiles = servedProfiles(implicitSet([distinctIdentity(one)], shared), off({ owner: one, tag: 'a' }));
    const document = formatUserData({ privateIdentity: 'p', serviceProfiles, readerHasSharedSets: true });
    const [profile] = parseUserData(document)!.serviceProfiles;
    expect(profile).toMatchObject({ sharedSets: [6], filterCriteria: [{ priority: 2 }] });
  });

  it('the last word of an update counts, and what is on again is kept nowhere', () => {
    const change = (tag: string, active: boolean) => ({ tag, active });
    const before = switchedServices(undefined, one, [change('a', false), change('b', false), change('b', true)]);
    expect(before).toEqual([{ owner: one, tag: 'a' }]);
    expect(switchedServices(before, two, [change('a', true)])).toEqual(before);
    expect(switchedServices(before, one, [change('a', true)])).toEqual([]);
  });
});
