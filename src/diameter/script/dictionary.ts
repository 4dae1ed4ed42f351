/**
 * Names as people write them, of applications, commands and AVPs: by the dictionaries of this project, and for everything
 * else by those of the npm package `diameter`.
 */
import { foreignNames } from '../codec/foreign-names.js';
import type { AvpDefinition, CommandDefinition, Format, Grammar } from '../dictionaries/application.js';
import { vendor3gpp } from '../dictionaries/cx.dictionary.js';
import { experimentalResultCodes, resultCodes } from '../dictionaries/result-codes.js';
import { spokenApplications } from '../dictionaries/spoken.js';

export interface NamedAvp {
  readonly name: string;
  readonly code: number;
  /** 0 for an IETF AVP. */
  readonly vendor: number;
  readonly format: Format;
  /** The M bit when sending. */
  readonly mandatory: boolean;
  /** False: octets that are no text, whatever they look like. */
  readonly isText: boolean;
  readonly values: ReadonlyMap<string, number>;
}

export interface NamedApplication {
  readonly id: number;
  /** 0 for IETF applications, which go without Vendor-Specific-Application-Id. */
  readonly vendor: number;
  readonly name: string;
  /** Offered as Acct-Application-Id. */
  readonly isAccounting: boolean;
}

export interface NamedCommand {
  /** `User-Authorization`. */
  readonly name: string;
  readonly code: number;
  readonly proxiable: boolean;
  /** Application that it belongs to; undefined where several have it, or nobody here knows. */
  readonly application: number | undefined;
  /** Undefined where no dictionary here has its grammar. */
  readonly grammars: { readonly request: Grammar; readonly answer: Grammar } | undefined;
}

/** Places in the foreign dictionary that stand for no AVP. */
const placeholders = /^(Dummy|Unassigned|Reserved|Unallocated|Experimental-Use|Implementation-Specific|Not defined.*)$/;

/** RFC 6733 7.1 and TS 29.229 6.2: what results may be written as. */
const resultAvps: Readonly<Record<string, ReadonlyMap<string, number>>> = {
  'Result-Code': inverted(resultCodes),
  'Experimental-Result-Code': inverted(experimentalResultCodes),
};

function inverted(names: Readonly<Record<number, string>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(names).map(([code, name]) => [name, Number(code)]));
}

interface AvpTables {
  readonly byName: ReadonlyMap<string, readonly NamedAvp[]>;
  /** By `vendor:code`. */
  readonly byCode: ReadonlyMap<string, NamedAvp>;
}

let ownTables: AvpTables | undefined;
let allTables: AvpTables | undefined;

function tablesOf(avps: readonly NamedAvp[]): AvpTables {
  const byName = new Map<string, NamedAvp[]>();
  const byCode = new Map<string, NamedAvp>();
  for (const avp of avps) {
    const key = `${avp.vendor}:${avp.code}`;
    if (byCode.has(key)) continue; // our own come first, and are right
    byCode.set(key, avp);
    byName.set(avp.name, [...(byName.get(avp.name) ?? []), avp]);
  }
  return { byName, byCode };
}

function ownAvps(): readonly NamedAvp[] {
  return spokenApplications.flatMap(({ avps }) =>
    Object.entries(avps).map(([name, avp]: [string, AvpDefinition]): NamedAvp => {
      const { code, vendor, format, mandatory, values = {} } = avp;
      const isText = format !== 'OctetString' || avp.isText === true;
      const named = resultAvps[name] ?? new Map(Object.entries(values));
      return { name, code, vendor, format, mandatory, isText, values: named };
    }),
  );
}

function foreignAvps(): readonly NamedAvp[] {
  return [...foreignNames().avps.values()]
    .filter(({ name }) => !placeholders.test(name))
    .map(({ name, code, vendor, format, mandatory, meanings }) => {
      const values = new Map([...meanings].map(([number, word]) => [word, number]));
      return { name, code, vendor, format, mandatory, isText: true, values };
    });
}

function own(): AvpTables {
  ownTables ??= tablesOf(ownAvps());
  return ownTables;
}

function all(): AvpTables {
  allTables ??= tablesOf([...ownAvps(), ...foreignAvps()]);
  return allTables;
}

