/** SIGHUP of `imslab up`: HSSs that keep their subscribers in memory read their files again, and tell S-CSCFs what is new. */
import { isDeepStrictEqual } from 'node:util';
import type { Subscriber } from '../ims/subscription/subscriber.js';
import { everySubscriber, isSameRange, type SubscriberList } from '../ims/subscription/subscriber-range.js';
import { shownAddress } from '../store/index.js';
import type { HssNode, Lab } from '../topology/lab.js';
import { InputError } from '../topology/problem.js';
import type { RunningLab } from '../topology/running-lab.js';
import { readSubscribers } from '../topology/subscriber-file.js';

export class SubscriberReload {
  /** By node, as they were read last. */
  readonly #read: Map<string, SubscriberList>;
  readonly #nodes: readonly HssNode[];

  constructor(
    private readonly lab: Lab,
    private readonly running: Pick<RunningLab, 'hss'>,
    private readonly say: (text: string) => void,
  ) {
    this.#nodes = lab.nodes.filter((node): node is HssNode => node.role === 'hss' && !node.external);
    this.#read = new Map(this.#nodes.map(({ name, subscribers, ranges }) => [name, { subscribers, ranges }]));
  }

  run(): void {
    for (const node of this.#nodes) {
      const { name, store, subscriberFile } = node;
      if (this.running.hss(name) === undefined) continue;
      if (store !== undefined)
        this.say(`${name}: imslab subscribers import changes ${shownAddress(store.address)}; SIGHUP does not`);
      else if (subscriberFile !== undefined) this.#reload(name, subscriberFile);
    }
  }

  /** A file with mistakes changes nothing. */
  #reload(name: string, file: string): void {
    try {
      const servers = this.lab.nodes.filter(({ role }) => role === 'as').map((node) => node.name);
      this.#change(name, readSubscribers(file, this.lab.home, servers));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.say(`${name} keeps the subscribers that it has:\n${error.message}`);
    }
  }

  #change(name: string, read: SubscriberList): void {
    const hss = this.running.hss(name)!;
    const old = this.#read.get(name)!;
    const after = withoutRangesOf(read, old);
    const before = new Map(withoutRangesOf(old, read).map((subscriber) => [subscriber.privateIdentity, subscriber]));
    const changed = after.filter((each) => !isDeepStrictEqual(before.get(each.privateIdentity), each));
    for (const { privateIdentity } of after) before.delete(privateIdentity);
    const gone = [...before.keys()];
    const done = (error?: string): void => {
      // What has failed is tried again with the next signal.
      if (error === undefined) this.#read.set(name, read);
      const text = `${changed.length} subscribers new or changed, ${gone.length} gone`;
      this.say(error === undefined ? `${name}: ${text}` : `${name}: ${error}`);
    };
    hss.remove(gone, (error) => (error === undefined ? hss.put(changed, done) : done(error)));
  }
}

/** All but those in ranges that both have. */
function withoutRangesOf(list: SubscriberList, other: SubscriberList): readonly Subscriber[] {
  const ranges = list.ranges.filter((range) => !other.ranges.some((each) => isSameRange(range, each)));
  return [...everySubscriber({ subscribers: list.subscribers, ranges })];
}
