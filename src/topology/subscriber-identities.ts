/** What a subscriber line says of identities and services: implicit registration sets and their service profiles. */
import { criteriaOf, type Services } from '../ims/hss/profile-change.js';
import { temporaryPublicIdentity } from '../ims/identity/index.js';
import type { InitialFilterCriterion } from '../ims/subscription/filter-criteria.js';
import {
  distinctIdentity,
  type IdentityKind,
  type ImplicitSet,
  implicitSet,
  type PublicIdentity,
  type ServiceProfile,
} from '../ims/subscription/subscriber.js';
import { suggest } from '../selection/nearest-word.js';
import type { Problem } from './problem.js';
import { applicationServerUri } from './services.js';
import type { KeyPath, Positions } from './source.js';
import type { IdentityInput, SubscriberInput } from './subscriber-schema.js';

/** The file's services; subscribers with the same ones share one list of criteria. */
export class FileServices {
  readonly #lists = new Map<string, readonly InitialFilterCriterion[]>();

  constructor(
    readonly services: Services,
    private readonly source: Positions,
  ) {}

  criteria(names: readonly string[]): readonly InitialFilterCriterion[] {
    const key = names.join(' ');
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = criteriaOf(names, this.services);
      this.#lists.set(key, list);
    }
    return list;
  }

  /** A name that is none, or two criteria that want to be the same place (CX-50). */
  problem(names: readonly string[] | undefined, path: KeyPath, source = this.source): Problem | undefined {
    const taken = new Map<number, string>();
    const servers = new Map<string, string>();
    for (const [index, name] of (names ?? []).entries()) {
      const criteria = this.services.get(name);
      const at = [...path, index];
      if (criteria === undefined) {
        const known = [...this.services.keys()];
        const mend = known.length === 0 ? 'describe it under services: at the top of this file' : suggest(name, known);
        return source.problem(at, `there is no service '${name}'`, mend);
      }
      const { priority } = criteria[0]!;
      const other = taken.get(priority);
      if (other !== undefined) {
        const what = `${name} has priority ${priority}, as ${other} has`;
        return source.problem(at, what, 'give each service of a subscriber a priority of its own (CX-50)');
      }
      taken.set(priority, name);
      for (const { applicationServer, serviceTags = [] } of criteria) {
        const foreign = serviceTags.find(
          (tag) => (servers.get(tag) ?? applicationServer.serverName) !== applicationServer.serverName,
        );
        if (foreign !== undefined) {
          const what = `${name} has dsai ${foreign}, which is a service of another application server`;
          return source.problem(at, what, 'give each application server tags of its own (TS 29.328 7.6.11)');
        }
        for (const tag of serviceTags) servers.set(tag, applicationServer.serverName);
      }
    }
    return undefined;
  }
}

