/** Contexts and effect params as JSON: they are plain data by rule, but may hold octets, maps and opaque handles. */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Deeper structures belong to opaque handles, not to contexts. */
const DEPTH_MAX = 8;
const ELEMENTS_MAX = 200;

/**
 * What `JSON.stringify` takes without loss of the point: octets as hex, maps as objects, sets as lists, bigints as
 * decimals, dates as ISO text. Cycles and what lies deeper than 8 become `…`; functions and undefined vanish.
 */
export function jsonValue(value: unknown): JsonValue | undefined {
  return convert(value, []);
}

function convert(value: unknown, path: readonly object[]): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : convertObject(value, path);
    default:
      return undefined;
  }
}

function convertObject(value: object, path: readonly object[]): JsonValue {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (path.length >= DEPTH_MAX || path.includes(value)) return '…';
  const inner = [...path, value];
  if (Array.isArray(value) || value instanceof Set) return list([...value], inner);
  return entries(value instanceof Map ? [...value] : Object.entries(value), inner);
}

function list(values: readonly unknown[], path: readonly object[]): JsonValue {
  const kept = values.slice(0, ELEMENTS_MAX).map((element) => convert(element, path) ?? null);
  return values.length > ELEMENTS_MAX ? [...kept, '…'] : kept;
}

function entries(pairs: readonly (readonly [unknown, unknown])[], path: readonly object[]): JsonValue {
  const kept: [string, JsonValue][] = [];
  for (const [key, element] of pairs.slice(0, ELEMENTS_MAX)) {
    const converted = convert(element, path);
    if (converted !== undefined) kept.push([String(key), converted]);
  }
  if (pairs.length > ELEMENTS_MAX) kept.push(['…', pairs.length - ELEMENTS_MAX]);
  // Not by assignment: that of `__proto__` would set no property.
  return Object.fromEntries(kept);
}
