/** Headers compared by what they mean: RFC 3261 7.3.1, 19.1.4, 20. White space, order of parameters and escapes say nothing. */
import { type NameAddress, type Parameters, parseAddress, type SipMessage, uriEquals } from '../../sip/index.js';

export { isSameUri } from '../../sip/index.js';

/** Name, URI and parameters, in whatever order. */
export function isSameAddress(one: NameAddress, other: NameAddress): boolean {
  return (
    one.text === other.text ||
    ((one.displayName ?? '') === (other.displayName ?? '') &&
      uriEquals(one.uri, other.uri) &&
      isSameParameters(one.uri.parameters, other.uri.parameters) &&
      isSameParameters(one.parameters, other.parameters))
  );
}

/** Lists of addresses: their order says which comes first. As text where one is no address (`*`). */
export function isSameAddressList(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  return one.every((value, index) => {
    if (value === other[index]) return true;
    const [a, b] = [parseAddress(value), parseAddress(other[index]!)];
    return a !== undefined && b !== undefined && isSameAddress(a, b);
  });
}

/** Route values, of which the URIs count. */
export function isSameRoute(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => isSameRouteValue(value, other[index]!));
}

export function isSameRouteValue(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parseAddress(one), parseAddress(other)];
  return a !== undefined && b !== undefined && uriEquals(a.uri, b.uri);
}

function isSameParameters(one: Parameters, other: Parameters): boolean {
  if (one.size !== other.size) return false;
  for (const [name, value] of one) {
    const its = other.get(name);
    if (its !== value && (typeof its !== 'string' || typeof value !== 'string' || !isSameWord(its, value)))
      return false;
  }
  return true;
}

/** RFC 3261 7.3.1: but for quoted texts, which nobody writes anew, case says nothing. */
function isSameWord(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** How the value of a header is compared; as text where nothing is said. */
const comparisons: Readonly<Record<string, (one: SipMessage, other: SipMessage) => boolean>> = {
  From: (one, other) => isSameEnd(one.from, other.from),
  To: (one, other) => isSameEnd(one.to, other.to),
  CSeq: ({ cseq: a }, { cseq: b }) => a.sequence === b.sequence && a.method === b.method,
  Contact: (one, other) => isSameAddressList(one.values('Contact'), other.values('Contact')),
  'Content-Type': (one, other) => mediaType(one) === mediaType(other),
};

/** From or To: who is meant, and the tag, whose case counts (RFC 3261 19.3). */
export function isSameEnd(one: NameAddress, other: NameAddress): boolean {
  return isSameAddress(one, other) && one.parameters.get('tag') === other.parameters.get('tag');
}

export function isSameHeader(name: string, one: SipMessage, other: SipMessage): boolean {
  return comparisons[name]?.(one, other) ?? one.values(name).join(', ') === other.values(name).join(', ');
}

/** `application/sdp;charset=utf-8`: type and parameters without case and spaces, parameters sorted (RFC 3261 7.4.1). */
function mediaType({ contentType = '' }: SipMessage): string {
  const [type = '', ...parameters] = contentType
    .split(';')
    .map((part) => part.replaceAll(/\s*([=/])\s*/g, '$1').trim());
  return [type.toLowerCase(), ...parameters.sort()].join(';');
}
