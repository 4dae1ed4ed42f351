/** Names for values that are made up in each run, by what they are and in the order in which they first appear. */

/** What free text is searched for: long enough to be no word of a language. */
const TOKEN = /[\w.+/=~%!*-]{6,}(?:@[\w.:[\]-]+)?/g;

export class Roles {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #anywhere = new Map<string, string>();

  /**
   * `<call-1>`, `<call-2>`; with an owner `<tag ue1>`, `<tag ue1-2>`. Equal values of a kind have one name, whoever shows
   * them later.
   */
  name(kind: string, value: string, owner?: string): string {
    const key = `${kind} ${value}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const label = owner === undefined ? kind : `${kind} ${owner}`;
    const count = (this.#counts.get(label) ?? 0) + 1;
    this.#counts.set(label, count);
    const name = owner !== undefined && count === 1 ? `<${label}>` : `<${label}-${count}>`;
    this.#names.set(key, name);
    if (!this.#anywhere.has(value)) this.#anywhere.set(value, name);
    return name;
  }

  /** Values that have a name already, wherever they stand in a text. */
  replaceKnown(text: string): string {
    return text.replace(TOKEN, (token) => this.#anywhere.get(token) ?? token);
  }
}

/** A name in a line of a golden trace, with its number. */
const NUMBERED = /<([a-z][\w ]*?)(?:-(\d+))?>/g;

/** A line with the numbers of its names left out: equal for messages that differ in nothing but how many came before. */
export function withoutNumbers(line: string): string {
  return line.replace(NUMBERED, '<$1>');
}

/** Names of a line, in order. */
export function namesIn(line: string): readonly string[] {
  return [...line.matchAll(NUMBERED)].map(([name]) => name);
}

/** The text with other names, where there are others. */
export function mapNames(text: string, other: (name: string) => string | undefined): string {
  return text.replace(NUMBERED, (name) => other(name) ?? name);
}
