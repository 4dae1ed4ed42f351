/** Whether a text of somebody else's is XML at all (XML 1.0 2.1): the parser takes much that is none, and throws on some of it. */
import { XMLValidator } from 'fast-xml-parser';

/** Why it is not read, a sentence; `undefined`: nothing is wrong. */
export function xmlProblem(xml: string): string | undefined {
  const validated = XMLValidator.validate(xml);
  if (validated !== true) {
    return `it is no XML: ${validated.err.msg.replace(/\s+/g, ' ')} (line ${validated.err.line})`;
  }
  if (noCharacters.test(xml)) return 'it is no XML: it has characters that XML does not have';
  if (declaresType(xml)) return 'it declares a document type, and nothing is read of one';
  return hasForeignEntity(xml) ? 'it is no XML: it refers to an entity that nothing defines' : undefined;
}

/** XML 1.0 2.2. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const noCharacters = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** A document type brings entities along, and leads to files: no document of Cx or Sh has one. */
function declaresType(xml: string): boolean {
  return xml.includes('<!DOCTYPE') && withoutLiterals(xml).includes('<!DOCTYPE');
}

/** Refers to what XML itself does not know. */
export function hasForeignEntity(content: string): boolean {
  if (!content.includes('&')) return false;
  return /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(withoutLiterals(content));
}

function withoutLiterals(xml: string): string {
  return xml.replaceAll(/<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->/g, '');
}
