/** What stands in the files of `imslab diameter send` and `serve`. */
import { z } from 'zod';
import { fieldPath, matcher, names, plain, text, word } from '../scenario/language/pattern-schema.js';
import { duration, refuse, scalar, strict } from '../topology/scalars.js';

const id32 = z.int().min(0).max(0xffffffff);

const applicationBlock = strict({
  id: id32.describe('Its number (RFC 6733 11.3).'),
  vendor: id32.optional().describe('Enterprise number of its vendor; none for an IETF application.'),
  accounting: z.boolean().optional().describe('It is offered as Acct-Application-Id.'),
});

const APPLICATION_MEND = 'write a name such as Cx or S6a, a number, or { id, vendor }';

/** A name or number; or, of an application that nobody here knows, id and vendor. */
const application = scalar((value): string | number | z.output<typeof applicationBlock> => {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  const block = applicationBlock.safeParse(value);
  if (!block.success) refuse(value, 'is no application', APPLICATION_MEND);
  return block.data;
}).meta({
  anyOf: [
    { type: 'string' },
    { type: 'integer', minimum: 0, maximum: 0xffffffff },
    {
      type: 'object',
      properties: {
        id: { type: 'integer', description: 'Its number (RFC 6733 11.3).' },
        vendor: { type: 'integer', description: 'Enterprise number of its vendor; none for an IETF application.' },
        accounting: { type: 'boolean', description: 'It is offered as Acct-Application-Id.' },
      },
      required: ['id'],
      additionalProperties: false,
    },
  ],
  examples: ['Cx', 'S6a', 16777251],
});

const command = scalar((value): string | number => {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffff) {
    refuse(value, 'is no command', 'write its name, such as UAR, or its code');
  }
  return value;
}).meta({
  anyOf: [{ type: 'string' }, { type: 'integer', minimum: 0, maximum: 0xffffff }],
  examples: ['UAR', 'Update-Location-Request', 316],
});

/** Read by the AVPs' dictionaries, with places of its own. */
const avps = scalar((value): unknown => {
  if (typeof value !== 'object' || value === null) refuse(value, 'are no AVPs', 'write one NAME: VALUE a line');
  return value;
}).meta({ anyOf: [{ type: 'object' }, { type: 'array', items: { type: 'object' } }] });

const RESULT_MEND = 'write a code such as 2001, its name, 2xxx, or a list of those';

const resultWord = scalar((value): string => {
  const isText = typeof value === 'string' && /^([1-5]xxx|[A-Z0-9][\w-]*|\$\{[^{}]+\})$/.test(value);
  const isCode = typeof value === 'number' && Number.isInteger(value) && value >= 0;
  if (!isText && !isCode) refuse(value, 'is no result', RESULT_MEND);
  return String(value);
}).meta({ type: ['string', 'integer'], examples: [2001, 'FIRST_REGISTRATION', '5xxx'] });

const resultWords = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z.array(resultWord).min(1),
);

const experimental = strict({
  code: id32.describe('Experimental-Result-Code.'),
  vendor: id32.optional().describe("Vendor-Id; 3GPP's, 10415, where absent."),
});

const givenResult = scalar((value): string | number | z.output<typeof experimental> => {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value;
  const block = experimental.safeParse(value);
  if (!block.success) refuse(value, 'is no result', 'write a code such as 2001, a name, or { code, vendor }');
  return block.data;
}).meta({
  anyOf: [
    { type: 'string' },
    { type: 'integer' },
    {
      type: 'object',
      properties: {
        code: { type: 'integer', description: 'Experimental-Result-Code.' },
        vendor: { type: 'integer', description: "Vendor-Id; 3GPP's, 10415, where absent." },
      },
      required: ['code'],
      additionalProperties: false,
    },
  ],
  examples: [2001, 'FIRST_REGISTRATION'],
});

const flags = z.array(z.enum(['proxiable', 'error', 'retransmitted']));
const fields = z.record(fieldPath, matcher);
const count = z.int().min(1).max(10_000_000);

const message = {
  application: application.optional().describe("Which one's command it is; where absent the file's that has it."),
  flags: flags
    .optional()
    .describe('Command flags beside the one of requests; proxiable where absent, if the command is.'),
  avps: avps.optional().describe('AVPs by name: a value, a list of values, the members of a group.'),
  without: names.optional().describe('AVPs that imslab would put in by itself, and must not.'),
  defaults: z.boolean().optional().describe('false: nothing but the AVPs that are written, in their order.'),
};

