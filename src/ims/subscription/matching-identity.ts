/** Which of a list of public identities one is: distinct or by a wildcard (REG-03, REG-83; TS 23.003 13.4A, 13.5). */
import { canonicalIdentity, identityKey } from '../identity/index.js';
import { extendedRegularExpression, literal } from './regular-expression.js';
import type { PublicIdentity } from './subscriber.js';

export function isWildcarded({ kind }: Pick<PublicIdentity, 'kind'>): boolean {
  return kind === 'wildcardedPsi' || kind === 'wildcarded';
}

/**
 * The identity that `uri` is: an equal distinct one in canonical form, else the first wildcard whose range it is in.
 * An alias is another identity.
 */
export function matchingIdentity(identities: readonly PublicIdentity[], uri: string): PublicIdentity | undefined {
  const canonical = identityKey(uri);
  return (
    identities.find((identity) => !isWildcarded(identity) && identity.uri === canonical) ??
    identities.find((identity) => isWildcarded(identity) && matchesWildcard(identity.uri, canonical))
  );
}

/** `wildcard`: `sip:chat-!.*!@domain`; the first and the last `!` are the delimiters. `canonical`: the identity. */
export function matchesWildcard(wildcard: string, canonical: string): boolean {
  const parts = wildcardParts(wildcard);
  if (parts === undefined || !canonical.startsWith(parts.before) || !canonical.endsWith(parts.after)) return false;
  const expression = extendedRegularExpression(
    `^${literal(parts.before)}(${parts.expression})${literal(parts.after)}$`,
  );
  return expression?.test(canonical) === true;
}

/** A wildcard with scheme and host as they are compared; `undefined` where it is none, or its expression is broken. */
export function canonicalWildcard(text: string): string | undefined {
  const parts = wildcardParts(text);
  if (parts === undefined || extendedRegularExpression(parts.expression) === undefined) return undefined;
  const { before, expression, after } = parts;
  // What an identity would be with something plain in the place of the expression.
  const plain = 'X0X';
  const whole = canonicalIdentity(before.startsWith('tel:') ? `${before}0${after}` : `${before}${plain}${after}`);
  if (whole === undefined) return undefined;
  if (before.startsWith('tel:')) return `${before.replace(/[-.()]/g, '')}!${expression}!`;
  const at = whole.indexOf(plain);
  return at < 0 ? undefined : `${whole.slice(0, at)}!${expression}!${whole.slice(at + plain.length)}`;
}

interface WildcardParts {
  readonly before: string;
  readonly expression: string;
  readonly after: string;
}

function wildcardParts(text: string): WildcardParts | undefined {
  const first = text.indexOf('!');
  const last = text.lastIndexOf('!');
  if (first < 0 || first === last) return undefined;
  return { before: text.slice(0, first), expression: text.slice(first + 1, last), after: text.slice(last + 1) };
}
