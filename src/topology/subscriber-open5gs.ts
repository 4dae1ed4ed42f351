/** Subscribers of an Open5GS database, as `mongoexport --collection=subscribers` writes them. */
import { type ForeignRow, identityLine, numberOf, placedRow, textOf } from './foreign-row.js';
import type { Problem } from './problem.js';
import type { PlacedLine } from './subscriber-csv.js';

interface Security {
  readonly k?: unknown;
  readonly op?: unknown;
  readonly opc?: unknown;
  readonly amf?: unknown;
  readonly sqn?: unknown;
}

/** Where a line's keys come from. */
const paths = {
  k: ['security', 'k'],
  op: ['security', 'op'],
  opc: ['security', 'opc'],
  amf: ['security', 'amf'],
  sqn: ['security', 'sqn'],
  msisdn: ['msisdn'],
  identities: ['msisdn'],
} as const;

export function isOpen5gs({ security, imsi }: ForeignRow['values']): boolean {
  return typeof security === 'object' && security !== null && imsi !== undefined;
}

export function open5gsLine(row: ForeignRow, home: string): PlacedLine | readonly Problem[] {
  const { values } = row;
  const { k, op, opc, amf, sqn } = values.security as Security;
  const imsi = textOf(values.imsi);
  const numbers = (Array.isArray(values.msisdn) ? (values.msisdn as unknown[]) : [values.msisdn]).flatMap(
    (each) => numberOf(each) ?? [],
  );
  const line = {
    imsi,
    k: octetsOf(k),
    // The database has both keys, one of them null.
    ...(octetsOf(opc) === undefined ? { op: octetsOf(op) } : { opc: octetsOf(opc) }),
    amf: octetsOf(amf),
    sqn: wholeNumber(sqn),
    ...identityLine(imsi, numbers, home),
  };
  const names = Object.entries(paths).map(([key, path]) => [key, { row, path }] as const);
  return placedRow(line, row, Object.fromEntries(names));
}

/** The web interface writes groups of digits. */
function octetsOf(value: unknown): string | undefined {
  return textOf(value)?.replace(/\s+/g, '');
}

/** Extended JSON has long numbers as `{"$numberLong": "97"}`. */
function wholeNumber(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const { $numberLong, low, high } = value as { $numberLong?: unknown; low?: unknown; high?: unknown };
  if (typeof low === 'number' && typeof high === 'number') return String((BigInt(high) << 32n) + BigInt(low >>> 0));
  return $numberLong ?? value;
}
