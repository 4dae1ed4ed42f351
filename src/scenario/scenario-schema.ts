/** What a scenario file may say. */
import { z } from 'zod';
import { duration, strict } from '../topology/scalars.js';

export const CHECKS = ['no-retransmission', 'media-both-ways', 'no-fault'] as const;
export type CheckName = (typeof CHECKS)[number];

/** The frame; each step is then checked by the schema of what it does. */
export const scenarioFrame = strict({
  name: z.string().min(1),
  steps: z.array(z.unknown()).min(1),
  checks: z.array(z.enum(CHECKS)).optional(),
});

/** One name or a list of them. */
const names = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z.array(z.string()).min(1),
);

const status = z.int().min(100).max(699).optional();

/** The longest a step may take; 40 s where absent (timers B and F of the core end at 32 s), plus what a call holds. */
const timeout = duration.optional();

export const actionSchemas = {
  register: strict({ do: z.literal('register'), ue: names, timeout }),
  deregister: strict({ do: z.literal('deregister'), ue: names, timeout }),
  call: strict({
    do: z.literal('call'),
    from: z.string(),
    /** A UE of the topology, called at its public identity, or a SIP or tel URI. */
    to: z.string(),
    as: z.string().min(1).optional(),
    media: z
      .array(z.enum(['audio']))
      .length(1)
      .optional(),
    'hold-for': duration.optional(),
    timeout,
  }),
  wait: strict({ do: z.literal('wait'), for: duration }),
  stop: strict({ do: z.literal('stop'), node: z.string() }),
  start: strict({ do: z.literal('start'), node: z.string() }),
};

export const expectationSchemas = {
  call: strict({ expect: z.literal('call'), as: z.string(), is: z.enum(['released', 'failed']), status, timeout }),
  registration: strict({
    expect: z.literal('registration'),
    ue: z.string(),
    is: z.enum(['registered', 'failed']),
    status,
  }),
};

export type ActionInput = z.output<(typeof actionSchemas)[keyof typeof actionSchemas]>;
export type ExpectationInput = z.output<(typeof expectationSchemas)[keyof typeof expectationSchemas]>;
