/**
 * Regular expressions as users write them, run in a time that grows with the text and no faster. V8's own engine goes back
 * and tries again: one of `(a+)+$` never ends on a text of fifty letters, and neither Ctrl-C nor a timeout reaches it. To refuse
 * nested quantifiers would not do: `.*.*.*x` takes days on a large body as well, and captured values are put in after the
 * file has been read. So an expression becomes a non-deterministic automaton, and all of its states go through the text side by side
 * (Thompson's construction). Single characters are compared by V8. What no such automaton can do, looking around and back
 * references, is refused when the expression is read.
 */
import { PatternError } from './pattern-error.js';

type Assertion = '^' | '$' | '\\b' | '\\B';

/** What an expression is made of. */
type Part =
  | { readonly accepts: (character: string) => boolean }
  | { readonly at: Assertion }
  | { readonly all: readonly Part[] }
  | { readonly any: readonly Part[] }
  | { readonly part: Part; readonly min: number; readonly max: number };

interface State {
  /** Of those that a character leads on from. */
  readonly accepts?: (character: string) => boolean;
  /** Of those that only a place leads on from. */
  readonly at?: Assertion;
  next: readonly number[];
}

/** More than anybody writes; `(x{1000}){1000}` ends here. */
const STATES_MAX = 10_000;
const MATCHED = 0;

export class Expression {
  readonly #states: State[] = [{ next: [] }];
  readonly #start: number;
  readonly #isMultiline: boolean;
  readonly #byCodePoint: boolean;
  /** By state: the step of the last walk at which it was entered. */
  readonly #entered: Uint32Array;
  #step = 0;

  /** Throws SyntaxError for what is no expression, PatternError for what an automaton cannot do. */
  constructor(source: string, flags: string) {
    new RegExp(source, flags);
    this.#isMultiline = flags.includes('m');
    this.#byCodePoint = flags.includes('u');
    this.#start = this.#build(new Reader(source, flags.replaceAll('m', '')).read(), MATCHED);
    this.#entered = new Uint32Array(this.#states.length);
  }

