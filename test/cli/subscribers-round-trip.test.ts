/** What is exported is imported again as it was: every column, in CSV and in YAML. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { exportSubscribers } from '../../src/cli/subscribers-export.js';
import { importSubscribers } from '../../src/cli/subscribers-import.js';
import { columnNames } from '../../src/topology/subscriber-columns.js';
import { csvCell } from '../../src/topology/text-rows.js';
import { TestFolder } from '../topology/files.js';
import { captured } from './captured.js';

const home = 'ims.mnc001.mcc001.3gppnetwork.org';
const folder = new TestFolder();
afterAll(() => folder.remove());

type Cells = Readonly<Record<string, string>>;

const hex = (octets: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9a-f]{${2 * octets}}$`));
const maybe = <T>(each: fc.Arbitrary<T>): fc.Arbitrary<T | ''> => fc.oneof(each, fc.constant('' as const));
/** Quotes, separators, line ends and what YAML would read as something else. */
const awkward = fc.constantFrom(
  'secret',
  'a,b',
  'a;b',
  '"a"',
  'a"b',
  'line\nbreak',
  'yes',
  'null',
  '0x10',
  '1e3',
  '- a',
  'a: b',
  'ü',
  '#',
);
const numbers = fc.uniqueArray(fc.nat(1000), { maxLength: 3 }).map((list) => list.join(' '));
const words = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,5}\.example$/), { maxLength: 3 })
  .map((list) => list.join(' '));
const flag = fc.constantFrom('', 'true', 'false');
const diameterUri = maybe(fc.constantFrom('aaa://ccf.example:3868', 'aaas://ccf.example;transport=tcp'));

const keys: fc.Arbitrary<Cells> = fc.oneof(
  fc.record({ algorithm: fc.constantFrom('', 'milenage'), k: hex(16), opc: hex(16) }),
  fc.record({ k: hex(16), op: hex(16) }),
  fc.record({
    algorithm: fc.constant('tuak'),
    k: fc.oneof(hex(16), hex(32)),
    topc: hex(32),
    'res-bits': fc.constantFrom('', '32', '64', '128', '256'),
    'ck-bits': fc.constantFrom('', '128', '256'),
    'ik-bits': fc.constantFrom('', '128', '256'),
    iterations: fc.constantFrom('', '1', '2'),
  }),
  fc.record({ algorithm: fc.constant('tuak'), k: hex(16), top: hex(32) }),
  fc.record({ algorithm: fc.constant('xor'), k: hex(16) }),
);
const card: fc.Arbitrary<Cells> = fc.record({
  amf: maybe(hex(2)),
  sqn: maybe(
    fc.oneof(
      fc.nat().map(String),
      hex(6).map((digits) => `0x${digits}`),
    ),
  ),
  ind: fc.constantFrom('', '0', '3', 'rotating'),
  'ind-bits': fc.constantFrom('', '5', '8'),
  'sqn-profile': fc.constantFrom('', 'sequence', 'partly-time-based', 'time-based'),
  'res-without-zero-octets': flag,
});
const scheme: fc.Arbitrary<Cells> = fc.oneof(
  fc.constant({}),
  fc.constant({ scheme: 'aka' }),
  fc.record({
    scheme: fc.constant('sip-digest'),
    password: awkward,
    realm: maybe(awkward),
    'digest-algorithm': fc.constantFrom('', 'MD5', 'SHA-256'),
    qop: fc.constantFrom('', 'auth', 'auth auth-int'),
  }),
  fc.record({ scheme: fc.constant('sip-digest'), ha1: hex(16) }),
  fc.record({ scheme: fc.constant('sip-digest'), ha1: hex(32), 'digest-algorithm': fc.constant('SHA-256') }),
  fc.record({ scheme: fc.constant('giba'), 'framed-address': fc.constantFrom('192.0.2.1', '2001:db8:1::/64') }),
  fc.record({ scheme: fc.constant('nass-bundled'), line: fc.constantFrom('dsl-1', 'dsl-1 dsl-2', '0x10') }),
);
const rest: fc.Arbitrary<Cells> = fc.record({
  'mandatory-capabilities': numbers,
  'optional-capabilities': numbers,
  'visited-networks': words,
  'may-register': flag,
  'loose-route': flag,
  ccf: diameterUri,
  'secondary-ccf': diameterUri,
  ecf: diameterUri,
  'secondary-ecf': diameterUri,
});
/** Of the subscriber with that number. */
const identities: fc.Arbitrary<(number: number) => Cells> = fc.oneof(
  fc.constant((number: number) => ({ msisdn: `+1555${1_000 + number}` })),
  fc.constant((number: number) => ({
    'private-identity': `card${number}@private.example`,
    identities: `sip:u${number}@${home} tel:+1556${number} | sip:${number}-!.*!@${home} sip:%7c${number}@${home}`,
    barred: `tel:+1556${number}`,
  })),
  fc.constant((number: number) => ({
    subscription: `family ${number}`,
    identities: `sip:0x${number}@${home} sip:b${number}@${home}`,
    barred: `sip:b${number}@${home}`,
  })),
);

