/**
 * Security-Client, Security-Server and Security-Verify (RFC 3329 2.2, TS 33.203 Annex H): the syntax. What phones send is
 * read with patience; what is unknown is kept.
 */
import { detached, splitList, unquote } from '../sip/message/index.js';

/** RFC 3261 25.1. */
const token = /^[\w.!%*+`'~-]+$/;

/** One sec-mechanism. */
export interface SecurityMechanism {
  /** Lower case: `ipsec-3gpp`. */
  readonly name: string;
  /**
   * In the order of the header, names lower case, values as received without quotes; `true` where there is none. The first
   * of a repeated name counts.
   */
  readonly parameters: ReadonlyMap<string, string | true>;
}

/**
 * The mechanisms of all headers of one name, in order; each may hold one or a comma list. What has no token for its name is
 * left out: an entry, or a parameter.
 */
export function parseSecurityMechanisms(headers: readonly string[]): readonly SecurityMechanism[] {
  return headers.flatMap((header) => splitList(header)).flatMap((entry) => parseMechanism(entry) ?? []);
}

/** One mechanism as it stands in a header, parameters in their order. */
export function formatSecurityMechanism({ name, parameters }: SecurityMechanism): string {
  let text = name;
  for (const [key, value] of parameters) text += value === true ? `;${key}` : `;${key}=${asValue(value)}`;
  return text;
}

function parseMechanism(entry: string): SecurityMechanism | undefined {
  const [first, ...rest] = splitParameters(entry);
  const name = detached(first!.toLowerCase());
  if (!token.test(name)) return undefined;
  const parameters = new Map<string, string | true>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    const key = detached((equals < 0 ? part : part.slice(0, equals)).trimEnd().toLowerCase());
    if (!token.test(key) || parameters.has(key)) continue;
    parameters.set(key, equals < 0 ? true : detached(unquote(part.slice(equals + 1).trim())));
  }
  return { name, parameters };
}

/** Cut at semicolons outside quoted strings, each piece trimmed. */
function splitParameters(text: string): string[] {
  if (!text.includes('"')) return text.split(';').map((part) => part.trim());
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isQuoted && char === '\\') at++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === ';' && !isQuoted) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}

/** A token as it is, anything else quoted (RFC 3261 25.1). */
function asValue(value: string): string {
  return token.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
