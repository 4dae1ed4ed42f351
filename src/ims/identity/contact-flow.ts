/** Which UE and which of its flows a Contact of REGISTER names: one reading for all who key or compare contacts. RFC 5626 4.1, 4.2, 11. */
import type { NameAddress } from '../../sip/index.js';

export interface ContactFlow {
  /** +sip.instance without its angle brackets, as equal URNs are written alike; undefined: it names no instance. */
  readonly instanceId: string | undefined;
  /** reg-id; undefined: the contact is none of a flow. */
  readonly flow: number | undefined;
}

const flowMax = 2 ** 31 - 1;

export function contactFlow({ parameters }: NameAddress): ContactFlow {
  const instance = parameters.get('+sip.instance');
  if (typeof instance !== 'string') return noInstance;
  const urn = instance.startsWith('<') && instance.endsWith('>') ? instance.slice(1, -1) : instance;
  if (urn === '') return noInstance;
  return { instanceId: canonicalUrn(urn), flow: flowNumber(parameters.get('reg-id')) };
}

/** RFC 5626 6: reg-id alone says nothing. */
const noInstance: ContactFlow = { instanceId: undefined, flow: undefined };

/** How strings of a namespace are written alike: RFC 9562 4, RFC 7254 3 (case does not count, nor does the version 0). */
const canonicalStrings: ReadonlyMap<string, (text: string) => string> = new Map([
  ['uuid', (text) => text.toLowerCase()],
  ['gsma', (text) => text.toLowerCase().replace(/;vers=0(?=;|$)/, '')],
]);

/** Printable ASCII without capitals and parameters, as most phones write them: there is nothing to be changed. */
const canonicalUrns = /^urn:(?:uuid|gsma):[!-:<-@[-~]*$/;

/** RFC 8141 3.1: the case of `urn` and of the namespace does not count. */
function canonicalUrn(text: string): string {
  if (canonicalUrns.test(text)) return text;
  const [scheme, namespace, ...rest] = text.split(':');
  if (scheme?.toLowerCase() !== 'urn' || namespace === undefined) return text;
  const name = namespace.toLowerCase();
  const specific = rest.join(':');
  return `urn:${name}:${canonicalStrings.get(name)?.(specific) ?? specific}`;
}

/** RFC 5626 11: from 1 to 2^31 - 1; what is no such number names no flow. */
function flowNumber(text: string | true | undefined): number | undefined {
  if (typeof text !== 'string' || !/^\d{1,10}$/.test(text)) return undefined;
  const flow = Number(text);
  return flow >= 1 && flow <= flowMax ? flow : undefined;
}
