/** `${name}` that is left in a step stands for what an earlier step captured. */
import { suggest } from '../../selection/index.js';
import type { KeyPath } from '../../topology/source.js';
import type { Step, StepPlace } from '../model.js';
import type { CheckContext } from './check-context.js';
import type { Progress } from './progress.js';
import { referencesIn, suggestReference } from './substitution.js';

/** Keys of the model that the YAML does not have, and those that it calls differently. */
const YAML_KEYS: Readonly<Record<string, string | undefined>> = {
  pattern: undefined,
  patterns: 'messages',
  fault: undefined,
  action: undefined,
};

export function checkCaptures(step: Step, progress: Progress, context: CheckContext): void {
  if ('do' in step && step.do === 'parallel') return; // its steps come by themselves
  const { place, ...rest } = step;
  checkReferences(rest, place, progress, context);
  if ('expect' in step && step.expect === 'message') {
    for (const name of Object.values(step.capture)) {
      if (context.variables.includes(name)) {
        const what = `'${name}' is the name of a parameter`;
        context.report(place, { at: ['capture', name], what, mend: 'capture it under another name', isKey: true });
      }
      progress.capture(name);
    }
  }
}

/** Tells of every name in the texts of `value` that nothing has captured. */
export function checkReferences(value: unknown, place: StepPlace, progress: Progress, context: CheckContext): void {
  walk(value, [], (text, at) => {
    for (const name of referencesIn(text)) {
      if (progress.hasCaptured(name) || progress.isUncertain(`capture ${name}`)) continue;
      const known = [...progress.captured, ...context.variables];
      const mend = known.length === 0 ? suggest(name, []) : suggestReference(name, known);
      const what = `'${name}' is no parameter, and no step before this one captures it`;
      context.report(place, { at, what, mend });
    }
  });
}

function walk(value: unknown, at: KeyPath, visit: (text: string, at: KeyPath) => void): void {
  if (typeof value === 'string') {
    if (value.includes('${')) visit(value, at);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, [...at, index], visit);
  } else if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    for (const [key, item] of Object.entries(value)) {
      const name = Object.hasOwn(YAML_KEYS, key) && typeof item === 'object' ? YAML_KEYS[key] : key;
      walk(item, name === undefined ? at : [...at, name], visit);
    }
  }
}
