/**
 * A SIP message: the text as received and, on demand, what its headers mean. The parser has checked the start line, Via,
 * From, To, Call-ID, CSeq, Max-Forwards and Content-Length (and Contact, Route, Record-Route and Expires of a request), so
 * their accessors do not fail; of other headers malformed values are left out. Everything typed is parsed on first access and
 * kept. Substrings pin the message: copy what outlives it with `detached`.
 */
import { DIGIT, decimal, lowerCase, octetsOf, parseDecimal, skip, skipSpace } from './characters.js';
import { MessageEditor, type StartLine } from './edit.js';
import type { HeaderLines } from './header-index.js';
import {
  CALL_ID,
  CONTACT,
  CSEQ,
  EXPIRES,
  FROM,
  headerId,
  isListHeader,
  MAX_FORWARDS,
  ROUTE,
  TO,
  VIA,
} from './header-names.js';
import { type NameAddress, parseAddress, tagIn } from './name-address.js';
import { firstOfList, noParameters, splitList } from './parameters.js';
import { parseUri, type Uri } from './uri.js';
import { parseVia, type Via } from './via.js';

export interface CSeq {
  /** 0 … 2^31-1. */
  readonly sequence: number;
  readonly method: string;
}

const none: readonly string[] = [];
const noUri: Uri = { scheme: '', host: '', parameters: noParameters, headers: new Map<string, string>(), text: '' };
const noAddress: NameAddress = { uri: noUri, parameters: noParameters, text: '' };
const noVia: Via = { transport: '', host: '', parameters: noParameters, text: '' };

export abstract class SipMessage {
  abstract readonly kind: 'request' | 'response';
  /** Of a response that of the request it answers (of CSeq). */
  abstract readonly method: string;
  private cachedCallId: string | undefined = undefined;
  private cachedCSeq: CSeq | undefined = undefined;
  private cachedFrom: NameAddress | undefined = undefined;
  private cachedTo: NameAddress | undefined = undefined;
  private cachedVias: readonly Via[] | undefined = undefined;
  private cachedContacts: readonly NameAddress[] | '*' | undefined = undefined;
  private cachedRoutes: readonly NameAddress[] | undefined = undefined;

  /** @internal The index is for the rooms of this folder. */
  constructor(
    readonly index: HeaderLines,
    private cachedTopVia: Via | undefined,
  ) {}

  /** The whole message, latin1: one character an octet. Line ends of the headers are CRLF, octets after the body are cut. */
  get text(): string {
    return this.index.text;
  }

  /** Octets of the whole message. */
  get length(): number {
    return this.index.length;
  }

  /** The octets after the empty line, latin1. */
  get body(): string {
    return this.index.body;
  }

  /** The first value line of the header, unfolded and trimmed. The name in any case or compact. */
  header(name: string): string | undefined {
    const line = this.index.find(headerId(name), name, 0);
    return line === -1 ? undefined : this.index.value(line);
  }

  /** Every line of the header, unfolded and trimmed, in order. */
  headers(name: string): readonly string[] {
    const id = headerId(name);
    const first = this.index.find(id, name, 0);
    if (first === -1) return none;
    // Most headers are one line: an array that `push` makes longer gets room for 16 more.
    const lines = [this.index.value(first)];
    for (let line = this.index.find(id, name, first + 1); line !== -1; line = this.index.find(id, name, line + 1)) {
      lines.push(this.index.value(line));
    }
    return lines;
  }

  /** Every value of the header: a list header's lines split at their commas (SIP-04), one a line for others. */
  values(name: string): readonly string[] {
    const lines = this.headers(name);
    if (!isListHeader(headerId(name))) return lines;
    const [line] = lines;
    // Most headers are one line of one value.
    if (lines.length === 1 && line !== '' && !line!.includes(',')) return lines;
    const values: string[] = [];
    for (const each of lines) values.push(...splitList(each));
    return values;
  }

  has(name: string): boolean {
    return this.index.find(headerId(name), name, 0) !== -1;
  }

  /** A list of tokens (Supported, Require, Allow …) holds this one; case is ignored. */
  hasOption(name: string, option: string): boolean {
    const lower = lowerCase(option);
    return this.values(name).some((value) => value === option || lowerCase(value) === lower);
  }

  get callId(): string {
    this.cachedCallId ??= this.first(CALL_ID) ?? '';
    return this.cachedCallId;
  }

  get cseq(): CSeq {
    this.cachedCSeq ??= readCSeq(this.first(CSEQ) ?? '');
    return this.cachedCSeq;
  }

  get from(): NameAddress {
    this.cachedFrom ??= parseAddress(this.first(FROM) ?? '') ?? noAddress;
    return this.cachedFrom;
  }

  get to(): NameAddress {
    this.cachedTo ??= parseAddress(this.first(TO) ?? '') ?? noAddress;
    return this.cachedTo;
  }

