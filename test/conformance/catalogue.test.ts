import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readCitations } from '../../src/cli/citations.js';
import { catalogue, catalogueEntry, clauseOf } from '../../src/conformance/catalogue.js';
import { conformancePage } from '../../src/conformance/documentation.js';
import { rules } from '../../src/conformance/index.js';
import { citationsIn, citedIds, testNames } from '../../src/conformance/rule-citations.js';

const root = resolve(__dirname, '../..');
const citations = readCitations(root);
const page = join(root, 'docs/conformance.md');

/** `TS 24.229 5.2.2, 5.3, RFC 3261 7`: `TS 24.229 5.2.2`, `TS 24.229 5.3`, `RFC 3261 7`. */
function clauseParts(clause: string): readonly string[] {
  let document = '';
  return clause.split(', ').map((part) => {
    const [, named, rest] = /^((?:TS|RFC) \S+)(?: (.*))?$/.exec(part) ?? [];
    document = named ?? document;
    return named === undefined ? `${document} ${part}` : rest === undefined ? document : `${document} ${rest}`;
  });
}

describe('the catalogue of rules', () => {
  it('has each id once, with clause and title', () => {
    const ids = catalogue.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, clause, title, binds } of catalogue) {
      expect(id).toMatch(/^((REG|CX|AKA|CALL|SIP)-\d\d|(CX|SH)-[A-Z]{3,})$/);
      expect(clause).toMatch(/^(TS|RFC) \d/);
      expect(title).not.toBe('');
      expect(binds).not.toEqual([]);
    }
  });

  it('calls done only what a test or scenario names', () => {
    const cited = new Set(citations.flatMap(({ ids }) => ids));
    const unproven = catalogue.filter(({ id, status }) => status === 'done' && !cited.has(id)).map(({ id }) => id);
    expect(unproven).toEqual([]);
  });

  it('gives the clause of a rule, and refuses what is none', () => {
    expect(clauseOf('SIP-31')).toBe(catalogueEntry('SIP-31')!.clause);
    expect(() => clauseOf('SIP-99')).toThrow(new RangeError('SIP-99 is not in the catalogue of rules'));
  });
});

describe('what cites rules', () => {
  it('tests and scenarios name rules that there are', () => {
    const unknown = citations.flatMap(({ path, ids }) =>
      ids.filter((id) => catalogueEntry(id) === undefined).map((id) => `${path}: ${id}`),
    );
    expect(unknown).toEqual([]);
  });

  it('rules over traces are in the catalogue, under their clause or a part of it', () => {
    const strays = rules.flatMap(({ id, clause }) => {
      const known = new Set(clauseParts(catalogueEntry(id)?.clause ?? ''));
      return clauseParts(clause)
        .filter((part) => !known.has(part))
        .map((part) => `${id}: ${part}`);
    });
    expect(strays).toEqual([]);
  });

  it('lists and ranges count for each rule in them', () => {
    expect(citedIds('AKA-12, AKA-13: an SQN')).toEqual(['AKA-12', 'AKA-13']);
    expect([...citedIds('SIP-31 to SIP-33')].sort()).toEqual(['SIP-31', 'SIP-32', 'SIP-33']);
    expect([...citedIds('REG-45 … REG-47 / RFC 3261')].sort()).toEqual(['REG-45', 'REG-46', 'REG-47']);
    expect(citedIds('spec CALL-xx')).toEqual([]);
  });

  it('names are found however tests are written', () => {
    const source = `
      describe('one', () => { it("it's two", () => {}); test(\`three\`, fn); });
      it.each([['a (', /[)/'"]/], ["b]", 3 / 4]] as const)('four %s', () => {}); // it
      it.each(
        rows.map((row) => f(row)),
      )(
        'five \\'quoted\\'',
        () => {},
      );
      it.skip('six', () => {});
      it.each<[string, (text: Map<string, 'a' | 'b'>) => void]>([['x', f]])('seven (%s)', () => {});
      it.each<1 | 2>([1])('eight', () => {});
      unit('nine'); exit('ten'); it(name, fn);`;
    const names = ['one', "it's two", 'three', 'four %s', "five 'quoted'", 'six', 'seven (%s)', 'eight'];
    expect(testNames(source)).toEqual(names);
  });

  it('a row that begins with an id is a test of its own', () => {
    const source = "it.each([\n  ['SIP-42', {}],\n  ['SIP-08', {}],\n])('%s: breaks (%s, %j)', () => {});";
    expect(citationsIn('test/x.test.ts', source)).toEqual([
      { path: 'test/x.test.ts', name: 'SIP-42: breaks', ids: ['SIP-42'] },
      { path: 'test/x.test.ts', name: 'SIP-08: breaks', ids: ['SIP-08'] },
    ]);
  });
});

describe('docs/conformance.md', () => {
  const text = readFileSync(page, 'utf8');

  it('is what `npm run docs:conformance` writes now', () => {
    const written = text.split('\n');
    const stale = conformancePage(rules, citations)
      .split('\n')
      .filter((line, index) => line !== written[index]);
    expect(stale.map((line) => line.slice(0, 40))).toEqual([]);
  });

  it('links to files that there are', () => {
    const targets = new Set([...text.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path]) => path!));
    expect(targets.size).toBeGreaterThan(20);
    expect([...targets].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
