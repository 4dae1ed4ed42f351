/** What an application server does with the initial requests that S-CSCFs send to it, as topologies say it (TS 24.229 §5.7). */
import { z } from 'zod';
import { announcementMs, type SessionService } from '../ims/as/config.js';
import { suggest } from '../selection/index.js';
import { duration, strict } from './scalars.js';
import { shown } from './validate.js';

const uri = z.string().regex(/^(sips?|tel):[^\s<>,]+$/, 'this is no SIP or tel URI');

const headerName = z
  .string()
  .regex(/^[A-Za-z][\w-]*$/, 'this is no name of a header')
  .refine((name) => !routing.has(name.toLowerCase()), 'a proxy has to leave this header to SIP');

/** In long and compact form. */
const routing: ReadonlySet<string> = new Set(
  'via v route record-route max-forwards from f to t call-id i cseq contact m content-length l'.split(' '),
);

const proxy = strict({
  'acts-as': z.literal('proxy'),
  'record-route': z.boolean().optional().describe('Whether it stays in the way of the dialogs; it does where absent.'),
  set: z
    .record(headerName, z.string().regex(/^[^\r\n]+$/, 'a header has one line'))
    .optional()
    .describe('Headers of what it passes on, by name; one that is there already is replaced.'),
  remove: z.array(headerName).optional().describe('Headers that it takes off what it passes on.'),
  'divert-to': uri.optional().describe('Communication diversion of those who are called (TS 24.604): where to.'),
  'divert-on': z.enum(['always', 'busy']).optional().describe('always: at once (CFU); busy: after 486 (CFB).'),
}).refine((service) => service['divert-on'] === undefined || service['divert-to'] !== undefined, {
  path: ['divert-on'],
  error: 'there is no divert-to that says where to; add it',
});

const redirect = strict({ 'acts-as': z.literal('redirect'), contact: uri.describe('Contact of its 302.') });

const userAgent = strict({
  'acts-as': z.literal('user-agent'),
  'play-for': duration.optional().describe('How long its announcement lasts until it hangs up; 30s where absent.'),
});

const refusal = strict({
  'acts-as': z.literal('refusal'),
  status: z.int().min(300).max(699).describe('What it answers to everything.'),
});

export const sessionsSection = z.discriminatedUnion('acts-as', [proxy, redirect, userAgent, refusal], {
  error: ({ input }) => notActing((input as { 'acts-as'?: unknown } | null)?.['acts-as']),
});

const roles = [proxy, redirect, userAgent, refusal].map((each) => each.shape['acts-as'].value);

/** As `what; mend`. */
function notActing(word: unknown): string {
  if (word === undefined) return `is missing; add one of ${roles.join(', ')}`;
  return `${shown(word)} is not known here; ${suggest(String(word), roles)}`;
}

export function sessionService(input: z.output<typeof sessionsSection> = { 'acts-as': 'proxy' }): SessionService {
  switch (input['acts-as']) {
    case 'proxy':
      return {
        actsAs: 'proxy',
        recordRoute: input['record-route'] ?? true,
        set: Object.entries(input.set ?? {}),
        remove: input.remove ?? [],
        divertTo: input['divert-to'],
        divertOn: input['divert-on'] ?? 'always',
      };
    case 'redirect':
      return { actsAs: 'redirect', contact: input.contact };
    case 'user-agent':
      return { actsAs: 'user-agent', playMs: input['play-for'] ?? announcementMs };
    case 'refusal':
      return { actsAs: 'refusal', status: input.status };
  }
}