/** Of several with one name that of our dictionaries, else an IETF one, else 3GPP's, unless `vendor` says which. */
export function avpNamed(name: string, vendor?: number): NamedAvp | undefined {
  const known = own().byName.get(name) ?? all().byName.get(name) ?? [];
  if (vendor !== undefined)
    return all()
      .byName.get(name)
      ?.find((avp) => avp.vendor === vendor);
  return known.find((avp) => avp.vendor === 0) ?? known.find((avp) => avp.vendor === vendor3gpp) ?? known[0];
}

export function avpOf(vendor: number, code: number): NamedAvp | undefined {
  return own().byCode.get(`${vendor}:${code}`) ?? all().byCode.get(`${vendor}:${code}`);
}

/** All names, for the nearest right one. */
export function avpNames(): readonly string[] {
  return [...all().byName.keys()];
}

/** What the foreign dictionary lacks, or calls otherwise than people do. */
// biome-ignore format: a line a specification
const shortNames: readonly (readonly [name: string, id: number, vendor: number])[] = [
  ['Base', 0, 0], ['NASREQ', 1, 0], ['Rf', 3, 0], ['Ro', 4, 0], ['Gy', 4, 0], // RFC 6733, RFC 7155, RFC 8506
  ['Cx', 16777216, vendor3gpp], ['Dx', 16777216, vendor3gpp], ['Sh', 16777217, vendor3gpp], ['Dh', 16777217, vendor3gpp],
  ['Gq', 16777222, vendor3gpp], ['Rx', 16777236, vendor3gpp], ['Zh', 16777221, vendor3gpp], ['Zn', 16777220, vendor3gpp],
  ['S9', 16777267, vendor3gpp], ['Sy', 16777302, vendor3gpp], ['Sd', 16777303, vendor3gpp], ['S7a', 16777308, vendor3gpp],
  ['S6c', 16777312, vendor3gpp], ['SGd', 16777313, vendor3gpp], ['S6t', 16777345, vendor3gpp], ['T6a', 16777346, vendor3gpp],
];
const relay = 0xffffffff;
const accountingId = 3;
/** RFC 6733 11.2: from here on ids are of vendors. */
const vendorSpecificMin = 0x01000000;

let applications: ReadonlyMap<string, NamedApplication> | undefined;

function loadApplications(): ReadonlyMap<string, NamedApplication> {
  const byName = new Map<string, NamedApplication>();
  const add = (word: string, id: number, vendor: number): void => {
    const key = word.toLowerCase();
    if (!byName.has(key)) byName.set(key, { id, vendor, name: word, isAccounting: id === accountingId });
  };
  for (const [name, id, vendor] of shortNames) add(name, id, vendor);
  for (const [id, name] of foreignNames().applications) {
    const is3gpp = name.startsWith('3GPP ');
    const vendor = is3gpp ? vendor3gpp : 0;
    if (is3gpp) for (const word of name.slice(5).replaceAll("'", '').split('/')) add(word, id, vendor);
    add(id === relay ? 'Relay' : name, id, vendor);
  }
  return byName;
}

/** By `S6a`, `Cx`, `16777251`, a whole name, in any case. */
export function applicationNamed(word: string | number): NamedApplication | undefined {
  applications ??= loadApplications();
  if (typeof word === 'string' && !/^\d+$/.test(word)) return applications.get(word.toLowerCase());
  const id = Number(word);
  if (id > relay) return undefined;
  const known = [...applications.values()].find((application) => application.id === id);
  const vendor = id >= vendorSpecificMin && id !== relay ? vendor3gpp : 0;
  return known ?? { id, vendor, name: String(id), isAccounting: false };
}

export function applicationNames(): readonly string[] {
  applications ??= loadApplications();
  return [...applications.values()].map(({ name }) => name);
}

/** Short names of foreign commands, without R and A, with the one application that has them. */
// biome-ignore format: a line a specification
const foreignStems: readonly (readonly [stem: string, code: number, application: number | undefined])[] = [
  ['RA', 258, undefined], ['AC', 271, undefined], ['AS', 274, undefined], ['ST', 275, undefined], // RFC 6733 8, 9
  ['AA', 265, undefined], ['CC', 272, undefined], ['DE', 268, 5], // RFC 7155, RFC 8506, RFC 4072
  ['UL', 316, 16777251], ['CL', 317, 16777251], ['AI', 318, 16777251], ['ID', 319, 16777251], // TS 29.272 7.2
  ['DS', 320, 16777251], ['PU', 321, 16777251], ['RS', 322, 16777251], ['NO', 323, 16777251], ['ECR', 324, 16777252],
  ['SL', 8388635, 16777302], ['SSN', 8388636, 16777302], // TS 29.219 5.6
  ['PL', 8388620, 16777255], ['LR', 8388621, 16777255], ['RI', 8388622, 16777291], // TS 29.172 7.3, TS 29.173 6.2
];

