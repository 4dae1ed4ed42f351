/**
 * What tools have changed of the subscribers of a folder: kept in the store itself, so that an HSS that does not run hears of it
 * later. A file beside it is written when there is something new, for the one that watches it.
 */
import { type FSWatcher, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { type Change, decodeChanges, encodeChange } from './change-entry.js';

export class FolderChanges {
  readonly #log: Database<string, number>;
  readonly #bell: string;
  #watcher: FSWatcher | undefined;

  constructor(folder: string, root: RootDatabase<string, string>) {
    this.#log = root.openDB<string, number>({ name: 'changes', encoding: 'string' });
    this.#bell = join(folder, 'changed');
  }

  /** Within a transaction. */
  add(change: Change): void {
    const [last = 0] = this.#log.getKeys({ reverse: true, limit: 1 });
    void this.#log.put(last + 1, encodeChange(change));
  }

  /** After it. */
  ring(): void {
    writeFileSync(this.#bell, `${process.pid}\n`);
  }

  /** At once what has gathered, then what comes; each once. */
  follow(listener: (change: Change) => void): void {
    this.ring();
    const drain = (): void => {
      const entries = [...this.#log.getRange({})].map(({ key, value }) => ({ key, value }));
      if (entries.length === 0) return;
      for (const { key } of entries) void this.#log.remove(key);
      listener(decodeChanges(entries.map(({ value }) => value)));
    };
    // What the file says of others' store is no reason to keep this process.
    this.#watcher = watch(this.#bell, { persistent: false }, drain);
    drain();
  }

  close(): void {
    this.#watcher?.close();
  }
}
