/** A row of somebody else's export: its values, and where they stand. */
import type { Problem } from './problem.js';
import type { RowPlace } from './row-place.js';
import { formatPath, type KeyPath, type Positions } from './source.js';
import type { PlacedLine } from './subscriber-csv.js';
import { subscriberLine } from './subscriber-schema.js';
import { check } from './validate.js';

export interface ForeignRow {
  readonly values: Readonly<Record<string, unknown>>;
  readonly place: RowPlace;
}

/** What a key of a line is called in an export, and the row that has it. */
export interface ForeignName {
  readonly path: KeyPath;
  readonly row: ForeignRow;
}

/** The line that follows from a row; `names` are the export's own names for keys of it. */
export function placedRow(
  line: Readonly<Record<string, unknown>>,
  row: ForeignRow,
  names: Readonly<Record<string, ForeignName>>,
): PlacedLine | readonly Problem[] {
  const positions = new RowNames(row, names);
  const result = check(subscriberLine, withoutEmpty(line), positions);
  return 'data' in result ? { input: result.data, positions, path: [] } : result.problems;
}

function withoutEmpty(line: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined));
}

class RowNames implements Positions {
  constructor(
    private readonly row: ForeignRow,
    private readonly names: Readonly<Record<string, ForeignName>>,
  ) {}

  where([first]: KeyPath): string {
    const { row, path } = this.#named(first);
    return row.place.where(path);
  }

  problem(path: KeyPath, what: string, mend: string): Problem {
    return { where: this.where(path), key: formatPath(this.#named(path[0]).path), what, mend };
  }

  #named(key: KeyPath[number] | undefined): ForeignName {
    return (key === undefined ? undefined : this.names[key]) ?? { row: this.row, path: key === undefined ? [] : [key] };
  }
}

/** A text or number as text; empty and absent ones are nothing. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** E.164 with its plus. */
export function numberOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : `+${text.replace(/^\+/, '')}`;
}

/** Several numbers are several pairs of identities; none leaves the temporary one, which has to serve then. */
export function identityLine(imsi: string | undefined, numbers: readonly string[], home: string): object {
  const [first, ...others] = numbers;
  if (first === undefined) return imsi === undefined ? {} : { identities: [`sip:${imsi}@${home}`] };
  if (others.length === 0) return { msisdn: first };
  const temporary = imsi === undefined ? [] : [{ uri: `sip:${imsi}@${home}`, barred: true }];
  return { identities: [...temporary, ...numbers.flatMap((each) => [`sip:${each}@${home}`, `tel:${each}`])] };
}
