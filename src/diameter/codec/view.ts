/**
 * Received AVPs, read on demand: a message is scanned and checked once, and a value is made when somebody asks for it
 * by its name. A class is made from each grammar, so that a look-up is a property access.
 */
import type { RawAvp } from '../dictionaries/application.js';
import type { Entry } from './compiled-application.js';

const none: readonly never[] = Object.freeze([]);

/** What the class of each grammar has in common. */
export abstract class AvpView {
  abstract readonly bytes: Buffer;
  /** Offset of this group's own header, 0 for a message. */
  abstract readonly offset: number;
  /** By slot: offset of the first AVP's header, 0 where there is none. */
  abstract readonly offsets: readonly number[];
  /** Further ones: slot, offset, slot, offset … */
  abstract readonly repeats: readonly number[] | undefined;
  abstract readonly groups: readonly AvpView[] | undefined;
}

export type ViewConstructor = new (
  bytes: Buffer,
  offset: number,
  offsets: readonly number[],
  repeats: readonly number[] | undefined,
  groups: readonly AvpView[] | undefined,
) => AvpView;

/** RFC 6733 4.1: the header is 12 octets with the V bit, 8 without. */
export function dataOffset(bytes: Buffer, at: number): number {
  return (bytes[at + 4]! & 0x80) !== 0 ? at + 12 : at + 8;
}

export function avpEnd(bytes: Buffer, at: number): number {
  return at + ((bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!);
}

export function readRawAvp(bytes: Buffer, at: number): RawAvp {
  const start = dataOffset(bytes, at);
  const vendor = start === at + 12 ? bytes.readUInt32BE(at + 8) : 0;
  const avp: RawAvp = {
    code: bytes.readUInt32BE(at),
    vendor,
    mandatory: (bytes[at + 4]! & 0x40) !== 0,
    data: bytes.subarray(start, avpEnd(bytes, at)),
  };
  return vendor === 0 && start === at + 12 ? { ...avp, vendorZero: true } : avp;
}

function readValue(view: AvpView, entry: Entry, at: number): unknown {
  if (entry.format !== undefined) {
    return entry.format.read(view.bytes, dataOffset(view.bytes, at), avpEnd(view.bytes, at));
  }
  if (entry.grammar !== undefined) return view.groups?.find((group) => group.offset === at);
  return readRawAvp(view.bytes, at);
}

function readAll(view: AvpView, entry: Entry): readonly unknown[] {
  const first = view.offsets[entry.slot]!;
  if (first === 0) return none;
  const values = [readValue(view, entry, first)];
  const repeats = view.repeats ?? none;
  for (let i = 0; i < repeats.length; i += 2) {
    if (repeats[i] === entry.slot) values.push(readValue(view, entry, repeats[i + 1]!));
  }
  return values;
}

export function defineView(entries: readonly Entry[]): ViewConstructor {
  // With a constructor of its own: to go through that of a base class takes longer. `declare`: a field is stored once.
  class GrammarView {
    declare readonly bytes: Buffer;
    declare readonly offset: number;
    declare readonly offsets: readonly number[];
    declare readonly repeats: readonly number[] | undefined;
    declare readonly groups: readonly AvpView[] | undefined;

    constructor(
      bytes: Buffer,
      offset: number,
      offsets: readonly number[],
      repeats: readonly number[] | undefined,
      groups: readonly AvpView[] | undefined,
    ) {
      this.bytes = bytes;
      this.offset = offset;
      this.offsets = offsets;
      this.repeats = repeats;
      this.groups = groups;
    }
  }
  Object.setPrototypeOf(GrammarView.prototype, AvpView.prototype);
  for (const entry of entries) {
    const { name, slot } = entry;
    const get = entry.many
      ? function (this: AvpView): unknown {
          return readAll(this, entry);
        }
      : function (this: AvpView): unknown {
          const at = this.offsets[slot]!;
          return at === 0 ? undefined : readValue(this, entry, at);
        };
    Object.defineProperty(GrammarView.prototype, name, { get });
  }
  // What `console.log`, a trace sink or a test sees: the AVPs that are there, as plain data.
  Object.defineProperty(GrammarView.prototype, 'toJSON', {
    value: function (this: AvpView) {
      return plain(this, entries);
    },
  });
  return GrammarView;
}

function plain(view: AvpView, entries: readonly Entry[]): Record<string, unknown> {
  const toPlain = (entry: Entry, value: unknown) =>
    value instanceof AvpView && entry.grammar !== undefined ? plain(value, entry.grammar.entries) : value;
  const present = entries.filter((entry) => view.offsets[entry.slot] !== 0);
  return Object.fromEntries(
    present.map((entry) => [
      entry.name,
      entry.many
        ? readAll(view, entry).map((value) => toPlain(entry, value))
        : toPlain(entry, readValue(view, entry, view.offsets[entry.slot]!)),
    ]),
  );
}
