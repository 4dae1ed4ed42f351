import type { Application, AvpDefinition } from '../../../src/diameter/dictionaries/application.js';
import { baseDictionary, cxDictionary, shDictionary, spokenAvps } from '../../../src/diameter/index.js';
import { vectorFile } from '../../vectors.js';

interface VectorAvp {
  readonly name: string;
  readonly code: number;
  readonly vendor: number;
  readonly type: string;
  readonly m: 'must' | 'mustnot' | 'may';
  readonly enum?: Readonly<Record<string, number>>;
}
interface VectorCommand {
  readonly name: string;
  readonly code: number;
  readonly abbr: string;
  readonly application: number | null;
  readonly proxiable: boolean;
}
interface Vectors {
  readonly applications: Readonly<Record<string, number>>;
  readonly commands: readonly VectorCommand[];
  readonly avps: readonly VectorAvp[];
}

const file = vectorFile<Vectors>('diameter-dictionary.json');
const whenThere = file === undefined ? describe.skip : describe;
if (file === undefined) console.log('skipped: the dictionary vectors are not beside this checkout');

const applications: readonly Application[] = [baseDictionary, cxDictionary, shDictionary];
const avps = Object.entries<AvpDefinition>(spokenAvps);
/** Names that the vectors write otherwise. */
const otherNames: Readonly<Record<string, string>> = { 'Sh-User-Data': 'User-Data (Sh)' };

whenThere('dictionaries against the public ones', () => {
  const vectors = file ?? { applications: {}, commands: [], avps: [] };
  const byKey = new Map(vectors.avps.map((avp) => [`${avp.vendor}:${avp.code}`, avp]));
  /** Outside the vectors: ETSI's, which Cx borrows, that of TS 29.336, and what later releases of TS 29.229 have. */
  const outside = [
    'Line-Identifier',
    'External-Identifier',
    'Registration-Time-Out',
    'Failed-PCSCF',
    'PCSCF-FQDN',
    'PCSCF-IP-Address',
  ];
  const checked = avps.filter(([name]) => !outside.includes(name));

  it.each(checked)('RFC 6733 4.5, TS 29.229 6.3, TS 29.329 6.3: %s', (name, avp) => {
    const vector = byKey.get(`${avp.vendor}:${avp.code}`);
    expect(vector).toMatchObject({ name: otherNames[name] ?? name, type: avp.format });
    expect(avp.mandatory).toBe(vector!.m === 'must');
    for (const [value, number] of Object.entries(vector!.enum ?? {})) {
      if (avp.format === 'Enumerated') expect(avp.values).toMatchObject({ [value]: number });
    }
  });

  it('TS 29.229 6.3: every AVP of the specification is there', () => {
    const named = new Set(avps.map(([, avp]) => `${avp.vendor}:${avp.code}`));
    const ofCx = vectors.avps.filter(({ vendor, code }) => vendor === 10415 && code >= 600 && code <= 659);
    expect(ofCx.length).toBeGreaterThan(55);
    expect(ofCx.filter(({ code }) => !named.has(`10415:${code}`))).toEqual([]);
  });

  it('TS 29.329 6.3: every AVP of Sh is there', () => {
    const named = new Set(avps.map(([, avp]) => `${avp.vendor}:${avp.code}`));
    const ofSh = vectors.avps.filter(({ vendor, code }) => vendor === 10415 && code >= 700 && code <= 722);
    expect(ofSh).toHaveLength(23);
    expect(ofSh.filter(({ code }) => !named.has(`10415:${code}`))).toEqual([]);
  });

  it('TS 29.229 6.1, TS 29.329 6.1, RFC 6733 3.1: the commands', () => {
    for (const { id, commands } of applications) {
      for (const [name, command] of Object.entries(commands)) {
        const vector = vectors.commands.find((one) => one.application === id && one.code === command.code);
        expect(vector).toMatchObject({
          name,
          abbr: command.abbreviations.join('/'),
          proxiable: command.proxiable,
        });
      }
    }
  });

  it('CX 1, TS 29.329 6: the application ids', () => {
    expect(cxDictionary.id).toBe(vectors.applications['Cx/Dx']);
    expect(shDictionary.id).toBe(vectors.applications['Sh/Dh']);
  });
});

describe('dictionaries', () => {
  it('name no AVP twice', () => {
    const keys = avps.map(([, avp]) => `${avp.vendor}:${avp.code}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('RFC 6733 8.8: Session-Id stands first wherever it stands', () => {
    for (const command of Object.values({ ...cxDictionary.commands, ...shDictionary.commands })) {
      expect(Object.keys(command.request)[0]).toBe('Session-Id');
      expect(Object.keys(command.answer)[0]).toBe('Session-Id');
    }
  });
});
