/**
 * XML as far as documents of this package need it: elements, attributes, text, CDATA, comments. Every registration brings
 * such documents to several nodes, and fast-xml-parser takes some twenty times as long for one.
 */

export class XmlElement {
  readonly children: XmlElement[] = [];
  /** Of itself without its children's; entities replaced. */
  text = '';

  constructor(
    /** With its prefix. */
    readonly qualifiedName: string,
    /** Names and values in turn. */
    private readonly attributes: readonly string[],
    /** Undefined: none is declared for it. */
    readonly namespace: string | undefined = undefined,
  ) {}

  /** Without its prefix. */
  get name(): string {
    return this.qualifiedName.slice(this.qualifiedName.indexOf(':') + 1);
  }

  /** Those of its own namespace: whatever extends it has another (RFC 3680 5.2). */
  ownChildrenOf(name: string): readonly XmlElement[] {
    return this.children.filter((each) => each.name === name && each.namespace === this.namespace);
  }

  attribute(name: string): string | undefined {
    const { attributes } = this;
    for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return attributes[i + 1];
    return undefined;
  }

  /** The first of that name. */
  child(name: string): XmlElement | undefined {
    return this.children.find((each) => each.name === name);
  }

  childrenOf(name: string): readonly XmlElement[] {
    return this.children.filter((each) => each.name === name);
  }
}

/** Elements within one another. */
const depthMax = 20;

/** The document's root, or undefined for what is not well-formed. Document type declarations are refused. */
export function readXml(text: string): XmlElement | undefined {
  return new Reader(text).read();
}

class Reader {
  #at = 0;
  #root: XmlElement | undefined;
  readonly #open: XmlElement[] = [];

  constructor(private readonly xml: string) {}

  read(): XmlElement | undefined {
    const { xml } = this;
    for (;;) {
      const tag = xml.indexOf('<', this.#at);
      if (!this.#takeText(tag === -1 ? xml.length : tag)) return undefined;
      if (tag === -1) return this.#open.length === 0 ? this.#root : undefined;
      this.#at = tag + 1;
      const code = xml.charCodeAt(tag + 1);
      const isFine =
        code === SLASH
          ? this.#close()
          : code === EXCLAMATION
            ? this.#skipOrTakeData()
            : code === QUESTION
              ? this.#skipTo('?>')
              : this.#openTag();
      if (!isFine) return undefined;
    }
  }

  /** Outside of the root there is but white space. */
  #takeText(end: number): boolean {
    const start = this.#at;
    this.#at = end;
    if (start === end) return true;
    const text = this.xml.slice(start, end);
    const element = this.#open.at(-1);
    if (element === undefined) return text.trim() === '' || text === '\ufeff';
    element.text += unescaped(text);
    return true;
  }

  #close(): boolean {
    const end = this.xml.indexOf('>', this.#at);
    const element = this.#open.pop();
    if (end === -1 || element === undefined) return false;
    const name = this.xml.slice(this.#at + 1, end);
    this.#at = end + 1;
    return name === element.qualifiedName || name.trimEnd() === element.qualifiedName;
  }

  /** Comment or CDATA. */
  #skipOrTakeData(): boolean {
    const { xml } = this;
    if (xml.startsWith('!--', this.#at)) {
      this.#at += 3;
      return this.#skipTo('-->');
    }
    const end = xml.indexOf(']]>', this.#at);
    const element = this.#open.at(-1);
    if (!xml.startsWith('![CDATA[', this.#at) || end === -1 || element === undefined) return false;
    element.text += xml.slice(this.#at + 8, end);
    this.#at = end + 3;
    return true;
  }

  #skipTo(end: string): boolean {
    const found = this.xml.indexOf(end, this.#at);
    this.#at = found + end.length;
    return found !== -1;
  }

  #openTag(): boolean {
    const { xml } = this;
    const start = this.#at;
    let at = start;
    while (isNameCode(xml.charCodeAt(at))) at++;
    if (at === start) return false;
    const name = xml.slice(start, at);
    this.#at = at;
    const attributes: string[] = [];
    for (;;) {
      const before = this.#at;
      const code = this.#skipSpace();
      if (code === GREATER || code === SLASH) {
        const isEmpty = code === SLASH;
        if (isEmpty && xml.charCodeAt(this.#at + 1) !== GREATER) return false;
        this.#at += isEmpty ? 2 : 1;
        return this.#add(new XmlElement(name, attributes, this.#namespaceOf(name, attributes)), isEmpty);
      }
      if (this.#at === before || !this.#takeAttribute(attributes)) return false;
    }
  }

  #takeAttribute(attributes: string[]): boolean {
    const { xml } = this;
    const start = this.#at;
    let at = start;
    while (isNameCode(xml.charCodeAt(at))) at++;
    const name = xml.slice(start, at);
    this.#at = at;
    if (name === '' || this.#skipSpace() !== EQUALS) return false;
    this.#at++;
    const quote = this.#skipSpace();
    if (quote !== QUOTE && quote !== APOSTROPHE) return false;
    const end = xml.indexOf(quote === QUOTE ? '"' : "'", this.#at + 1);
    if (end === -1) return false;
    attributes.push(name, unescaped(xml.slice(this.#at + 1, end)));
    this.#at = end + 1;
    return true;
  }

  /** Of an element within those that are open. Namespaces in XML 1.0, 6. */
  #namespaceOf(name: string, attributes: readonly string[]): string | undefined {
    const declaration = declarationFor(name);
    for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === declaration) return attributes[i + 1];
    const parent = this.#open.at(-1);
    if (parent !== undefined && declarationFor(parent.qualifiedName) === declaration) return parent.namespace;
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const declared = this.#open[i]!.attribute(declaration);
      if (declared !== undefined) return declared;
    }
    return undefined;
  }

  #add(element: XmlElement, isEmpty: boolean): boolean {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.children.push(element);
    else if (this.#root === undefined) this.#root = element;
    else return false;
    if (!isEmpty) this.#open.push(element);
    return this.#open.length <= depthMax;
  }

  /** The first code after white space; NaN at the end. */
  #skipSpace(): number {
    let code = this.xml.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d) code = this.xml.charCodeAt(++this.#at);
    return code;
  }
}

const SLASH = 0x2f;
const EXCLAMATION = 0x21;
const QUESTION = 0x3f;
const GREATER = 0x3e;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

/** The attribute that declares the namespace of elements with the name's prefix. */
function declarationFor(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? 'xmlns' : `xmlns:${name.slice(0, colon)}`;
}

/** What ends no name. */
function isNameCode(code: number): boolean {
  return code > 0x20 && code !== EQUALS && code !== GREATER && code !== SLASH && code !== 0x3c && code !== QUOTE;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name as string]!;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}
