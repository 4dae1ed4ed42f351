/** Subscriber files → what an HSS holds and what a UE's SIM holds. */
import { computeOpc, defaultCxInd } from '../aka/index.js';
import { privateIdentityOf, temporaryPublicIdentity } from '../ims/identity/index.js';
import type { PublicIdentity, Subscriber } from '../ims/subscription/subscriber.js';
import { InputError, type Problem } from './problem.js';
import type { SubscriberFile, SubscriberInput } from './profile-schema.js';
import type { KeyPath, Source } from './source.js';

/** Throws InputError for what the schema cannot see: no OP and no OPc, no identity, anything given twice. */
export function toSubscribers(file: SubscriberFile, source: Source, home: string): readonly Subscriber[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  const subscribers = file.subscribers.flatMap((input, index) => {
    const path = ['subscribers', index];
    const subscriber = toSubscriber(input, file.defaults ?? {}, home, source, path);
    if (!('authentication' in subscriber)) {
      problems.push(subscriber);
      return [];
    }
    problems.push(...duplicates(subscriber, source, path, seen));
    return [subscriber];
  });
  if (problems.length > 0) throw new InputError(problems);
  return subscribers;
}

function toSubscriber(
  input: SubscriberInput,
  defaults: NonNullable<SubscriberFile['defaults']>,
  home: string,
  source: Source,
  path: KeyPath,
): Subscriber | Problem {
  if (input.op !== undefined && input.opc !== undefined) {
    return source.problem([...path, 'opc'], 'stands beside an op', 'keep one of op and opc', 'key');
  }
  const opc = input.opc ?? fromOp(input.k, input.op) ?? defaults.opc ?? fromOp(input.k, defaults.op);
  if (opc === undefined)
    return source.problem(path, 'has neither op nor opc', 'add one of them: opc: with 32 hexadecimal digits');
  const identities = identitiesOf(input, home);
  if (identities === undefined) {
    return source.problem(
      path,
      'has neither msisdn nor identities',
      'add msisdn: "+15550100001", or a list of identities',
    );
  }
  if (identities.every((identity) => identity.barred)) {
    return source.problem([...path, 'identities'], 'are all barred', 'leave one of them unbarred (REG-48)');
  }
  return {
    imsi: input.imsi,
    privateIdentity: input['private-identity'] ?? privateIdentityOf(input.imsi, home),
    publicIdentities: identities,
    authentication: {
      k: input.k,
      opc,
      amf: input.amf ?? defaults.amf ?? Buffer.alloc(2),
      sqn: input.sqn ?? defaults.sqn ?? 0n,
      ind: input.ind ?? defaults.ind ?? defaultCxInd,
      resWithoutZeroOctets: input['res-without-zero-octets'] ?? false,
    },
    capabilities: { mandatory: input.capabilities?.mandatory ?? [], optional: input.capabilities?.optional ?? [] },
    visitedNetworks: input['visited-networks'],
  };
}

function fromOp(k: Buffer, op: Buffer | undefined): Buffer | undefined {
  return op === undefined ? undefined : computeOpc(k, op);
}

/** REG-01, REG-02: the temporary identity, barred, then the number in both its forms, the SIP one being the default. */
function identitiesOf(
  { imsi, msisdn, identities }: SubscriberInput,
  home: string,
): readonly PublicIdentity[] | undefined {
  if (identities !== undefined) return identities.map(({ uri, barred }) => ({ uri, barred: barred ?? false }));
  if (msisdn === undefined) return undefined;
  return [
    { uri: temporaryPublicIdentity(imsi, home), barred: true },
    { uri: `sip:${msisdn}@${home}`, barred: false },
    { uri: `tel:${msisdn}`, barred: false },
  ];
}

function duplicates(
  subscriber: Subscriber,
  source: Source,
  path: KeyPath,
  seen: Map<string, string>,
): readonly Problem[] {
  const keyed = [
    ['imsi', subscriber.imsi] as const,
    ['private-identity', subscriber.privateIdentity] as const,
    ...subscriber.publicIdentities.map(({ uri }) => ['identities', uri] as const),
  ];
  for (const [key, value] of keyed) {
    const first = seen.get(value);
    if (first !== undefined) {
      const at = [...path, key];
      return [
        source.problem(at, `'${value}' belongs to the subscriber at ${first} already`, 'give each subscriber its own'),
      ];
    }
  }
  for (const [, value] of keyed) seen.set(value, source.where(path));
  return [];
}
