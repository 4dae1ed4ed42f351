/** Subscriber files → what an HSS holds and what a UE's SIM holds. */
import type { Services } from '../ims/hss/profile-change.js';
import { privateIdentityOf } from '../ims/identity/index.js';
import { identitiesOf, type Subscriber } from '../ims/subscription/subscriber.js';
import { laterDigits } from './consecutive.js';
import { InputError, type Problem } from './problem.js';
import { toServices } from './services.js';
import type { KeyPath, Source } from './source.js';
import { authenticationOf } from './subscriber-authentication.js';
import { FileServices, identityProblem, implicitSetsOf } from './subscriber-identities.js';
import type { SubscriberFile, SubscriberInput } from './subscriber-schema.js';

/** What a subscriber file has. */
export interface SubscriberSet {
  readonly subscribers: readonly Subscriber[];
  readonly services: Services;
}

interface FileContext {
  readonly defaults: NonNullable<SubscriberFile['defaults']>;
  readonly services: FileServices;
  readonly home: string;
  readonly source: Source;
}

/** Throws InputError for what the schema cannot see: no key, no OP and no OPc, no identity, anything given twice. */
export function toSubscribers(file: SubscriberFile, source: Source, home: string): SubscriberSet {
  const problems: Problem[] = [];
  const seen = new Map<string, Owner>();
  const services = new FileServices(toServices(file.services ?? {}, home), source);
  const context: FileContext = { defaults: file.defaults ?? {}, services, home, source };
  const subscribers = file.subscribers.flatMap((input, index) => {
    const path = ['subscribers', index];
    const those = subscribersOf(input, context, path);
    if (!Array.isArray(those)) {
      problems.push(those as Problem);
      return [];
    }
    const problem = duplicate(those, source, path, seen);
    if (problem !== undefined) problems.push(problem);
    return those as readonly Subscriber[];
  });
  if (problems.length > 0) throw new InputError(problems);
  return { subscribers, services: services.services };
}

/** Those of one line, or the first thing that is wrong with it. */
function subscribersOf(
  input: SubscriberInput,
  { defaults, services, home, source }: FileContext,
  path: KeyPath,
): readonly Subscriber[] | Problem {
  const authentication = authenticationOf(input, defaults, home, source, path);
  if ('what' in authentication) return authentication;
  const problem = identityProblem(input, defaults.services, services, source, path);
  if (problem !== undefined) return problem;
  const capabilities = {
    mandatory: input.capabilities?.mandatory ?? [],
    optional: input.capabilities?.optional ?? [],
  };
  const charging = chargingOf(input.charging ?? defaults.charging);
  const members = membersOf(input, source, path);
  if ('what' in members) return members;
  return members.map((member): Subscriber => {
    const { imsi = '', subscription } = member;
    const privateIdentity = member['private-identity'] ?? privateIdentityOf(imsi, home);
    return {
      imsi,
      privateIdentity,
      implicitSets: implicitSetsOf(member, defaults.services, services, home),
      authentication: authentication(privateIdentity),
      capabilities,
      visitedNetworks: input['visited-networks'],
      ...(charging !== undefined && { charging }),
      ...(subscription !== undefined && { subscription }),
    };
  });
}

function chargingOf(input: SubscriberInput['charging']): Subscriber['charging'] {
  if (input === undefined) return undefined;
  const { ccf, ecf } = input;
  const secondaryCcf = input['secondary-ccf'];
  const secondaryEcf = input['secondary-ecf'];
  return {
    ...(ecf !== undefined && { primaryEventChargingFunctionName: ecf }),
    ...(secondaryEcf !== undefined && { secondaryEventChargingFunctionName: secondaryEcf }),
    ...(ccf !== undefined && { primaryChargingCollectionFunctionName: ccf }),
    ...(secondaryCcf !== undefined && { secondaryChargingCollectionFunctionName: secondaryCcf }),
  };
}

/** A line with a `count` as so many lines without. */
function membersOf(input: SubscriberInput, source: Source, path: KeyPath): readonly SubscriberInput[] | Problem {
  const { count, imsi, msisdn } = input;
  if (count === undefined) return [input];
  for (const key of ['identities', 'implicit-sets', 'private-identity', 'subscription'] as const) {
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
    const laterImsi = imsi && laterDigits(imsi, offset);
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

interface Owner {
  readonly path: KeyPath;
  readonly subscription: string | undefined;
}

/** The first identity of a line that another line has too; those of one IMS subscription may share public ones. */
function duplicate(
  subscribers: readonly Subscriber[],
  source: Source,
  path: KeyPath,
  seen: Map<string, Owner>,
): Problem | undefined {
  for (const subscriber of subscribers) {
    const { imsi, privateIdentity, subscription } = subscriber;
    const keyed = [
      ...(imsi === '' ? [] : [['imsi', imsi] as const]),
      ['private-identity', privateIdentity] as const,
      ...identitiesOf(subscriber).map(({ uri }) => ['identities', uri] as const),
    ];
    for (const [key, value] of keyed) {
      const first = seen.get(value);
      if (first === undefined || first.path === path) continue;
      if (key === 'identities' && subscription !== undefined && first.subscription === subscription) continue;
      const what = `'${value}' belongs to the subscriber at ${source.where(first.path)} already`;
      return source.problem([...path, key], what, 'give each subscriber its own');
    }
    for (const [, value] of keyed) if (!seen.has(value)) seen.set(value, { path, subscription });
  }
  return undefined;
}
