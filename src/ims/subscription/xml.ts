/**
 * XML as far as user profiles need it (XML 1.0; TS 29.228 Annex E): elements and their text. Attributes, comments and
 * processing instructions are passed over, name space prefixes are taken off, a document type is refused: no profile has
 * one, and entities of the sender's making have harmed many a reader.
 */

export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The character data directly within, entities resolved, trimmed. */
  readonly text: string;
}

interface OpenElement {
  /** As written, for the end tag. */
  readonly tag: string;
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/** Deeper documents are no profiles. */
const DEPTH_MAX = 64;

const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The root element; undefined where the text is not well-formed. */
export function parseXml(xml: string): XmlElement | undefined {
  const document: OpenElement = { tag: '', name: '', children: [], text: '' };
  const open = [document];
  let pos = 0;
  while (pos < xml.length) {
    const inner = open.at(-1)!;
    const at = xml.indexOf('<', pos);
    const text = resolved(at === -1 ? xml.slice(pos) : xml.slice(pos, at));
    if (text === undefined || (inner === document && text.trim() !== '')) return undefined;
    inner.text += text;
    if (at === -1) break;
    const end = xml.startsWith('<!', at) || xml.startsWith('<?', at) ? skipMarkup(xml, at, inner) : endOfTag(xml, at);
    if (end === -1) return undefined;
    if (!xml.startsWith('!', at + 1) && !xml.startsWith('?', at + 1) && !takeTag(xml.slice(at + 1, end - 1), open)) {
      return undefined;
    }
    pos = end;
  }
  return open.length === 1 && document.children.length === 1 ? document.children[0] : undefined;
}

/** A start, end or empty-element tag, without its angle brackets. False where it has no place. */
function takeTag(markup: string, open: OpenElement[]): boolean {
  const inner = open.at(-1)!;
  if (markup.startsWith('/')) {
    if (open.length === 1 || markup.slice(1).trimEnd() !== inner.tag) return false;
    open.pop();
    open.at(-1)!.children.push(closed(inner));
    return true;
  }
  const isEmpty = markup.endsWith('/');
  const tag = /^[^\s/=<>&'"]+/.exec(markup)?.[0];
  if (tag === undefined || open.length > DEPTH_MAX) return false;
  const element: OpenElement = { tag, name: tag.slice(tag.indexOf(':') + 1), children: [], text: '' };
  if (isEmpty) inner.children.push(closed(element));
  else open.push(element);
  return true;
}

function closed({ name, children, text }: OpenElement): XmlElement {
  return { name, children, text: text.trim() };
}

/** Past the `>` of the tag; one in an attribute's value does not count. -1: there is none. */
function endOfTag(xml: string, at: number): number {
  let quote = '';
  for (let pos = at + 1; pos < xml.length; pos++) {
    const character = xml[pos]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '>') return pos + 1;
    else if (character === '<') return -1;
    else if (character === '"' || character === "'") quote = character;
  }
  return -1;
}

/** Past a comment, a processing instruction or a CDATA section, whose text is kept; -1 for all else. */
function skipMarkup(xml: string, at: number, inner: OpenElement): number {
  for (const [start, end] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    if (!xml.startsWith(start, at)) continue;
    const stop = xml.indexOf(end, at + start.length);
    if (stop === -1) return -1;
    if (start === '<![CDATA[') inner.text += xml.slice(at + start.length, stop);
    return stop + end.length;
  }
  return -1;
}

/** The text with its entities and character references in place; undefined for an unknown one. */
function resolved(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let isKnown = true;
  const plain = text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const character = whole.endsWith(';') ? (entities.get(name) ?? referenced(name)) : undefined;
    if (character === undefined) isKnown = false;
    return character ?? '';
  });
  return isKnown ? plain : undefined;
}

/** `#65` or `#x41`. */
function referenced(name: string): string | undefined {
  const [, hex, digits] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
  const code = hex === undefined ? Number(digits ?? Number.NaN) : Number.parseInt(hex, 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
