/** What steps and faults share: names, message patterns, matchers. */
import { z } from 'zod';
import { type Matcher, suggest } from '../../selection/index.js';
import { refuse, scalar } from '../../topology/scalars.js';

export const text = z.string().min(1);

/** One name or a list of them. */
export const names = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z.array(text).min(1),
);

/** A value of a parameter. */
export const plain = z.union([z.string(), z.number(), z.boolean()], {
  error: () => 'is no plain value; write text, a number, true or false',
});

/** A word under which later steps speak of something. */
export const word = scalar((value): string => {
  if (typeof value !== 'string' || !/^[A-Za-z_][\w-]*$/.test(value)) {
    refuse(value, 'cannot be a name', 'use letters, digits, - and _, a letter first');
  }
  return value;
}).meta({ type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_-]*$' });

/** An unquoted status is a number to YAML. */
export const messageText = scalar((value): string => {
  const written = typeof value === 'number' ? String(value) : value;
  if (typeof written !== 'string' || written === '') refuse(value, 'names no message', 'write it like 200 REGISTER');
  return written;
});

export const fieldPath = text.meta({
  examples: ['Contact.expires', 'Via[2]', 'Request-URI.user', 'sdp.audio.direction', 'Result-Code'],
});

const MATCHER_KEYS = ['not', 'one-of', 'contains', 'min', 'max', 'present'];
const MATCHER_MEND = 'write a value, /…/, or one of { min }, { max }, { not }, { one-of }, { contains }, { present }';
const DEPTH_MAX = 20;

function readMatcher(value: unknown, depth = 0): Matcher {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > DEPTH_MAX) {
    refuse(value, 'is nothing that a field could be compared with', MATCHER_MEND);
  }
  const keys = Object.keys(value);
  const unknown = keys.find((key) => !MATCHER_KEYS.includes(key));
  if (unknown !== undefined) refuse(unknown, 'is not known here', suggest(unknown, MATCHER_KEYS));
  if (keys.length === 0) refuse(value, 'says nothing', MATCHER_MEND);
  const matcher = value as Readonly<Record<string, unknown>>;
  if (keys.length > 1 && !(keys.length === 2 && 'min' in matcher && 'max' in matcher)) {
    refuse(value, 'says more than one thing', 'only min and max stand together; put the others into rows of their own');
  }
  if ('not' in matcher) return { not: readMatcher(matcher.not, depth + 1) };
  if ('one-of' in matcher) {
    const list = matcher['one-of'];
    if (!Array.isArray(list) || list.length === 0) refuse(list, 'is no list of values', 'write one-of: [a, b]');
    return { 'one-of': list.map((one) => readMatcher(one, depth + 1)) };
  }
  if ('contains' in matcher) {
    if (typeof matcher.contains !== 'string') refuse(matcher.contains, 'is not text', 'write contains: with text');
    return { contains: matcher.contains };
  }
  if ('present' in matcher) {
    if (typeof matcher.present !== 'boolean') refuse(matcher.present, 'is not true or false', 'write true or false');
    return { present: matcher.present };
  }
  const { min, max } = matcher;
  for (const bound of [min, max]) {
    if (bound !== undefined && typeof bound !== 'number') refuse(bound, 'is not a number', 'write a number');
  }
  if (typeof min === 'number' && typeof max === 'number' && min > max) {
    refuse(value, 'can never hold', 'make min no larger than max');
  }
  return { min: min as number | undefined, max: max as number | undefined };
}

/** JSON Schema of a matcher, to stand in `$defs` under its name. */
export const matcherJsonSchema = {
  description: 'What a field must be: text, /a regular expression/, a number, or a comparison.',
  anyOf: [
    { type: ['string', 'number', 'boolean'] },
    {
      type: 'object',
      properties: {
        not: { $ref: '#/$defs/matcher', description: 'None of the values is this.' },
        'one-of': { type: 'array', items: { $ref: '#/$defs/matcher' }, minItems: 1, description: 'Any of these.' },
        contains: { type: 'string', description: 'Text within the value.' },
        min: { type: 'number', description: 'At least.' },
        max: { type: 'number', description: 'At most.' },
        present: { type: 'boolean', description: 'Whether the field is there at all.' },
      },
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 2,
    },
  ],
};

export const matcher = scalar((value): Matcher => readMatcher(value)).meta({ $ref: '#/$defs/matcher' });

export const matchers = z.record(fieldPath, matcher).meta({
  description: 'Field path → what it must be.',
  examples: [{ 'Contact.expires': { min: 600 } }, { 'WWW-Authenticate.algorithm': 'AKAv1-MD5' }],
});

/** The keys of a message pattern. */
export const patternFields = {
  message: messageText.optional(),
  from: names.optional().describe('Who sends it: a node, a list of nodes, or a pattern such as ue*.'),
  to: names.optional().describe('Who is to get it.'),
  with: matchers.optional(),
};
