/** Whose subscribers a command is about. */
import { MemoryStore } from '../ims/hss/memory-store.js';
import type { StoredSubscription } from '../ims/hss/store.js';
import { canonicalIdentity, canonicalPrivateIdentity, privateIdentityOf } from '../ims/identity/index.js';
import { UsageError } from '../lab/errors.js';
import { AskedStore, addressProblem, openStore, StoreError, type StoreUser, shownAddress } from '../store/index.js';
import { findTopology } from '../topology/find-file.js';
import type { HssNode, Lab } from '../topology/lab.js';
import { loadLab } from '../topology/load.js';

export interface PlaceOptions {
  readonly store?: string;
  readonly topology?: string;
  readonly hss?: string;
  readonly json?: boolean;
}

/** Whose subscribers they are, before anything is opened. */
export interface NamedPlace {
  /** As messages call it. */
  readonly name: string;
  /** The home domain, where a topology says it. */
  readonly home: string | undefined;
  /** Throws UsageError. */
  open(): Promise<AskedStore>;
}

export interface Place extends Pick<NamedPlace, 'name' | 'home'> {
  readonly store: AskedStore;
}

/** Throws UsageError and InputError. */
export async function openPlace(options: PlaceOptions, user: StoreUser): Promise<Place> {
  const { name, home, open } = findPlace(options, user);
  return { store: await open(), name, home };
}

/** Throws UsageError and InputError. */
export function findPlace(options: PlaceOptions, user: StoreUser): NamedPlace {
  const { store } = options;
  const problem = store === undefined ? undefined : addressProblem(store);
  if (problem !== undefined) throw new UsageError(`${store}: ${problem.what}; ${problem.mend}`);
  if (store !== undefined) return { name: shownAddress(store), home: undefined, open: () => opened(store, user) };
  const lab = loadLab(findTopology(options.topology ?? 'volte'));
  const hss = chosenHss(lab, options.hss);
  const { home } = lab;
  if (hss.store !== undefined) {
    const { address } = hss.store;
    return { name: shownAddress(address), home, open: () => opened(address, user) };
  }
  if (user !== 'reader') {
    throw new UsageError(
      `--topology: ${hss.name} of ${lab.file} keeps its subscribers in memory; change ${hss.subscriberFile ?? 'its file'}, give ${hss.name} a store: lmdb:FOLDER, or name one with --store`,
    );
  }
  const open = (): Promise<AskedStore> => Promise.resolve(new AskedStore(new MemoryStore(hss.subscribers, hss.ranges)));
  return { name: `${hss.name} of ${lab.file}`, home, open };
}

async function opened(address: string, user: StoreUser): Promise<AskedStore> {
  try {
    return new AskedStore(await openStore(address, user));
  } catch (error) {
    if (error instanceof StoreError) throw new UsageError(error.message);
    throw error;
  }
}

function chosenHss({ nodes, file }: Lab, name: string | undefined): HssNode {
  const all = nodes.filter((node): node is HssNode => node.role === 'hss' && !node.external);
  const [first] = all;
  if (first === undefined) throw new UsageError(`--topology: ${file} has no HSS that imslab runs; name a --store`);
  const names = all.map((node) => node.name).join(', ');
  if (name === undefined && all.length > 1) throw new UsageError(`--hss: is missing; ${file} has ${names}`);
  const found = name === undefined ? first : all.find((node) => node.name === name);
  if (found === undefined) throw new UsageError(`--hss: ${file} has no HSS '${name}'; use one of ${names}`);
  return found;
}

/** By IMSI, private or public identity. Throws UsageError where there is none. */
export async function findSubscription({ store, name, home }: Place, text: string): Promise<StoredSubscription> {
  const found = await search(store, text, home);
  if (found !== undefined) return found;
  const mend = 'give an IMSI, a private or a public identity; imslab subscribers list shows them all';
  throw new UsageError(`${text}: ${name} has no such subscriber; ${mend}`);
}

async function search(
  store: AskedStore,
  text: string,
  home: string | undefined,
): Promise<StoredSubscription | undefined> {
  const uri = canonicalIdentity(text);
  if (uri !== undefined && text.includes(':')) return store.byPublic(uri);
  if (text.startsWith('+')) return store.byPublic(`tel:${text}`);
  if (!/^\d{14,15}$/.test(text)) return store.byPrivate(canonicalPrivateIdentity(text));
  const found = home === undefined ? undefined : await store.byPrivate(privateIdentityOf(text, home));
  // Its private identity may be any: keys begin with it as a rule.
  return found ?? (await firstBehind(store, text));
}

async function firstBehind(store: AskedStore, imsi: string): Promise<StoredSubscription | undefined> {
  const [next] = await store.page({ after: imsi, limit: 1 });
  if (next?.members.some((member) => member.imsi === imsi)) return next;
  for await (const stored of store.all()) {
    if (stored.members.some((member) => member.imsi === imsi)) return stored;
  }
  return undefined;
}
