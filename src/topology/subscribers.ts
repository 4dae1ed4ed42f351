/** Subscriber files → what an HSS holds and what a UE's SIM holds. */
import type { Services } from '../ims/hss/profile-change.js';
import { canonicalPrivateIdentity, privateIdentityOf } from '../ims/identity/index.js';
import { isWildcarded } from '../ims/subscription/matching-identity.js';
import { identitiesOf, type Subscriber } from '../ims/subscription/subscriber.js';
import type { SubscriberList } from '../ims/subscription/subscriber-range.js';
import { LineRange } from './line-range.js';
import { InputError, type Problem } from './problem.js';
import { toServices } from './services.js';
import type { KeyPath, Positions } from './source.js';
import { authenticationOf } from './subscriber-authentication.js';
import { FileServices, identityProblem, implicitSetsOf } from './subscriber-identities.js';
import { checkRange, linesOf } from './subscriber-range.js';
import type { SubscriberFile, SubscriberInput } from './subscriber-schema.js';

/** What a subscriber file has. */
export interface SubscriberSet extends SubscriberList {
  readonly services: Services;
}

/** From so many on the members of a line are made when they are asked for. */
const largeCount = 1_000;

/** Collects all subscribers of some lines, none of which may have what another one has. */
export class SubscriberSetBuilder {
  readonly #subscribers: Subscriber[] = [];
  readonly #ranges: { readonly range: LineRange; readonly where: string }[] = [];
  readonly #problems: Problem[] = [];
  readonly #blamed = new Set<string>();
  readonly #seen = new Map<string, Owner>();

  add(lines: SubscriberLines, input: SubscriberInput, source: Positions, path: KeyPath): void {
    try {
      const range = lines.rangeOf(input, source, path);
      if (range !== undefined) {
        this.#addRange(range, source, path);
        return;
      }
      const those = [...lines.subscribersOf(input, source, path)];
      const problem = duplicate(those, source, path, this.#seen) ?? this.#inRange(those, source, path);
      if (problem !== undefined) this.#problems.push(problem);
      else for (const subscriber of those) this.#subscribers.push(subscriber);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.blame(error.problems);
    }
  }

  #addRange(range: LineRange, source: Positions, path: KeyPath): void {
    const other = this.#ranges.find((each) => each.range.overlaps(range));
    const taken =
      other?.where ??
      [...this.#seen].find(
        ([value]) => range.placeOf(value) !== undefined || range.placeOfImsi(value) !== undefined,
      )?.[1].where;
    if (taken === undefined) this.#ranges.push({ range, where: source.where(path) });
    else {
      const what = `has identities that the subscriber at ${taken} has already`;
      this.#problems.push(source.problem(path, what, 'give each subscriber its own'));
    }
  }

