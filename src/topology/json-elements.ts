/** Large JSON files object by object: one a line, one after the other, or the elements of one array. */

export interface JsonElement {
  readonly text: string;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly column: number;
}

/** The outermost objects; those of an array that is the whole file. Whether each is JSON is for who parses it; the last is empty where the array has no end. */
export function* jsonElements(pieces: Iterable<string>): Generator<JsonElement> {
  let line = 1;
  let depth = 0;
  let arrays = 0;
  let start: { text: string; line: number; column: number } | undefined;
  /** How many characters are before the piece, and before the line. */
  let passed = 0;
  let lineStart = 0;
  let isQuoted = false;
  let isEscaped = false;
  for (const piece of pieces) {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const character = piece.charCodeAt(at);
      if (character === 0x0a) {
        line++;
        lineStart = passed + at + 1;
      }
      if (isQuoted) {
        if (isEscaped) isEscaped = false;
        else if (character === 0x5c) isEscaped = true;
        else if (character === 0x22) isQuoted = false;
      } else if (character === 0x22) isQuoted = true;
      else if (character === 0x5b && depth === 0) arrays++;
      else if (character === 0x5d && depth === 0) arrays--;
      else if (character === 0x7b && depth++ === 0) {
        start = { text: '', line, column: passed + at - lineStart + 1 };
        from = at;
      } else if (character === 0x7d && --depth === 0 && start !== undefined) {
        yield { ...start, text: start.text + piece.slice(from, at + 1) };
        start = undefined;
      }
    }
    if (start !== undefined) start.text += piece.slice(from);
    passed += piece.length;
  }
  // The rest of an object that has no end: it is no JSON, and its reader says so.
  if (start !== undefined) yield start;
  else if (arrays > 0) yield { text: '', line, column: passed - lineStart + 1 };
}
