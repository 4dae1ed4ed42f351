/** Messages out of a stream of octets (SIP-10, SIP-23; RFC 3261 18.3) and the keep-alives between them (RFC 5626 3.5.1). */
import { octetsOf, parseDecimal } from './characters.js';
import { type HeaderIndex, indexHeaders, ScanFailure } from './header-index.js';
import { CONTENT_LENGTH } from './header-names.js';
import { defaultLimits, type Limits } from './limits.js';
import { type ParseResult, parseIndexed, parseMessage, withCrlf } from './parse.js';
import { SipParseError } from './parse-error.js';

/** `ping`: a double CRLF, to be answered by one CRLF. `pong`: a single CRLF. */
export type KeepAlive = { readonly kind: 'ping' } | { readonly kind: 'pong' };

export type StreamItem = ParseResult | KeepAlive;

const ping: KeepAlive = { kind: 'ping' };
const pong: KeepAlive = { kind: 'pong' };

/** One per connection. Keeps what is not yet whole; never more than one message of the permitted size. */
export class StreamFramer {
  /** Pieces of the message that is under way. */
  private kept: string[] = [];
  private keptLength = 0;
  /** The last octets of `kept`, where the end of the headers may begin. */
  private tail = '';
  /** Octets of the message under way, once its headers are whole; else 0. */
  private wanted = 0;
  /** A CRLF has been seen that may be the first half of a ping. */
  private isHalfPing = false;
  private broken = false;
  private readonly limits: Limits;

  constructor(limits?: Partial<Limits>) {
    this.limits = { ...defaultLimits, ...limits };
  }

  /** The boundaries of messages are lost (the last item was an error): answer it if it asks for that, then close the stream. */
  get isBroken(): boolean {
    return this.broken;
  }

  /** A message has begun and is not whole (SIP-23: close when that stays so for 32 s). */
  get isPartial(): boolean {
    return this.keptLength > 0;
  }

  /** Takes the next octets, in pieces of any size. Returns what they completed, in order. Nothing more after `isBroken`. */
  feed(bytes: Buffer): readonly StreamItem[] {
    const items: StreamItem[] = [];
    let piece = bytes.toString('latin1');
    while (!this.broken) {
      if (this.keptLength === 0) {
        piece = this.afterLineEnds(piece, items);
        const end = piece === '' ? 0 : this.takeWhole(piece, bytes.subarray(bytes.length - piece.length), items);
        if (end > 0) {
          piece = piece.slice(end);
          continue;
        }
      }
      if (piece === '') break;
      if (this.wanted === 0) this.findEnd(piece, items);
      const missing = this.wanted - this.keptLength;
      if (this.wanted === 0 || piece.length < missing) {
        this.keep(piece, items);
        break;
      }
      const text = this.start(piece, this.wanted);
      items.push(parseMessage(text, { stream: true, limits: this.limits }));
      piece = piece.slice(missing);
      this.reset();
    }
    return items;
  }

  /** Mostly a piece begins with a message and has all of it: then its lines are searched once. Returns its end; 0: not so, or it needs a closer look. */
  private takeWhole(piece: string, octets: Uint8Array, items: StreamItem[]): number {
    const lf = piece.indexOf('\n');
    if (lf < 1 || octets[lf - 1] !== 0x0d) return 0;
    const index = indexHeaders(piece, octets, lf + 1, this.limits.headerLinesMax);
    if (index instanceof ScanFailure) return 0;
    const contentLength = contentLengthIn(index);
    const end = index.end + '\r\n'.length + contentLength;
    if (contentLength === -1 || end > piece.length || end > this.limits.messageOctetsMax) return 0;
    items.push(parseIndexed(end < piece.length ? index.cutAt(end) : index, octets, this.limits));
    return end;
  }

