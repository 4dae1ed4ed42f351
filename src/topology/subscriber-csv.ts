/** CSV files of subscribers: the first row names the columns, each other one is a line of a YAML file of subscribers. */
import { suggest } from '../selection/index.js';
import { InputError, type Problem } from './problem.js';
import { displayName, formatPath, type KeyPath, type Positions, readFailure } from './source.js';
import { columnNames, columnOf, lineOf } from './subscriber-columns.js';
import { type SubscriberInput, subscriberLine } from './subscriber-schema.js';
import { cellColumn, csvRows, type TextRow, textPieces } from './text-rows.js';
import { check } from './validate.js';

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
  if (names === undefined) {
    const mend = 'begin with a row that names the columns: imsi,msisdn,k,opc';
    throw new InputError([{ where: name, key: '', what: 'the file is empty', mend }]);
  }
}

function placedLine(names: readonly string[], row: TextRow, name: string): PlacedLine | readonly Problem[] {
  const positions = new RowPositions(names, row, name);
  if (row.cells.length > names.length) {
    const what = `has ${row.cells.length} cells, and the first row ${names.length}`;
    return [positions.problem([], what, 'put a cell that has the separator in it into double quotes')];
  }
  const result = check(subscriberLine, lineOf(names, row.cells), positions);
  return 'data' in result ? { input: result.data, positions, path: [] } : result.problems;
}

function checkHeader(names: readonly string[], row: TextRow, file: string): void {
  const problems = names.flatMap((name, index): Problem[] => {
    const what = !columnNames.includes(name)
      ? ['is no column', suggest(name, columnNames)]
      : names.indexOf(name) < index
        ? ['stands twice', 'keep one of the two']
        : undefined;
    const where = `${file}:${row.line}:${cellColumn(row, index)}`;
    return what === undefined ? [] : [{ where, key: name, what: what[0]!, mend: what[1]! }];
  });
  if (problems.length > 0) throw new InputError(problems);
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
