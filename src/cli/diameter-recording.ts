/** The files that `imslab diameter` leaves in `--out DIR`: as `imslab run` does, of one connection or of many. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../lab/errors.js';
import { Capture, FileSink, Ladder, NodeTable, TraceCollector, TraceFile, type TraceNode } from '../trace/index.js';

export class DiameterRecording {
  readonly collector: TraceCollector;
  readonly #captureSink: FileSink;
  readonly #traceSink: FileSink;
  readonly #trace: TraceFile;
  readonly #ladder: Ladder;

  /** Throws StartError where the folder takes no files. */
  constructor(
    private readonly folder: string,
    nodes: readonly TraceNode[],
  ) {
    for (const name of ['ladder.md', 'result.json']) rmSync(join(folder, name), { force: true });
    const table = new NodeTable(nodes);
    this.#captureSink = writing(folder, () => new FileSink(join(folder, 'capture.pcapng')));
    this.#traceSink = writing(folder, () => new FileSink(join(folder, 'trace.jsonl')));
    const capture = new Capture((bytes) => this.#captureSink.write(bytes), table);
    this.#trace = new TraceFile((lines) => this.#traceSink.writeText(lines));
    this.#ladder = new Ladder(table.names);
    const listeners = [this.#trace.listener, this.#ladder.listener];
    this.collector = new TraceCollector({ nodes: table, capture, listeners });
  }

  /** Completes the files. Throws StartError where one of them could not be written. */
  close(title: string, result: unknown): void {
    writing(this.folder, () => {
      try {
        this.#trace.close();
      } finally {
        try {
          this.#traceSink.close();
        } finally {
          this.#captureSink.close();
        }
      }
      writeFileSync(join(this.folder, 'ladder.md'), this.#ladder.markdown(title, []));
      writeFileSync(join(this.folder, 'result.json'), `${JSON.stringify(result, undefined, 2)}\n`);
    });
  }
}

function writing<TResult>(folder: string, work: () => TResult): TResult {
  try {
    return work();
  } catch (error) {
    const why = (error as Error).message;
    throw new StartError(`${folder}: the files are not whole (${why}); mend that, or choose another folder`);
  }
}
