/** Message → octets (RFC 6733 3, 4): one shared buffer, lengths patched in afterwards, one copy out. */
import type { RawAvp } from '../dictionaries/application.js';
import type { Command, CommandTypes, CompiledGrammar, Entry } from './compiled-application.js';
import { flag, headerLength } from './decode.js';

const lengthMax = 0xffffff;

/** Encoding is synchronous and does not nest, so all messages are built in one place. */
let scratch = Buffer.allocUnsafeSlow(64 * 1024);

function reserve(at: number, octets: number): void {
  if (at + octets <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * scratch.length, at + octets));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

export interface MessageIds {
  readonly hopByHop: number;
  readonly endToEnd: number;
}

export function encodeRequest<T extends CommandTypes>(
  command: Command<T>,
  ids: MessageIds,
  avps: T['sentRequest'],
): Buffer {
  const flags = flag.request | (command.definition.proxiable ? flag.proxiable : 0);
  return encode(command.code, command.application.id, flags, ids, command.request, avps);
}

/** `request`: its ids, and its flags where it has come from a peer; without them it is taken to have those of its command. */
export function encodeAnswer<T extends CommandTypes>(
  command: Command<T>,
  request: MessageIds & { readonly flags?: number },
  avps: T['sentAnswer'],
): Buffer {
  const { flags: requested = command.definition.proxiable ? flag.proxiable : 0 } = request;
  // CX-67 / RFC 6733 6.2
  const flags = requested & flag.proxiable;
  return encode(command.code, command.application.id, flags, request, command.answer, avps);
}

/** The general form. Throws a RangeError over 16 MiB and a TypeError where a mandatory AVP is missing: faults of the caller. */
export function encode(
  commandCode: number,
  applicationId: number,
  flags: number,
  ids: MessageIds,
  grammar: CompiledGrammar,
  avps: object,
): Buffer {
  const end = writeGroup(grammar, avps as Readonly<Record<string, unknown>>, headerLength);
  if (end > lengthMax) throw new RangeError(`${grammar.name} of ${end} octets is too long`);
  writeUnsigned32(0, (1 << 24) | end);
  writeUnsigned32(4, (flags << 24) | commandCode);
  writeUnsigned32(8, applicationId);
  writeUnsigned32(12, ids.hopByHop);
  writeUnsigned32(16, ids.endToEnd);
  const bytes = Buffer.allocUnsafe(end);
  scratch.copy(bytes, 0, 0, end);
  return bytes;
}

function writeUnsigned32(at: number, value: number): void {
  scratch[at] = value >>> 24;
  scratch[at + 1] = value >>> 16;
  scratch[at + 2] = value >>> 8;
  scratch[at + 3] = value;
}

function writeGroup(grammar: CompiledGrammar, avps: Readonly<Record<string, unknown>>, start: number): number {
  let at = start;
  for (const entry of grammar.entries) {
    const value = avps[entry.name];
    if (value === undefined) {
      if (entry.required) throw new TypeError(`${entry.name} is mandatory in ${grammar.name}`);
    } else if (entry.many) {
      for (const one of value as readonly unknown[]) at = writeAvp(entry, one, at);
    } else {
      at = writeAvp(entry, value, at);
    }
  }
  return at;
}

function writeAvp(entry: Entry, value: unknown, at: number): number {
  const { format, grammar } = entry;
  if (format === undefined && grammar === undefined) return writeRawAvp(value as RawAvp, at);
  reserve(at, 16 + (format === undefined ? 0 : format.room(value as never)));
  const dataAt = writeAvpHeader(entry, at);
  const end =
    format === undefined
      ? writeGroup(grammar!, value as Readonly<Record<string, unknown>>, dataAt)
      : format.write(scratch, dataAt, value as never);
  return finishAvp(at, end);
}

function writeRawAvp(avp: RawAvp, at: number): number {
  reserve(at, 16 + avp.data.length);
  let dataAt = writeAvpHeader(avp, at);
  if (avp.vendorZero) {
    scratch[at + 4]! |= 0x80;
    writeUnsigned32(dataAt, 0);
    dataAt += 4;
  }
  scratch.set(avp.data, dataAt);
  return finishAvp(at, dataAt + avp.data.length);
}

function writeAvpHeader(avp: Pick<Entry, 'code' | 'vendor' | 'mandatory'>, at: number): number {
  writeUnsigned32(at, avp.code);
  scratch[at + 4] = (avp.vendor !== 0 ? 0x80 : 0) | (avp.mandatory ? 0x40 : 0);
  if (avp.vendor === 0) return at + 8;
  writeUnsigned32(at + 8, avp.vendor);
  return at + 12;
}

/** Patches the length in and pads with zeros (RFC 6733 4.1). */
function finishAvp(at: number, end: number): number {
  const length = end - at;
  scratch[at + 5] = length >>> 16;
  scratch[at + 6] = length >>> 8;
  scratch[at + 7] = length;
  let padded = end;
  if ((end & 3) !== 0) {
    reserve(end, 3);
    while ((padded & 3) !== 0) scratch[padded++] = 0;
  }
  return padded;
}

/** The same request for another peer: new Hop-by-Hop, same End-to-End, T bit as given (RFC 6733 3, 5.5.4). */
export function readdress(request: Buffer, hopByHop: number, retransmitted: boolean): Buffer {
  const copy = Buffer.from(request);
  copy.writeUInt32BE(hopByHop, 12);
  if (retransmitted) copy[4]! |= flag.retransmitted;
  return copy;
}
