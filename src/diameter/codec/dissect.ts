/** Messages as a person reads them, every AVP by name. Any octets are taken, none throw. */
import type { AvpDefinition, CommandDefinition, Format } from '../dictionaries/application.js';
import { vendor3gpp } from '../dictionaries/cx.dictionary.js';
import { experimentalResultCodes, resultCodes } from '../dictionaries/result-codes.js';
import { spokenApplications, spokenAvps } from '../dictionaries/spoken.js';
import { flag, headerLength, readHeader } from './decode.js';
import { foreignNames } from './foreign-names.js';
import { formats, isAddress } from './formats.js';
import { summariseDiameter } from './summary.js';
import { avpEnd, dataOffset } from './view.js';

export interface DissectedAvp {
  readonly name: string;
  readonly code: number;
  /** 0 where the V bit is clear. */
  readonly vendor: number;
  /** `VM-`, `-M-`, `V--` … */
  readonly flags: string;
  /** Text, a number, members of a group; octets that are not text as `0x…`. */
  readonly value: string | number | readonly DissectedAvp[];
  /** Of a number that has a name: an enumeration's value, a result code. */
  readonly meaning: string | undefined;
}

export interface DissectedMessage {
  /** `Multimedia-Auth-Answer`. */
  readonly name: string;
  /** `MAA 2001 SUCCESS`. */
  readonly summary: string;
  readonly length: number;
  readonly command: number;
  readonly application: { readonly id: number; readonly name: string };
  readonly request: boolean;
  readonly proxiable: boolean;
  readonly error: boolean;
  readonly retransmitted: boolean;
  readonly hopByHop: number;
  readonly endToEnd: number;
  readonly avps: readonly DissectedAvp[];
  /** Why the rest could not be read. */
  readonly fault: string | undefined;
}

const ownAvps = new Map(
  Object.entries(spokenAvps).map(([name, avp]) => [`${avp.vendor}:${avp.code}`, { name, ...avp }]),
);

/** Groups inside groups, as deep as anything real goes. */
const depthMax = 16;

interface KnownAvp {
  readonly name: string;
  readonly format: Format;
  /** Undefined where nobody knows: then it is text if it looks like it. */
  readonly isText: boolean | undefined;
  meaning(value: number): string | undefined;
}

function findAvp(vendor: number, code: number): KnownAvp | undefined {
  const key = `${vendor}:${code}`;
  const own: (AvpDefinition & { name: string }) | undefined = ownAvps.get(key);
  if (own !== undefined) {
    const meaning = (value: number) => Object.entries(own.values ?? {}).find(([, number]) => number === value)?.[0];
    return { name: own.name, format: own.format, isText: own.isText ?? false, meaning };
  }
  const foreign = foreignNames().avps.get(key);
  return foreign && { ...foreign, isText: undefined, meaning: (value) => foreign.meanings.get(value) };
}

function commandName(application: number, code: number): string {
  for (const { id, commands } of spokenApplications) {
    const found = Object.entries(commands).find(([, command]: [string, CommandDefinition]) => command.code === code);
    if (id === application && found !== undefined) return found[0];
  }
  return foreignNames().commands.get(code) ?? `Command-${code}`;
}

function applicationName(id: number): string {
  const own = spokenApplications.find((application) => application.id === id);
  return own?.name ?? foreignNames().applications.get(id) ?? 'unknown';
}

/** Every AVP of one message, by the dictionaries here and, for foreign ones, by those of the npm package `diameter`. */
export function dissect(bytes: Buffer): DissectedMessage | { readonly fault: string } {
  if (bytes.length < headerLength) return { fault: `${bytes.length} octets are less than a Diameter header` };
  const { version, length, flags, command, application, hopByHop, endToEnd } = readHeader(bytes);
  if (version !== 1) return { fault: `version ${version} is not Diameter` };
  const request = (flags & flag.request) !== 0;
  const { avps, fault } = dissectAvps(bytes, headerLength, Math.min(length, bytes.length), 0);
  const short = length > bytes.length ? `${bytes.length} octets of ${length}` : undefined;
  return {
    name: `${commandName(application, command)}-${request ? 'Request' : 'Answer'}`,
    summary: summariseDiameter(bytes).summary,
    length,
    command,
    application: { id: application, name: applicationName(application) },
    request,
    proxiable: (flags & flag.proxiable) !== 0,
    error: (flags & flag.error) !== 0,
    retransmitted: (flags & flag.retransmitted) !== 0,
    hopByHop,
    endToEnd,
    avps,
    fault: fault ?? short,
  };
}

