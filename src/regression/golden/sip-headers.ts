/** The headers of a SIP message as they are written, for messages that a parser may refuse. */
import { canonicalName, headerId, isListHeader } from '../../sip/message/header-names.js';
import { splitList } from '../../sip/message/index.js';

export interface SipHeader {
  /** As it was written, compact names spelled out. */
  readonly name: string;
  /** In lower case. */
  readonly key: string;
  readonly values: string[];
}

export class SipText {
  readonly headers: readonly SipHeader[];
  /** latin1. */
  readonly body: string;

  constructor(bytes: Buffer) {
    const text = bytes.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    this.headers = headersOf(end < 0 ? text : text.slice(0, end));
    this.body = end < 0 ? '' : text.slice(end + 4);
  }

  /** The first value; empty where there is none. */
  value(key: string): string {
    return this.headers.find((header) => header.key === key)?.values[0] ?? '';
  }
}

function headersOf(head: string): readonly SipHeader[] {
  const found = new Map<string, SipHeader>();
  const [, ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  for (const line of lines) {
    const colon = line.indexOf(':');
    const written = line.slice(0, Math.max(colon, 0)).trim();
    const id = headerId(written);
    // RFC 3261 7.3.3: a compact form is one letter.
    const name = written.length === 1 ? canonicalName(written, id) : written;
    const key = name.toLowerCase();
    const header = found.get(key) ?? { name, key, values: [] };
    const value = line.slice(colon + 1).trim();
    header.values.push(...(isListHeader(id) ? splitList(value) : [value]));
    found.set(key, header);
  }
  return [...found.values()];
}
