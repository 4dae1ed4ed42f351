/** One line of the terminal: characters at columns, each with a style. */

export type Style = (text: string) => string;

export class LadderRow {
  readonly #characters: string[];
  readonly #styles: (Style | undefined)[];

  constructor(width: number) {
    this.#characters = new Array<string>(width).fill(' ');
    this.#styles = new Array<Style | undefined>(width).fill(undefined);
  }

  /** Writes over what is there; what does not fit the width is cut. */
  put(column: number, text: string, style: Style | undefined): void {
    let at = column;
    for (const character of text) {
      if (at >= 0 && at < this.#characters.length) {
        this.#characters[at] = character;
        this.#styles[at] = style;
      }
      at += 1;
    }
  }

  /** The line without trailing blanks, styled in runs. */
  text(): string {
    let end = this.#characters.length;
    while (end > 0 && this.#characters[end - 1] === ' ') end -= 1;
    let line = '';
    for (let at = 0; at < end; ) {
      const style = this.#styles[at];
      let run = '';
      while (at < end && this.#styles[at] === style) run += this.#characters[at++];
      line += style === undefined ? run : style(run);
    }
    return line;
  }
}
