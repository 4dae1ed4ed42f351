/** `imslab subscribers export`: a file that `import` and topologies read. */
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { sqnOf } from '../ims/hss/sequence-numbers.js';
import type { StoredSubscription } from '../ims/hss/store.js';
import { UsageError } from '../lab/errors.js';
import { cellsOf, columnNames } from '../topology/subscriber-columns.js';
import { ServiceNames, type WrittenLine, writtenLine } from '../topology/subscriber-lines.js';
import { csvCell } from '../topology/text-rows.js';
import { EXIT_PASSED } from './exit.js';
import { openPlace, type PlaceOptions } from './subscribers-place.js';
import { openImportProgress } from './subscribers-progress.js';
import { openTerminal } from './terminal.js';

/** Writes piece by piece. */
interface Writer {
  add(line: WrittenLine): void;
  end(services: ServiceNames): void;
}

export async function exportSubscribers(file: string, options: PlaceOptions): Promise<number> {
  const writerOf = file.endsWith('.csv') ? csvWriter : /\.ya?ml$/.test(file) ? yamlWriter : undefined;
  if (writerOf === undefined) throw new UsageError(`${file}: is no .yaml or .csv; name one of them`);
  const place = await openPlace(options, 'reader');
  const part = `${file}.part`;
  // Readable by its owner alone: it has the keys of all cards.
  const descriptor = onDisk(file, () => openSync(part, 'w', 0o600));
  const services = new ServiceNames();
  const progress = openImportProgress();
  let count = 0;
  try {
    // The whole text: a write by itself may stop short of it where the disk fills.
    const writer = writerOf((text) => onDisk(file, () => writeFileSync(descriptor, text)));
    for await (const stored of place.store.all()) {
      for (const line of linesOf(stored, services)) {
        writer.add(line);
        progress.show('exporting', ++count);
      }
    }
    writer.end(services);
    // What stood there before stands until the new one is whole.
    onDisk(file, () => renameSync(part, file));
  } finally {
    progress.end();
    closeSync(descriptor);
    rmSync(part, { force: true });
    await place.store.close();
  }
  if (options.json === true) console.log(JSON.stringify({ exported: count, file }));
  else
    openTerminal(false).line(
      `exported ${count} ${count === 1 ? 'subscriber' : 'subscribers'} of ${place.name} to ${file}`,
    );
  return EXIT_PASSED;
}

/** Does `work` with the file; throws UsageError where that is not possible, as on a full disk. */
function onDisk<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError(`${file}: cannot be written, ${(error as Error).message}; make room or name another file`);
  }
}

function linesOf({ members, state }: StoredSubscription, services: ServiceNames): readonly WrittenLine[] {
  return members.map((member) => writtenLine(member, sqnOf(state?.sqn, member.privateIdentity), services));
}

/** Services stand at the end: they are known when all subscribers are. */
function yamlWriter(write: (text: string) => void): Writer {
  let isEmpty = true;
  return {
    add: (line) => {
      if (isEmpty) write('subscribers:\n');
      isEmpty = false;
      const [first = '', ...rest] = stringify(line, { lineWidth: 0 }).trimEnd().split('\n');
      write(`${[`  - ${first}`, ...rest.map((each) => `    ${each}`)].join('\n')}\n`);
    },
    end: ({ blocks }) => {
      if (isEmpty) write('subscribers: []\n');
      if (Object.keys(blocks).length > 0) write(`services:\n${indented(stringify(blocks, { lineWidth: 0 }))}`);
    },
  };
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

/** Services have no place in it: a YAML file that names this one with `csv:` has them. */
function csvWriter(write: (text: string) => void): Writer {
  write(`${columnNames.join(',')}\n`);
  return {
    add: (line) => {
      const { services, ...rest } = line;
      const lost = services === undefined ? cellsOf(rest, columnNames) : 'services';
      if (typeof lost === 'string') {
        const who = String(line['private-identity']);
        throw new UsageError(`${who}: a row of CSV has no place for its ${lost}; export to a .yaml file`);
      }
      write(`${lost.map(csvCell).join(',')}\n`);
    },
    end: () => undefined,
  };
}
