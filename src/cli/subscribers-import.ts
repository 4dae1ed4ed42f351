/** `imslab subscribers import`: everything is read and checked before the first subscriber is kept. */
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Subscriber } from '../ims/subscription/subscriber.js';
import { UsageError } from '../lab/errors.js';
import { type AskedStore, StoreFailure } from '../store/index.js';
import { LeftOut } from '../topology/left-out.js';
import { InputError, type Problem } from '../topology/problem.js';
import { RepeatedIdentities } from '../topology/repeated-identities.js';
import { domain } from '../topology/scalars.js';
import { type ImportedLine, importedLines } from '../topology/subscriber-import.js';
import { EXIT_INTERRUPTED, EXIT_PASSED } from './exit.js';
import { type Interrupt, onInterrupt } from './signals.js';
import { findPlace, type PlaceOptions } from './subscribers-place.js';
import { openImportProgress } from './subscribers-progress.js';
import { openTerminal } from './terminal.js';

export interface ImportOptions extends PlaceOptions {
  readonly home?: string;
}

/** In one transaction; what is under way stays small. */
const batchSize = 1_000;

const problemsMax = 20;

export async function importSubscribers(files: readonly string[], options: ImportOptions): Promise<number> {
  for (const file of files) refusePipe(file);
  if (options.home !== undefined && !domain.safeParse(options.home).success) {
    throw new UsageError(
      `--home: '${options.home}' is no domain name; write it like ims.mnc001.mcc001.3gppnetwork.org`,
    );
  }
  const place = findPlace(options, 'tool');
  const home = options.home ?? place.home;
  if (home === undefined) {
    throw new UsageError(
      '--home: is missing, and a store alone does not say it; give --home ims.mnc001.mcc001.3gppnetwork.org, or --topology',
    );
  }
  const progress = openImportProgress();
  const begun = Date.now();
  const leftOut = new LeftOut();
  const total = checked(files, home, leftOut, (count) => progress.show('checking', count));
  // Not before: files with mistakes leave no empty store behind.
  const store = await place.open();
  try {
    const interrupt = onInterrupt();
    const onProgress = (kept: number): void => progress.show('importing', kept, total);
    const count = await keep(store, files, { home, interrupt, onProgress }).finally(() => interrupt.forget());
    progress.end();
    const seconds = (Date.now() - begun) / 1000;
    const isWhole = count === total;
    if (options.json === true) console.log(JSON.stringify({ imported: count, of: total, store: place.name, seconds }));
    else if (isWhole)
      openTerminal(false).line(`imported ${numbered(count)} into ${place.name} in ${seconds.toFixed(1)} s`);
    else openTerminal(false).line(`${place.name} has ${count} of ${numbered(total)}; import again for the rest`);
    const remark = leftOut.sentence();
    if (remark !== undefined) openTerminal(true).line(remark);
    return isWhole ? EXIT_PASSED : EXIT_INTERRUPTED;
  } finally {
    await store.close();
  }
}

/** A file is checked as a whole, then read again. */
function refusePipe(file: string): void {
  const found = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
  if (file !== '-' && (found === undefined || found.isFile() || found.isDirectory())) return;
  throw new UsageError(
    `${file}: is no file that can be read twice; write what comes into a .yaml, .csv or .json file first`,
  );
}

function numbered(count: number): string {
  return `${count} ${count === 1 ? 'subscriber' : 'subscribers'}`;
}

/** How many there are. Throws InputError with what is wrong, the first of it where that is much. */
function checked(
  files: readonly string[],
  home: string,
  leftOut: LeftOut,
  onProgress: (count: number) => void,
): number {
  const problems: Problem[] = [];
  let more = 0;
  let count = 0;
  const blame = (those: readonly Problem[]): void => {
    for (const problem of those) {
      // What is wrong with the defaults of a file is wrong for each line.
      if (problems.some((each) => isDeepStrictEqual(each, problem))) continue;
      if (problems.length < problemsMax) problems.push(problem);
      else more++;
    }
  };
  const repeated = new RepeatedIdentities();
  for (const each of importedLines(files, home, leftOut)) {
    if (!('line' in each)) {
      blame(each);
      continue;
    }
    try {
      for (const subscriber of subscribersOf(each)) {
        repeated.note(subscriber);
        if (++count % batchSize === 0) onProgress(count);
      }
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      blame(error.problems);
    }
  }
  if (problems.length === 0 && repeated.hasSuspects) blameRepeated(files, home, repeated, blame);
  if (more > 0)
    problems.push({ where: files.join(', '), key: '', what: `has ${more} more mistakes`, mend: 'mend these first' });
  if (problems.length > 0) throw new InputError(problems);
  return count;
}

/** Of a line that has several identities of others the first one is named. */
function blameRepeated(
  files: readonly string[],
  home: string,
  repeated: RepeatedIdentities,
  blame: (problems: readonly Problem[]) => void,
): void {
  for (const each of importedLines(files, home)) {
    if (!('line' in each)) continue;
    for (const subscriber of subscribersOf(each)) {
      const problem = repeated.find(subscriber, each.line);
      if (problem === undefined) continue;
      blame([problem]);
      break;
    }
  }
}

function subscribersOf({ lines, line }: ImportedLine): Generator<Subscriber> {
  return lines.subscribersOf(line.input, line.positions, line.path);
}

interface Placed {
  readonly subscriber: Subscriber;
  readonly from: ImportedLine;
}

interface Keeping {
  readonly home: string;
  readonly interrupt: Interrupt;
  readonly onProgress: (count: number) => void;
}

/** How many are in the store at the end: an interruption ends it after a batch. */
async function keep(
  store: AskedStore,
  files: readonly string[],
  { home, interrupt, onProgress }: Keeping,
): Promise<number> {
  let count = 0;
  let batch: Placed[] = [];
  const flush = async (): Promise<void> => {
    await keepBatch(store, batch, count);
    count += batch.length;
    batch = [];
    onProgress(count);
  };
  for (const from of importedLines(files, home)) {
    if (!('line' in from)) throw new InputError(from); // the file has changed meanwhile
    for (const subscriber of subscribersOf(from)) {
      batch.push({ subscriber, from });
      if (batch.length === batchSize) await flush();
      if (interrupt.happened) return count;
    }
  }
  if (batch.length > 0) await flush();
  return count;
}

/** A batch is kept as a whole or not at all; then its subscribers are tried one by one, for the one that is at fault. */
async function keepBatch(store: AskedStore, batch: readonly Placed[], before: number): Promise<void> {
  try {
    await store.put(batch.map(({ subscriber }) => subscriber));
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    let kept = before;
    for (const { subscriber, from } of batch) {
      try {
        await store.put([subscriber]);
        kept++;
      } catch (fault) {
        const mend = `mend it and import again; ${kept === 1 ? 'the subscriber before it is' : `${kept} subscribers before it are`} in the store`;
        throw new InputError([from.line.positions.problem(from.line.path, (fault as Error).message, mend)]);
      }
    }
  }
}
