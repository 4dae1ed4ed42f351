import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import * as library from '../../src/index.js';
import { faultSchemas } from '../../src/scenario/language/fault-schema.js';
import { loadScenarios } from '../../src/scenario/language/load-scenarios.js';
import { scenarioSchema } from '../../src/scenario/language/scenario-schema.js';
import { actionSchemas, blockSchemas, expectationSchemas } from '../../src/scenario/language/step-schema.js';
import { findTopology } from '../../src/topology/find-file.js';
import { loadLab } from '../../src/topology/load.js';
import { parseOverride } from '../../src/topology/source.js';

/** What the guides and the README say: their scenarios load, their commands have the options, their links lead somewhere. */
const root = resolve(__dirname, '../..');
const guide = join(root, 'docs/guide');
const pages = [
  join(root, 'README.md'),
  join(root, 'CONTRIBUTING.md'),
  ...readdirSync(guide).map((name) => join(guide, name)),
];

interface Block {
  /** `docs/guide/scenarios.md:42` */
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    where: `${relative(root, page)}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1]!,
    text: match[2]!,
  }));
}

const blocks = pages.flatMap(blocksOf);
const yamlBlocks = blocks.filter(({ language }) => language === 'yaml');
const isScenario = ({ text }: Block): boolean => /^steps:/m.test(text);
const isFaults = ({ text }: Block): boolean =>
  Array.isArray(parse(text)) && new RegExp(`^- (\\{ )?(${Object.keys(faultSchemas).join('|')}):`).test(text);

const folder = mkdtempSync(join(tmpdir(), 'imslab-guide-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Throws an InputError with everything that is wrong. */
function load(text: string): number {
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, text);
  return loadScenarios(file, ({ topology, overrides }) => {
    const texts = overrides.map((override) => parseOverride(override.text));
    return loadLab(findTopology(topology ?? 'volte'), texts);
  }).length;
}

describe('YAML of the guides', () => {
  it.each(yamlBlocks.filter(isScenario))('$where is a scenario', ({ text }) => {
    expect(load(text)).toBeGreaterThan(0);
  });

  it.each(yamlBlocks.filter(isFaults))('$where are faults', ({ text }) => {
    expect(load(`name: x\nsteps: [{ do: register, ue: ue1 }]\nfaults:\n${text.replaceAll(/^/gm, '  ')}`)).toBe(1);
  });

  it('is YAML everywhere', () => {
    for (const { text } of yamlBlocks) parse(text);
    expect(yamlBlocks.filter(isScenario).length).toBeGreaterThan(5);
  });
});

const declarations = readFileSync(join(root, 'src/cli/main.ts'), 'utf8');
const optionsIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<=['\s(])--[a-z][a-z-]*/g)].map(([option]) => option);

/** Command → its options, as its help lists them: from the lines that declare them, since no program is started here. */
const optionsOf = new Map(
  declarations
    .split(/(?=\.command\(')/)
    .slice(1)
    .map((part) => [/'([^']+)'/.exec(part)![1]!, [...optionsIn(part), '--help']]),
);
/** All sub-commands of one command together: most take the same options. */
for (const command of ['aka', 'diameter', 'subscribers']) {
  optionsOf.set(command, [...optionsIn(readFileSync(join(root, `src/cli/${command}.ts`), 'utf8')), '--help']);
}
const shared = optionsIn(
  declarations.slice(declarations.indexOf('function common'), declarations.indexOf('function program')),
);

/** Each `imslab COMMAND …` of a page, and each option that stands alone, with the command that it is then of. */
function callsIn(page: string): readonly { readonly line: string; readonly command: string | undefined }[] {
  const text = readFileSync(page, 'utf8');
  const calls = [
    ...text.matchAll(/\bimslab (run|test|up|ladder|decode|topology|aka|diameter|subscribers)\b([^`|\n]*)/g),
  ];
  const alone = [...text.matchAll(/`(--[a-z][^`]*)`/g)];
  return [
    ...calls.map(([line, command]) => ({ line, command })),
    ...alone.map(([line]) => ({ line, command: undefined })),
  ];
}

describe('commands of the guides', () => {
  it('know the options that are named', () => {
    const unknown = pages.flatMap((page) =>
      callsIn(page).flatMap(({ line, command }) => {
        const known = command === undefined ? [...optionsOf.values()].flat() : optionsOf.get(command)!;
        const all = command === 'test' ? known : [...known, ...shared];
        const wrong = optionsIn(line.replace('`', ' ')).filter((option) => !all.includes(option));
        return wrong.map((option) => `${relative(root, page)}: ${command ?? ''} ${option}`);
      }),
    );
    expect(unknown).toEqual([]);
    expect(pages.flatMap(callsIn).length).toBeGreaterThan(30);
    expect(optionsOf.get('test')).toContain('--rerun-failed');
  });
});

