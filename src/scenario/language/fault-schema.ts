/** What a planned fault may say: its first key is what happens, and to which message. */
import { z } from 'zod';
import { duration, refuse, scalar, strict } from '../../topology/scalars.js';
import { fieldPath, matchers, messageText, names, text } from './pattern-schema.js';

const NTH_MEND = 'write 1 for the first, [1, 3] for some of them, or every';

/** Which of the messages that match, from 1. */
const nth = scalar((value): readonly number[] | 'every' => {
  if (value === 'every') return 'every';
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = list.find((one) => typeof one !== 'number' || !Number.isSafeInteger(one) || one < 1);
  if (wrong !== undefined || list.length === 0) refuse(wrong ?? value, 'is not the number of a message', NTH_MEND);
  return list as readonly number[];
}).meta({
  description:
    'Which of the messages that match, from 1: one number, a list of them, or every. The first where absent.',
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 1 },
    { const: 'every' },
  ],
  examples: [2, [1, 3], 'every'],
});

const changes = z
  .record(
    fieldPath,
    z.union([z.string(), z.number(), z.null()], { error: () => 'is no value; write text or a number' }),
  )
  .refine((set) => Object.keys(set).length > 0, 'changes nothing; name a field and its new value')
  .meta({
    description: 'Field path → new value; null removes the header or AVP.',
    minProperties: 1,
    examples: [{ 'Contact.expires': 30 }, { Path: null }],
  });

/** SIP: a final or provisional status. */
export const statusCode = z
  .int()
  .min(100)
  .max(699)
  .meta({ description: 'SIP status code.', examples: [403] });

/** RFC 6733 7.1 and TS 29.229 6.2. */
const resultCode = z
  .int()
  .min(1001)
  .max(5999)
  .meta({ description: 'Diameter result code, of RFC 6733 or of TS 29.229 6.2.', examples: [5012] });

const selection = {
  from: names.optional().describe('Who sends it: a node, a list of nodes, or a pattern such as ue*.'),
  to: names.optional().describe('Who is to get it.'),
  with: matchers.optional(),
  nth: nth.optional(),
  as: text.optional().describe('Name of the fault, for clear-fault and in the trace.'),
};

const octetText = scalar((value): Buffer => {
  const digits = typeof value === 'string' ? value.replaceAll(/\s/g, '') : '';
  if (digits === '' || digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
    refuse(value, 'are no octets', 'write an even number of hexadecimal digits in quotes');
  }
  return Buffer.from(digits, 'hex');
}).meta({ type: 'string', pattern: '^\\s*([0-9a-fA-F]\\s*[0-9a-fA-F]\\s*)+$', description: 'Octets in hexadecimal.' });

/** A message given by its text or by its octets. */
export const messageContent = {
  message: text.optional().describe('The message as text; its line ends become CRLF.'),
  bytes: octetText.optional().describe('The message as octets, in hexadecimal.'),
};

/** By the key that says what happens. */
export const faultSchemas = {
  drop: strict({ drop: messageText, ...selection }).describe('The message is lost.'),
  delay: strict({ delay: messageText, by: duration.describe('How much later it leaves.'), ...selection }).describe(
    'The message comes later.',
  ),
  duplicate: strict({
    duplicate: messageText,
    after: duration.optional().describe('When the second copy follows; at once where absent.'),
    ...selection,
  }).describe('The message comes twice.'),
  reorder: strict({
    reorder: messageText,
    hold: duration.optional().describe('The longest that it is held; 2s where absent.'),
    ...selection,
  }).describe('The message is held until the next one between the same two nodes has passed.'),
  change: strict({ change: messageText, set: changes, ...selection }).describe(
    'Fields get other values; the message stays well-formed.',
  ),
  corrupt: strict({
    corrupt: messageText,
    field: text
      .optional()
      .meta({ description: 'Field path; any octet where absent.', examples: ['WWW-Authenticate.nonce.autn'] }),
    bit: z.int().min(0).max(524_287).optional().describe('Which bit, from the most significant of the first octet.'),
    ...selection,
  }).describe('One bit is flipped.'),
  replace: strict({ replace: messageText, ...messageContent, ...selection }).describe(
    'Other octets leave in its place.',
  ),
  answer: strict({
    answer: messageText,
    status: statusCode.optional(),
    reason: text.optional().describe('Reason phrase; that of the status where absent.'),
    headers: z
      .record(z.string(), z.union([z.string(), z.number()], { error: () => 'is no value; write text or a number' }))
      .optional()
      .meta({ description: 'Headers of the answer.', examples: [{ 'Retry-After': 5 }] }),
    result: resultCode.optional(),
    ...selection,
  }).describe('The request does not leave; its sender gets this answer.'),
};

export type FaultWord = keyof typeof faultSchemas;
export type FaultInput = z.output<(typeof faultSchemas)[FaultWord]>;

/** The key that says what happens, or undefined. */
export function faultWord(value: unknown): FaultWord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (Object.keys(faultSchemas) as FaultWord[]).find((word) => Object.hasOwn(value, word));
}
