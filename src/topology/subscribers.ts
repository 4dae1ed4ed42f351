/** Subscriber files → what an HSS holds and what a UE's SIM holds. */
import { defaultCxInd } from '../aka/index.js';
import { privateIdentityOf, temporaryPublicIdentity } from '../ims/identity/index.js';
import {
  distinctIdentity,
  identitiesOf,
  implicitSet,
  type PublicIdentity,
  type Subscriber,
} from '../ims/subscription/subscriber.js';
import { laterDigits } from './consecutive.js';
import { keyMaterialOf } from './key-material.js';
import { InputError, type Problem } from './problem.js';
import type { SubscriberFile, SubscriberInput } from './profile-schema.js';
import type { KeyPath, Source } from './source.js';

type Defaults = NonNullable<SubscriberFile['defaults']>;

/** Throws InputError for what the schema cannot see: no key, no OP and no OPc, no identity, anything given twice. */
export function toSubscribers(file: SubscriberFile, source: Source, home: string): readonly Subscriber[] {
  const problems: Problem[] = [];
  const seen = new Map<string, KeyPath>();
  const subscribers = file.subscribers.flatMap((input, index) => {
    const path = ['subscribers', index];
    const those = subscribersOf(input, file.defaults ?? {}, home, source, path);
    if (!Array.isArray(those)) {
      problems.push(those as Problem);
      return [];
    }
    const problem = duplicate(those, source, path, seen);
    if (problem !== undefined) problems.push(problem);
    return those as readonly Subscriber[];
  });
  if (problems.length > 0) throw new InputError(problems);
  return subscribers;
}

/** Those of one line, or the first thing that is wrong with it. */
function subscribersOf(
  input: SubscriberInput,
  defaults: Defaults,
  home: string,
  source: Source,
  path: KeyPath,
): readonly Subscriber[] | Problem {
  const authentication = authenticationOf(input, defaults, source, path);
  if ('what' in authentication) return authentication;
  if (writtenIdentities(input, home) === undefined) {
    return source.problem(
      path,
      'has neither msisdn nor identities',
      'add msisdn: "+15550100001", or a list of identities',
    );
  }
  if (input.identities?.every((identity) => identity.barred)) {
    return source.problem([...path, 'identities'], 'are all barred', 'leave one of them unbarred (REG-48)');
  }
  const capabilities = {
    mandatory: input.capabilities?.mandatory ?? [],
    optional: input.capabilities?.optional ?? [],
  };
  const members = membersOf(input, source, path);
  if ('what' in members) return members;
  return members.map((member) => ({
    imsi: member.imsi,
    privateIdentity: member['private-identity'] ?? privateIdentityOf(member.imsi, home),
    implicitSets: [implicitSet(writtenIdentities(member, home)!)],
    authentication,
    capabilities,
    visitedNetworks: input['visited-networks'],
  }));
}

function authenticationOf(
  input: SubscriberInput,
  defaults: Defaults,
  source: Source,
  path: KeyPath,
): Subscriber['authentication'] | Problem {
  const material = keyMaterialOf(input, defaults);
  if (!('algorithm' in material)) {
    const { key, what, mend, problem } = material;
    return source.problem(key === undefined ? path : [...path, key], what, mend, problem === 'unfit' ? 'key' : 'value');
  }
  return {
    material,
    amf: input.amf ?? defaults.amf ?? Buffer.alloc(2),
    sqn: input.sqn ?? defaults.sqn ?? 0n,
    ind: input.ind ?? defaults.ind ?? defaultCxInd,
    resWithoutZeroOctets: input['res-without-zero-octets'] ?? false,
  };
}

/** A line with a `count` as so many lines without. */
function membersOf(input: SubscriberInput, source: Source, path: KeyPath): readonly SubscriberInput[] | Problem {
  const { count, imsi, msisdn } = input;
  if (count === undefined) return [input];
  for (const key of ['identities', 'private-identity'] as const) {
    if (input[key] === undefined) continue;
    return source.problem(
      [...path, key],
      'stands beside a count',
      'leave it out: it follows from imsi and msisdn',
      'key',
    );
  }
  const members: SubscriberInput[] = [];
  for (let offset = 0; offset < count; offset++) {
    const laterImsi = laterDigits(imsi, offset);
    const laterNumber = msisdn && laterDigits(msisdn.slice(1), offset);
    if (laterImsi === undefined || (msisdn !== undefined && laterNumber === undefined)) {
      const [what, first] = laterImsi === undefined ? ['IMSIs', imsi] : ['numbers', msisdn];
      return source.problem(
        [...path, 'count'],
        `${count} is more than the ${what} that follow ${first}`,
        'begin with a lower one',
      );
    }
    members.push({ ...input, imsi: laterImsi, ...(laterNumber && { msisdn: `+${laterNumber}` }) });
  }
  return members;
}

/** REG-01, REG-02: the temporary identity, barred, then the number in both its forms, the SIP one being the default. */
function writtenIdentities(
  { imsi, msisdn, identities }: SubscriberInput,
  home: string,
): readonly PublicIdentity[] | undefined {
  if (identities !== undefined) return identities.map(({ uri, barred }) => distinctIdentity(uri, barred));
  if (msisdn === undefined) return undefined;
  return [
    distinctIdentity(temporaryPublicIdentity(imsi, home), true),
    distinctIdentity(`sip:${msisdn}@${home}`),
    distinctIdentity(`tel:${msisdn}`),
  ];
}

/** The first identity of a line that another line has too. */
function duplicate(
  subscribers: readonly Subscriber[],
  source: Source,
  path: KeyPath,
  seen: Map<string, KeyPath>,
): Problem | undefined {
  for (const subscriber of subscribers) {
    const { imsi, privateIdentity } = subscriber;
    const keyed = [
      ['imsi', imsi] as const,
      ['private-identity', privateIdentity] as const,
      ...identitiesOf(subscriber).map(({ uri }) => ['identities', uri] as const),
    ];
    for (const [key, value] of keyed) {
      const first = seen.get(value);
      if (first === undefined || first === path) continue;
      const what = `'${value}' belongs to the subscriber at ${source.where(first)} already`;
      return source.problem([...path, key], what, 'give each subscriber its own');
    }
    for (const [, value] of keyed) seen.set(value, path);
  }
  return undefined;
}
