/**
 * Edits by span: a message is a sequence of header lines of which most stay as they are. The editor keeps line numbers of
 * the original and a few new lines; the text is put together from slices of the original and the new lines.
 */

import { lowerCase, octetsOf } from './characters.js';
import { type HeaderIndex, IndexBuilder } from './header-index.js';
import { oneLine } from './header-line.js';
import { canonicalName, headerId, isListHeader, UNKNOWN } from './header-names.js';
import type { SipMessage } from './message.js';
import { endOfValue } from './parameters.js';
import { reasonPhrase } from './reason-phrases.js';

interface NewLine {
  readonly id: number;
  readonly name: string;
  /** As it will stand on the line. */
  readonly value: string;
}

/** A start line that the edited message has instead of its own. */
export type StartLine =
  | { readonly text: string; readonly requestUri: string }
  | { readonly text: string; readonly status: number; readonly reason: string };

/** 0, 1, 2 …: copied for each editor, as long as its message has lines. */
const identity: number[] = [];

export class MessageEditor<TMessage extends SipMessage = SipMessage> {
  private readonly original: TMessage;
  private readonly index: HeaderIndex;
  /** Number of an original line, or the complement of an index into `added`. */
  private readonly lines: number[];
  private readonly added: NewLine[] = [];
  private startLine: StartLine | undefined = undefined;
  private newBody: string | undefined = undefined;

  /** @internal Use `SipMessage.edit`. */
  constructor(message: TMessage) {
    this.original = message;
    this.index = message.index;
    while (identity.length < this.index.count) identity.push(identity.length);
    this.lines = identity.slice(0, this.index.count);
  }

  /** Replaces the Request-URI of a request. */
  requestUri(uri: string): this {
    const { text } = this.index;
    const methodEnd = text.indexOf(' ');
    const requestUri = oneLine(uri);
    this.startLine = { text: `${text.slice(0, methodEnd)} ${requestUri} SIP/2.0\r\n`, requestUri };
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
    let after = this.lines.length;
    for (let at = this.find(id, name, 0); at !== -1; at = this.find(id, name, at + 1)) after = at + 1;
    this.insert(after, this.add(id, name, value));
    return this;
  }

  /** One line in place of all of that name; after the last header when there was none. */
  set(name: string, value: string): this {
    const id = headerId(name);
    const first = this.find(id, name, 0);
    if (first === -1) {
      this.lines.push(this.add(id, name, value));
      return this;
    }
    this.lines[first] = this.add(id, name, value);
    this.removeFrom(id, name, first + 1);
    return this;
  }

  /** Replaces the first value of a header, which may be the first of a comma list; as `prepend` when there is none. */
  replaceFirst(name: string, value: string): this {
    const id = headerId(name);
    const at = this.find(id, name, 0);
    if (at === -1) return this.prepend(name, value);
    const rest = this.afterFirstValue(at);
    this.lines[at] = this.add(id, name, rest === '' ? value : `${value}, ${rest}`);
    return this;
  }

  /** Removes the first value of a header, also out of a comma list. */
  removeFirst(name: string): this {
    const id = headerId(name);
    const at = this.find(id, name, 0);
    if (at === -1) return this;
    const rest = this.afterFirstValue(at);
    if (rest === '') this.removeAt(at);
    else this.lines[at] = this.add(id, name, rest);
    return this;
  }

  /** Removes all lines of that name. */
  remove(name: string): this {
    this.removeFrom(headerId(name), name, 0);
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
    return this.assemble(undefined);
  }

  /**
   * The edited message. It is not parsed: what stays has been checked, what is new is as good as what the caller gave, and
   * where every line stands is known.
   */
  message(): TMessage {
    const builder = new IndexBuilder();
    const text = this.assemble(builder);
    const { newBody, index } = this;
    const bodyLength = newBody === undefined ? index.text.length - index.end - 2 : newBody.length;
    const start = this.startLine === undefined ? index.start : this.startLine.text.length;
    return this.original.over(builder.build(text, start, text.length - bodyLength - 2), this.startLine) as TMessage;
  }

  private assemble(builder: IndexBuilder | undefined): string {
    const { index, lines } = this;
    const original = index.text;
    let text = this.startLine?.text ?? original.slice(0, index.start);
    for (let at = 0; at < lines.length; ) {
      const first = lines[at]!;
      at++;
      if (first < 0) {
        const { id, name, value } = this.added[~first]!;
        builder?.add(id, text.length, name.length, value.length);
        text += `${name}: ${value}\r\n`;
        continue;
      }
      let last = first;
      const start = index.lineStart(first);
      builder?.copy(index, first, text.length);
      while (at < lines.length && lines[at] === last + 1) {
        last++;
        at++;
        builder?.copy(index, last, text.length + index.lineStart(last) - start);
      }
      text += original.slice(start, index.lineEnd(last));
    }
    return this.newBody === undefined ? text + original.slice(index.end) : `${text}\r\n${this.newBody}`;
  }

  private add(id: number, name: string, value: string): number {
    this.added.push({ id, name: canonicalName(name, id), value: oneLine(value).trim() });
    return ~(this.added.length - 1);
  }

  private insert(at: number, line: number): void {
    const { lines } = this;
    lines.push(line);
    for (let i = lines.length - 1; i > at; i--) lines[i] = lines[i - 1]!;
    lines[at] = line;
  }

  private removeAt(at: number): void {
    const { lines } = this;
    for (let i = at + 1; i < lines.length; i++) lines[i - 1] = lines[i]!;
    lines.pop();
  }

  private removeFrom(id: number, name: string, from: number): void {
    for (let at = this.find(id, name, from); at !== -1; at = this.find(id, name, at)) this.removeAt(at);
  }

  /** Position in `lines` of the first line of that header at or after `from`, or -1. */
  private find(id: number, name: string, from: number): number {
    const lowerName = id === UNKNOWN ? lowerCase(name) : '';
    for (let at = from; at < this.lines.length; at++) {
      const line = this.lines[at]!;
      if (line >= 0) {
        if (this.index.id(line) === id && (id !== UNKNOWN || this.index.hasName(line, lowerName))) return at;
      } else {
        const added = this.added[~line]!;
        if (added.id === id && (id !== UNKNOWN || lowerCase(added.name) === lowerName)) return at;
      }
    }
    return -1;
  }

  /** The values after the first of a line; empty when it has one value. */
  private afterFirstValue(at: number): string {
    const line = this.lines[at]!;
    const value = line >= 0 ? this.index.value(line) : this.added[~line]!.value;
    const id = line >= 0 ? this.index.id(line) : this.added[~line]!.id;
    if (!isListHeader(id) || !value.includes(',')) return '';
    return value.slice(endOfValue(octetsOf(value), 0, value.length) + 1).trim();
  }
}
