/** Header parameters: *( ";" name [ "=" token / host / quoted-string ] ) with white space around every separator (SIP-03). */
import { hasAt, lowerCase, skip, skipSpace, TOKEN, VALUE } from './characters.js';
import { unquote } from './text.js';

/** Where the value of the parameter that a scan was asked to look out for stands; `start` is -1 when it was not there. */
export const watched = { start: -1, end: -1 };

/**
 * Scans parameters from `pos` to the end of the span or to a comma. Returns where it stopped, or the complement of the
 * fault's offset. With `into` it collects them: names lower case, quoted values unquoted, the first of equal names;
 * with `watch` (a lower-case name) it leaves the place of that one's value in `watched`.
 */
export function scanParameters(
  text: string,
  pos: number,
  end: number,
  into?: Map<string, string | true>,
  watch?: string,
): number {
  watched.start = -1;
  for (;;) {
    pos = skipSpace(text, pos, end);
    if (pos === end) return end;
    const code = text.charCodeAt(pos);
    if (code === 0x2c) return pos;
    if (code !== 0x3b) return ~pos;
    const nameStart = skipSpace(text, pos + 1, end);
    const nameEnd = skip(TOKEN, text, nameStart, end);
    if (nameEnd === nameStart) return ~nameStart;
    pos = skipSpace(text, nameEnd, end);
    let valueStart = -1;
    if (pos < end && text.charCodeAt(pos) === 0x3d) {
      valueStart = skipSpace(text, pos + 1, end);
      pos =
        text.charCodeAt(valueStart) === 0x22 ? skipQuoted(text, valueStart, end) : skip(VALUE, text, valueStart, end);
      if (pos === valueStart) return ~pos;
    }
    if (
      watch !== undefined &&
      nameEnd - nameStart === watch.length &&
      hasAt(text, nameStart, watch) &&
      watched.start === -1
    ) {
      watched.start = valueStart;
      watched.end = pos;
    }
    if (into === undefined) continue;
    const name = lowerCase(text.slice(nameStart, nameEnd));
    if (!into.has(name)) into.set(name, valueStart === -1 ? true : unquote(text.slice(valueStart, pos)));
  }
}

/** Past the quoted-string that begins at `start`; `start` itself when it is not closed before `end`. */
export function skipQuoted(text: string, start: number, end: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && quote < end) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    if ((backslashes & 1) === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return start;
}

/** The values of a comma list (SIP-04), trimmed: commas in quoted strings and in `<>` do not count. Empty values are left out. */
export function splitList(text: string): string[] {
  if (!text.includes(',')) return text === '' ? [] : [text];
  const values: string[] = [];
  for (let pos = 0; pos < text.length; ) {
    const comma = endOfValue(text, pos, text.length);
    const value = text.slice(pos, comma).trim();
    if (value !== '') values.push(value);
    pos = comma + 1;
  }
  return values;
}

/** The offset of the comma that ends the list value beginning at `pos`, or `end`. */
export function endOfValue(text: string, pos: number, end: number): number {
  let inAngles = false;
  while (pos < end) {
    const code = text.charCodeAt(pos);
    if (code === 0x22 && !inAngles) {
      const close = skipQuoted(text, pos, end);
      if (close === pos) return end;
      pos = close;
      continue;
    }
    if (code === 0x3c) inAngles = true;
    else if (code === 0x3e) inAngles = false;
    else if (code === 0x2c && !inAngles) return pos;
    pos++;
  }
  return end;
}
