/** What `imslab aka` prints: rows of a name and a value, or the same as one JSON object. */

export interface Row {
  /** Of the JSON object, in camelCase. */
  readonly key: string;
  readonly label: string;
  readonly value: string;
  readonly note?: string | undefined;
}

export function row(key: string, label: string, value: string | Buffer, note?: string): Row {
  return { key, label, value: typeof value === 'string' ? value : value.toString('hex'), note };
}

const noteWidthMax = 66;

export function printRows(rows: readonly Row[], json: boolean | undefined): void {
  if (json) {
    printJson(Object.fromEntries(rows.map(({ key, value }) => [key, value])));
    return;
  }
  for (const line of rowLines(rows)) console.log(line);
}

/** Labels in one column, notes in another unless a value is too long for that. */
export function rowLines(rows: readonly Row[]): readonly string[] {
  const labelWidth = Math.max(...rows.map(({ label }) => label.length));
  const valueWidth = Math.max(
    0,
    ...rows.filter(({ value, note }) => note && value.length <= noteWidthMax).map(({ value }) => value.length),
  );
  return rows.map(({ label, value, note }) => {
    const start = `${label.padEnd(labelWidth)}  `;
    return note === undefined ? `${start}${value}` : `${start}${value.padEnd(valueWidth)}  ${note}`;
  });
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}
