/**
 * What a terminal may be given of a text that others have written: control characters as `\xhh`, so that a peer's name moves
 * no cursor, colours nothing and begins no line.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