  /** The piece without the line ends before a message (RFC 3261 7.5), which are keep-alives. */
  private afterLineEnds(piece: string, items: StreamItem[]): string {
    let pos = 0;
    let isNewHalf = false;
    for (; pos < piece.length; pos++) {
      const code = piece.charCodeAt(pos);
      if (code === 0x0d) continue;
      if (code !== 0x0a) break;
      if (this.isHalfPing) items.push(ping);
      isNewHalf = !this.isHalfPing;
      this.isHalfPing = isNewHalf;
    }
    if (isNewHalf) items.push(pong);
    if (pos < piece.length) this.isHalfPing = false;
    return piece.slice(pos);
  }

  private keep(piece: string, items: StreamItem[]): void {
    this.kept.push(piece);
    this.keptLength += piece.length;
    this.tail = (this.tail + piece).slice(-3);
    if (this.wanted === 0 && this.keptLength > this.limits.messageOctetsMax) this.refuseSize(this.kept.join(''), items); // SIP-11
  }

  /** Sets `wanted` when the headers are whole with this piece; breaks the stream when they do not say where the body ends. */
  private findEnd(piece: string, items: StreamItem[]): void {
    const endInTail = endOfHeaders(this.tail + piece);
    if (endInTail === -1) return;
    const length = this.keptLength - this.tail.length + endInTail;
    const headers = this.start(piece, length);
    const contentLength = contentLengthOf(headers, this.limits);
    if (contentLength === -1) {
      // SIP-10: without a Content-Length that can be trusted the stream cannot be read on.
      items.push(parseMessage(headers, { stream: true, limits: this.limits }));
      this.broken = true;
    } else if (length + contentLength > this.limits.messageOctetsMax) {
      this.refuseSize(headers, items);
    } else {
      this.wanted = length + contentLength;
    }
  }

  /** The first octets of the message under way, which this piece makes whole. */
  private start(piece: string, length: number): string {
    return this.keptLength === 0 ? piece.slice(0, length) : (this.kept.join('') + piece).slice(0, length);
  }

  private refuseSize(text: string, items: StreamItem[]): void {
    const read = parseMessage(text, { limits: this.limits });
    const request = read.kind === 'request' ? read : read.kind === 'error' ? read.message : undefined;
    const status = request === undefined ? undefined : 513;
    items.push(new SipParseError('message too large', this.limits.messageOctetsMax, status, 'SIP-11', request));
    this.broken = true;
  }

  private reset(): void {
    this.kept = [];
    this.keptLength = 0;
    this.tail = '';
    this.wanted = 0;
  }
}

/** The offset after the empty line, lone LF accepted (SIP-23); -1 when there is none. */
function endOfHeaders(text: string): number {
  for (let lf = text.indexOf('\n'); lf !== -1; lf = text.indexOf('\n', lf + 1)) {
    const next = text.charCodeAt(lf + 1);
    if (next === 0x0a) return lf + 2;
    if (next === 0x0d && text.charCodeAt(lf + 2) === 0x0a) return lf + 3;
  }
  return -1;
}

/** The one Content-Length of a header section, or -1. It is read as the parser reads it, so that the two cannot differ. */
function contentLengthOf(headers: string, limits: Limits): number {
  let index = indexOf(headers, limits);
  if (index instanceof ScanFailure && index.cause === 'loneLineFeed') index = indexOf(withCrlf(headers), limits); // SIP-23
  return index instanceof ScanFailure ? -1 : contentLengthIn(index);
}

function contentLengthIn(index: HeaderIndex): number {
  const line = index.find(CONTENT_LENGTH, '', 0);
  if (line === -1 || index.find(CONTENT_LENGTH, '', line + 1) !== -1) return -1;
  const value = index.value(line);
  return parseDecimal(value, 0x7fff_ffff) ?? -1;
}

function indexOf(text: string, limits: Limits): HeaderIndex | ScanFailure {
  return indexHeaders(text, octetsOf(text), text.indexOf('\n') + 1, limits.headerLinesMax);
}
