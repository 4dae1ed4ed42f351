/** `imslab subscribers list|show` */
import { sqnOf as storedSqn } from '../ims/hss/sequence-numbers.js';
import type { SetState, StoredSubscription } from '../ims/hss/store.js';
import {
  defaultIdentity,
  type ImplicitSet,
  identitiesOf,
  identitiesOfSet,
  type Subscriber,
} from '../ims/subscription/subscriber.js';
import { EXIT_PASSED } from './exit.js';
import { findSubscription, openPlace, type PlaceOptions } from './subscribers-place.js';
import { openTerminal } from './terminal.js';

export interface ListOptions extends PlaceOptions {
  readonly registered?: boolean;
}

/** How a line is laid out. */
const widths = [15, 52, 13, 44] as const;

export async function listSubscribers(options: ListOptions): Promise<number> {
  const place = await openPlace(options, 'reader');
  const print = options.json === true ? jsonList() : textList();
  let count = 0;
  for await (const stored of place.store.all()) {
    if (options.registered === true && !isRegistered(stored)) continue;
    for (const member of stored.members) {
      print.add(summary(stored, member));
      count++;
    }
  }
  print.end();
  await place.store.close();
  if (count === 0)
    openTerminal(true).line(`${place.name} has no subscribers${options.registered ? ' registered' : ''}`);
  return EXIT_PASSED;
}

export async function showSubscriber(identity: string, options: PlaceOptions): Promise<number> {
  const place = await openPlace(options, 'reader');
  const stored = await findSubscription(place, identity);
  await place.store.close();
  const shown = stored.members.map((member) => details(stored, member));
  if (options.json === true) console.log(JSON.stringify(shown, undefined, 2));
  else for (const each of shown) printDetails(each);
  return EXIT_PASSED;
}

function isRegistered({ state }: StoredSubscription): boolean {
  return state?.sets.some((set) => set?.state === 'registered') ?? false;
}

interface Summary {
  readonly imsi: string | undefined;
  readonly privateIdentity: string;
  readonly defaultIdentity: string | undefined;
  readonly state: string;
  readonly server: string | undefined;
  /** Hexadecimal. */
  readonly sqn: string | undefined;
}

function summary(stored: StoredSubscription, member: Subscriber): Summary {
  const { imsi, privateIdentity } = member;
  const sets = stored.state?.sets ?? [];
  const known = sets.find((set) => set?.state === 'registered') ?? sets.find((set) => set !== undefined);
  return {
    imsi: imsi === '' ? undefined : imsi,
    privateIdentity,
    defaultIdentity: defaultIdentity(identitiesOf(member))?.uri ?? identitiesOf(member)[0]?.uri,
    state: known?.state ?? 'notRegistered',
    server: known?.context.server?.name,
    sqn: hexadecimal(sqnOf(stored, member)),
  };
}

function sqnOf({ state }: StoredSubscription, { privateIdentity, authentication }: Subscriber): bigint | undefined {
  return storedSqn(state?.sqn, privateIdentity) ?? authentication.aka?.sqn;
}

function hexadecimal(sqn: bigint | undefined): string | undefined {
  return sqn === undefined ? undefined : `0x${sqn.toString(16).padStart(12, '0')}`;
}

interface List {
  add(each: Summary): void;
  end(): void;
}

function textList(): List {
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  let isFirst = true;
  return {
    add: ({ imsi, privateIdentity, defaultIdentity: uri, state, server, sqn }) => {
      if (isFirst) console.log(row(['IMSI', 'default identity', 'state', 'S-CSCF', 'SQN']));
      isFirst = false;
      console.log(row([imsi ?? privateIdentity, uri ?? '', state, server ?? '-', sqn ?? '-']));
    },
    end: () => undefined,
  };
}

/** A million of them are not to be one text in memory. */
function jsonList(): List {
  let isFirst = true;
  return {
    add: (each) => {
      process.stdout.write(`${isFirst ? '[\n' : ',\n'}${JSON.stringify(each)}`);
      isFirst = false;
    },
    end: () => void process.stdout.write(isFirst ? '[]\n' : '\n]\n'),
  };
}

interface Details extends Summary {
  readonly subscription: string | undefined;
  readonly scheme: string;
  readonly algorithm: string | undefined;
  readonly sets: readonly ShownSet[];
}

interface ShownSet {
  readonly identities: readonly { readonly uri: string; readonly barred: boolean }[];
  readonly applicationServers: readonly string[];
  readonly state: string;
  readonly server: string | undefined;
}

/** Keys are not shown: `export` writes them. */
function details(stored: StoredSubscription, member: Subscriber): Details {
  const { subscription, authentication, implicitSets } = member;
  return {
    ...summary(stored, member),
    subscription,
    scheme: authentication.scheme,
    algorithm: authentication.aka?.material.algorithm,
    sets: implicitSets.map((set, index) => shownSet(set, stored.state?.sets[index])),
  };
}

function shownSet(set: ImplicitSet, state: SetState | undefined): ShownSet {
  return {
    identities: identitiesOfSet(set).map(({ uri, barred }) => ({ uri, barred })),
    applicationServers: set.serviceProfiles.flatMap(({ filterCriteria }) =>
      filterCriteria.map(({ applicationServer }) => applicationServer.serverName),
    ),
    state: state?.state ?? 'notRegistered',
    server: state?.context.server?.name,
  };
}

function printDetails({ imsi, privateIdentity, subscription, scheme, algorithm, sqn, sets }: Details): void {
  const lines: (readonly [string, string | undefined])[] = [
    ['private identity', privateIdentity],
    ['IMSI', imsi],
    ['subscription', subscription],
    ['authentication', algorithm === undefined ? scheme : `${scheme} (${algorithm})`],
    ['SQN', sqn],
  ];
  for (const [index, { identities, applicationServers, state, server }] of sets.entries()) {
    lines.push([
      sets.length === 1 ? 'implicit set' : `implicit set ${index + 1}`,
      `${state}${server === undefined ? '' : ` at ${server}`}`,
    ]);
    for (const { uri, barred } of identities) lines.push(['', barred ? `${uri} (barred)` : uri]);
    for (const uri of applicationServers) lines.push(['', `→ ${uri}`]);
  }
  for (const [name, value] of lines) if (value !== undefined) console.log(`${name.padEnd(17)} ${value}`);
}
