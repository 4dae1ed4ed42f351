/** Where a row of somebody else's export stands, and what is in it; found only when something is wrong with it. */
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { JsonElement } from './json-elements.js';
import type { KeyPath } from './source.js';
import { cellColumn, type TextRow } from './text-rows.js';

export interface RowPlace {
  /** Of a value of the row, or of the row: `auc.json:12:7`. */
  where(path?: KeyPath): string;
}

/** A JSON object of a file. */
export class JsonPlace implements RowPlace {
  /** @param within the object, where the row is a part of it */
  constructor(
    private readonly file: string,
    private readonly element: JsonElement,
    private readonly within: KeyPath = [],
  ) {}

  where(path: KeyPath = []): string {
    const lines = new LineCounter();
    // JSON is YAML.
    const document = parseDocument(this.element.text, { lineCounter: lines, prettyErrors: false });
    const whole = [...this.within, ...path];
    let offset = 0;
    for (let depth = whole.length; depth > 0 && offset === 0; depth--) {
      const node = document.getIn(whole.slice(0, depth), true);
      if (isNode(node)) offset = node.range?.[0] ?? 0;
    }
    return this.#at(lines.linePos(offset));
  }

  /** Of `line` and `col` within the object, from 1; 0 at its beginning. */
  #at({ line, col }: { readonly line: number; readonly col: number }): string {
    const { element, file } = this;
    const column = line <= 1 ? element.column + Math.max(col, 1) - 1 : col;
    return `${file}:${element.line + Math.max(line, 1) - 1}:${column}`;
  }
}

/** A row of a CSV file. */
export class CsvPlace implements RowPlace {
  constructor(
    private readonly file: string,
    private readonly row: TextRow,
    private readonly columns: readonly string[],
  ) {}

  where([name]: KeyPath = []): string {
    const index = this.columns.indexOf(String(name));
    return `${this.file}:${this.row.line}:${index < 0 ? 1 : cellColumn(this.row, index)}`;
  }
}
