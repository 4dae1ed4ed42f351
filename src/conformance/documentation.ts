/** docs/conformance.md: every rule with its clause, its status, whether traces are checked for it, and what proves it. */

import { catalogue, type RulePrefix, rulePrefixes, subjects } from './catalogue.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import type { Rule } from './rule.js';
import type { Citation } from './rule-citations.js';

const statuses = ['done', 'partly', 'not'] as const;

/** The page, its links relative to docs/. */
export function conformancePage(rules: readonly Rule[], citations: readonly Citation[]): string {
  const checked = new Set(rules.map(({ id }) => id));
  const byId = new Map<string, Citation[]>();
  for (const citation of citations) {
    for (const id of citation.ids) {
      const known = byId.get(id);
      if (known === undefined) byId.set(id, [citation]);
      else if (!known.some(({ path, name }) => path === citation.path && name === citation.name)) known.push(citation);
    }
  }
  const sections = rulePrefixes.map((prefix) => section(prefix, checked, byId));
  return `${[introduction, totals(checked), ...sections].join('\n\n')}\n`;
}

const introduction = [
  '# Conformance',
  '',
  'What the project is measured by, written by `npm run docs:conformance` from the catalogue of rules in `src/conformance`,',
  'the tests that name a rule, and the scenarios that prove one. A rule is *done* where code does it and a test names it.',
  '*Checked on traces* are the rules that every run is held against; a breach is reported with the rule and its clause.',
].join('\n');

function totals(checked: ReadonlySet<string>): string {
  const row = (name: string, entries: readonly CatalogueEntry[]): string => {
    const counts = statuses.map((status) => entries.filter((entry) => entry.status === status).length);
    const onTraces = entries.filter(({ id }) => checked.has(id)).length;
    return `| ${[name, ...counts, entries.length, onTraces].join(' | ')} |`;
  };
  return [
    '| Rules | done | partly | not | all | checked on traces |',
    '|---|---|---|---|---|---|',
    ...rulePrefixes.map((prefix) => row(`[${prefix}](#${anchor(prefix)}): ${subjects[prefix]}`, entriesOf(prefix))),
    row('All', catalogue),
  ].join('\n');
}

function section(
  prefix: RulePrefix,
  checked: ReadonlySet<string>,
  citations: ReadonlyMap<string, readonly Citation[]>,
): string {
  const rows = entriesOf(prefix).map((entry) => {
    const { id, clause, title, binds } = entry;
    const proofs = (citations.get(id) ?? []).map(proof).join('<br>');
    const cells = [id, clause, title, binds.join(', '), statusOf(entry), checked.has(id) ? 'yes' : 'no', proofs];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    `## ${heading(prefix)}`,
    '',
    '| Rule | Clause | What must hold | Binds | Status | Checked on traces | Tests |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function statusOf(entry: CatalogueEntry): string {
  const said = entry.status === 'done' ? 'done' : `${entry.status}: ${entry.why}`;
  return entry.unconfirmed === undefined ? said : `${said} (unconfirmed: ${entry.unconfirmed})`;
}

function proof({ path, name }: Citation): string {
  const file = path.split('/').at(-1)!;
  const shown = name === file ? '' : ` ${escaped(name)}`;
  return `[${file}](../${path})${shown}`;
}

/** What a name means to Markdown is taken from it. */
function escaped(name: string): string {
  return name.replaceAll(/[*_`[\]<>]/g, '\\$&');
}

function entriesOf(prefix: RulePrefix): readonly CatalogueEntry[] {
  return catalogue.filter(({ id }) => id.startsWith(`${prefix}-`));
}

function heading(prefix: RulePrefix): string {
  return `${prefix}: ${subjects[prefix]}`;
}

/** The anchor that a Markdown reader gives to the heading. */
function anchor(prefix: RulePrefix): string {
  return heading(prefix)
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}
