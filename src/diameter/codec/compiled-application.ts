/** Dictionaries made into look-up tables, once, and the typed handles of their commands. */
import type { Application, AvpDefinition, AvpsOf, CommandDefinition, Grammar } from '../dictionaries/application.js';
import { type baseAvps, errorAnswerGrammar } from '../dictionaries/base.dictionary.js';
import { type FormatCodec, formats } from './formats.js';
import { type AvpView, defineView, type ViewConstructor } from './view.js';

/** One line of a grammar. */
export interface Entry {
  readonly name: string;
  /** Position in the grammar. */
  readonly slot: number;
  readonly code: number;
  readonly vendor: number;
  readonly mandatory: boolean;
  readonly isAddress: boolean;
  readonly many: boolean;
  readonly required: boolean;
  /** Undefined for groups and for `*[AVP]`. */
  readonly format: FormatCodec | undefined;
  /** Of a Grouped. */
  readonly grammar: CompiledGrammar | undefined;
  /** Numbers that an Enumerated may take. */
  readonly allowed: ReadonlySet<number> | undefined;
}

export class CompiledGrammar {
  readonly entries: readonly Entry[];
  readonly requiredSlots: readonly number[];
  /** The offsets of a view that has found nothing, to be copied. */
  readonly noOffsets: readonly number[];
  /** The line `*[AVP]`; where it is missing, other AVPs are not allowed. */
  readonly others: Entry | undefined;
  /** Holds nothing but `*[AVP]`, as Failed-AVP does: what lies in it is not judged. */
  readonly verbatim: boolean;
  readonly View: ViewConstructor;
  readonly #vendor: number;
  readonly #byCode: (Entry | undefined)[] = [];
  readonly #ofVendor: (Entry | undefined)[] = [];
  readonly #ofOthers = new Map<number, Entry[]>();

  constructor(
    readonly name: string,
    /** Whose AVPs are looked up directly. */
    vendor: number,
    entries: readonly Entry[],
  ) {
    this.entries = entries;
    this.noOffsets = entries.map(() => 0);
    this.#vendor = vendor;
    this.requiredSlots = entries.filter((entry) => entry.required).map((entry) => entry.slot);
    this.others = entries.find((entry) => entry.name === 'AVP');
    this.verbatim = entries.length === 1 && this.others !== undefined;
    for (const entry of entries) {
      if (entry === this.others) continue;
      if (entry.vendor === 0) this.#byCode[entry.code] = entry;
      else if (entry.vendor === vendor) this.#ofVendor[entry.code] = entry;
      else this.#ofOthers.set(entry.vendor, [...(this.#ofOthers.get(entry.vendor) ?? []), entry]);
    }
    this.View = defineView(entries);
  }

  find(vendor: number, code: number): Entry | undefined {
    if (vendor === 0) return code < this.#byCode.length ? this.#byCode[code] : undefined;
    if (vendor === this.#vendor) return code < this.#ofVendor.length ? this.#ofVendor[code] : undefined;
    return this.#ofOthers.get(vendor)?.find((entry) => entry.code === code);
  }
}

export interface CommandTypes {
  /** What a sender must and may give, and what a receiver reads. */
  readonly sentRequest: object;
  readonly request: object;
  readonly sentAnswer: object;
  readonly answer: object;
}

type TypesOf<A extends Application, C extends CommandDefinition> = {
  readonly sentRequest: AvpsOf<A['avps'], C['request'], 'sent'>;
  readonly request: AvpsOf<A['avps'], C['request'], 'received'>;
  readonly sentAnswer: AvpsOf<A['avps'], C['answer'], 'sent'>;
  readonly answer: AvpsOf<A['avps'], C['answer'], 'received'>;
};

/** The AVPs of an answer in the generic grammar (RFC 6733 7.2). */
export type ErrorAnswerAvps = AvpsOf<typeof baseAvps, typeof errorAnswerGrammar, 'received'>;

/** A command's handle: what `request`, `onRequest` and the codec take, with its message types. */
export class Command<T extends CommandTypes = CommandTypes> {
  declare readonly types: T;

  constructor(
    readonly name: string,
    readonly application: CompiledApplication,
    readonly definition: CommandDefinition,
    readonly request: CompiledGrammar,
    readonly answer: CompiledGrammar,
  ) {}

  get code(): number {
    return this.definition.code;
  }
}

/** Vendor and code in one number that stays exact. */
function avpKey(vendor: number, code: number): number {
  return vendor * 2 ** 32 + code;
}

export class CompiledApplication<A extends Application = Application> {
  readonly id: number;
  readonly vendor: number;
  readonly name: string;
  readonly commands: { readonly [N in keyof A['commands']]: Command<TypesOf<A, A['commands'][N]>> };
  /** RFC 6733 7.2, with this application's AVPs. */
  readonly errorAnswer: CompiledGrammar;
  readonly #avps = new Map<number, string>();
  readonly #groups = new Map<string, CompiledGrammar>();

  /** Throws where a grammar names an AVP that the dictionary lacks: a fault of the dictionary. */
  constructor(readonly definition: A) {
    this.id = definition.id;
    this.vendor = definition.vendor;
    this.name = definition.name;
    for (const [name, avp] of Object.entries(definition.avps)) this.#avps.set(avpKey(avp.vendor, avp.code), name);
    this.errorAnswer = this.#compile('error answer', errorAnswerGrammar);
    const commands = Object.entries(definition.commands).map(([name, command]) => {
      const request = this.#compile(command.abbreviations[0], command.request);
      return [name, new Command(name, this, command, request, this.#compile(command.abbreviations[1], command.answer))];
    });
    this.commands = Object.fromEntries(commands);
  }

  /** The name of an AVP, or undefined where this application's dictionary lacks it. */
  nameOf(vendor: number, code: number): string | undefined {
    return this.#avps.get(avpKey(vendor, code));
  }

  groupOf(name: string): CompiledGrammar | undefined {
    const members = this.definition.avps[name]?.members;
    if (members === undefined) return undefined;
    let grammar = this.#groups.get(name);
    if (grammar === undefined) {
      grammar = this.#compile(name, members);
      this.#groups.set(name, grammar);
    }
    return grammar;
  }

  #compile(name: string, grammar: Grammar): CompiledGrammar {
    const entries = Object.entries(grammar).map(([avp, occurrence], slot): Entry => {
      const definition: AvpDefinition | undefined = avp === 'AVP' ? anyAvp : this.definition.avps[avp];
      if (definition === undefined) throw new Error(`${this.name}: ${name} names ${avp}, which is not in its AVPs`);
      const { code, vendor, mandatory, format, values } = definition;
      return {
        name: avp,
        slot,
        code,
        vendor,
        mandatory,
        isAddress: format === 'Address',
        many: occurrence === 'many' || occurrence === 'oneOrMore',
        required: occurrence === 'required' || occurrence === 'oneOrMore',
        format: format === 'Grouped' ? undefined : formats[format],
        grammar: this.groupOf(avp),
        allowed: format === 'Enumerated' && values !== undefined ? new Set(Object.values(values)) : undefined,
      };
    });
    return new CompiledGrammar(name, this.vendor, entries);
  }
}

const anyAvp: AvpDefinition = { code: 0, vendor: 0, format: 'Grouped', mandatory: false };

/** Makes the tables of a dictionary; `commands` holds the handles. */
export function compileApplication<const A extends Application>(definition: A): CompiledApplication<A> {
  return new CompiledApplication(definition);
}

export type { AvpView };
