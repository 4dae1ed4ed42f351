/**
 * Subscribers as short texts: what few of them differ in (barring, services, algorithms …) is kept once for all, as the
 * shape; what each has for itself (identities, keys, SQN) is the text. So a million fit into memory.
 */
import type { KeyMaterial } from '../../aka/index.js';
import type { Subscriber } from '../subscription/subscriber.js';

/** What one subscriber differs in. */
export interface SubscriberRecord {
  readonly shape: Shape;
  /** Each value with its length in front; octets one a character. */
  readonly values: string;
}

/** JSON of a subscriber in which marks stand for the values that follow in the record. */
interface Shape {
  readonly tree: Tree;
}

type Tree = string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree };

/** No text of a subscriber begins so. */
const marks = { text: '\u0000t', octets: '\u0000o', integer: '\u0000i', part: '\u0000p' } as const;

/** Texts of which there are few. */
const fewKeys: ReadonlySet<string> = new Set(['kind', 'scheme', 'algorithm', 'sqnProfile', 'ind', 'qop', 'realm']);

/** Parts that many subscribers have in common, whole. */
const partKeys: ReadonlySet<string> = new Set([
  'filterCriteria',
  'charging',
  'capabilities',
  'visitedNetworks',
  'constants',
]);

const longText = 0xffff;

/** Those of the last subscribers that were read; who has the same keys shares their schedule. */
const materialsMax = 1_000;

export class SubscriberRecords {
  readonly #shapes = new Map<string, Shape>();
  /** By content, and what is known to be one of them. */
  readonly #parts: unknown[] = [];
  readonly #partNumbers = new Map<string, number>();
  readonly #knownParts = new WeakMap<object, number>();
  readonly #materials = new Map<string, KeyMaterial>();

  write(subscriber: Subscriber): SubscriberRecord {
    const values: string[] = [];
    const add = (value: string): void => {
      values.push(lengthOf(value), value);
    };
    const self = this;
    const text = JSON.stringify(subscriber, function (this: Record<string, unknown>, key, converted: unknown) {
      // What JSON makes of a Buffer is not what is wanted.
      const value = this[key];
      if (partKeys.has(key) && typeof value === 'object' && value !== null) return marks.part + self.#partNumber(value);
      if (typeof value === 'string' && !fewKeys.has(key)) {
        add(value);
        return marks.text;
      }
      if (typeof value === 'bigint') {
        add(value.toString(36));
        return marks.integer;
      }
      if (Buffer.isBuffer(value)) {
        add(value.toString('latin1'));
        return marks.octets;
      }
      return converted;
    });
    let shape = this.#shapes.get(text);
    if (shape === undefined) {
      shape = { tree: JSON.parse(text) as Tree };
      this.#shapes.set(text, shape);
    }
    return { shape, values: values.join('') };
  }

  read({ shape, values }: SubscriberRecord): Subscriber {
    let at = 0;
    const next = (): string => {
      let length = values.charCodeAt(at++);
      if (length === longText) {
        length = values.charCodeAt(at) * longText + values.charCodeAt(at + 1);
        at += 2;
      }
      at += length;
      return values.slice(at - length, at);
    };
    const build = (tree: Tree): unknown => {
      if (typeof tree === 'string') return tree.charCodeAt(0) === 0 ? this.#value(tree, next) : tree;
      if (typeof tree !== 'object' || tree === null) return tree;
      if (Array.isArray(tree)) return tree.map(build);
      const built: Record<string, unknown> = {};
      for (const key in tree) {
        const value = build((tree as { readonly [key: string]: Tree })[key]!);
        built[key] = key === 'material' ? this.#shared(value as KeyMaterial) : value;
      }
      return built;
    };
    return build(shape.tree) as Subscriber;
  }

  #value(mark: string, next: () => string): unknown {
    switch (mark) {
      case marks.text:
        return next();
      case marks.octets:
        return Buffer.from(next(), 'latin1');
      case marks.integer:
        return fromBase36(next());
      default:
        return this.#parts[Number(mark.slice(marks.part.length))];
    }
  }

  #partNumber(part: object): number {
    let number = this.#knownParts.get(part);
    if (number === undefined) {
      const text = JSON.stringify(part, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
      number = this.#partNumbers.get(text);
      if (number === undefined) {
        number = this.#parts.push(part) - 1;
        this.#partNumbers.set(text, number);
      }
      this.#knownParts.set(part, number);
    }
    return number;
  }

  #shared(material: KeyMaterial): KeyMaterial {
    const text = Object.values(material)
      .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)))
      .join(' ');
    const known = this.#materials.get(text);
    if (known !== undefined) return known;
    if (this.#materials.size >= materialsMax) this.#materials.clear();
    this.#materials.set(text, material);
    return material;
  }
}

/** One character; three for what is too long for that, the first of which no other length has. */
function lengthOf({ length }: string): string {
  return length < longText
    ? String.fromCharCode(length)
    : String.fromCharCode(longText, Math.floor(length / longText), length % longText);
}

/** SQNs have 48 bits at most, so that a number holds them. */
function fromBase36(text: string): bigint {
  return BigInt(Number.parseInt(text, 36));
}
