/**
 * Octets → message (RFC 6733 3, 4), in one pass that checks everything and builds nothing: values are read from the
 * view later. Never throws; what is wrong comes back as a DecodeError with the answer it deserves (RFC 6733 7, cx.md 6.3).
 */
import type { RawAvp } from '../dictionaries/application.js';
import type {
  Command,
  CommandTypes,
  CompiledApplication,
  CompiledGrammar,
  Entry,
  ErrorAnswerAvps,
} from './compiled-application.js';
import { isAddress } from './formats.js';
import { type AvpView, readRawAvp } from './view.js';

export const headerLength = 20;
/** Command flags (RFC 6733 3). */
export const flag = { request: 0x80, proxiable: 0x40, error: 0x20, retransmitted: 0x10 } as const;

/** Why a message cannot be taken, and what its sender is told. */
export class DecodeError {
  readonly kind = 'error';

  constructor(
    /** 3xxx go with the E bit, 5xxx without. */
    readonly resultCode: number,
    /** One plain sentence. */
    readonly reason: string,
    readonly failedAvp: RawAvp | undefined,
  ) {}
}

/** A message whose AVPs conform to `TAvps`; values are read on access. */
export class Message<TAvps extends object = object> {
  readonly kind = 'message';

  constructor(
    /** The whole message, owned by it. */
    readonly bytes: Buffer,
    readonly command: Command,
    /** The AVPs follow the generic grammar of error answers (RFC 6733 7.2), not the command's. */
    readonly generic: boolean,
    readonly avps: TAvps,
  ) {}

  get flags(): number {
    return this.bytes[4]!;
  }
  get isRequest(): boolean {
    return (this.flags & flag.request) !== 0;
  }
  get hopByHop(): number {
    return this.bytes.readUInt32BE(12);
  }
  get endToEnd(): number {
    return this.bytes.readUInt32BE(16);
  }
}

export type Request<T extends CommandTypes = CommandTypes> = Message<T['request']>;
export type Answer<T extends CommandTypes = CommandTypes> =
  | (Message<T['answer']> & { readonly generic: false })
  | (Message<ErrorAnswerAvps> & { readonly generic: true });

/** Fields of the header, readable even where the rest is not. */
export interface Header {
  readonly version: number;
  readonly length: number;
  readonly flags: number;
  readonly command: number;
  readonly application: number;
  readonly hopByHop: number;
  readonly endToEnd: number;
}

/** `bytes` holds 20 octets at least. */
export function readHeader(bytes: Buffer): Header {
  return {
    version: bytes[0]!,
    length: bytes.readUIntBE(1, 3),
    flags: bytes[4]!,
    command: bytes.readUIntBE(5, 3),
    application: bytes.readUInt32BE(8),
    hopByHop: bytes.readUInt32BE(12),
    endToEnd: bytes.readUInt32BE(16),
  };
}

export class Codec {
  readonly #applications = new Map<number, CompiledApplication>();
  readonly #commands = new Map<number, Map<number, Command>>();

  constructor(readonly applications: readonly CompiledApplication[]) {
    for (const application of applications) {
      this.#applications.set(application.id, application);
      const commands = Object.values(application.commands) as Command[];
      this.#commands.set(application.id, new Map(commands.map((command) => [command.code, command])));
    }
  }

  application(id: number): CompiledApplication | undefined {
    return this.#applications.get(id);
  }

  command(applicationId: number, code: number): Command | undefined {
    return this.#commands.get(applicationId)?.get(code);
  }

  /** `bytes` is one whole message that nobody changes afterwards: the result's values are views of it. */
  decode(bytes: Buffer): Message | DecodeError {
    if (bytes.length < headerLength) return new DecodeError(5015, 'shorter than a header', undefined);
    const length = (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
    // RFC 6733 7.1.5: 5011, 5015.
    if (bytes[0] !== 1) return new DecodeError(5011, `version ${bytes[0]}`, undefined);
    if (length !== bytes.length || length % 4 !== 0) {
      return new DecodeError(5015, `message length ${length}, got ${bytes.length} octets`, undefined);
    }
    const flags = bytes[4]!;
    const isRequest = (flags & flag.request) !== 0;
    const isError = (flags & flag.error) !== 0;
    // RFC 6733 7.1.3: E in a request is 3008.
    if (isRequest && isError) return new DecodeError(3008, 'E bit in a request', undefined);
    const applicationId = bytes.readUInt32BE(8);
    const commands = this.#commands.get(applicationId);
    if (commands === undefined) return new DecodeError(3007, `application ${applicationId}`, undefined);
    const command = commands.get((bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!);
    if (command === undefined) {
      return new DecodeError(3001, `command ${bytes.readUIntBE(5, 3)} of application ${applicationId}`, undefined);
    }
    if (isError) return this.#decodeBody(bytes, command, command.application.errorAnswer, true);
    if (isRequest) return this.#decodeBody(bytes, command, command.request, false);
    return this.#decodeAnswer(bytes, command);
  }

  #decodeBody(bytes: Buffer, command: Command, grammar: CompiledGrammar, generic: boolean): Message | DecodeError {
    const view = scan(bytes, headerLength, bytes.length, 0, grammar, command.application);
    return view instanceof DecodeError ? view : new Message(bytes, command, generic, view);
  }

  /** Peers leave AVPs out of the failures that they report without the E bit too: those are read by the generic grammar. */
  #decodeAnswer(bytes: Buffer, command: Command): Message | DecodeError {
    const message = this.#decodeBody(bytes, command, command.answer, false);
    if (!(message instanceof DecodeError) || message.resultCode !== 5005) return message;
    const generic = this.#decodeBody(bytes, command, command.application.errorAnswer, true);
    if (generic instanceof DecodeError) return message;
    const { 'Result-Code': result, 'Experimental-Result': experimental } = generic.avps as ErrorAnswerAvps;
    return (experimental?.['Experimental-Result-Code'] ?? result ?? 0) >= 3000 ? generic : message;
  }
}