interface CommandTables {
  /**
   * In lower case, with and without -Request and -Answer. Also behind `application:`, as specifications have given some
   * short names twice: PUR is a command of Sh and one of S6a.
   */
  readonly byWord: ReadonlyMap<string, NamedCommand>;
  readonly byCode: ReadonlyMap<string, NamedCommand>;
  readonly words: readonly string[];
}

let commands: CommandTables | undefined;

function loadCommands(): CommandTables {
  const byWord = new Map<string, NamedCommand>();
  const byCode = new Map<string, NamedCommand>();
  const words: string[] = [];
  const add = (command: NamedCommand, request: string | undefined, answer: string | undefined): void => {
    const { name, code, application } = command;
    const key = `${application ?? ''}:${code}`;
    if (!byCode.has(key)) byCode.set(key, command);
    // TS 29.272 7.2 has Purge-UE-Request where IANA's list has 3GPP-Purge-UE.
    const names = name.startsWith('3GPP-') ? [name, name.slice('3GPP-'.length)] : [name];
    const long = names.flatMap((one) => [one, `${one}-Request`, `${one}-Answer`]);
    for (const word of [...long, request, answer]) {
      if (word === undefined) continue;
      for (const spelled of [word.toLowerCase(), `${application ?? ''}:${word.toLowerCase()}`]) {
        if (!byWord.has(spelled)) byWord.set(spelled, command);
      }
    }
    words.push(request ?? name);
  };
  for (const { id, commands: definitions } of spokenApplications) {
    for (const [name, definition] of Object.entries(definitions) as [string, CommandDefinition][]) {
      const { code, proxiable, request, answer, abbreviations } = definition;
      add({ name, code, proxiable, application: id, grammars: { request, answer } }, ...abbreviations);
    }
  }
  const names = foreignNames().commands;
  for (const [stem, code, application] of foreignStems) {
    const name = names.get(code) ?? stem;
    add({ name, code, proxiable: true, application, grammars: undefined }, `${stem}R`, `${stem}A`);
  }
  for (const [code, name] of names) {
    add({ name, code, proxiable: true, application: undefined, grammars: undefined }, undefined, undefined);
  }
  return { byWord, byCode, words };
}

function commandTables(): CommandTables {
  commands ??= loadCommands();
  return commands;
}

/** By `UAR`, `UAA`, `User-Authorization`, `User-Authorization-Request`, a code; in any case. */
export function commandNamed(word: string | number, application?: number): NamedCommand | undefined {
  const { byWord } = commandTables();
  if (typeof word === 'number' || /^\d+$/.test(word)) {
    const code = Number(word);
    return code > 0xffffff ? undefined : commandOf(application, code);
  }
  const found = commandOfApplication(word, application) ?? byWord.get(word.toLowerCase());
  // One name, one code, and another application than that of the dictionary: the grammar is not that one.
  if (found === undefined || application === undefined || found.application === undefined) return found;
  return found.application === application ? found : { ...found, application, grammars: undefined };
}

/** The command that the application itself has under that name or code. */
export function commandOfApplication(word: string | number, application: number | undefined): NamedCommand | undefined {
  if (application === undefined) return undefined;
  const { byWord, byCode } = commandTables();
  const key = `${application}:${String(word).toLowerCase()}`;
  return byWord.get(key) ?? byCode.get(key);
}

/** A command that nobody knows is called by its code. */
export function commandOf(application: number | undefined, code: number): NamedCommand {
  const { byCode } = commandTables();
  const known = byCode.get(`${application ?? ''}:${code}`) ?? byCode.get(`:${code}`);
  return known ?? { name: String(code), code, proxiable: true, application, grammars: undefined };
}

/** Short names where there are any, for the nearest right one. */
export function commandWords(): readonly string[] {
  return commandTables().words;
}
