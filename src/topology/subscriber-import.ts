/** What `imslab subscribers import` reads: own files, and exports of other HSSs, told apart by what is in them. */
import type { ForeignRow } from './foreign-row.js';
import { type JsonElement, jsonElements } from './json-elements.js';
import { LeftOut } from './left-out.js';
import { InputError, type Problem } from './problem.js';
import { CsvPlace, JsonPlace } from './row-place.js';
import { displayName, readFailure, Source } from './source.js';
import { type PlacedLine, unclosedQuote } from './subscriber-csv.js';
import { openSubscriberFile } from './subscriber-file.js';
import { isOpen5gs, open5gsLine } from './subscriber-open5gs.js';
import { PyhssTables, pyhssTable } from './subscriber-pyhss.js';
import { SubscriberLines } from './subscribers.js';
import { csvRows, textPieces } from './text-rows.js';

/** A line, and what turns it into subscribers. */
export interface ImportedLine {
  readonly lines: SubscriberLines;
  readonly line: PlacedLine;
}

/**
 * The lines of all files one after the other; what is wrong with one in its place. Tables of PyHSS come last, together. May be
 * called again. Throws InputError for files that cannot be read.
 *
 * @param leftOut hears of everything in exports that is not taken over
 */
export function* importedLines(
  files: readonly string[],
  home: string,
  leftOut = new LeftOut(),
): Generator<ImportedLine | readonly Problem[]> {
  const pyhss = new PyhssTables();
  const foreign = new SubscriberLines({}, Source.parse('{}', ''), home);
  for (const file of files) {
    if (isOwn(file)) {
      const { lines, read } = openSubscriberFile(file, home);
      for (const line of read()) yield 'input' in line ? { lines, line } : line;
      continue;
    }
    for (const row of foreignRows(file)) {
      const line = 'what' in row ? [row] : foreignLine(row, pyhss, home, leftOut);
      if (line !== undefined) yield 'input' in line ? { lines: foreign, line } : line;
    }
  }
  for (const line of pyhss.lines(home)) yield 'input' in line ? { lines: foreign, line } : line;
}

function isOwn(file: string): boolean {
  if (/\.ya?ml$/i.test(file)) return true;
  if (!/\.csv$/i.test(file)) return false;
  try {
    for (const { cells } of csvRows(textPieces(file))) {
      return pyhssTable(Object.fromEntries(cells.map((cell) => [cell.trim(), '']))) === undefined;
    }
    return true;
  } catch (error) {
    throw readFailure(error, displayName(file));
  }
}

/** Nothing where the row has to wait for others. */
function foreignLine(
  row: ForeignRow,
  pyhss: PyhssTables,
  home: string,
  leftOut: LeftOut,
): PlacedLine | readonly Problem[] | undefined {
  if (isOpen5gs(row.values)) {
    leftOut.note(row, 'open5gs');
    return open5gsLine(row, home);
  }
  const table = pyhssTable(row.values);
  if (table !== undefined) {
    leftOut.note(row, table);
    pyhss.add(row, table);
    return undefined;
  }
  const known = Object.keys(row.values).slice(0, 5).join(', ') || 'nothing';
  const what = `has ${known}, which is of no export that is known here`;
  const mend =
    'give auc, subscriber and ims_subscriber of PyHSS, subscribers of Open5GS, or a file of imslab (.yaml, .csv)';
  return [{ where: row.place.where(), key: '', what, mend }];
}

function* foreignRows(file: string): Generator<ForeignRow | Problem> {
  const name = displayName(file);
  try {
    yield* /\.csv$/i.test(file) ? csvObjects(file, name) : jsonObjects(file, name);
  } catch (error) {
    throw readFailure(error, name);
  }
}

function* csvObjects(file: string, name: string): Generator<ForeignRow | Problem> {
  let columns: readonly string[] | undefined;
  for (const row of csvRows(textPieces(file))) {
    const { cells } = row;
    if (columns === undefined) columns = cells.map((cell) => cell.trim());
    else {
      const values = Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
      const place = new CsvPlace(name, row, columns);
      if (row.isOpen) yield { where: place.where(), key: '', what: unclosedQuote[0], mend: unclosedQuote[1] };
      else yield { values, place };
    }
  }
}

function* jsonObjects(file: string, name: string): Generator<ForeignRow | Problem> {
  let isEmpty = true;
  for (const element of jsonElements(textPieces(file))) {
    isEmpty = false;
    const { text, line, column } = element;
    const values = parsed(text);
    if (values === undefined) {
      const what = text === '' ? 'the array has no end' : 'the object that begins here is no JSON';
      yield { where: `${name}:${line}:${column}`, key: '', what, mend: 'export it again, as a whole' };
      return;
    }
    yield* rowsIn(values, name, element);
  }
  if (isEmpty) {
    const mend = 'give JSON of PyHSS or Open5GS, or a .yaml or .csv file of imslab';
    throw new InputError([{ where: name, key: '', what: 'has no JSON object in it', mend }]);
  }
}

/** Several tables may be one object: `{"auc": [...], "ims_subscriber": [...]}`. */
function* rowsIn(values: Readonly<Record<string, unknown>>, name: string, element: JsonElement): Generator<ForeignRow> {
  const isRow = isOpen5gs(values) || pyhssTable(values) !== undefined;
  const lists = isRow ? [] : Object.entries(values).filter(([, value]) => Array.isArray(value));
  if (lists.length === 0) yield { values, place: new JsonPlace(name, element) };
  for (const [key, list] of lists) {
    for (const [index, value] of (list as unknown[]).entries()) {
      const place = new JsonPlace(name, element, [key, index]);
      yield { values: (value ?? {}) as Record<string, unknown>, place };
    }
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
