/**
 * What tools have changed of the subscribers of a folder: kept in the store itself until an HSS has told S-CSCFs of it, so that
 * one that does not run, or ends before they have answered, does so later. A file beside it is written when there is something new, for the one that watches it.
 */
import { type FSWatcher, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import type { Done, OwedTermination } from '../ims/hss/store.js';
import { type Change, type ChangeInWork, decodeChanges, encodeChange, withOwed } from './change-entry.js';
import { explainFailure } from './lmdb-failure.js';

/** Entries that are being told of. */
export interface EntriesInWork {
  readonly change: ChangeInWork;
  owe(terminations: readonly OwedTermination[], done: Done): void;
  settle(): void;
}

interface Entry {
  readonly key: number;
  readonly value: string;
}

export class FolderChanges {
  readonly #log: Database<string, number>;
  readonly #bell: string;
  #watcher: FSWatcher | undefined;
  #isClosed = false;
  /** Numbers of entries that are being told of. */
  readonly #taken = new Set<number>();

  constructor(folder: string, root: RootDatabase<string, string>) {
    this.#log = root.openDB<string, number>({ name: 'changes', encoding: 'string' });
    this.#bell = join(folder, 'changed');
  }

  /** Within a transaction. */
  add(change: Change): void {
    const [last = 0] = this.#log.getKeys({ reverse: true, limit: 1 });
    void this.#log.put(last + 1, encodeChange(change));
  }

  /** After it. Gives back why nobody hears it. */
  ring(): string | undefined {
    try {
      writeFileSync(this.#bell, `${process.pid}\n`);
      return undefined;
    } catch (error) {
      return `it is kept, and an HSS that runs may not take it over before its next start: ${(error as Error).message}`;
    }
  }

  /** At once what has gathered, then what comes; each once. */
  follow(listener: (entries: EntriesInWork) => void): void {
    this.ring();
    const drain = (): void => {
      const all = [...this.#log.getRange({})].map(({ key, value }) => ({ key, value }));
      const entries = all.filter(({ key }) => !this.#taken.has(key));
      if (entries.length === 0) return;
      for (const { key } of entries) this.#taken.add(key);
      listener(this.#inWork(entries, drain));
    };
    // What the file says of others' store is no reason to keep this process.
    this.#watcher = watch(this.#bell, { persistent: false }, drain);
    drain();
  }

  #inWork(entries: readonly Entry[], drain: () => void): EntriesInWork {
    const { key, value } = entries.at(-1)!;
    let text = value;
    return {
      change: decodeChanges(entries.map((entry) => entry.value)),
      owe: (terminations, done) => {
        text = withOwed(text, terminations);
        this.#log.put(key, text).then(
          () => done(),
          (error: Error) => explainFailure(error, done),
        );
      },
      settle: () => {
        if (this.#isClosed) return;
        const removed = Promise.all(entries.map((entry) => this.#log.remove(entry.key)));
        const forget = (): void => {
          for (const entry of entries) this.#taken.delete(entry.key);
          // Its number may have been given anew meanwhile.
          if (!this.#isClosed) drain();
        };
        // What cannot be removed is told again by the next HSS.
        void removed.then(forget, (error: Error) => explainFailure(error, () => undefined));
      },
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#watcher?.close();
  }
}