const rows = fc.array(fc.tuple(keys, card, scheme, rest, identities), { minLength: 6, maxLength: 12 }).map((all) =>
  all.map(([...[key, sim, authentication, other, own]], index): Cells => {
    const imsi = String(1_010_000_000_001 + index).padStart(15, '0');
    return { imsi, ...key, ...sim, ...authentication, ...other, ...own(index) };
  }),
);

let stores = 0;

async function imported(file: string): Promise<string> {
  const store = `lmdb:${join(folder.path, `store${++stores}`)}`;
  const { status } = await captured(() => importSubscribers([file], { store, home }));
  expect(status).toBe(0);
  return store;
}

async function exported(store: string, name: string): Promise<string> {
  const file = join(folder.path, name);
  await captured(() => exportSubscribers(file, { store }));
  return readFileSync(file, 'utf8');
}

it('export, import and export give the same octets', async () => {
  const used = new Set<string>();
  await fc.assert(
    fc.asyncProperty(rows, async (all) => {
      for (const row of all) for (const [name, cell] of Object.entries(row)) if (cell !== '') used.add(name);
      const lines = all.map((row) => columnNames.map((name) => csvCell(row[name] ?? '')).join(','));
      const first = await imported(folder.write('written.csv', `${[columnNames.join(','), ...lines].join('\n')}\n`));
      const csv = await exported(first, 'first.csv');
      const yaml = await exported(first, 'first.yaml');
      for (const file of ['first.csv', 'first.yaml']) {
        const again = await imported(join(folder.path, file));
        expect(await exported(again, 'again.csv')).toBe(csv);
        expect(await exported(again, 'again.yaml')).toBe(yaml);
      }
    }),
    { numRuns: 8 },
  );
  // Ranges and services are written out by then.
  expect(columnNames.filter((name) => !used.has(name))).toEqual(['count', 'services']);
});

it.each<readonly [lost: string, more: string]>([
  ['authentication.line', 'authentication: { scheme: nass-bundled, line: ["a b"] }, msisdn: "+15550000"'],
  ['authentication.realm', 'authentication: { scheme: sip-digest, password: x, realm: " x" }, msisdn: "+15550000"'],
  ['identities.uri', `identities: ["sip:a@${home}", "sip:b-!(a|b)!@${home}"]`],
])('what CSV would give back as something else is not written: %s', async (lost, more) => {
  const text = `subscribers:\n  - { imsi: "001010000000001", k: ${'0f'.repeat(16)}, opc: ${'a5'.repeat(16)}, ${more} }\n`;
  const store = await imported(folder.write('lost.yaml', text));
  await expect(exportSubscribers(join(folder.path, 'lost.csv'), { store })).rejects.toThrow(
    `a row of CSV has no place for its ${lost}; export to a .yaml file`,
  );
  const yaml = await exported(store, 'kept.yaml');
  expect(await exported(await imported(join(folder.path, 'kept.yaml')), 'again.yaml')).toBe(yaml);
});
