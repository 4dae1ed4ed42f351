/** Ids of rules that there are not: in `proves`, in `exceptions`, and behind expectations. */
import { nearestWord } from '../../selection/index.js';
import type { Problem } from '../../topology/problem.js';
import type { KeyPath } from '../../topology/source.js';
import type { ScenarioFile } from './scenario-file.js';
import { RULE_ID } from './step-schema.js';

/** @param rules ids of the rules that there are */
export function unknownRules({ source, written }: ScenarioFile, rules: readonly string[]): readonly Problem[] {
  const known = new Set(rules);
  const problems: Problem[] = [];
  const judge = (id: unknown, path: KeyPath, at: 'key' | 'value' = 'value'): void => {
    // What is no id at all is the schema's to refuse.
    if (typeof id !== 'string' || known.has(id) || !RULE_ID.test(id)) return;
    problems.push(source.problem(path, `there is no rule '${id}'`, nearestRule(id, rules), at));
  };
  if (Array.isArray(written.proves)) for (const [at, id] of written.proves.entries()) judge(id, ['proves', at]);
  for (const id of Object.keys(Object(written.exceptions) as object)) judge(id, ['exceptions', id], 'key');
  const walk = (value: unknown, path: KeyPath): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      const inner = [...path, Array.isArray(value) ? Number(key) : key];
      if (key === 'rule') judge(item, inner);
      else walk(item, inner);
    }
  };
  walk(written.steps, ['steps']);
  return problems;
}

/** A list of all 200 is no help to anybody. */
function nearestRule(id: string, rules: readonly string[]): string {
  const nearest = nearestWord(id, rules);
  const all = 'docs/conformance.md lists them';
  return nearest === undefined ? all : `did you mean '${nearest}'? ${all}`;
}
