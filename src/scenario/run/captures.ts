/** What steps captured from messages, put where later steps say `${name}`. */
import { suggest } from '../../selection/index.js';
import type { Step } from '../model.js';

const REFERENCE = /\$\{([^}]*)\}/g;

export class Captures {
  readonly #values = new Map<string, string>();

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** The step with every `${name}` in its texts replaced, or what is wrong. The steps of branches are left for their turn. */
  fill<TStep extends Step>(step: TStep): { readonly step: TStep } | { readonly wrong: string } {
    if ('do' in step && step.do === 'parallel') return { step };
    const missing: string[] = [];
    const { place, ...rest } = step;
    const filled = { ...(this.#filled(rest, missing) as typeof rest), place } as TStep;
    const [name] = missing;
    if (name === undefined) return { step: filled };
    const known = [...this.#values.keys()];
    const mend = known.length === 0 ? 'nothing has been captured by then' : suggest(name, known);
    return { wrong: `\${${name}} stands for nothing: ${mend}` };
  }

  #filled(value: unknown, missing: string[]): unknown {
    if (typeof value === 'string') {
      return value.replace(REFERENCE, (reference, name: string) => {
        const found = this.#values.get(name);
        if (found === undefined) missing.push(name);
        return found ?? reference;
      });
    }
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
    if (Array.isArray(value)) return value.map((entry) => this.#filled(entry, missing));
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.#filled(entry, missing)]));
  }
}
