/**
 * Plain data as text and back: what JSON has, and beside it bigint, Buffer, Map, and undefined in lists. Keys that begin with `$`
 * are this encoding's own.
 */

export function encodeData(value: unknown): string {
  return JSON.stringify(tagged(value));
}

/** Throws SyntaxError for text that is no JSON. */
export function decodeData(text: string): unknown {
  return untagged(JSON.parse(text));
}

function tagged(value: unknown): unknown {
  if (typeof value === 'bigint') return { $n: String(value) };
  if (value === undefined) return { $u: 0 };
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return { $b: value.toString('hex') };
  if (value instanceof Map) return { $m: [...value].map(([key, each]) => [tagged(key), tagged(each)]) };
  if (value instanceof Set) return { $s: [...value].map(tagged) };
  if (Array.isArray(value)) return value.map(tagged);
  const object: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined) object[key] = tagged(each);
  }
  return object;
}

type Tag = '$n' | '$u' | '$b' | '$m' | '$s';

const untag: Readonly<Record<Tag, (content: never) => unknown>> = {
  $n: (content: string) => BigInt(content),
  $u: () => undefined,
  $b: (content: string) => Buffer.from(content, 'hex'),
  $m: (content: readonly (readonly [unknown, unknown])[]) =>
    new Map(content.map(([key, each]) => [untagged(key), untagged(each)])),
  $s: (content: readonly unknown[]) => new Set(content.map(untagged)),
};

function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(untagged);
  const object = value as Record<string, unknown>;
  for (const key in object) {
    // A tag stands alone.
    if (key.charCodeAt(0) === 0x24) return untag[key as Tag](object[key] as never);
    object[key] = untagged(object[key]);
  }
  return object;
}
