/** Subscribers as lines of a subscriber file, the other way round: for exports. */
import type { KeyMaterial } from '../aka/index.js';
import type {
  InitialFilterCriterion,
  ServicePoint,
  ServicePointTrigger,
  TriggerPoint,
} from '../ims/subscription/filter-criteria.js';
import type {
  AkaAuthentication,
  ImplicitSet,
  PublicIdentity,
  ServiceProfile,
  Subscriber,
  SubscriberAuthentication,
} from '../ims/subscription/subscriber.js';
import { lengthsOf } from './key-material.js';
import { sessionCases } from './services.js';

/** A line of a subscriber file, with the keys and values that it is written with. */
export type WrittenLine = Record<string, unknown>;

/** Names criteria as services: `service-1`, `service-2`, …; those of equal content have one name. */
export class ServiceNames {
  readonly #names = new Map<string, string>();
  readonly #byCriterion = new Map<InitialFilterCriterion, string>();
  readonly #blocks: Record<string, WrittenLine> = {};

  /** For `services:` of the file. */
  get blocks(): Readonly<Record<string, WrittenLine>> {
    return this.#blocks;
  }

  of(criteria: readonly InitialFilterCriterion[]): readonly string[] {
    return criteria.map((criterion) => {
      let name = this.#byCriterion.get(criterion);
      if (name === undefined) {
        const block = serviceOf(criterion);
        const text = JSON.stringify(block);
        name = this.#names.get(text);
        if (name === undefined) {
          name = `service-${this.#names.size + 1}`;
          this.#names.set(text, name);
          this.#blocks[name] = block;
        }
        this.#byCriterion.set(criterion, name);
      }
      return name;
    });
  }
}

/** @param sqn of the last vector, where there was one; else that of the data */
export function writtenLine(subscriber: Subscriber, sqn: bigint | undefined, services: ServiceNames): WrittenLine {
  const { imsi, privateIdentity, implicitSets, authentication, capabilities, visitedNetworks, charging } = subscriber;
  return withoutAbsent({
    imsi: imsi === '' ? undefined : imsi,
    'private-identity': privateIdentity,
    subscription: subscriber.subscription,
    ...setsOf(implicitSets, services),
    ...(authentication.aka && akaOf(authentication.aka, sqn)),
    authentication: authenticationOf(authentication),
    capabilities: withoutEmpty(capabilities),
    'visited-networks': visitedNetworks,
    'may-register': subscriber.mayNotRegister && false,
    'loose-route': subscriber.looseRoute,
    charging:
      charging &&
      withoutAbsent({
        ccf: charging.primaryChargingCollectionFunctionName,
        'secondary-ccf': charging.secondaryChargingCollectionFunctionName,
        ecf: charging.primaryEventChargingFunctionName,
        'secondary-ecf': charging.secondaryEventChargingFunctionName,
      }),
  });
}

function setsOf(sets: readonly ImplicitSet[], services: ServiceNames): WrittenLine {
  const [first] = sets;
  const [profile] = first?.serviceProfiles ?? [];
  if (sets.length === 1 && first!.serviceProfiles.length === 1) {
    const names = services.of(profile!.filterCriteria);
    return withoutAbsent({
      identities: profile!.publicIdentities.map(identityOf),
      services: names.length === 0 ? undefined : names,
    });
  }
  return {
    'implicit-sets': sets.map(({ serviceProfiles }) => ({
      profiles: serviceProfiles.map((each) => profileOf(each, services)),
    })),
  };
}

function profileOf({ publicIdentities, filterCriteria }: ServiceProfile, services: ServiceNames): WrittenLine {
  return { identities: publicIdentities.map(identityOf), services: services.of(filterCriteria) };
}

function identityOf({ uri, barred, kind, aliasGroup, displayName, directTo, inactive }: PublicIdentity): unknown {
  const line = withoutAbsent({
    uri,
    barred: barred || undefined,
    psi: kind === 'distinctPsi' || kind === 'wildcardedPsi' || undefined,
    'alias-group': aliasGroup,
    'display-name': displayName,
    'direct-to': directTo,
    inactive,
  });
  return Object.keys(line).length === 1 ? uri : line;
}

