/** Subscriber files → what an HSS holds and what a UE's SIM holds. */
import type { Services } from '../ims/hss/profile-change.js';
import { privateIdentityOf } from '../ims/identity/index.js';
import { identitiesOf, type Subscriber } from '../ims/subscription/subscriber.js';
import { InputError, type Problem } from './problem.js';
import { toServices } from './services.js';
import type { KeyPath, Positions } from './source.js';
import { authenticationOf } from './subscriber-authentication.js';
import { FileServices, identityProblem, implicitSetsOf } from './subscriber-identities.js';
import { linesOf } from './subscriber-range.js';
import type { SubscriberFile, SubscriberInput } from './subscriber-schema.js';

/** What a subscriber file has. */
export interface SubscriberSet {
  readonly subscribers: readonly Subscriber[];
  readonly services: Services;
}

/** Collects all subscribers of some lines, none of which may have what another one has. */
export class SubscriberSetBuilder {
  readonly #subscribers: Subscriber[] = [];
  readonly #problems: Problem[] = [];
  readonly #seen = new Map<string, Owner>();

  add(lines: SubscriberLines, input: SubscriberInput, source: Positions, path: KeyPath): void {
    try {
      const those = [...lines.subscribersOf(input, source, path)];
      const problem = duplicate(those, source, path, this.#seen);
      if (problem !== undefined) this.#problems.push(problem);
      else for (const subscriber of those) this.#subscribers.push(subscriber);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.blame(error.problems);
    }
  }

  blame(problems: readonly Problem[]): void {
    this.#problems.push(...problems);
  }

  /** Throws InputError with everything that was wrong. */
  built(services: Services): SubscriberSet {
    if (this.#problems.length > 0) throw new InputError(this.#problems);
    return { subscribers: this.#subscribers, services };
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
    for (const member of linesOf(input, source, path)) {
      const { imsi = '', subscription } = member;
      const privateIdentity = member['private-identity'] ?? privateIdentityOf(imsi, this.home);
      yield {
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
    }
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

/** The first identity of a line that another line has too; those of one IMS subscription may share public ones. */
function duplicate(
  subscribers: readonly Subscriber[],
  source: Positions,
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
