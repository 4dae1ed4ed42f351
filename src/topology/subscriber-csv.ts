/** CSV files of subscribers: the first row names the columns, each other one is a line of a YAML file of subscribers. */
import { nearestWord, suggest } from '../selection/index.js';
import { InputError, type Problem } from './problem.js';
import { displayName, formatPath, type KeyPath, type Positions, readFailure } from './source.js';
import { columnNames, columnOf, lineOf } from './subscriber-columns.js';
import { type SubscriberInput, subscriberLine } from './subscriber-schema.js';
import { cellColumn, csvRows, type TextRow, textPieces } from './text-rows.js';
import { check, shortened } from './validate.js';

/** A line, where it stands, and what it is called there. */
export interface PlacedLine {
  readonly input: SubscriberInput;
  readonly positions: Positions;
  readonly path: KeyPath;
}

/** One row after the other. Throws InputError for a file that is none; what is wrong with a row is given instead of it. */
export function* csvLines(file: string): Generator<PlacedLine | readonly Problem[]> {
  const name = displayName(file);
  let names: readonly string[] | undefined;
  try {
    for (const row of csvRows(textPieces(file))) {
      if (names === undefined) {
        names = row.cells.map((cell) => cell.trim());
        checkHeader(names, row, name);
      } else yield placedLine(names, row, name);
    }
  } catch (error) {
    throw readFailure(error, name);
  }
  if (names === undefined) throw new InputError([{ where: name, key: '', what: 'the file is empty', mend: beginning }]);
}

const beginning = 'begin with a row that names the columns: imsi,msisdn,k,opc';

/** What is wrong with a row whose last cell has no end, and the remedy. */
export const unclosedQuote = [
  'a double quote is not closed',
  'close it; one that is part of a text is written twice',
] as const;

function placedLine(names: readonly string[], row: TextRow, name: string): PlacedLine | readonly Problem[] {
  const positions = new RowPositions(names, row, name);
  if (row.isOpen) return [positions.problem([], ...unclosedQuote)];
  if (row.cells.length > names.length) {
    const what = `has ${row.cells.length} cells, and the first row ${names.length}`;
    return [positions.problem([], what, 'put a cell that has the separator in it into double quotes')];
  }
  const result = check(subscriberLine, lineOf(names, row.cells), positions);
  return 'data' in result ? { input: result.data, positions, path: [] } : result.problems;
}

/** Throws InputError. */
function checkHeader(names: readonly string[], row: TextRow, file: string): void {
  const problem = (index: number, key: string, what: string, mend: string): Problem => ({
    where: `${file}:${row.line}:${cellColumn(row, index)}`,
    key,
    what,
    mend,
  });
  if (row.isOpen) throw new InputError([problem(0, '', ...unclosedQuote)]);
  if (!names.some(isColumn)) throw new InputError([problem(0, '', 'none of the cells is a column', beginning)]);
  const seen = new Set<string>();
  const wrong = names.flatMap((name, index) => {
    const isTwice = seen.has(name);
    seen.add(name);
    return isTwice || !isColumn(name) ? [{ name, index, isTwice }] : [];
  });
  const problems = wrong.slice(0, listedMax).map(({ name, index, isTwice }, at) => {
    const what = isTwice ? 'stands twice' : 'is no column';
    const mend = isTwice ? 'keep one of the two' : remedy(name, at === 0);
    return problem(index, shortened(name), what, mend);
  });
  const more = wrong.length - problems.length;
  if (more > 0) problems.push(problem(0, '', `has ${more} more cells that are no columns`, 'mend these first'));
  if (problems.length > 0) throw new InputError(problems);
}

/** Of the columns that are none. */
const listedMax = 20;

function isColumn(name: string): boolean {
  return columnNames.includes(name);
}

/** All columns are listed once. */
function remedy(name: string, isFirst: boolean): string {
  if (isFirst) return suggest(shortened(name), columnNames);
  const nearest = nearestWord(shortened(name), columnNames);
  return nearest === undefined ? 'leave it out' : `did you mean '${nearest}'?`;
}

/** Of a row: `users.csv:17:24`, at the cell. */
class RowPositions implements Positions {
  constructor(
    private readonly names: readonly string[],
    private readonly row: TextRow,
    private readonly file: string,
  ) {}

  where(path: KeyPath): string {
    const { row } = this;
    const index = this.names.indexOf(columnOf(path) ?? '');
    return `${this.file}:${row.line}:${index < 0 ? 1 : cellColumn(row, index)}`;
  }

  problem(path: KeyPath, what: string, mend: string): Problem {
    return { where: this.where(path), key: columnOf(path) ?? formatPath(path), what, mend };
  }
}
