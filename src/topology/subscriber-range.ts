/** A line with a `count` or with placeholders as the lines that it stands for. */
import { canonicalIdentity } from '../ims/identity/index.js';
import { laterDigits } from './consecutive.js';
import { InputError } from './problem.js';
import type { KeyPath, Positions } from './source.js';
import type { IdentityInput, SubscriberInput } from './subscriber-schema.js';

/** Throws InputError where numbers run out, or where all would have one identity. */
export function* linesOf(input: SubscriberInput, source: Positions, path: KeyPath): Generator<SubscriberInput> {
  const { count } = input;
  if (count === undefined) {
    yield hasPlaceholders(input) ? filled(input, 1) : input;
    return;
  }
  checkRange(input, source, path);
  for (let offset = 0; offset < count; offset++) yield lineAt(input, offset)!;
}

/** One of the lines; undefined where the numbers have run out before. */
export function lineAt(input: SubscriberInput, offset: number): SubscriberInput | undefined {
  const { imsi, msisdn } = input;
  const laterImsi = imsi && laterDigits(imsi, offset);
  const laterNumber = msisdn && laterDigits(msisdn.slice(1), offset);
  if (laterImsi === undefined || (msisdn !== undefined && laterNumber === undefined)) return undefined;
  const line = { ...input, imsi: laterImsi, ...(laterNumber && { msisdn: `+${laterNumber}` }) };
  return hasPlaceholders(input) ? filled(line, offset + 1) : line;
}

/** Throws InputError. */
export function checkRange(input: SubscriberInput, source: Positions, path: KeyPath): void {
  checkIdentities(input, source, path);
  const { count = 1, imsi, msisdn } = input;
  if (lineAt(input, count - 1) !== undefined) return;
  const isImsi = imsi === undefined || laterDigits(imsi, count - 1) === undefined;
  const [what, first] = isImsi ? ['IMSIs', imsi] : ['numbers', msisdn];
  const problem = `${count} is more than the ${what} that follow ${first}`;
  throw new InputError([source.problem([...path, 'count'], problem, 'begin with a lower one')]);
}

/** What is the same for all of them can be no identity of each. */
function checkIdentities(input: SubscriberInput, source: Positions, path: KeyPath): void {
  const fixed = (['identities', 'implicit-sets', 'private-identity', 'subscription'] as const).find((key) =>
    textsOf(input[key]).some((text) => !text.includes('{')),
  );
  if (fixed === undefined) return;
  const mend =
    fixed === 'subscription'
      ? 'leave it out'
      : 'leave it out: it follows from imsi and msisdn, or write it with {imsi}, {msisdn} or {number} in it';
  throw new InputError([source.problem([...path, fixed], 'stands beside a count', mend, 'key')]);
}

export function hasPlaceholders(input: SubscriberInput): boolean {
  return (['identities', 'implicit-sets', 'private-identity'] as const).some((key) =>
    textsOf(input[key]).some((text) => text.includes('{')),
  );
}

/** The identities, or the text. */
function textsOf(value: SubscriberInput['identities' | 'implicit-sets' | 'private-identity']): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  return (value as readonly (IdentityInput | readonly { identities: readonly IdentityInput[] }[])[]).flatMap((each) =>
    'uri' in each ? [each.uri] : each.flatMap(({ identities }) => identities.map(({ uri }) => uri)),
  );
}

/** @param number of the line in its range, from 1 */
function filled(line: SubscriberInput, number: number): SubscriberInput {
  const { imsi = '', msisdn = '', identities } = line;
  const privateIdentity = line['private-identity'];
  const sets = line['implicit-sets'];
  const fill = (text: string): string =>
    text.replaceAll('{imsi}', imsi).replaceAll('{msisdn}', msisdn).replaceAll('{number}', String(number));
  const identity = (each: IdentityInput): IdentityInput =>
    each.uri.includes('{') ? { ...each, uri: canonicalIdentity(fill(each.uri)) ?? fill(each.uri) } : each;
  return {
    ...line,
    ...(identities !== undefined && { identities: identities.map(identity) }),
    ...(privateIdentity !== undefined && { 'private-identity': fill(privateIdentity) }),
    ...(sets !== undefined && {
      'implicit-sets': sets.map((profiles) =>
        profiles.map((each) => ({ ...each, identities: each.identities.map(identity) })),
      ),
    }),
  };
}
