/**
 * A Diameter message, AVP by AVP. It walks the octets itself and goes on as far as they go, because it is asked about
 * messages that the codec refuses, and about applications that imslab does not speak; their names come from the npm
 * package `diameter`.
 */
import foreign from 'diameter/lib/diameter-dictionary.js';
import { formats, isAddress } from '../diameter/codec/formats.js';
import type { Format } from '../diameter/dictionaries/application.js';
import { type AvpDefinition, baseDictionary, cxDictionary, resultCodes } from '../diameter/index.js';

const HEADER_LENGTH = 20;
/** Groups within groups beyond this are shown as octets. */
const DEPTH_MAX = 16;
const OCTETS_SHOWN_MAX = 64;

interface NamedAvp extends Pick<AvpDefinition, 'values'> {
  readonly name: string;
  readonly format: Format;
}

const ownAvps: ReadonlyMap<string, NamedAvp> = new Map(
  [baseDictionary, cxDictionary].flatMap(({ avps }) =>
    Object.entries<AvpDefinition>(avps).map(([name, avp]): [string, NamedAvp] => [
      `${avp.vendor} ${avp.code}`,
      { name, ...avp },
    ]),
  ),
);

/** One line a field, AVPs of groups indented. `bytes` starts with the message's header. */
export function diameterLines(bytes: Buffer): readonly string[] {
  if (bytes.length < HEADER_LENGTH) return [`${bytes.length} octets, shorter than a Diameter header`];
  const length = bytes.readUIntBE(1, 3);
  const lines = [
    `version     ${bytes[0]}`,
    `length      ${length}${length === bytes.length ? '' : ` (${bytes.length} octets are there)`}`,
    `flags       ${flagNames(bytes[4]!, ['request', 'proxiable', 'error', 'retransmitted'])}`,
    `command     ${commandName(bytes)}`,
    `application ${applicationName(bytes.readUInt32BE(8))}`,
    `hop-by-hop  0x${bytes.readUInt32BE(12).toString(16)}`,
    `end-to-end  0x${bytes.readUInt32BE(16).toString(16)}`,
  ];
  walk(bytes, HEADER_LENGTH, Math.min(bytes.length, Math.max(length, HEADER_LENGTH)), 0, lines);
  return lines;
}

function walk(bytes: Buffer, start: number, end: number, depth: number, lines: string[]): void {
  const indent = '  '.repeat(depth);
  let at = start;
  while (at < end) {
    if (at + 8 > end) {
      lines.push(`${indent}! ${end - at} octets are left, shorter than an AVP header`);
      return;
    }
    const code = bytes.readUInt32BE(at);
    const flags = bytes[at + 4]!;
    const length = bytes.readUIntBE(at + 5, 3);
    const headerLength = (flags & 0x80) === 0 ? 8 : 12;
    if (length < headerLength || at + length > end) {
      lines.push(`${indent}! AVP ${code} has the length ${length}, ${end - at} octets are left`); // RFC 6733 7.1.5: 5014
      return;
    }
    const vendor = headerLength === 12 ? bytes.readUInt32BE(at + 8) : 0;
    const avp = ownAvps.get(`${vendor} ${code}`) ?? foreignAvp(code, vendor);
    const label = `${indent}${avp?.name ?? 'unknown AVP'} (${code}${vendor === 0 ? '' : `, vendor ${vendor}`}, ${flagNames(flags, ['V', 'M', 'P'])})`;
    const isGroup = avp?.format === 'Grouped' && depth < DEPTH_MAX;
    lines.push(isGroup ? label : `${label}: ${valueText(avp, bytes, at + headerLength, at + length)}`);
    if (isGroup) walk(bytes, at + headerLength, at + length, depth + 1, lines);
    at += (length + 3) & ~3;
  }
}

function valueText(avp: NamedAvp | undefined, bytes: Buffer, start: number, end: number): string {
  if (avp === undefined || avp.format === 'Grouped' || avp.format === 'OctetString')
    return octetsText(bytes.subarray(start, end));
  const value = readValue(avp.format, bytes, start, end);
  if (value === undefined) return `${octetsText(bytes.subarray(start, end))} ! no ${avp.format}`;
  const named = Object.entries(avp.values ?? {}).find(([, number]) => number === value)?.[0];
  const meaning = named ?? (avp.name === 'Result-Code' ? resultCodes[Number(value)] : undefined);
  const shown = avp.format === 'Time' ? new Date(Number(value)).toISOString() : String(value);
  return meaning === undefined ? shown : `${shown} ${meaning}`;
}

function readValue(format: Exclude<Format, 'Grouped'>, bytes: Buffer, start: number, end: number): unknown {
  const { minimum, maximum } = formats[format];
  const fits =
    end - start >= minimum && end - start <= maximum && (format !== 'Address' || isAddress(bytes, start, end));
  return fits ? formats[format].read(bytes, start, end) : undefined;
}

/** Text where it is printable, else hexadecimal digits. */
function octetsText(octets: Buffer): string {
  const text = octets.toString('latin1');
  if (octets.length > 0 && /^[\x20-\x7e\r\n]*$/.test(text)) return text;
  const shown = octets.subarray(0, OCTETS_SHOWN_MAX).toString('hex');
  return octets.length > OCTETS_SHOWN_MAX ? `${shown}… (${octets.length} octets)` : shown;
}

function foreignAvp(code: number, vendor: number): NamedAvp | undefined {
  const avp = foreign.getAvpByCodeAndVendorId(code, vendor);
  if (avp === undefined) return undefined;
  const known = avp.type === 'Grouped' || Object.hasOwn(formats, avp.type);
  return { name: avp.name, format: known ? (avp.type as Format) : 'OctetString' };
}

function commandName(bytes: Buffer): string {
  const code = bytes.readUIntBE(5, 3);
  const isRequest = (bytes[4]! & 0x80) !== 0;
  const own = [baseDictionary, cxDictionary]
    .flatMap(({ commands }) => Object.entries(commands))
    .find(([, command]) => command.code === code);
  if (own !== undefined) return `${code} ${own[0]} (${own[1].abbreviations[isRequest ? 0 : 1]})`;
  const name = foreign.getCommandByCode(code)?.name;
  return `${code}${name === undefined ? '' : ` ${name}`} ${isRequest ? 'request' : 'answer'}`;
}

function applicationName(id: number): string {
  const name =
    [baseDictionary, cxDictionary].find((application) => application.id === id)?.name ??
    foreign.getApplicationById(id)?.name;
  return name === undefined ? String(id) : `${id} ${name}`;
}

function flagNames(flags: number, names: readonly string[]): string {
  const set = names.filter((_, index) => (flags & (0x80 >> index)) !== 0);
  return set.length === 0 ? 'none' : set.join(' ');
}
