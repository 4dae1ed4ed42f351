/** What an export of another HSS has beside what is taken over from it, so that a user hears of it by name. */
import type { ForeignRow } from './foreign-row.js';

/** Of PyHSS's tables and of an Open5GS document: what is taken over, and what only numbers and dates rows. */
const known: Readonly<Record<string, ReadonlySet<string>>> = {
  auc: new Set(['auc_id', 'ki', 'opc', 'amf', 'sqn', 'imsi', 'last_modified']),
  subscriber: new Set(['subscriber_id', 'auc_id', 'imsi', 'msisdn', 'enabled', 'last_modified']),
  ims_subscriber: new Set(['ims_subscriber_id', 'imsi', 'msisdn', 'msisdn_list', 'last_modified']),
  open5gs: new Set(['_id', '__v', 'schema_version', 'imsi', 'msisdn', 'security']),
  security: new Set(['k', 'op', 'opc', 'amf', 'sqn', '_id']),
};

export class LeftOut {
  readonly #names = new Set<string>();

  /** @param table of PyHSS, or `open5gs` */
  note({ values }: ForeignRow, table: string): void {
    this.#noteAll(values, table, table === 'open5gs' ? '' : `${table}.`);
    if (table === 'open5gs')
      this.#noteAll(values.security as Readonly<Record<string, unknown>>, 'security', 'security.');
  }

  /** In one plain sentence; undefined where everything was taken over. */
  sentence(): string | undefined {
    if (this.#names.size === 0) return undefined;
    const hint = this.#names.has('ims_subscriber.ifc_path')
      ? ' (the filter criteria of the templates that ifc_path names: describe them under services: of a .yaml file)'
      : '';
    return `not taken over: ${[...this.#names].join(', ')}${hint}`;
  }

  #noteAll(values: Readonly<Record<string, unknown>>, table: string, prefix: string): void {
    for (const key in values) {
      if (known[table]!.has(key) || isEmpty(values[key])) continue;
      this.#names.add(`${prefix}${key}`);
    }
  }
}

/** As databases write what nobody has filled in. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return ['', 'NULL', 'None', '\\N'].includes(value.trim());
  return Array.isArray(value) && value.length === 0;
}
