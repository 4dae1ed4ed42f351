/** `${NAME}` in the files of `imslab diameter`: values, captures, and in answers what stands in the request. */

/** `${run:5}`: at least five digits. */
const REFERENCE = /\$\{([^{}:]+)(?::(\d{1,2}))?\}/g;

/** The value of a name; undefined where there is none. */
export type Lookup = (name: string) => string | undefined;

export class MissingValue extends Error {
  constructor(readonly reference: string) {
    super(`there is no value of \${${reference}}`);
  }
}

export function fillText(text: string, lookup: Lookup): string {
  if (!text.includes('${')) return text;
  return text.replace(REFERENCE, (_, name: string, width: string | undefined) => {
    const value = lookup(name.trim());
    if (value === undefined) throw new MissingValue(name.trim());
    return width === undefined ? value : value.padStart(Number(width), '0');
  });
}

/** All texts within; keys stay. Throws MissingValue. */
export function fill(written: unknown, lookup: Lookup): unknown {
  if (typeof written === 'string') return fillText(written, lookup);
  if (Array.isArray(written)) return written.map((item) => fill(item, lookup));
  if (typeof written !== 'object' || written === null) return written;
  return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, fill(value, lookup)]));
}

export type Place = readonly (string | number)[];

/** Each reference with the place of the text that has it. */
export function referencesOf(
  written: unknown,
  path: Place = [],
): readonly { readonly name: string; readonly path: Place }[] {
  if (typeof written === 'string') {
    return [...written.matchAll(REFERENCE)].map(([, name]) => ({ name: name!.trim(), path }));
  }
  if (typeof written !== 'object' || written === null) return [];
  const isList = Array.isArray(written);
  return Object.entries(written).flatMap(([key, value]) => referencesOf(value, [...path, isList ? Number(key) : key]));
}

/** What can be checked before there are values: no octets stand in place of each text that waits for one. */
export function checkable(written: unknown, isKnown: (name: string) => boolean): unknown {
  const waits = (value: unknown): boolean =>
    typeof value === 'string' && [...value.matchAll(REFERENCE)].some(([, name]) => !isKnown(name!.trim()));
  const visit = (value: unknown): unknown => {
    if (waits(value)) return { hex: '' };
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const data = entries.find(([key, one]) => ['value', 'text', 'hex'].includes(key) && waits(one));
    const kept = data === undefined ? entries : entries.filter((entry) => entry !== data);
    const visited = kept.map(([key, one]) => [key, visit(one)] as const);
    return Object.fromEntries(data === undefined ? visited : [...visited, ['hex', '']]);
  };
  return visit(written);
}
