/** Other values in the AVPs of a Diameter message: the lengths of the AVP, of the groups around it and of the message follow. */
import { type PathStep, parseFieldPath } from '../../selection/index.js';
import type { FieldChanges } from '../fault.js';
import {
  type Avp,
  avpNamed,
  HEADER_OCTETS,
  type KnownAvp,
  makeAvp,
  readAvps,
  withAvps,
  writeAvps,
} from './avp-tree.js';
import { avpData } from './avp-value.js';
import type { Changed } from './changed.js';

type Steps = readonly PathStep[];
type Value = string | number | null;

/** Offsets in the header (RFC 6733 3). */
const identifiers: Readonly<Record<string, number>> = { 'hop-by-hop': 12, 'end-to-end': 16 };
const ERROR = 0x20;
const experimentalPath: Steps = [
  { name: 'Experimental-Result', index: undefined },
  { name: 'Experimental-Result-Code', index: undefined },
];

/** One field after the other, in the order of `set`. */
export function changeDiameter(bytes: Buffer, set: FieldChanges): Changed {
  let changed = bytes;
  const missed: string[] = [];
  for (const [path, value] of Object.entries(set)) {
    const after = withField(changed, parseFieldPath(path, 'diameter').steps, value);
    if (after === undefined) missed.push(path);
    else changed = after;
  }
  if (changed === bytes) return { whyNot: `there is no ${missed.join(', ')} that could be so` };
  return missed.length === 0 ? changed : { bytes: changed, missed };
}

function withField(bytes: Buffer, steps: Steps, value: Value): Buffer | undefined {
  if (bytes.length < HEADER_OCTETS) return undefined;
  const { name } = steps[0]!;
  if (Object.hasOwn(identifiers, name)) return withIdentifier(bytes, identifiers[name]!, value);
  const avps = readAvps(bytes, HEADER_OCTETS, bytes.length);
  if (avps === undefined) return undefined;
  if (name === 'result') return withResult(bytes, avps, value);
  const changed = withPath(avps, steps, value);
  const written = changed && writeAvps(changed);
  return written && withAvps(bytes, written);
}

function withIdentifier(bytes: Buffer, at: number, value: Value): Buffer | undefined {
  const number = Number(value);
  if (value === null || !Number.isInteger(number) || number < 0 || number >= 2 ** 32) return undefined;
  const changed = Buffer.from(bytes);
  changed.writeUInt32BE(number, at);
  return changed;
}

/** The code of the kind that the answer has. RFC 6733 7.1.3: the E bit goes with a Result-Code of 3xxx. */
function withResult(bytes: Buffer, avps: readonly Avp[], value: Value): Buffer | undefined {
  const isExperimental = find(avps, avpNamed('Experimental-Result')!, undefined).length > 0;
  const steps = isExperimental ? experimentalPath : [{ name: 'Result-Code', index: undefined }];
  const changed = withPath(avps, steps, value);
  const written = changed && writeAvps(changed);
  if (written === undefined) return undefined;
  const after = withAvps(bytes, written);
  const isProtocolError = !isExperimental && Number(value) >= 3000 && Number(value) < 4000;
  after[4] = isProtocolError ? after[4]! | ERROR : after[4]! & ~ERROR;
  return after;
}

/** The AVPs with that one another; undefined: there is nothing to change, or the value is none of its format. */
function withPath(avps: readonly Avp[], [step, ...rest]: Steps, value: Value): readonly Avp[] | undefined {
  const known = avpNamed(step!.name);
  if (known === undefined) return undefined;
  const meant = find(avps, known, step!.index);
  return rest.length === 0 ? withLeaf(avps, known, meant, value) : withMember(avps, known, meant, rest, value);
}

function find(avps: readonly Avp[], { code, vendor }: KnownAvp, index: number | undefined): readonly Avp[] {
  const all = avps.filter((avp) => avp.code === code && avp.vendor === vendor);
  return index === undefined ? all : all.slice(index - 1, index);
}

/** Of several, one is left; where there is none, it is added at the end. */
function withLeaf(
  avps: readonly Avp[],
  known: KnownAvp,
  meant: readonly Avp[],
  value: Value,
): readonly Avp[] | undefined {
  if (value === null) return meant.length === 0 ? undefined : avps.filter((avp) => !meant.includes(avp));
  const data = avpData(known, value);
  if (data === undefined) return undefined;
  const [first] = meant;
  if (first === undefined) return [...avps, makeAvp(known, data)];
  return avps.flatMap((avp) => (avp === first ? { ...avp, data } : meant.includes(avp) ? [] : avp));
}

/** In each of the groups that are meant; a value makes the group where there is none. */
function withMember(
  avps: readonly Avp[],
  known: KnownAvp,
  meant: readonly Avp[],
  rest: Steps,
  value: Value,
): readonly Avp[] | undefined {
  if (known.format !== 'Grouped') return undefined;
  if (meant.length === 0) {
    const members = value === null ? undefined : withPath([], rest, value);
    const data = members && writeAvps(members);
    return data && [...avps, makeAvp(known, data)];
  }
  let isChanged = false;
  const changed = avps.map((avp) => {
    if (!meant.includes(avp)) return avp;
    const members = readAvps(avp.data, 0, avp.data.length);
    const after = members && withPath(members, rest, value);
    const data = after && writeAvps(after);
    isChanged ||= data !== undefined;
    return data === undefined ? avp : { ...avp, data };
  });
  return isChanged ? changed : undefined;
}

/** Where the data of the first AVP that is meant stands in the message. */
export function avpSpan(bytes: Buffer, steps: Steps): { readonly start: number; readonly end: number } | undefined {
  let start = HEADER_OCTETS;
  let end = bytes.length;
  for (const { name, index } of steps) {
    const known = avpNamed(name);
    const avps = readAvps(bytes, start, end);
    const found = known && avps && find(avps, known, index)[0];
    if (found === undefined) return undefined;
    start = found.at;
    end = found.at + found.data.length;
  }
  return { start, end };
}
