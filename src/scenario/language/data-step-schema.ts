/** What the steps of an application server about data at the HSS may say (Sh, TS 29.328). */
import { z } from 'zod';
import { duration, strict } from '../../topology/scalars.js';
import { dataWord } from '../../topology/sh-schema.js';
import { shown } from '../../topology/validate.js';
import { text } from './pattern-schema.js';

const doing = <TName extends string>(name: TName) => ({ do: z.literal(name) });

const common = {
  node: text.describe('An application server of the topology that has diameter: { hss: … }.'),
  of: text.describe('Whose data: a UE of the topology, a SIP or tel URI, or a MSISDN such as +15550100001.'),
  'private-identity': text.optional().describe('User-Name, where one of several cards is meant.'),
  result: z
    .union([z.int().min(1_000).max(5_999), z.enum(['timeout', 'unreachable'])], {
      error: ({ input }) => `${shown(input)} is no result; write a code such as 5103, or timeout or unreachable`,
    })
    .optional()
    .describe('The result code that it must get, Result-Code or Experimental-Result-Code; 2001 where absent.'),
  timeout: duration
    .optional()
    .describe('The longest that the step may take; 40s and what it waits by itself where absent.'),
};

const one = <TSchema extends z.ZodType>(schema: TSchema) =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(schema).min(1));

const keys = {
  ...common,
  data: one(dataWord).describe('What is asked for.'),
  service: one(text).optional().describe('Service-Indication of repository-data.'),
  'identity-set': one(z.enum(['all', 'registered', 'implicit', 'alias']))
    .optional()
    .describe('Which public-identities; all where absent.'),
  domain: z.enum(['cs', 'ps']).optional().describe('Of location and user-state.'),
  'dsai-tag': one(text).optional().describe('Of dsai.'),
};

/** `do:` */
export const dataActionSchemas = {
  'read-data': strict({ ...doing('read-data'), ...keys }).describe(
    'An application server reads data of a user (UDR, TS 29.328 6.1.1).',
  ),
  'update-data': strict({
    ...doing('update-data'),
    ...common,
    service: text
      .optional()
      .describe('Service-Indication of repository data; absent, services (dsai-tag) or a PSI are switched.'),
    content: text.optional().describe('XML inside ServiceData; absent, the repository data go.'),
    sequence: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe('SequenceNumber; what follows the last one that the application server has seen where absent.'),
    'dsai-tag': one(text).optional().describe('Services of the user that are switched (DSAI).'),
    active: z.boolean().optional().describe('Of a PSI or services: whether they are in use.'),
  }).describe('An application server writes data of a user (PUR, TS 29.328 6.1.2).'),
  'subscribe-data': strict({
    ...doing('subscribe-data'),
    ...keys,
    for: duration.optional().describe('How long (Expiry-Time); without end where absent.'),
    'send-data': z.boolean().optional().describe('Whether the answer is to bring the data.'),
  }).describe('An application server wants to be told of changes (SNR, TS 29.328 6.1.3).'),
  'unsubscribe-data': strict({ ...doing('unsubscribe-data'), ...keys }).describe(
    'An application server wants to be told of changes no more (SNR, TS 29.328 6.1.3).',
  ),
} as const;
