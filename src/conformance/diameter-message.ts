/**
 * A Diameter message as rules read it: AVPs by name, whatever is missing or wrong with them (the codec of the nodes refuses
 * such messages). RFC 6733 3, 4.
 */
import {
  type AvpDefinition,
  type CommandDefinition,
  cxDictionary,
  shDictionary,
  spokenApplications,
  spokenAvps,
} from '../diameter/index.js';

const headerLength = 20;

interface Avp {
  readonly code: number;
  /** 0 where the V bit is clear. */
  readonly vendor: number;
  readonly isMandatory: boolean;
  readonly start: number;
  readonly end: number;
}

const definitions: ReadonlyMap<string, AvpDefinition> = new Map(Object.entries(spokenAvps));

const shortNames: ReadonlyMap<string, readonly [request: string, answer: string]> = new Map(
  spokenApplications.flatMap(({ id, commands }) =>
    Object.values<CommandDefinition>(commands).map(({ code, abbreviations }) => [`${id}:${code}`, abbreviations]),
  ),
);

/** AVPs of a message or of a group. Names are those of the dictionaries; an unknown name throws a TypeError. */
export class Avps {
  readonly #bytes: Buffer;
  readonly #avps: readonly Avp[];
  /** Groups that were asked for, by name. */
  #groups: Map<string, readonly Avps[]> | undefined = undefined;
  /** The lengths of the AVPs do not add up; those before the fault are here. */
  readonly isBroken: boolean;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    const avps: Avp[] = [];
    let at = start;
    while (at + 8 <= end) {
      const bits = bytes[at + 4]!;
      const dataAt = at + ((bits & 0x80) !== 0 ? 12 : 8);
      const next = at + bytes.readUIntBE(at + 5, 3);
      if (next < dataAt || next > end) break;
      const vendor = dataAt === at + 12 ? bytes.readUInt32BE(at + 8) : 0;
      avps.push({ code: bytes.readUInt32BE(at), vendor, isMandatory: (bits & 0x40) !== 0, start: dataAt, end: next });
      at = (next + 3) & ~3;
    }
    this.#avps = avps;
    this.isBroken = at < end;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  count(name: string): number {
    return this.#all(name).length;
  }

  /** Text of the first one; UTF-8. */
  text(name: string): string | undefined {
    const avp = this.#find(name);
    return avp && this.#bytes.toString('utf8', avp.start, avp.end);
  }

  texts(name: string): readonly string[] {
    return this.#all(name).map(({ start, end }) => this.#bytes.toString('utf8', start, end));
  }

  /** 32 bits without sign; undefined also where the AVP has not four octets. */
  number(name: string): number | undefined {
    const avp = this.#find(name);
    return avp === undefined || avp.end - avp.start !== 4 ? undefined : this.#bytes.readUInt32BE(avp.start);
  }

  numbers(name: string): readonly number[] {
    return this.#all(name).flatMap(({ start, end }) => (end - start === 4 ? [this.#bytes.readUInt32BE(start)] : []));
  }

  /** A view, not a copy. */
  octets(name: string): Buffer | undefined {
    const avp = this.#find(name);
    return avp && this.#bytes.subarray(avp.start, avp.end);
  }

  group(name: string): Avps | undefined {
    return this.groups(name)[0];
  }

  groups(name: string): readonly Avps[] {
    const known = this.#groups?.get(name);
    if (known !== undefined) return known;
    const groups = this.#all(name).map(({ start, end }) => new Avps(this.#bytes, start, end));
    this.#groups ??= new Map();
    this.#groups.set(name, groups);
    return groups;
  }

  /** The M bit of the first one. */
  isMandatory(name: string): boolean | undefined {
    return this.#find(name)?.isMandatory;
  }

  #find(name: string): Avp | undefined {
    const { code, vendor = 0 } = definitionOf(name);
    for (const avp of this.#avps) if (avp.code === code && avp.vendor === vendor) return avp;
    return undefined;
  }

  #all(name: string): readonly Avp[] {
    const { code, vendor = 0 } = definitionOf(name);
    return this.#avps.filter((avp) => avp.code === code && avp.vendor === vendor);
  }
}

function definitionOf(name: string): AvpDefinition {
  const definition = definitions.get(name);
  if (definition === undefined) throw new TypeError(`no AVP is named ${name}`);
  return definition;
}

export class DiameterMessage {
  readonly command: number;
  readonly application: number;
  readonly isRequest: boolean;
  readonly isProxiable: boolean;
  readonly isError: boolean;
  readonly isRetransmitted: boolean;
  readonly hopByHop: number;
  readonly endToEnd: number;
  /** `UAR`, `CEA`; `318 answer` for what Cx and the base protocol do not have. */
  readonly name: string;
  #avps: Avps | undefined;

  private constructor(readonly bytes: Buffer) {
    const flags = bytes[4]!;
    this.command = bytes.readUIntBE(5, 3);
    this.application = bytes.readUInt32BE(8);
    this.isRequest = (flags & 0x80) !== 0;
    this.isProxiable = (flags & 0x40) !== 0;
    this.isError = (flags & 0x20) !== 0;
    this.isRetransmitted = (flags & 0x10) !== 0;
    this.hopByHop = bytes.readUInt32BE(12);
    this.endToEnd = bytes.readUInt32BE(16);
    const names = shortNames.get(`${this.application}:${this.command}`);
    this.name = names?.[this.isRequest ? 0 : 1] ?? `${this.command} ${this.isRequest ? 'request' : 'answer'}`;
  }

  /** Undefined: less than a header, or of another version. */
  static read(bytes: Buffer): DiameterMessage | undefined {
    return bytes.length < headerLength || bytes[0] !== 1 ? undefined : new DiameterMessage(bytes);
  }

  get isCx(): boolean {
    return this.application === cxDictionary.id;
  }

  get isSh(): boolean {
    return this.application === shDictionary.id;
  }

  get avps(): Avps {
    this.#avps ??= new Avps(this.bytes, headerLength, this.bytes.length);
    return this.#avps;
  }

  get sessionId(): string | undefined {
    return this.avps.text('Session-Id');
  }

  /** Experimental-Result-Code. */
  get experimentalResult(): number | undefined {
    return this.avps.group('Experimental-Result')?.number('Experimental-Result-Code');
  }

  /** Result-Code. */
  get resultCode(): number | undefined {
    return this.avps.number('Result-Code');
  }

  /** `Result-Code 2001`, `Experimental-Result-Code 5001`, `no result`. */
  get resultText(): string {
    const { resultCode, experimentalResult } = this;
    if (experimentalResult !== undefined) return `Experimental-Result-Code ${experimentalResult}`;
    return resultCode === undefined ? 'no result' : `Result-Code ${resultCode}`;
  }

  /** 2xxx of either kind. */
  get isSuccess(): boolean {
    const result = this.experimentalResult ?? this.resultCode ?? 0;
    return result >= 2000 && result < 3000;
  }
}