/** What is wrong with the identities of a line. */
export function identityProblem(
  input: SubscriberInput,
  defaultServices: readonly string[] | undefined,
  services: FileServices,
  source: Positions,
  path: KeyPath,
): Problem | undefined {
  const { identities, msisdn } = input;
  const sets = input['implicit-sets'];
  if (identities === undefined && sets === undefined && msisdn === undefined) {
    return source.problem(
      path,
      'has neither msisdn nor identities',
      'add msisdn: "+15550100001", or a list of identities',
    );
  }
  if (identities !== undefined && sets !== undefined) {
    return source.problem([...path, 'identities'], 'stands beside implicit-sets', 'write it as one of the sets', 'key');
  }
  if (identities?.every(({ barred }) => barred)) {
    return source.problem([...path, 'identities'], 'are all barred', 'leave one of them unbarred (REG-48)');
  }
  if (input.imsi === undefined) {
    const all = identities ?? sets?.flatMap((profiles) => profiles.flatMap((each) => each.identities)) ?? [];
    if (input['private-identity'] === undefined || !all.every(({ psi }) => psi)) {
      return source.problem(
        [...path, 'imsi'],
        'is missing',
        'add it; only public services (psi: true) with a private-identity go without',
      );
    }
  }
  const own =
    input.services === undefined ? undefined : services.problem(input.services, [...path, 'services'], source);
  if (own !== undefined) return own;
  const inherited =
    input.services === undefined ? services.problem(defaultServices, ['defaults', 'services']) : undefined;
  if (inherited !== undefined) return inherited;
  for (const [at, profiles] of (sets ?? []).entries()) {
    for (const [index, profile] of profiles.entries()) {
      const problem = services.problem(
        profile.services,
        [...path, 'implicit-sets', at, 'profiles', index, 'services'],
        source,
      );
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/** `input` is one subscriber's, without problems. */
export function implicitSetsOf(
  input: SubscriberInput,
  defaultServices: readonly string[] | undefined,
  services: FileServices,
  home: string,
): readonly ImplicitSet[] {
  const { imsi, msisdn, identities } = input;
  const ownServices = input.services ?? defaultServices ?? [];
  const criteria = services.criteria(ownServices);
  const sets = input['implicit-sets'];
  if (sets !== undefined) {
    return sets.flatMap((profiles) =>
      withLonePsis(
        profiles.map((profile) => ({
          publicIdentities: profile.identities.map((each) => toIdentity(each, home)),
          filterCriteria: services.criteria(profile.services ?? ownServices),
        })),
      ),
    );
  }
  if (identities !== undefined) {
    const publicIdentities = identities.map((each) => toIdentity(each, home));
    return withLonePsis([{ publicIdentities, filterCriteria: criteria }]);
  }
  // REG-01, REG-02: the temporary identity, barred, then the number in both its forms, the SIP one being the default.
  const temporary = imsi === undefined ? [] : [distinctIdentity(temporaryPublicIdentity(imsi, home), true)];
  const numbers = [distinctIdentity(`sip:${msisdn}@${home}`), distinctIdentity(`tel:${msisdn}`)];
  return [implicitSet([...temporary, ...numbers], criteria)];
}

/** TS 23.228 5.2.1a: a PSI is registered with nothing else, so that each can go by itself. */
function withLonePsis(profiles: readonly ServiceProfile[]): readonly ImplicitSet[] {
  if (!profiles.some((profile) => profile.publicIdentities.some(isPsi))) return [{ serviceProfiles: profiles }];
  const users = profiles.flatMap((profile) => {
    const publicIdentities = profile.publicIdentities.filter((each) => !isPsi(each));
    return publicIdentities.length === 0 ? [] : { ...profile, publicIdentities };
  });
  const psis = profiles.flatMap((profile) =>
    profile.publicIdentities
      .filter(isPsi)
      .map((each): ImplicitSet => ({ serviceProfiles: [{ ...profile, publicIdentities: [each] }] })),
  );
  return users.length === 0 ? psis : [{ serviceProfiles: users }, ...psis];
}

function isPsi({ kind }: PublicIdentity): boolean {
  return kind === 'distinctPsi' || kind === 'wildcardedPsi';
}

function toIdentity(input: IdentityInput, home: string): PublicIdentity {
  const { uri, barred = false, psi = false, inactive = false } = input;
  const aliasGroup = input['alias-group'];
  const displayName = input['display-name'];
  const directTo = input['direct-to'];
  return {
    uri,
    barred,
    kind: kindOf(uri, psi),
    ...(aliasGroup !== undefined && { aliasGroup }),
    ...(displayName !== undefined && { displayName }),
    ...(directTo !== undefined && { directTo: applicationServerUri(directTo, home) }),
    ...(inactive && { inactive }),
  };
}

function kindOf(uri: string, psi: boolean): IdentityKind {
  if (uri.includes('!')) return psi ? 'wildcardedPsi' : 'wildcarded';
  return psi ? 'distinctPsi' : 'distinct';
}
