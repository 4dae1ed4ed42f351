/** `${…}` in a scenario file: parameters, the matrix, loop variables and what the lab knows. */
import { suggest } from '../../selection/index.js';
import type { Lab } from '../../topology/lab.js';
import type { KeyPath } from '../../topology/source.js';
import { dialledIdentity } from '../run/dialled-identity.js';

/** Tells of a mistake at a place in the file. */
export type Complain = (path: KeyPath, what: string, mend: string, at?: 'key' | 'value') => void;

export type Plain = string | number | boolean;

/** `${name}`; what stands between the braces may not hold one. */
const REFERENCE = /\$\{([^{}]*)\}/g;
const WHOLE_REFERENCE = /^\$\{([^{}]*)\}$/;
const NAME = /^[A-Za-z_][\w-]*$/;

/** More than any message; values that grow from one another stop here. */
const TEXT_MAX = 1_000_000;

/** The names that a text refers to. */
export function referencesIn(text: string): readonly string[] {
  return text.includes('${') ? [...text.matchAll(REFERENCE)].map(([, name]) => name!.trim()) : [];
}

/** The variables at one place of the file. Immutable: a loop adds its own in a new scope. */
export class Scope {
  /**
   * @param lab undefined before there is one
   * @param captures in steps: names that stay as they are, because some step captures them
   */
  constructor(
    private readonly variables: ReadonlyMap<string, Plain | readonly Plain[]>,
    private readonly lab: Lab | undefined,
    private readonly captures?: ReadonlySet<string>,
  ) {}

  get names(): readonly string[] {
    return [...this.variables.keys()];
  }

  has(name: string): boolean {
    return this.variables.has(name);
  }

  with(name: string, value: Plain | readonly Plain[]): Scope {
    return new Scope(new Map([...this.variables, [name, value]]), this.lab, this.captures);
  }

  /** For steps, some of which capture these. */
  capturing(names: ReadonlySet<string>): Scope {
    return new Scope(this.variables, this.lab, names);
  }

  /** The value with everything in place that is known, in keys as in values. */
  fill(value: unknown, path: KeyPath, complain: Complain): unknown {
    if (typeof value === 'string') return value.includes('${') ? this.#fillText(value, path, complain) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item, index) => this.fill(item, [...path, index], complain));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key.includes('${') ? this.#fillKey(key, path, complain) : key,
        this.fill(item, [...path, key], complain),
      ]),
    );
  }

  /** What a key says is looked at before anything runs: it cannot wait for a captured value. */
  #fillKey(key: string, path: KeyPath, complain: Complain): string {
    let isRefused = false;
    const filled = this.#fillText(key, [...path, key], (at, what, mend) => {
      isRefused = true;
      complain(at, what, mend, 'key');
    });
    if (!isRefused && (Array.isArray(filled) || String(filled).includes('${'))) {
      const what = Array.isArray(filled)
        ? 'is a list, which cannot be a key'
        : 'is captured, and a captured value cannot stand in a key';
      complain([...path, key], `'${shortened(key)}' ${what}`, 'write the key, or use a parameter', 'key');
    }
    return String(filled);
  }

  #fillText(text: string, path: KeyPath, complain: Complain): unknown {
    const whole = WHOLE_REFERENCE.exec(text);
    if (whole !== null) {
      const found = this.#lookUp(whole[1]!.trim(), path, complain);
      return found ?? `\${${whole[1]!.trim()}}`;
    }
    if (text.replaceAll(REFERENCE, '').includes('${')) {
      complain(path, `'${shortened(text)}' has a \${ without an end`, `write \${name}`);
      return text;
    }
    const filled = text.replaceAll(REFERENCE, (_reference, name: string) => {
      const found = this.#lookUp(name.trim(), path, complain);
      if (Array.isArray(found)) {
        complain(path, `'${name.trim()}' is a list, which cannot stand within text`, 'let it stand alone');
      }
      return found === undefined ? `\${${name.trim()}}` : String(found);
    });
    if (filled.length <= TEXT_MAX) return filled;
    complain(path, 'grows beyond a million characters', 'shorten what it is made of');
    return text;
  }

  /** Undefined for what stays: a capture, or a mistake that has been told of. */
  #lookUp(name: string, path: KeyPath, complain: Complain): unknown {
    if (this.variables.has(name)) return this.variables.get(name);
    if (name === 'home' && this.lab !== undefined) return this.lab.home;
    const dot = name.indexOf('.');
    if (dot > 0) return this.#nodeValue(name.slice(0, dot), name.slice(dot + 1), path, complain);
    if (!NAME.test(name)) {
      complain(path, `'\${${shortened(name)}}' names nothing`, `write \${name}, or \${node.value}`);
    } else if (name === 'home') {
      complain(path, NO_LAB, 'write the value');
    } else if (!this.captures?.has(name)) {
      const what = `'${name}' is no parameter${this.captures === undefined ? '' : ', and no step captures it'}`;
      complain(path, what, suggestReference(name, [...this.names, ...(this.captures ?? []), 'home']));
    }
    return undefined;
  }

  #nodeValue(first: string, key: string, path: KeyPath, complain: Complain): Plain | undefined {
    if (this.lab === undefined) {
      complain(path, NO_LAB, 'write the value');
      return undefined;
    }
    const variable = this.variables.get(first);
    const name = typeof variable === 'string' ? variable : first;
    const node = this.lab.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) {
      const known = this.lab.nodes.map((candidate) => `${candidate.name}.${key}`);
      complain(path, `${this.lab.file} has no node '${name}'`, suggestReference(`${name}.${key}`, known));
      return undefined;
    }
    const isUe = node.role === 'ue' && !node.external;
    const values: Readonly<Record<string, Plain | undefined>> = {
      address: node.listen[0]?.address,
      port: node.listen[0]?.port,
      ...(isUe ? { imsi: node.imsi, identity: dialledIdentity(name, this.lab) } : {}),
    };
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) {
      const known = Object.keys(values).filter((one) => values[one] !== undefined);
      complain(path, `of ${name} nothing is known as '${key}'`, suggest(key, known));
    }
    return value;
  }
}

const NO_LAB = 'is not known before the lab is there';

/** As `suggest`, with the words as they are written. */
export function suggestReference(word: string, known: readonly string[]): string {
  return suggest(
    `\${${word}}`,
    known.map((name) => `\${${name}}`),
  );
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