function akaOf(aka: AkaAuthentication, sqn: bigint | undefined): WrittenLine {
  const { material, amf, ind, indBits, sqnProfile, resWithoutZeroOctets } = aka;
  return withoutAbsent({
    ...keysOf(material),
    amf: amf.toString('hex'),
    sqn: `0x${(sqn ?? aka.sqn).toString(16)}`,
    ind,
    'ind-bits': indBits,
    'sqn-profile': sqnProfile,
    'res-without-zero-octets': resWithoutZeroOctets || undefined,
  });
}

function keysOf(material: KeyMaterial): WrittenLine {
  const { algorithm } = material;
  const k = material.k.toString('hex');
  switch (algorithm) {
    case 'milenage': {
      const { opc, constants } = material;
      const own = constants && { c: constants.c.map((each) => each.toString('hex')), r: constants.r };
      return { k, opc: opc.toString('hex'), ...own };
    }
    case 'tuak':
      return withoutAbsent({
        algorithm,
        k,
        topc: material.topc.toString('hex'),
        iterations: material.iterations,
        ...lengthsOf(material),
      });
    case 'xor':
      return { algorithm, k };
  }
}

function authenticationOf(authentication: SubscriberAuthentication): WrittenLine | undefined {
  const { scheme, digest, framedAddress, lineIdentifiers } = authentication;
  if (scheme === 'aka') return undefined;
  return withoutAbsent({
    scheme,
    ...(digest !== undefined && {
      ha1: digest.ha1,
      realm: digest.realm,
      'digest-algorithm': digest.algorithm,
      qop: digest.qop.split(','),
    }),
    'framed-address': framedAddress,
    line: lineIdentifiers,
  });
}

const caseNames = new Map(Object.entries(sessionCases).map(([name, number]) => [number, name]));

function serviceOf(criterion: InitialFilterCriterion): WrittenLine {
  const { priority, triggerPoint, applicationServer, profilePart, sharedSet, serviceTags } = criterion;
  const { serverName, defaultHandling, serviceInfo, includeRegisterRequest, includeRegisterResponse } =
    applicationServer;
  const include = [...(includeRegisterRequest ? ['request'] : []), ...(includeRegisterResponse ? ['response'] : [])];
  return withoutAbsent({
    as: serverName,
    priority,
    on: triggerPoint && conditionsOf(triggerPoint),
    form: triggerPoint?.form === 'cnf' ? 'cnf' : undefined,
    'default-handling': defaultHandling === 'terminate' ? 'terminate' : undefined,
    'service-info': serviceInfo,
    include: include.length === 0 ? undefined : include,
    while: profilePart,
    shared: sharedSet,
    dsai: serviceTags,
  });
}

/** An entry a group (CX-51). */
function conditionsOf({ triggers }: TriggerPoint): readonly WrittenLine[] {
  const groups = [...new Set(triggers.flatMap((trigger) => trigger.groups))].sort((one, other) => one - other);
  return groups.map((group) => {
    const own = triggers.filter((trigger) => trigger.groups.includes(group));
    const not = entryOf(own.filter(({ negated }) => negated));
    return { ...entryOf(own.filter(({ negated }) => !negated)), ...(Object.keys(not).length > 0 && { not }) };
  });
}

function entryOf(triggers: readonly ServicePointTrigger[]): WrittenLine {
  const entry: Record<string, unknown> = {};
  for (const { point } of triggers) Object.assign(entry, conditionOf(point, entry));
  return entry;
}

function conditionOf(point: ServicePoint, before: WrittenLine): WrittenLine {
  switch (point.kind) {
    case 'method':
      return withoutAbsent({
        method: point.method,
        registration: point.registrationTypes.length === 0 ? undefined : point.registrationTypes,
      });
    case 'requestUri':
      return { uri: point.pattern };
    case 'sipHeader':
      return { headers: { ...(before.headers as object | undefined), [point.header]: point.content ?? true } };
    case 'sessionCase':
      return { 'session-case': caseNames.get(point.sessionCase) };
    case 'sessionDescription':
      return { sdp: { ...(before.sdp as object | undefined), [point.line]: point.content ?? true } };
    case 'unknown':
      return {};
  }
}

function withoutAbsent(line: WrittenLine): WrittenLine {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined));
}

function withoutEmpty({ mandatory, optional }: Subscriber['capabilities']): WrittenLine | undefined {
  if (mandatory.length === 0 && optional.length === 0) return undefined;
  return withoutAbsent({
    mandatory: mandatory.length === 0 ? undefined : mandatory,
    optional: optional.length === 0 ? undefined : optional,
  });
}
