/** Subscribers of a PyHSS database: the tables auc, subscriber and ims_subscriber, as its API lists them or SQL writes them as CSV. */
import { type ForeignRow, identityLine, numberOf, placedRow, textOf } from './foreign-row.js';
import type { Problem } from './problem.js';
import type { PlacedLine } from './subscriber-csv.js';

/** Tables by the column that only they have. */
const tables = {
  ki: 'auc',
  ims_subscriber_id: 'ims_subscriber',
  ifc_path: 'ims_subscriber',
  auc_id: 'subscriber',
} as const;

type Table = (typeof tables)[keyof typeof tables];

export function pyhssTable(values: ForeignRow['values']): Table | undefined {
  const column = Object.keys(tables).find((each) => Object.hasOwn(values, each));
  return column === undefined ? undefined : tables[column as keyof typeof tables];
}

/** Gathers the rows of all tables, since one subscriber stands in three of them. */
export class PyhssTables {
  readonly #rows: Readonly<Record<Table, ForeignRow[]>> = { auc: [], subscriber: [], ims_subscriber: [] };

  add(row: ForeignRow, table: Table): void {
    this.#rows[table].push(row);
  }

  /** Those of ims_subscriber where there is that table, else those of subscriber, else those of auc. */
  *lines(home: string): Generator<PlacedLine | readonly Problem[]> {
    const { auc, subscriber, ims_subscriber: ims } = this.#rows;
    const cards = indexed(auc, 'auc_id');
    const byImsi = indexed(auc, 'imsi');
    const subscribers = indexed(subscriber, 'imsi');
    const leading = ims.length > 0 ? ims : subscriber.length > 0 ? subscriber : auc;
    for (const row of leading) {
      const imsi = textOf(row.values.imsi);
      const packet = imsi === undefined ? undefined : subscribers.get(imsi);
      const card = cardOf(imsi, packet ?? row, cards, byImsi);
      yield card === undefined ? [withoutCard(row, imsi)] : lineOf(row, imsi, packet, card, home);
    }
  }
}

function indexed(rows: readonly ForeignRow[], column: string): ReadonlyMap<string, ForeignRow> {
  return new Map(
    rows.flatMap((row) => {
      const key = textOf(row.values[column]);
      return key === undefined ? [] : [[key, row] as const];
    }),
  );
}

function cardOf(
  imsi: string | undefined,
  { values }: ForeignRow,
  byNumber: ReadonlyMap<string, ForeignRow>,
  byImsi: ReadonlyMap<string, ForeignRow>,
): ForeignRow | undefined {
  const number = textOf(values.auc_id);
  return (
    (number === undefined ? undefined : byNumber.get(number)) ?? (imsi === undefined ? undefined : byImsi.get(imsi))
  );
}

function withoutCard({ place }: ForeignRow, imsi: string | undefined): Problem {
  const mend = 'give the export of the table auc too';
  return { where: place.where(['imsi']), key: 'imsi', what: `no row of auc has the keys of '${imsi ?? ''}'`, mend };
}

function lineOf(
  row: ForeignRow,
  imsi: string | undefined,
  packet: ForeignRow | undefined,
  card: ForeignRow,
  home: string,
): PlacedLine | readonly Problem[] {
  const { ki, opc, amf, sqn } = card.values;
  const first = row.values.msisdn ?? packet?.values.msisdn;
  const numbers = [first, ...listOf(row.values.msisdn_list)].flatMap((each) => numberOf(each) ?? []);
  const line = {
    imsi,
    k: textOf(ki),
    opc: textOf(opc),
    amf: textOf(amf),
    sqn: textOf(sqn),
    ...identityLine(imsi, [...new Set(numbers)], home),
    // Its owner has switched it off, and keeps it.
    'may-register': isOff((packet ?? row).values.enabled) ? false : undefined,
  };
  const msisdn = { row: row.values.msisdn === undefined && packet !== undefined ? packet : row, path: ['msisdn'] };
  return placedRow(line, row, {
    k: { row: card, path: ['ki'] },
    opc: { row: card, path: ['opc'] },
    amf: { row: card, path: ['amf'] },
    sqn: { row: card, path: ['sqn'] },
    msisdn,
    identities: msisdn,
  });
}

/** As JSON and the databases' own exports write it. */
function isOff(enabled: unknown): boolean {
  return enabled === false || ['0', 'false', 'f'].includes(textOf(enabled)?.toLowerCase() ?? '');
}

/** An array, or its parts with commas between them. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return (
    textOf(value)
      ?.replace(/[[\]"']/g, '')
      .split(',') ?? []
  );
}