describe('links of the guides', () => {
  it.each(pages.map((page) => relative(root, page)))('%s leads to what is there', (name) => {
    const page = join(root, name);
    const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '');
    const dead = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
      .filter(([, path = '', anchor]) => {
        const target = path === '' ? page : resolve(dirname(page), path);
        if (!existsSync(target)) return true;
        return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
      })
      .map(([link]) => link);
    expect(dead).toEqual([]);
  });
});

function anchorsOf(page: string): readonly string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('docs/guide/scenario-reference.md', () => {
  const text = readFileSync(join(guide, 'scenario-reference.md'), 'utf8');
  const section = (title: string): string => text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  const words = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!).sort();
  /** First cell → words of the second. */
  const rows = (title: string): ReadonlyMap<string, readonly string[]> =>
    new Map([...section(title).matchAll(/^\| `([^`]+)` \|([^|]*)\|/gm)].map(([, word, keys]) => [word!, words(keys!)]));

  /** `key?` where it may be left out. */
  function keysOf({ shape }: z.ZodObject, without: readonly string[]): readonly string[] {
    return Object.entries(shape)
      .filter(([key]) => !without.includes(key))
      .map(([key, value]) => `${key}${(value as z.ZodType).safeParse(undefined).success && key !== 'value' ? '?' : ''}`)
      .sort();
  }

  const expected = (schemas: Readonly<Record<string, z.ZodObject>>, without: readonly string[]) =>
    Object.fromEntries(Object.entries(schemas).map(([word, schema]) => [word, keysOf(schema, without)]));

  it('has every step with its keys', () => {
    const found = new Map(rows('Steps'));
    found.delete('fault');
    expect(Object.fromEntries(found)).toEqual(expected(actionSchemas, ['do']));
  });

  it('has every expectation with its keys', () => {
    expect(Object.fromEntries(rows('Expectations'))).toEqual(expected(expectationSchemas, ['expect']));
  });

  it('has every block with its keys', () => {
    expect(Object.fromEntries(rows('Blocks'))).toEqual(expected(blockSchemas, []));
  });

  it('has every fault with its keys', () => {
    const found = rows('Faults');
    const shared = ['from', 'to', 'with', 'nth', 'as'];
    for (const [word, schema] of Object.entries(faultSchemas)) {
      expect([word, found.get(word)]).toEqual([word, keysOf(schema, [word, ...shared])]);
    }
    expect([...found.keys()].sort()).toEqual([...Object.keys(faultSchemas), ...shared.map((key) => `${key}?`)].sort());
  });

  it('has every key of the file', () => {
    const found = [...section('The file').matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key!);
    expect(found.sort()).toEqual(keysOf(scenarioSchema, []));
  });

  it('has every function of the library', () => {
    const named = section('TypeScript and JavaScript');
    const functions = Object.entries(library)
      .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
      .map(([name]) => name);
    // Of the steps' module, but for the library's own use.
    const inner = ['listed', 'patternOf'];
    expect(functions.filter((name) => !named.includes(`\`${name}`) && !inner.includes(name))).toEqual([]);
  });
});
