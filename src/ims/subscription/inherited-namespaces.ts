/**
 * ServiceData is kept as it is written, apart from the document that it came in: what its elements mean by a prefix has to
 * come along (Namespaces in XML 1.0, 6.1). Pure; linear in the document's length.
 */

/** By prefix; the default namespace by the empty one. */
type Namespaces = ReadonlyMap<string, string>;

interface StartTag {
  readonly name: string;
  /** From behind `<` and the name to before `>` or `/>`. */
  readonly attributes: string;
  readonly isEmpty: boolean;
  /** Behind `>`. */
  readonly end: number;
}

const nothing: Namespaces = new Map();

/** No document has as many in one place, nor grows by as much, but one that is meant to cost. */
const namespacesMax = 256;
const growthMax = 65_536;

/**
 * A well-formed document, in which the outermost elements of each ServiceData declare what they have from outside of it.
 * Throws RangeError where that would be too much.
 */
export function withInheritedNamespaces(xml: string): string {
  if (!xml.includes('xmlns')) return xml;
  const scopes: Namespaces[] = [nothing];
  let result = '';
  let copied = 0;
  /** How deep the ServiceData lies that is being read, and where its content ends. */
  let outside: { readonly depth: number; readonly namespaces: Namespaces } | undefined;
  let growth = 0;
  for (let at = xml.indexOf('<'); at >= 0; at = xml.indexOf('<', at)) {
    const skipped = endOfOther(xml, at);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    if (xml.startsWith('</', at)) {
      scopes.pop();
      if (outside !== undefined && scopes.length < outside.depth) outside = undefined;
      at += 2;
      continue;
    }
    const tag = startTag(xml, at);
    const isInside = outside !== undefined && scopes.length > outside.depth;
    const declared = isInside ? nothing : declarations(tag.attributes);
    const scope = declared.size === 0 ? scopes.at(-1)! : new Map([...scopes.at(-1)!, ...declared]);
    if (scope.size > namespacesMax) throw new RangeError('too many namespaces');
    if (outside !== undefined && !isInside) {
      const missing = missingIn(outside.namespaces, declared);
      growth += missing.length;
      if (growth > growthMax) throw new RangeError('namespaces take too much');
      const behindName = at + 1 + tag.name.length;
      result += xml.slice(copied, behindName) + missing;
      copied = behindName;
    }
    if (!tag.isEmpty) {
      scopes.push(scope);
      if (outside === undefined && localName(tag.name) === 'ServiceData') {
        const close = xml.indexOf(`</${tag.name}`, tag.end);
        outside = { depth: scopes.length, namespaces: usedIn(xml.slice(tag.end, close), scope) };
      }
    }
    at = tag.end;
  }
  return result + xml.slice(copied);
}

/** Those whose prefix occurs, and the default one. */
function usedIn(content: string, namespaces: Namespaces): Namespaces {
  if (namespaces.size === 0) return nothing;
  const pieces = content.split(':').slice(0, -1);
  const names = new Set(pieces.map((piece) => /[^\s<>"'=/()[\]]*$/.exec(piece.slice(-prefixMax))![0]));
  return new Map([...namespaces].filter(([prefix]) => prefix === '' || names.has(prefix)));
}

const prefixMax = 128;

/** Declarations for a tag, with a space before each. */
function missingIn(namespaces: Namespaces, declared: Namespaces): string {
  let text = '';
  for (const [prefix, quoted] of namespaces) {
    if (declared.has(prefix)) continue;
    if (prefix !== '') text += ` xmlns:${prefix}=${quoted}`;
    else if (quoted.length > 2) text += ` xmlns=${quoted}`;
  }
  return text;
}

/** Behind a comment, CDATA section or processing instruction; undefined for a tag. */
function endOfOther(xml: string, at: number): number | undefined {
  const end = xml.startsWith('<!--', at)
    ? '-->'
    : xml.startsWith('<![CDATA[', at)
      ? ']]>'
      : xml.startsWith('<?', at)
        ? '?>'
        : undefined;
  if (end === undefined) return undefined;
  const found = xml.indexOf(end, at);
  return found < 0 ? xml.length : found + end.length;
}

function startTag(xml: string, at: number): StartTag {
  let end = at + 1;
  let quote = '';
  for (; end < xml.length; end++) {
    const character = xml[end]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') break;
  }
  const isEmpty = xml[end - 1] === '/';
  const inner = xml.slice(at + 1, isEmpty ? end - 1 : end);
  const name = /^[^\s]*/.exec(inner)![0];
  return { name, attributes: inner.slice(name.length), isEmpty, end: end + 1 };
}

/** Values with their quotes. */
function declarations(attributes: string): Namespaces {
  if (!attributes.includes('xmlns')) return nothing;
  const found = new Map<string, string>();
  for (const [, name, value] of attributes.matchAll(/([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
    if (name === 'xmlns') found.set('', value!);
    else if (name!.startsWith('xmlns:')) found.set(name!.slice('xmlns:'.length), value!);
  }
  return found;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
