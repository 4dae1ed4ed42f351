/**
 * Edits by span: a message is a sequence of header lines of which most stay as they are. The editor keeps line numbers of
 * the text that was received or built and a few new lines; a text is put together from both when somebody wants it.
 */
import { octetsOf } from './characters.js';
import { EditedLines, findLine, type NewLine, SPARE } from './edited-lines.js';
import type { HeaderIndex } from './header-index.js';
import { oneLine } from './header-line.js';
import { canonicalName, type HeaderSet, headerId, isListHeader } from './header-names.js';
import type { SipMessage } from './message.js';
import { endOfValue } from './parameters.js';
import { reasonPhrase } from './reason-phrases.js';

/** A start line that the edited message has instead of its own. */
export type StartLine =
  | { readonly text: string; readonly requestUri: string }
  | { readonly text: string; readonly status: number; readonly reason: string };

/** 0, 1, 2 …: copied for each editor, as long as its message has lines. */
const identity: number[] = [];

export class MessageEditor<TMessage extends SipMessage = SipMessage> {
  private readonly original: TMessage;
  /** Whose lines are meant. */
  private readonly base: HeaderIndex;
  /** Number of a line of `base`, or the complement of an index into `added`; of `count` lines, the rest is spare. */
  private lines: number[];
  private count: number;
  private added: NewLine[];
  private startLine: StartLine | undefined = undefined;
  private readonly earlierStartLine: string | undefined;
  private newBody: string | undefined;
  /** A message has these lines now, so that the next change takes copies. */
  private isGiven = false;

  /** @internal Use `SipMessage.edit`. */
  constructor(message: TMessage) {
    const { index } = message;
    this.original = message;
    if (index instanceof EditedLines) {
      this.base = index.base;
      this.lines = index.lines.slice();
      this.count = index.count;
      this.added = index.added.slice();
      this.earlierStartLine = index.startLine;
      this.newBody = index.newBody;
      return;
    }
    this.base = index.placed();
    while (identity.length < index.count + SPARE) identity.push(identity.length);
    this.lines = identity.slice(0, index.count + SPARE);
    this.count = index.count;
    this.added = [];
    this.earlierStartLine = undefined;
    this.newBody = undefined;
  }

  /** Replaces the Request-URI of a request. */
  requestUri(uri: string): this {
    const requestUri = oneLine(uri);
    this.startLine = { text: `${this.original.method} ${requestUri} SIP/2.0\r\n`, requestUri };
    return this;
  }

  /** Replaces status and reason of a response. */
  status(code: number, reason = reasonPhrase(code)): this {
    this.startLine = { text: `SIP/2.0 ${code} ${reason}\r\n`, status: code, reason };
    return this;
  }

  /** A new line before the first of that name, else on top of the headers. */
  prepend(name: string, value: string): this {
    const id = headerId(name);
    const at = this.find(id, name, 0);
    this.insert(at === -1 ? 0 : at, this.add(id, name, value));
    return this;
  }

  /** A new line after the last of that name, else after the last header. */
  append(name: string, value: string): this {
    const id = headerId(name);
    let after = this.count;
    for (let at = this.find(id, name, 0); at !== -1; at = this.find(id, name, at + 1)) after = at + 1;
    this.insert(after, this.add(id, name, value));
    return this;
  }

  /** One line in place of all of that name; after the last header when there was none. */
  set(name: string, value: string): this {
    const id = headerId(name);
    const first = this.find(id, name, 0);
    if (first === -1) {
      const line = this.add(id, name, value);
      this.lines[this.count++] = line;
      return this;
    }
    this.replaceAt(first, id, name, value);
    this.removeFrom(id, name, first + 1);
    return this;
  }

  /** Replaces the first value of a header, which may be the first of a comma list; as `prepend` when there is none. */
  replaceFirst(name: string, value: string): this {
    const id = headerId(name);
    const at = this.find(id, name, 0);
    if (at === -1) return this.prepend(name, value);
    const rest = this.afterFirstValue(at);
    this.replaceAt(at, id, name, rest === '' ? value : `${value}, ${rest}`);
    return this;
  }

  /** Removes the first value of a header, also out of a comma list. */
  removeFirst(name: string): this {
    const id = headerId(name);
    const at = this.find(id, name, 0);
    if (at === -1) return this;
    const rest = this.afterFirstValue(at);
    if (rest === '') this.removeAt(at);
    else this.replaceAt(at, id, name, rest);
    return this;
  }

  /** Removes all lines of that name. */
  remove(name: string): this {
    this.removeFrom(headerId(name), name, 0);
    return this;
  }

  /** Removes all lines of all these headers. */
  removeAll(headers: HeaderSet): this {
    for (let at = this.count - 1; at >= 0; at--) if (headers.has(this.id(this.lines[at]!))) this.removeAt(at);
    return this;
  }

  /** Replaces body and Content-Type (undefined: no Content-Type), and sets Content-Length. */
  body(contentType: string | undefined, body: string): this {
    this.newBody = body;
    if (contentType === undefined) this.remove('Content-Type');
    else this.set('Content-Type', contentType);
    return this.set('Content-Length', String(body.length));
  }

  /** The text of the edited message. */
  text(): string {
    return this.edited().text;
  }

  /**
   * The edited message. It is not parsed: what stays has been checked, what is new is as good as what the caller gave, and
   * where every line stands is known. Its text is put together when it is asked for.
   */
  message(): TMessage {
    return this.original.over(this.edited(), this.startLine) as TMessage;
  }

  private edited(): EditedLines {
    this.isGiven = true;
    const startLine = this.startLine?.text ?? this.earlierStartLine;
    return new EditedLines(this.base, this.lines, this.count, this.added, startLine, this.newBody);
  }

  /** Called before each change of the lines. */
  private own(): void {
    if (!this.isGiven) return;
    this.isGiven = false;
    this.lines = this.lines.slice();
    this.added = this.added.slice();
  }

  private add(id: number, name: string, value: string): number {
    this.own();
    return ~(this.added.push({ id, name: canonicalName(name, id), value: oneLine(value).trim() }) - 1);
  }

  private replaceAt(at: number, id: number, name: string, value: string): void {
    const line = this.add(id, name, value);
    this.lines[at] = line;
  }

  private insert(at: number, line: number): void {
    const { lines } = this;
    for (let i = this.count++; i > at; i--) lines[i] = lines[i - 1]!;
    lines[at] = line;
  }

  private removeAt(at: number): void {
    this.own();
    const { lines } = this;
    this.count--;
    for (let i = at; i < this.count; i++) lines[i] = lines[i + 1]!;
  }

  private removeFrom(id: number, name: string, from: number): void {
    for (let at = this.find(id, name, from); at !== -1; at = this.find(id, name, at)) this.removeAt(at);
  }

  private find(id: number, name: string, from: number): number {
    return findLine(this.base, this.lines, this.count, this.added, id, name, from);
  }

  private id(line: number): number {
    return line >= 0 ? this.base.id(line) : this.added[~line]!.id;
  }

  /** The values after the first of a line; empty when it has one value. */
  private afterFirstValue(at: number): string {
    const line = this.lines[at]!;
    const value = line >= 0 ? this.base.value(line) : this.added[~line]!.value;
    if (!isListHeader(this.id(line)) || !value.includes(',')) return '';
    return value.slice(endOfValue(octetsOf(value), 0, value.length) + 1).trim();
  }
}
