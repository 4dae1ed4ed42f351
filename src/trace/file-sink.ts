/**
 * Appends to a file so that it is complete at any time: whole pieces are collected for one turn of the event loop at
 * most, then written at once. A process that is killed loses what happened in that turn and leaves no broken piece.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Pieces of one turn beyond this are written within it: a simulated run is one long turn. */
const COLLECTED_MAX = 65_536;
const open = new Set<FileSink>();

/** `Ctrl-C` and `process.exit` write what was collected. */
function flushAll(): void {
  for (const sink of open) sink.flush();
}

export class FileSink {
  readonly #path: string;
  readonly #descriptor: number;
  #collected: Buffer[] = [];
  /** What came after the last of the pieces. */
  #text = '';
  #collectedLength = 0;
  #scheduled = false;
  #failure: Error | undefined;

  /** Creates or empties the file. Throws the system's error where that is impossible. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'w');
    if (open.size === 0) process.on('exit', flushAll);
    open.add(this);
  }

  /** `piece` is one whole block or line; it is kept until written and must not change. */
  write(piece: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#endText();
    this.#collected.push(piece);
    this.#hasCollected(piece.length);
  }

  /** Whole lines. Many short ones are made octets of together. */
  writeText(lines: string): void {
    if (this.#failure !== undefined) return;
    this.#text += lines;
    this.#hasCollected(lines.length);
  }

  #endText(): void {
    if (this.#text === '') return;
    this.#collected.push(Buffer.from(this.#text));
    this.#text = '';
  }

  #hasCollected(length: number): void {
    this.#collectedLength += length;
    if (this.#collectedLength >= COLLECTED_MAX) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      }).unref();
    }
  }

  /** Writes what was collected. A failure (a full disk) ends the file there; `close` reports it. */
  flush(): void {
    if (this.#collectedLength === 0) return;
    this.#endText();
    const bytes = this.#collected.length === 1 ? this.#collected[0]! : Buffer.concat(this.#collected);
    this.#collected = [];
    this.#collectedLength = 0;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    } catch (error) {
      this.#failure = new Error(`cannot write ${this.#path}: ${(error as Error).message}`);
    }
  }

  /** Throws, after closing, when some of the file could not be written. A second call does nothing. */
  close(): void {
    if (!open.delete(this)) return;
    this.flush();
    closeSync(this.#descriptor);
    if (open.size === 0) process.off('exit', flushAll);
    if (this.#failure !== undefined) throw this.#failure;
  }
}