  #inRange(subscribers: readonly Subscriber[], source: Positions, path: KeyPath): Problem | undefined {
    for (const { range, where } of this.#ranges) {
      for (const subscriber of subscribers) {
        for (const [key, value] of keyedIdentities(subscriber)) {
          if (range.placeOf(value) === undefined && range.placeOfImsi(value) === undefined) continue;
          const what = `'${value}' belongs to the subscriber at ${where} already`;
          return source.problem([...path, key], what, 'give each subscriber its own');
        }
      }
    }
    return undefined;
  }

  blame(problems: readonly Problem[]): void {
    for (const problem of problems) {
      // What is wrong with the defaults is wrong for each line.
      const key = `${problem.where} ${problem.key} ${problem.what}`;
      if (!this.#blamed.has(key)) this.#problems.push(problem);
      this.#blamed.add(key);
    }
  }

  /** Throws InputError with everything that was wrong. */
  built(services: Services): SubscriberSet {
    if (this.#problems.length > 0) throw new InputError(this.#problems);
    return { subscribers: this.#subscribers, ranges: this.#ranges.map(({ range }) => range), services };
  }
}

/** Turns lines into subscribers, with what the file says for all of them. */
export class SubscriberLines {
  readonly #defaults: NonNullable<SubscriberFile['defaults']>;
  readonly #services: FileServices;

  /** @param source of the file that has `defaults` and `services` */
  constructor(
    { defaults, services }: Pick<SubscriberFile, 'defaults' | 'services'>,
    source: Positions,
    private readonly home: string,
  ) {
    this.#defaults = defaults ?? {};
    this.#services = new FileServices(toServices(services ?? {}, home), source);
  }

  get services(): Services {
    return this.#services.services;
  }

  /** One after the other: a line may stand for millions. Throws InputError with the first thing that is wrong. */
  *subscribersOf(input: SubscriberInput, source: Positions, path: KeyPath): Generator<Subscriber> {
    const read = this.#reader(input, source, path);
    for (const line of linesOf(input, source, path)) yield read(line);
  }

  /** Of a line that stands for many; undefined for another one, and where they are not ordered or not alone. Throws as above. */
  rangeOf(input: SubscriberInput, source: Positions, path: KeyPath): LineRange | undefined {
    const { count = 1, imsi, subscription } = input;
    if (count < largeCount || imsi === undefined || subscription !== undefined) return undefined;
    if (input['private-identity']?.includes('{number}')) return undefined;
    const read = this.#reader(input, source, path);
    checkRange(input, source, path);
    const range = new LineRange(input, count, read);
    return identitiesOf(range.at(0)).some(isWildcarded) ? undefined : range;
  }

  /** For each line that the input stands for. */
  #reader(input: SubscriberInput, source: Positions, path: KeyPath): (line: SubscriberInput) => Subscriber {
    const defaults = this.#defaults;
    const services = this.#services;
    const authentication = authenticationOf(input, defaults, this.home, source, path);
    if ('what' in authentication) throw new InputError([authentication]);
    const problem = identityProblem(input, defaults.services, services, source, path);
    if (problem !== undefined) throw new InputError([problem]);
    const capabilities = {
      mandatory: input.capabilities?.mandatory ?? [],
      optional: input.capabilities?.optional ?? [],
    };
    const charging = chargingOf(input.charging ?? defaults.charging);
    return (member) => {
      const { imsi = '', subscription } = member;
      const written = member['private-identity'];
      const privateIdentity =
        written === undefined ? privateIdentityOf(imsi, this.home) : canonicalPrivateIdentity(written);
      return {
        imsi,
        privateIdentity,
        implicitSets: implicitSetsOf(member, defaults.services, services, this.home),
        authentication: authentication(privateIdentity),
        capabilities,
        visitedNetworks: input['visited-networks'],
        ...(input['may-register'] === false && { mayNotRegister: true }),
        ...(input['loose-route'] && { looseRoute: true }),
        ...(charging !== undefined && { charging }),
        ...(subscription !== undefined && { subscription }),
      };
    };
  }
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

interface Owner {
  readonly where: string;
  readonly line: KeyPath;
  readonly subscription: string | undefined;
}

/** All that nobody else may have, with the keys of the line. */
export function keyedIdentities(subscriber: Subscriber): readonly (readonly [key: string, value: string])[] {
  const { imsi, privateIdentity } = subscriber;
  return [
    ...(imsi === '' ? [] : [['imsi', imsi] as const]),
    ['private-identity', privateIdentity] as const,
    ...identitiesOf(subscriber).map(({ uri }) => ['identities', uri] as const),
  ];
}

/** The first identity of a line that another line has too; those of one IMS subscription may share public ones. */
function duplicate(
  subscribers: readonly Subscriber[],
  source: Positions,
  path: KeyPath,
  seen: Map<string, Owner>,
): Problem | undefined {
  for (const subscriber of subscribers) {
    const { subscription } = subscriber;
    const keyed = keyedIdentities(subscriber);
    for (const [key, value] of keyed) {
      const first = seen.get(value);
      if (first === undefined || first.line === path) continue;
      if (key === 'identities' && subscription !== undefined && first.subscription === subscription) continue;
      const what = `'${value}' belongs to the subscriber at ${first.where} already`;
      return source.problem([...path, key], what, 'give each subscriber its own');
    }
    const owner = { where: source.where(path), line: path, subscription };
    for (const [, value] of keyed) if (!seen.has(value)) seen.set(value, owner);
  }
  return undefined;
}