function dissectAvps(
  bytes: Buffer,
  start: number,
  end: number,
  depth: number,
): { avps: DissectedAvp[]; fault: string | undefined } {
  const avps: DissectedAvp[] = [];
  let at = start;
  while (at < end) {
    const dataAt = end - at < 8 ? end + 1 : dataOffset(bytes, at);
    const next = end - at < 8 ? end + 1 : avpEnd(bytes, at);
    if (dataAt > end || next < dataAt || next > end) return { avps, fault: `AVP length at octet ${at} does not fit` };
    avps.push(dissectAvp(bytes, at, dataAt, next, depth));
    at = (next + 3) & ~3;
  }
  const vendor = avps.find(({ name }) => name === 'Vendor-Id')?.value;
  return { avps: vendor === vendor3gpp ? avps.map(withExperimentalMeaning) : avps, fault: undefined };
}

/** TS 29.229 6.2: the code has its 3GPP meaning only beside 3GPP's Vendor-Id. */
function withExperimentalMeaning(avp: DissectedAvp): DissectedAvp {
  if (avp.name !== 'Experimental-Result-Code') return avp;
  return { ...avp, meaning: experimentalResultCodes[avp.value as number] };
}

function dissectAvp(bytes: Buffer, at: number, dataAt: number, end: number, depth: number): DissectedAvp {
  const code = bytes.readUInt32BE(at);
  const bits = bytes[at + 4]!;
  const vendor = (bits & 0x80) !== 0 ? bytes.readUInt32BE(at + 8) : 0;
  const known = findAvp(vendor, code);
  const value = readValue(bytes, dataAt, end, known, depth);
  const name = known?.name ?? `AVP-${code}`;
  const flags = `${(bits & 0x80) !== 0 ? 'V' : '-'}${(bits & 0x40) !== 0 ? 'M' : '-'}${(bits & 0x20) !== 0 ? 'P' : '-'}`;
  const isNumber = typeof value === 'number';
  const meaning = isNumber ? (name === 'Result-Code' ? resultCodes[value] : known?.meaning(value)) : undefined;
  return { name, code, vendor, flags, value, meaning };
}

function readValue(
  bytes: Buffer,
  start: number,
  end: number,
  known: KnownAvp | undefined,
  depth: number,
): DissectedAvp['value'] {
  const format = known?.format;
  if (format === 'Grouped' && depth < depthMax) {
    const { avps, fault } = dissectAvps(bytes, start, end, depth + 1);
    if (fault === undefined) return avps;
  }
  if (format === undefined || format === 'Grouped' || format === 'OctetString') {
    return octets(bytes, start, end, known?.isText);
  }
  const { minimum, maximum, read } = formats[format];
  const isWrong = end - start < minimum || end - start > maximum;
  if (isWrong || (format === 'Address' && !isAddress(bytes, start, end))) return octets(bytes, start, end, false);
  const value = read(bytes, start, end);
  if (format === 'Time') return new Date(value as number).toISOString();
  return typeof value === 'bigint' ? String(value) : (value as string | number);
}

/** Text where all of it is printable, else hexadecimal: AKA vectors are octets, User-Data is text. */
function octets(bytes: Buffer, start: number, end: number, isText: boolean | undefined): string {
  const text = isText === false ? '' : bytes.toString('utf8', start, end);
  const isShown = isText !== false && !/[^\t\n\r\P{C}]|\ufffd/u.test(text);
  return isShown ? text : `0x${bytes.toString('hex', start, end)}`;
}
