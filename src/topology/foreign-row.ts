/** A row of somebody else's export: its values, and where they stand. */
import type { Problem } from './problem.js';
import type { KeyPath, Positions } from './source.js';
import type { PlacedLine } from './subscriber-csv.js';
import { subscriberLine } from './subscriber-schema.js';
import { check } from './validate.js';

export interface ForeignRow {
  readonly values: Readonly<Record<string, unknown>>;
  /** `auc.json:12` */
  readonly where: string;
}

/** The line that follows from a row; `names` are the row's own names for keys of it. */
export function placedRow(
  line: Readonly<Record<string, unknown>>,
  where: string,
  names: Readonly<Record<string, string>>,
): PlacedLine | readonly Problem[] {
  const positions = new RowNames(where, names);
  const result = check(subscriberLine, withoutEmpty(line), positions);
  return 'data' in result ? { input: result.data, positions, path: [] } : result.problems;
}

function withoutEmpty(line: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined));
}

class RowNames implements Positions {
  constructor(
    private readonly place: string,
    private readonly names: Readonly<Record<string, string>>,
  ) {}

  where(): string {
    return this.place;
  }

  problem([first]: KeyPath, what: string, mend: string): Problem {
    const key = first === undefined ? '' : (this.names[first] ?? String(first));
    return { where: this.place, key, what, mend };
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