  /** Whether it matches anywhere in the text. */
  test(text: string): boolean {
    const characters = this.#byCodePoint ? [...text] : text;
    let live: number[] = [];
    for (let index = 0; index <= characters.length; index++) {
      this.#step += 1;
      const entered: number[] = [];
      for (const state of [...live, this.#start]) if (this.#enter(state, characters, index, entered)) return true;
      live = entered.flatMap((state) => {
        const { accepts, next } = this.#states[state]!;
        return index < characters.length && accepts!(characters[index]!) ? next : [];
      });
    }
    return false;
  }

  /** Goes on without a character as far as it leads; true where that is the end. */
  #enter(first: number, characters: ArrayLike<string>, index: number, entered: number[]): boolean {
    const open = [first];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      if (state === MATCHED) return true;
      if (this.#entered[state] === this.#step) continue;
      this.#entered[state] = this.#step;
      const { accepts, at, next } = this.#states[state]!;
      if (accepts !== undefined) entered.push(state);
      else if (at === undefined || this.#holds(at, characters, index)) open.push(...next);
    }
    return false;
  }

  #holds(at: Assertion, characters: ArrayLike<string>, index: number): boolean {
    const [before, after] = [characters[index - 1], characters[index]];
    if (at === '^') return before === undefined || (this.#isMultiline && isLineEnd(before));
    if (at === '$') return after === undefined || (this.#isMultiline && isLineEnd(after));
    return (isWord(before) !== isWord(after)) === (at === '\\b');
  }

  /** Returns the state that the part begins with; `next` is where it leads. */
  #build(part: Part, next: number): number {
    if ('accepts' in part || 'at' in part) return this.#add({ ...part, next: [next] });
    if ('all' in part) return part.all.reduceRight((following, each) => this.#build(each, following), next);
    if ('any' in part) return this.#add({ next: part.any.map((each) => this.#build(each, next)) });
    const { part: inner, min, max } = part;
    let first = next;
    if (max === Number.POSITIVE_INFINITY) {
      first = this.#add({ next: [] });
      this.#states[first]!.next = [this.#build(inner, first), next];
    } else {
      for (let count = min; count < max; count++) first = this.#add({ next: [this.#build(inner, first), next] });
    }
    for (let count = 0; count < min; count++) first = this.#build(inner, first);
    return first;
  }

  #add(state: State): number {
    if (this.#states.length >= STATES_MAX) {
      throw new PatternError([], 'the expression repeats too much', 'write smaller counts');
    }
    return this.#states.push(state) - 1;
  }
}

const isLineEnd = (character: string): boolean => /[\n\r\u2028\u2029]/.test(character);
const isWord = (character: string | undefined): boolean => character !== undefined && /^\w/.test(character);

const QUANTIFIER = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/;
const CLASS = /^\[(?:\\[\s\S]|[^\]\\])*\]/;
/** `\x41`, `\u0041`, `\u{1f600}`, `\p{Lu}`, `\cA`, else one character. */
const ESCAPE = /^\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|u\{[\da-fA-F]+\}|[pP]\{[^}]*\}|c[a-zA-Z]|[\s\S])/;
const LOOK = /^\(\?<?[=!]/;

/** Reads what V8 has found to be an expression. */
class Reader {
  #rest: string;

  constructor(
    source: string,
    private readonly flags: string,
  ) {
    this.#rest = source;
  }

  read(): Part {
    return this.#choice();
  }

  #choice(): Part {
    const any = [this.#sequence()];
    while (this.#rest.startsWith('|')) {
      this.#take(1);
      any.push(this.#sequence());
    }
    return any.length === 1 ? any[0]! : { any };
  }

  #sequence(): Part {
    const all: Part[] = [];
    while (this.#rest !== '' && !/^[|)]/.test(this.#rest)) all.push(this.#repeated(this.#term()));
    return { all };
  }

  #repeated(part: Part): Part {
    const found = QUANTIFIER.exec(this.#rest);
    if (found === null) return part;
    const [text, sign, least, comma, most] = found;
    this.#take(text.length);
    if (sign !== undefined)
      return { part, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    const min = Number(least);
    if (comma === undefined) return { part, min, max: min };
    return { part, min, max: most === '' ? Number.POSITIVE_INFINITY : Number(most) };
  }

  #term(): Part {
    const rest = this.#rest;
    if (rest.startsWith('(')) return this.#group();
    if (/^[$^]/.test(rest)) return { at: this.#take(1) as Assertion };
    if (/^\\[bB]/.test(rest)) return { at: this.#take(2) as Assertion };
    if (/^\\(?:[1-9]|k<)/.test(rest)) this.#refuse('refers back to what it has matched');
    const whole = CLASS.exec(rest) ?? ESCAPE.exec(rest) ?? (this.flags.includes('u') ? /^./su : /^[\s\S]/).exec(rest)!;
    return { accepts: accepting(this.#take(whole[0].length), this.flags) };
  }

  #group(): Part {
    if (LOOK.test(this.#rest)) this.#refuse('looks ahead or behind');
    if (/^\(\?[^:<]/.test(this.#rest)) this.#refuse('changes its flags within');
    this.#take((/^\((?:\?:|\?<[^>]*>)?/.exec(this.#rest) ?? ['('])[0].length);
    const inner = this.#choice();
    this.#take(1);
    return inner;
  }

  #take(count: number): string {
    const taken = this.#rest.slice(0, count);
    this.#rest = this.#rest.slice(count);
    return taken;
  }

  #refuse(what: string): never {
    throw new PatternError([], `the expression ${what}`, 'write it without; not: and one-of: put matchers together');
  }
}

/** V8 compares a single character; what it says is remembered of ASCII. */
function accepting(atom: string, flags: string): (character: string) => boolean {
  const expression = new RegExp(`^${atom === '/' ? '\\/' : atom}$`, flags);
  const known = new Int8Array(128);
  return (character) => {
    const code = character.length === 1 ? character.charCodeAt(0) : 128;
    if (code >= known.length) return expression.test(character);
    if (known[code] === 0) known[code] = expression.test(character) ? 1 : -1;
    return known[code] === 1;
  };
}