  get fromTag(): string | undefined {
    return tagIn(this.first(FROM) ?? '');
  }

  get toTag(): string | undefined {
    return tagIn(this.first(TO) ?? '');
  }

  get vias(): readonly Via[] {
    this.cachedVias ??= this.values('Via').flatMap((value) => parseVia(value) ?? []);
    return this.cachedVias;
  }

  /** The first Via. Its host is empty when the message has none (only in what a parse error carries). */
  get topVia(): Via {
    this.cachedTopVia ??= parseVia(firstOfList(this.first(VIA) ?? '')) ?? noVia;
    return this.cachedTopVia;
  }

  get contacts(): readonly NameAddress[] | '*' {
    this.cachedContacts ??= this.first(CONTACT) === '*' ? '*' : this.addresses('Contact');
    return this.cachedContacts;
  }

  get routes(): readonly NameAddress[] {
    this.cachedRoutes ??= this.index.find(ROUTE, '', 0) === -1 ? [] : this.addresses('Route');
    return this.cachedRoutes;
  }

  get recordRoutes(): readonly NameAddress[] {
    return this.addresses('Record-Route');
  }

  get path(): readonly NameAddress[] {
    return this.addresses('Path');
  }

  get serviceRoute(): readonly NameAddress[] {
    return this.addresses('Service-Route');
  }

  /** 0 … 255, undefined when absent. */
  get maxForwards(): number | undefined {
    return this.number(MAX_FORWARDS, 255);
  }

  /** Seconds of the Expires header, undefined when absent or malformed. */
  get expires(): number | undefined {
    return this.number(EXPIRES, 0xffff_ffff);
  }

  get contentType(): string | undefined {
    return this.header('Content-Type');
  }

  /** The first value of any header with the name-addr grammar. */
  address(name: string): NameAddress | undefined {
    return this.addresses(name)[0];
  }

  /** All values of any header with the name-addr grammar; malformed ones are left out. */
  addresses(name: string): readonly NameAddress[] {
    const values = this.values(name);
    if (values.length === 1) {
      const only = parseAddress(values[0]!);
      return only === undefined ? [] : [only];
    }
    const addresses: NameAddress[] = [];
    for (const value of values) {
      const address = parseAddress(value);
      if (address !== undefined) addresses.push(address);
    }
    return addresses;
  }

  /** An editor that yields a new message; this one stays as it is. */
  edit(): MessageEditor<this> {
    return new MessageEditor(this);
  }

  /** @internal A message of this kind over other lines; `startLine` where it is another one. */
  abstract over(index: HeaderLines, startLine: StartLine | undefined): SipMessage;

  private first(id: number): string | undefined {
    const line = this.index.find(id, '', 0);
    return line === -1 ? undefined : this.index.value(line);
  }

  private number(id: number, max: number): number | undefined {
    const value = this.first(id);
    if (value === undefined) return undefined;
    return parseDecimal(value, max);
  }
}

export class SipRequest extends SipMessage {
  readonly kind = 'request';
  private cachedUri: Uri | undefined = undefined;

  /** @internal Use `parseMessage` or `buildRequest`. */
  constructor(
    index: HeaderLines,
    readonly method: string,
    readonly requestUri: string,
    topVia?: Via,
  ) {
    super(index, topVia);
  }

  /** @internal */
  over(index: HeaderLines, startLine: StartLine | undefined): SipRequest {
    const isNew = startLine !== undefined && 'requestUri' in startLine;
    const request = new SipRequest(index, this.method, isNew ? startLine.requestUri : this.requestUri);
    if (!isNew) request.cachedUri = this.cachedUri;
    return request;
  }

  /** The Request-URI. */
  get uri(): Uri {
    this.cachedUri ??= parseUri(this.requestUri) ?? { ...noUri, text: this.requestUri };
    return this.cachedUri;
  }
}

export class SipResponse extends SipMessage {
  readonly kind = 'response';

  /** @internal Use `parseMessage` or `buildResponse`. */
  constructor(
    index: HeaderLines,
    readonly status: number,
    readonly reason: string,
    topVia?: Via,
  ) {
    super(index, topVia);
  }

  /** @internal */
  over(index: HeaderLines, startLine: StartLine | undefined): SipResponse {
    if (startLine === undefined || !('status' in startLine)) return new SipResponse(index, this.status, this.reason);
    return new SipResponse(index, startLine.status, startLine.reason);
  }

  get method(): string {
    return this.cseq.method;
  }
}

function readCSeq(value: string): CSeq {
  const octets = octetsOf(value);
  const digitsEnd = skip(DIGIT, octets, 0, value.length);
  const sequence = decimal(octets, 0, digitsEnd, 0x7fff_ffff);
  if (sequence === -1) return { sequence: 0, method: '' };
  return { sequence, method: value.slice(skipSpace(octets, digitsEnd, value.length)) };
}
