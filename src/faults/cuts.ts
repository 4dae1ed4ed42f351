/** Which nodes are cut off from which. */

const EVERYTHING = '*';

export class Cuts {
  /** `a b` both ways; `a *` is cut off from everything. Names hold no space. */
  readonly #pairs = new Set<string>();

  get isEmpty(): boolean {
    return this.#pairs.size === 0;
  }

  cut(one: readonly string[], other: readonly string[]): void {
    for (const pair of pairs(one, other)) this.#pairs.add(pair);
  }

  /** Of nodes that are cut off from everything: heals all of their links, those that were cut one by one, too. */
  heal(one: readonly string[], other: readonly string[]): void {
    for (const pair of pairs(one, other)) this.#pairs.delete(pair);
    if (other.length > 0) return;
    for (const pair of this.#pairs) {
      const [a, b] = pair.split(' ');
      if (one.includes(a!) || one.includes(b!)) this.#pairs.delete(pair);
    }
  }

  between(a: string, b: string): boolean {
    const cuts = this.#pairs;
    if (cuts.size === 0) return false;
    return cuts.has(`${a} ${b}`) || cuts.has(`${a} ${EVERYTHING}`) || cuts.has(`${b} ${EVERYTHING}`);
  }
}

function pairs(one: readonly string[], other: readonly string[]): string[] {
  if (other.length === 0) return one.map((name) => `${name} ${EVERYTHING}`);
  return one.flatMap((a) => other.flatMap((b) => [`${a} ${b}`, `${b} ${a}`]));
}
