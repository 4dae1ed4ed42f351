/** Names, globs and `all` → the nodes of a lab that are meant. */
import { suggest } from '../../selection/index.js';
import { isUe, type Lab, type LabNode } from '../../topology/lab.js';
import type { KeyPath } from '../../topology/source.js';
import type { Complain } from './substitution.js';

/** What a name may stand for. */
export type NodeKind = 'UE' | 'node';

export class Names {
  readonly #all: readonly LabNode[];

  constructor(readonly lab: Lab) {
    this.#all = lab.nodes;
  }

  of(kind: NodeKind): readonly string[] {
    return this.#all.filter((node) => kind === 'node' || isUe(node)).map(({ name }) => name);
  }

  /**
   * In the order of writing, those of a glob in the topology's order and none that is there already. A name that the lab does
   * not have stays: whoever uses it says what is wrong with it.
   */
  expand(written: readonly string[], kind: NodeKind, path: KeyPath, complain: Complain): readonly string[] {
    if (!written.some(isOpen)) return written;
    const names = new Set<string>();
    for (const [index, text] of written.entries()) {
      if (!isOpen(text)) {
        names.add(text);
        continue;
      }
      const candidates = this.of(text === 'all' ? 'UE' : kind);
      const found = text === 'all' ? candidates : candidates.filter(globOf(text));
      if (found.length === 0) {
        const what = `${this.lab.file} has no ${kind}${text === 'all' ? '' : ` like '${text}'`}`;
        complain([...path, index], what, suggest(text, candidates));
      }
      for (const name of found) names.add(name);
    }
    return [...names];
  }
}

function isOpen(text: string): boolean {
  return text === 'all' || text.includes('*') || text.includes('?');
}

/** `*` any number of characters, `?` one. */
function globOf(text: string): (name: string) => boolean {
  const parts = text.replaceAll(/\*+/g, '*').replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${parts.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  return (name) => expression.test(name);
}