/** RFC 6733 7.5: what is wrong with an AVP is shown by itself; one of bad length by its header and zeros. */
export function failedLength(bytes: Buffer, at: number, end: number, minimum: number): DecodeError {
  const header = Buffer.alloc(12);
  bytes.copy(header, 0, at, Math.min(end, at + 12));
  const vendor = (header[4]! & 0x80) !== 0 ? header.readUInt32BE(8) : 0;
  const code = header.readUInt32BE(0);
  const length = header.readUIntBE(5, 3);
  const failed = { code, vendor, mandatory: (header[4]! & 0x40) !== 0, data: Buffer.alloc(minimum) };
  return new DecodeError(5014, `length ${length} of AVP ${code} does not fit`, failed);
}

function failed(resultCode: number, bytes: Buffer, at: number, what: string): DecodeError {
  const avp = readRawAvp(bytes, at);
  return new DecodeError(resultCode, `AVP ${avp.code} of vendor ${avp.vendor} ${what}`, avp);
}

function missing(entry: Entry, grammar: CompiledGrammar): DecodeError {
  const { code, vendor, mandatory, format, name } = entry;
  const avp = { code, vendor, mandatory, data: Buffer.alloc(format?.minimum ?? 0) };
  return new DecodeError(5005, `${name} is missing in ${grammar.name}`, avp);
}

/** 0, or the result code for data that does not suit its format. */
function judgeData(bytes: Buffer, start: number, end: number, entry: Entry): number {
  const { format, allowed } = entry;
  if (format === undefined) return 0;
  const length = end - start;
  if (length < format.minimum || length > format.maximum) return 5014; // RFC 6733 7.1.5
  if (allowed !== undefined && !allowed.has(bytes.readInt32BE(start))) return 5004;
  if (entry.isAddress && !isAddress(bytes, start, end)) return 5014;
  return 0;
}

/** Of AVP Flags; an unrecognised bit is to be taken for an error (RFC 6733 4.1). */
const reservedBits = 0x1f;

/** Checks the AVPs between `start` and `end` against a grammar and notes where they are. The first fault ends it. */
function scan(
  bytes: Buffer,
  start: number,
  end: number,
  offset: number,
  grammar: CompiledGrammar,
  application: CompiledApplication,
): AvpView | DecodeError {
  const offsets = grammar.noOffsets.slice();
  let repeats: number[] | undefined;
  let groups: AvpView[] | undefined;
  let at = start;
  while (at < end) {
    const withVendor = end - at >= 8 && (bytes[at + 4]! & 0x80) !== 0;
    const dataAt = at + (withVendor ? 12 : 8);
    const next = end - at >= 8 ? at + ((bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) : 0;
    const code = dataAt <= end ? readUnsigned32(bytes, at) : 0;
    const vendor = withVendor && dataAt <= end ? readUnsigned32(bytes, at + 8) : 0;
    let entry = grammar.find(vendor, code);
    // RFC 6733 7.1.5: 5014, also for a length of 0, which would make the pass endless.
    if (dataAt > end || next < dataAt || next > end) {
      return grammar.verbatim
        ? new grammar.View(bytes, offset, offsets, repeats, groups)
        : failedLength(bytes, at, end, entry?.format?.minimum ?? 0);
    }
    if (withVendor && vendor === 0 && !grammar.verbatim)
      return failed(3009, bytes, at, 'has the V bit without a vendor'); // RFC 6733 4.1
    if ((bytes[at + 4]! & reservedBits) !== 0 && !grammar.verbatim)
      return failed(3009, bytes, at, 'has a bit that nobody knows');
    if (entry === undefined) {
      const refusal = grammar.verbatim ? 0 : judgeForeign(bytes, at, vendor, code, grammar, application);
      if (refusal !== 0) return failed(refusal, bytes, at, `is not understood in ${grammar.name}`);
      entry = grammar.others;
    }
    if (entry !== undefined) {
      const { slot } = entry;
      const refusal = judgeData(bytes, dataAt, next, entry);
      if (refusal === 5014) return failedLength(bytes, at, end, entry.format?.minimum ?? 0);
      if (refusal !== 0) return failed(refusal, bytes, at, 'has a value outside its enumeration');
      if (offsets[slot] === 0) offsets[slot] = at;
      else if (!entry.many)
        return failed(5009, bytes, at, 'occurs too many times'); // RFC 6733 7.1.5
      else {
        if (repeats === undefined) repeats = [slot, at];
        else repeats.push(slot, at);
      }
      if (entry.grammar !== undefined) {
        const group = scan(bytes, dataAt, next, at, entry.grammar, application);
        if (group instanceof DecodeError) return group;
        // Most have one: an empty list that grows would make room for many.
        if (groups === undefined) groups = [group];
        else groups.push(group);
      }
    }
    at = (next + 3) & ~3;
  }
  for (const slot of grammar.requiredSlots) {
    if (offsets[slot] === 0) return missing(grammar.entries[slot]!, grammar);
  }
  return new grammar.View(bytes, offset, offsets, repeats, groups);
}

function readUnsigned32(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** 0, or the result code for an AVP that the grammar does not name (RFC 6733 4.1 M bit, 7.1.5). */
function judgeForeign(
  bytes: Buffer,
  at: number,
  vendor: number,
  code: number,
  grammar: CompiledGrammar,
  application: CompiledApplication,
): number {
  if (application.nameOf(vendor, code) !== undefined) return grammar.others === undefined ? 5008 : 0;
  return (bytes[at + 4]! & 0x40) !== 0 ? 5001 : 0;
}
