/** The durable stores of a lab's HSSs: opened before the nodes start, closed after they have stopped. */
import type { Clock } from '../environment/index.js';
import type { Subscriber } from '../ims/subscription/subscriber.js';
import { everySubscriber } from '../ims/subscription/subscriber-range.js';
import { AskedStore, type DurableStore, openStore, StoreError, shownAddress } from '../store/index.js';
import type { HssNode, Lab, StorePlace } from '../topology/lab.js';
import { formatProblem } from '../topology/problem.js';
import { StartError } from './errors.js';

/** So many subscribers in one transaction. */
const batchSize = 1_000;

export class HssStores {
  readonly #open = new Map<string, DurableStore>();

  of(nodeName: string): DurableStore | undefined {
    return this.#open.get(nodeName);
  }

  /**
   * Those of the nodes that are started. The subscriber file fills a store that is empty, once: who is removed later stays away.
   * Throws StartError where one cannot be used.
   */
  async open(lab: Lab, clock: Clock, only: readonly string[] | undefined): Promise<void> {
    for (const node of hssNodesWithStore(lab)) {
      if (only !== undefined && !only.includes(node.name)) continue;
      try {
        const store = await openStore(node.store.address, 'hss', clock);
        this.#open.set(node.name, store);
        await fill(store, node);
      } catch (error) {
        throw new StartError(formatProblem(problemOf(error as Error, node.store)));
      }
    }
  }

  async close(): Promise<void> {
    const stores = [...this.#open.values()];
    this.#open.clear();
    for (const store of stores) await new Promise<void>((resolve) => store.close(resolve));
  }
}

type StoringHss = HssNode & { readonly store: StorePlace };

function hssNodesWithStore({ nodes }: Lab): readonly StoringHss[] {
  return nodes.filter((node): node is StoringHss => node.role === 'hss' && !node.external && node.store !== undefined);
}

async function fill(store: DurableStore, node: HssNode): Promise<void> {
  if (node.subscriberFile === undefined) return;
  const asked = new AskedStore(store);
  const filling = await store.filling();
  if (filling === 'done') return;
  const isEmpty = (await asked.page({ limit: 1 })).length === 0;
  if (isEmpty || filling === 'begun') {
    await store.setFilling('begun');
    await putAll(asked, everySubscriber(node));
  }
  await store.setFilling('done');
}

async function putAll(store: AskedStore, subscribers: Iterable<Subscriber>): Promise<void> {
  let batch: Subscriber[] = [];
  for (const subscriber of subscribers) {
    if (batch.push(subscriber) < batchSize) continue;
    await store.put(batch);
    batch = [];
  }
  if (batch.length > 0) await store.put(batch);
}

function problemOf(error: Error, { where, key, address }: StorePlace) {
  if (error instanceof StoreError) return { where, key, what: `${error.address} ${error.what}`, mend: error.mend };
  return { where, key, what: `${shownAddress(address)} failed, ${error.message}`, mend: 'check the store' };
}

/** What is simulated leaves nothing behind: two runs of one seed would not be the same. */
export function warnOfStores(lab: Lab, warn: (text: string) => void): void {
  for (const { name, store } of hssNodesWithStore(lab)) {
    warn(`${name} keeps its subscribers in memory in the simulated environment, not in ${shownAddress(store.address)}`);
  }
}
