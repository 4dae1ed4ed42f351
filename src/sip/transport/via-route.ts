/** The way back of a response: what a server notes in the top Via, and what it reads there. RFC 3261 18.2, RFC 3581 4. */
import { detached, type SipRequest, type Via } from '../message/index.js';
import { type Destination, defaultPortOf, isNumericHost, type Source } from './destination.js';

/**
 * The request with `received` and `rport` in its top Via as SIP-21 wants them; the same object where nothing is to be
 * noted, which is the rule between nodes that write their address into Via.
 */
export function markReceived(request: SipRequest, source: Source): SipRequest {
  const value = markedVia(request.topVia, source.endpoint.address, source.endpoint.port);
  if (value === undefined) return request;
  return request.edit().replaceFirst('Via', value).message();
}

/** The value of the top Via as a server must rewrite it, or undefined when it may stay. */
export function markedVia(via: Via, address: string, port: number): string | undefined {
  const isMoved = via.host !== address;
  const asksForPort = via.rport !== undefined;
  // What the client itself writes into `received` is worth nothing.
  if (!isMoved && !asksForPort && via.received === undefined) return undefined;
  let text = withoutParameter(via.text, 'received');
  if (asksForPort) text = withoutParameter(text, 'rport');
  // RFC 3581 4: received stands with rport even where it equals sent-by. RFC 5118 4.5: without brackets.
  if (isMoved || asksForPort) text += `;received=${address}`;
  return asksForPort ? `${text};rport=${port}` : text;
}

/** Where the response goes: SIP-22 / RFC 3261 18.2.2. */
export function responseDestination(via: Via, source: Source): Destination {
  const { protocol, local } = source;
  if (protocol !== 'udp') return source;
  const { maddr } = via;
  if (maddr !== undefined && isNumericHost(maddr))
    return { protocol, endpoint: { address: maddr, port: via.port ?? defaultPortOf(protocol) }, local };
  // RFC 3581 4: to the port it came from, through the socket it came in by.
  const port = typeof via.rport === 'number' ? via.rport : (via.port ?? defaultPortOf(protocol));
  const address = via.received ?? via.host;
  if (address === source.endpoint.address && port === source.endpoint.port) return source;
  return { protocol, endpoint: { address: detached(address), port }, local };
}

/** Where a response goes when its connection is gone: a new one to the sent-by port. RFC 3261 18.2.2. */
export function reconnectDestination(via: Via, gone: Destination): Destination {
  const endpoint = { address: via.received ?? gone.endpoint.address, port: via.port ?? defaultPortOf(gone.protocol) };
  return { ...gone, endpoint, connectionId: undefined };
}

/** The value without one parameter and its value. The names `received` and `rport` never have quoted values. */
function withoutParameter(value: string, name: string): string {
  for (let start = value.indexOf(';'); start !== -1; start = value.indexOf(';', start + 1)) {
    let at = start + 1;
    while (isSpace(value.charCodeAt(at))) at++;
    if (!isNamed(value, at, name)) continue;
    const next = value.charCodeAt(at + name.length);
    const ends = Number.isNaN(next) || next === 0x3b || next === 0x3d || isSpace(next);
    if (!ends) continue;
    const end = value.indexOf(';', at);
    return end === -1 ? value.slice(0, start) : value.slice(0, start) + value.slice(end);
  }
  return value;
}

/** The name of lower-case letters stands at `at`; case does not count. */
function isNamed(value: string, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if ((value.charCodeAt(at + i) | 0x20) !== name.charCodeAt(i)) return false;
  return true;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
