/** A SIP message as the fields of a golden trace. Any octets are taken, the malformed too. */
import type { MessageRecord } from '../../environment/index.js';
import type { NodeAddresses } from './node-addresses.js';
import type { Roles } from './roles.js';
import { SdpLines } from './sdp-lines.js';
import type { SipHeader, SipText } from './sip-headers.js';

/** Say when, how long or by whom a message was made, not what it means. */
const LEFT_OUT: ReadonlySet<string> = new Set(['content-length', 'date', 'timestamp', 'user-agent', 'server']);

/** Their order in a message has no meaning. */
const SETS: ReadonlySet<string> = new Set([
  'supported',
  'require',
  'proxy-require',
  'unsupported',
  'allow',
  'allow-events',
]);

const ROUTES: ReadonlySet<string> = new Set(['path', 'route', 'record-route', 'service-route']);

/** These lead, the others follow by name: order between headers has no meaning (RFC 3261 7.3.1). */
const LEADING = ['via', 'route', 'record-route', 'path', 'service-route', 'from', 'to', 'call-id', 'cseq', 'contact'];

/** Parameters whose values are made up, and the kind that they are of. */
const MADE_UP: Readonly<Record<string, string>> = {
  nonce: 'nonce',
  nextnonce: 'nonce',
  cnonce: 'cnonce',
  response: 'response',
  rspauth: 'rspauth',
  opaque: 'opaque',
  auts: 'auts',
  ck: 'ck',
  ik: 'ik',
  'icid-value': 'icid',
  'spi-c': 'spi',
  'spi-s': 'spi',
  'port-c': 'port',
  'port-s': 'port',
};
const PARAMETER = new RegExp(`(^|[;,\\s])(${Object.keys(MADE_UP).join('|')})\\s*=\\s*("?)([^;,">\\s]+)\\3`, 'gi');
const TAG = /;\s*(tag|to-tag|from-tag)\s*=\s*([^;,>\s]+)/gi;
const ROUTE_USER = /(<sips?:)([^@<>]+)@/g;

interface Sender {
  readonly call: string;
  /** Whose sequence numbers they are: each side of a call counts its own. */
  readonly side: string;
  readonly fromNode: string;
}

export class SipLines {
  readonly #sdp: SdpLines;
  /** The first sequence number of each side of a call, and the first RSeq. */
  readonly #bases = new Map<string, number>();

  constructor(
    private readonly roles: Roles,
    private readonly addresses: NodeAddresses,
  ) {
    this.#sdp = new SdpLines(roles, addresses);
  }

  /** `REGISTER sip:…` or `401 Unauthorized (REGISTER)`. */
  head({ summary }: MessageRecord): string {
    return this.addresses.replaceIn(this.roles.replaceKnown(summary));
  }

  /** Header name → what it says, in an order of their own. */
  headers(text: SipText, fromNode: string): ReadonlyMap<string, string> {
    const call = text.value('call-id');
    const sender = { call, side: `${call} ${text.value('from').replace(TAG, '')}`, fromNode };
    const shown = text.headers
      .filter(({ key }) => !LEFT_OUT.has(key))
      .sort(inOrder)
      .map(({ name, key, values }): [string, string] => {
        const parts = values.map((value) => this.#value(key, value, sender));
        if (SETS.has(key)) parts.sort();
        return [name, parts.join(', ')];
      });
    return new Map(shown);
  }

  body(text: SipText, fromNode: string): readonly string[] {
    const { body } = text;
    if (body === '') return [];
    if (text.value('content-type').toLowerCase().startsWith('application/sdp')) return this.#sdp.fields(body, fromNode);
    const readable = Buffer.from(body, 'latin1').toString('utf8');
    const lines = this.addresses.replaceIn(this.roles.replaceKnown(readable)).split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '');
  }

  #value(key: string, value: string, sender: Sender): string {
    switch (key) {
      case 'call-id':
        return this.roles.name('call', value);
      case 'via':
        return this.#via(value);
      case 'cseq':
        return value.replace(/^\d+/, (number) => this.#relative(sender.side, Number(number)));
      case 'rseq':
        return this.#relative(`${sender.call} RSeq`, Number(value));
      case 'rack': {
        // RFC 3262 7.2: RSeq and CSeq of the response that is acknowledged.
        const [rseq, cseq, method] = value.split(/\s+/);
        const response = this.#relative(`${sender.call} RSeq`, Number(rseq));
        return `${response} ${this.#relative(sender.side, Number(cseq))} ${method}`;
      }
      default:
        return this.#text(key, value, sender.fromNode);
    }
  }

  #text(key: string, value: string, fromNode: string): string {
    let text = value
      .replace(TAG, (_, name: string, tag: string) => `;${name}=${this.roles.name('tag', tag, fromNode)}`)
      .replace(PARAMETER, (_, before: string, name: string, quote: string, made: string) => {
        const kind = MADE_UP[name.toLowerCase()]!;
        return `${before}${name}=${quote}${this.roles.name(kind, made)}${quote}`;
      });
    if (ROUTES.has(key)) {
      text = text.replace(ROUTE_USER, (_, scheme: string, user: string) => {
        return `${scheme}${this.roles.name('route', user, fromNode)}@`;
      });
    }
    return this.addresses.replaceIn(this.roles.replaceKnown(text));
  }

  /** Whose it is and which: the transport may follow from the length of random parts, so it is left out. */
  #via(value: string): string {
    const [sentBy = '', ...parameters] = value.split(';').map((part) => part.trim());
    const host = this.addresses.replaceIn(sentBy.slice(sentBy.search(/\s/) + 1));
    const branch = parameters.find((parameter) => parameter.startsWith('branch='))?.slice('branch='.length);
    const others = parameters
      .filter((parameter) => !parameter.startsWith('branch='))
      .map((parameter) => this.#viaParameter(parameter));
    return [branch === undefined ? host : this.roles.name('branch', branch, host), ...others].join(';');
  }

  /** RFC 3581 4: whether the receiver told where the request came from matters, the port does not. */
  #viaParameter(parameter: string): string {
    if (parameter.startsWith('rport')) return 'rport';
    const [name, value] = parameter.split('=');
    return value === undefined ? parameter : `${name}=${this.addresses.nodeAt(value, undefined)}`;
  }

  /** `#1` for the first, `#2` for the one after it. */
  #relative(of: string, number: number): string {
    const base = this.#bases.get(of) ?? number;
    this.#bases.set(of, base);
    return `#${number - base + 1}`;
  }
}

function inOrder(one: SipHeader, other: SipHeader): number {
  return rank(one) - rank(other) || (one.key < other.key ? -1 : 1);
}

function rank({ key }: SipHeader): number {
  const at = LEADING.indexOf(key);
  return at < 0 ? LEADING.length : at;
}
