/** AVPs → as a file would have them: what `parseAvps` reads back as the same octets. */
import { readAvps, type ScriptAvp } from './avp.js';
import { avpNamed, avpOf, type NamedAvp } from './dictionary.js';
import { writtenScalar } from './values.js';

export type ShownValue = string | number | { readonly [key: string]: unknown };
export type ShownAvps =
  | { readonly [name: string]: ShownValue | readonly ShownValue[] }
  | readonly { readonly [name: string]: ShownValue }[];

/** Groups inside groups; deeper ones are shown by their octets. */
const depthMax = 16;

/** A mapping where it keeps the order, else a list. */
export function showAvps(avps: readonly ScriptAvp[], depth = 0): ShownAvps {
  const shown = avps.map((avp) => showAvp(avp, depth));
  const mapping = new Map<string, ShownValue[]>();
  let last = '';
  for (const [name, value] of shown) {
    const before = mapping.get(name);
    if (before !== undefined && name !== last) return shown.map(([key, one]) => ({ [key]: one }));
    if (before === undefined) mapping.set(name, [value]);
    else before.push(value);
    last = name;
  }
  return Object.fromEntries([...mapping].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]));
}

function showAvp(avp: ScriptAvp, depth: number): [name: string, value: ShownValue] {
  const { code, vendor, mandatory, data } = avp;
  const known = avpOf(vendor, code);
  const flags = {
    ...(mandatory !== (known?.mandatory ?? false) && { mandatory }),
    ...(avp.protected && { protected: true }),
  };
  if (known === undefined) {
    return [`AVP-${code}`, { ...(vendor !== 0 && { vendor }), ...flags, hex: data.toString('hex') }];
  }
  const meant = avpNamed(known.name);
  const isMeant = meant?.code === code && meant.vendor === vendor;
  const long = { ...(!isMeant && { vendor }), ...flags };
  const { plain, block } = shownData(known, data, depth);
  if (Object.keys(long).length === 0) return [known.name, plain ?? block!];
  return [known.name, { ...long, ...(plain === undefined ? block : { value: plain }) }];
}

/** Plain, or a block with the one key that says it. */
function shownData(
  known: NamedAvp,
  data: Buffer,
  depth: number,
): { readonly plain?: ShownValue; readonly block?: { readonly [key: string]: unknown } } {
  const members = known.format === 'Grouped' && depth < depthMax ? readAvps(data) : undefined;
  if (members !== undefined) {
    const shown = showAvps(members, depth + 1);
    return Array.isArray(shown) ? { block: { avps: shown } } : { plain: shown as ShownValue };
  }
  const value = writtenScalar(known, data);
  return value === undefined ? { block: { hex: data.toString('hex') } } : { plain: value };
}