const expectation = strict({
  result: resultWords.optional().describe('Result-Code or Experimental-Result-Code; a success where absent.'),
  avps: fields.optional().describe('What AVPs of the answer must be, by their paths.'),
  absent: names.optional().describe('Paths of AVPs that the answer must not have.'),
  within: duration.optional().describe('How long the answer may take.'),
  answer: z.boolean().optional().describe('false: no answer may come until the timeout.'),
});

const requestSchema = strict({
  request: command.describe('Its command.'),
  name: text.optional().describe('How reports call it; its command where absent.'),
  ...message,
  'end-to-end': scalar((value): string => {
    const isNumber = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
    if (!isNumber && !(typeof value === 'string' && /^\$\{[^{}]+\}$/.test(value))) {
      refuse(value, 'is no End-to-End id', 'write a number of 32 bits, or a captured one: ${NAME}');
    }
    return String(value);
  })
    .meta({ type: ['integer', 'string'] })
    .optional()
    .describe('End-to-End id; a new one where absent.'),
  pause: duration.optional().describe('To wait before it.'),
  repeat: count.optional().describe('How often, one after the other.'),
  timeout: duration.optional().describe("How long to wait for the answer; the file's where absent."),
  expect: expectation.optional().describe('What the answer must be.'),
  capture: z
    .record(word, fieldPath)
    .optional()
    .describe('Names for values of the answer, which later requests write as ${NAME}.'),
});

const answerSchema = strict({
  request: command.optional().describe('Which command it answers; any where absent.'),
  name: text.optional().describe('How reports call it.'),
  ...message,
  where: fields.optional().describe('What AVPs of the request must be, by their paths.'),
  times: count.optional().describe('How many requests it answers; later ones go to the next that fits.'),
  result: givenResult.optional().describe('2001 where absent.'),
  delay: duration.optional().describe('To wait before it.'),
  drop: z.boolean().optional().describe('true: no answer.'),
  disconnect: z.boolean().optional().describe('true: the connection breaks instead.'),
});

const identity = strict({
  host: text.optional().describe('Origin-Host.'),
  realm: text.optional().describe('Origin-Realm.'),
  addresses: names.optional().describe('Host-IP-Address; the address of the connection where absent.'),
  'vendor-id': id32.optional().describe('Vendor-Id.'),
  'product-name': z.string().optional().describe('Product-Name.'),
  'origin-state-id': id32.optional().describe('Origin-State-Id; none where absent.'),
});

const capabilities = strict({
  avps: avps.optional().describe('Further AVPs of the CER or CEA, or others in place of those of its kind.'),
  without: names.optional().describe('AVPs that it must not have.'),
  result: givenResult.optional().describe('Of the CEA: what must come (send), what is sent (serve).'),
});

const frame = {
  identity: identity.optional().describe('Who imslab is in the capabilities exchange and in Origin AVPs.'),
  applications: z
    .preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(application).min(1))
    .optional()
    .describe('What the capabilities exchange offers: names or numbers. Cx where absent.'),
  capabilities: capabilities.optional().describe('What else there is to say of the capabilities exchange.'),
  values: z.record(word, plain).optional().describe('Values by name, to be written as ${NAME}.'),
};

export const requestsFile = strict({
  ...frame,
  timeout: duration.optional().describe('How long to wait for an answer; 5 s where absent.'),
  repeat: count.optional().describe('How often the list is played.'),
  concurrency: z.int().min(1).max(10_000).optional().describe('How many plays of the list are under way at once.'),
  rate: z.number().positive().max(1_000_000).optional().describe('Requests a second, at most.'),
  requests: z.array(requestSchema).min(1).describe('What is sent, in order.'),
  answers: z.array(answerSchema).optional().describe('For requests that come meanwhile, such as RTR and PPR.'),
});

export const answersFile = strict({
  ...frame,
  answers: z.array(answerSchema).min(1).describe('The first that fits a request answers it.'),
});

export type RequestWritten = z.output<typeof requestSchema>;
export type AnswerWritten = z.output<typeof answerSchema>;
export type RequestsWritten = z.output<typeof requestsFile>;
export type AnswersWritten = z.output<typeof answersFile>;
export type ApplicationWritten = z.output<typeof application>;
