import type { ServerRequest } from '../../sip/index.js';
import { refuseNotify } from './event-headers.js';
import { type RegEventParty, RegistrationWatcher, type WatcherOptions, watcherKeyOf } from './registration-watcher.js';

/** The watchers of a node that has many, found by the NOTIFY that is for them. */
export class RegistrationWatchers {
  readonly #party: RegEventParty;
  readonly #byKey = new Map<string, RegistrationWatcher>();

  constructor(party: RegEventParty) {
    this.#party = party;
  }

  /** Those that are not over. */
  get count(): number {
    return this.#byKey.size;
  }

  /** A new watcher, kept until it is over. */
  watch(options: WatcherOptions): RegistrationWatcher {
    const watcher = new RegistrationWatcher(this.#party, options, this.#forget);
    if (!watcher.isOver) this.#byKey.set(watcher.key, watcher);
    return watcher;
  }

  /** A NOTIFY; answered in any case. */
  receive(request: ServerRequest): void {
    const watcher = this.#byKey.get(watcherKeyOf(request.message));
    if (watcher?.accepts(request) === true) watcher.receive(request);
    else refuseNotify(request);
  }

  /** Whether a NOTIFY is for one of them: else it may be somebody else's. */
  accepts(request: ServerRequest): boolean {
    return this.#byKey.get(watcherKeyOf(request.message))?.accepts(request) === true;
  }

  /** Without a word to anybody. */
  stop(): void {
    for (const watcher of [...this.#byKey.values()]) watcher.stop();
  }

  readonly #forget = ({ key }: RegistrationWatcher): void => {
    this.#byKey.delete(key);
  };
}
