/** Fields of a Diameter message by their paths: AVP names with dots for the members of groups. Never throws. */
import { type DissectedAvp, type DissectedMessage, dissect } from '../diameter/index.js';
import type { FieldPath, PathStep } from './field-path.js';

export interface DiameterValues {
  /** Numbers as decimal text, octets that are no text as `0x…`, groups as `{ … }`. */
  readonly values: readonly string[];
  /** Names of those numbers that have one: `REGISTRATION`, `FIRST_REGISTRATION`. */
  readonly meanings: readonly string[];
}

const nothing: DiameterValues = { values: [], meanings: [] };

const headerFields: Readonly<Record<string, (message: DissectedMessage) => string>> = {
  flags: ({ request, proxiable, error, retransmitted }) =>
    `${request ? 'R' : '-'}${proxiable ? 'P' : '-'}${error ? 'E' : '-'}${retransmitted ? 'T' : '-'}`,
  'hop-by-hop': ({ hopByHop }) => String(hopByHop),
  'end-to-end': ({ endToEnd }) => String(endToEnd),
};

export function dissected(bytes: Buffer): DissectedMessage | undefined {
  const message = dissect(bytes);
  return 'avps' in message ? message : undefined;
}

export function readDiameter(message: DissectedMessage, { steps }: FieldPath): DiameterValues {
  const [first] = steps;
  const { name } = first!;
  if (Object.hasOwn(headerFields, name)) return { values: [headerFields[name]!(message)], meanings: [] };
  const avps = name === 'result' ? resultAvps(message.avps) : avpsAt(message.avps, steps);
  if (avps.length === 0) return nothing;
  return {
    values: avps.map(({ value }) => textOf(value)),
    meanings: avps.flatMap(({ meaning }) => meaning ?? []),
  };
}

/** Either kind of result code (TS 29.229 6.2, RFC 6733 7.6). */
function resultAvps(avps: readonly DissectedAvp[]): readonly DissectedAvp[] {
  const plain = avps.filter(({ name }) => name === 'Result-Code');
  const groups = avps.filter(({ name }) => name === 'Experimental-Result');
  return [...plain, ...groups.flatMap(membersOf).filter(({ name }) => name === 'Experimental-Result-Code')];
}

function avpsAt(avps: readonly DissectedAvp[], [step, ...rest]: readonly PathStep[]): readonly DissectedAvp[] {
  const { name, index } = step!;
  const all = avps.filter((avp) => avp.name === name);
  const found = index === undefined ? all : all.slice(index - 1, index);
  return rest.length === 0 ? found : found.flatMap((avp) => avpsAt(membersOf(avp), rest));
}

function membersOf({ value }: DissectedAvp): readonly DissectedAvp[] {
  return typeof value === 'object' ? value : [];
}

function textOf(value: DissectedAvp['value']): string {
  if (typeof value !== 'object') return String(value);
  return `{ ${value.map((member) => `${member.name} ${textOf(member.value)}`).join(', ')} }`;
}
