/**
 * Names of applications, commands and AVPs that this project does not speak itself, from the npm package `diameter`
 * (GPL-3.0; docs/decisions/0001-diameter-package.md). Read when the first foreign message is shown, never otherwise.
 */
import { createRequire } from 'node:module';
import type { Format } from '../dictionaries/application.js';

interface ForeignDictionary {
  readonly applications: readonly { readonly code: number; readonly name: string }[];
  readonly commands: readonly { readonly code: number; readonly name: string }[];
  readonly avps: readonly {
    readonly code: number;
    readonly vendorId: number;
    readonly name: string;
    readonly type?: string;
    readonly flags?: { readonly mandatory?: boolean };
    readonly enums?: readonly { readonly code: number; readonly name: string }[];
  }[];
}

export interface ForeignAvp {
  readonly name: string;
  readonly code: number;
  /** 0 for an IETF AVP. */
  readonly vendor: number;
  readonly format: Format;
  /** The M bit when sending. */
  readonly mandatory: boolean;
  readonly meanings: ReadonlyMap<number, string>;
}

interface ForeignNames {
  readonly applications: ReadonlyMap<number, string>;
  readonly commands: ReadonlyMap<number, string>;
  /** By `vendor:code`. */
  readonly avps: ReadonlyMap<string, ForeignAvp>;
}

/** Its types by ours; what it leaves open is shown as octets. */
const formatsByType: Readonly<Record<string, Format>> = {
  Unsigned32: 'Unsigned32',
  Integer32: 'Integer32',
  Unsigned64: 'Unsigned64',
  Integer64: 'Unsigned64',
  Time: 'Time',
  IPAddress: 'Address',
  Grouped: 'Grouped',
};

let loaded: ForeignNames | undefined;

function load(): ForeignNames {
  const dictionary = createRequire(import.meta.url)('diameter/dictionary.json') as ForeignDictionary;
  return {
    applications: new Map(dictionary.applications.map(({ code, name }) => [code, name])),
    commands: new Map(dictionary.commands.map(({ code, name }) => [code, name])),
    avps: new Map(
      dictionary.avps.map(({ code, vendorId, name, type = '', flags, enums = [] }) => [
        `${vendorId}:${code}`,
        {
          name,
          code,
          vendor: vendorId,
          format: formatsByType[type] ?? 'OctetString',
          mandatory: flags?.mandatory ?? false,
          meanings: new Map(enums.map((one) => [one.code, isDiameters(vendorId, code) ? spelled(one.name) : one.name])),
        },
      ]),
    ),
  };
}

/** Up to 255 they are those of RADIUS. */
function isDiameters(vendor: number, code: number): boolean {
  return vendor === 0 && code > 255;
}

/** RFC 6733 9.8.1 has EVENT_RECORD where the package has Event Record. */
function spelled(name: string): string {
  return name.includes(' ') ? name.toUpperCase().replaceAll(' ', '_') : name;
}

export function foreignNames(): ForeignNames {
  loaded ??= load();
  return loaded;
}
