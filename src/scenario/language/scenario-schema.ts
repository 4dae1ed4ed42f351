/** What a scenario file may say around its steps. */
import { z } from 'zod';
import { duration, refuse, scalar, strict } from '../../topology/scalars.js';
import { CHECKS } from '../model.js';
import { matcher, plain, text, word } from './pattern-schema.js';
import { RULE_ID } from './step-schema.js';

const SEEDS_MAX = 100_000;
const SEEDS_MEND = 'write a seed, a range like 1..5, or a list like [1, 7]';

const isSeed = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const seeds = scalar((value): readonly number[] => {
  const range = typeof value === 'string' ? /^(\d{1,15})\.\.(\d{1,15})$/.exec(value) : null;
  if (range !== null) {
    const [first, last] = [Number(range[1]), Number(range[2])];
    if (last < first) refuse(value, 'is an empty range', `write ${last}..${first}`);
    if (last - first >= SEEDS_MAX) refuse(value, 'are too many seeds', `use ${SEEDS_MAX} or less`);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = list.find((seed) => !isSeed(seed));
  if (wrong !== undefined || list.length === 0) refuse(wrong ?? value, 'is no seed', SEEDS_MEND);
  return [...new Set(list as readonly number[])];
}).meta({
  description: 'Seeds of its runs in a suite: one seed, a range, or a list. The seed 1 where absent.',
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^[0-9]{1,15}\\.\\.[0-9]{1,15}$' },
    { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 1 },
  ],
  examples: [1, '1..5', [1, 7]],
});

const paramsSchema = z
  .record(
    word,
    z.union([plain, z.array(plain)], { error: () => 'is no plain value; write text, a number or a list of them' }),
  )
  .meta({
    description: `Values that stand in the file as \${name}; --set params.name=… changes them.`,
    examples: [{ hold: '2s' }],
  });

const matrixSchema = z.record(word, z.array(plain).min(1)).meta({
  description: `One scenario for each combination; the values stand in the file as \${name}.`,
  examples: [{ node: ['icscf1', 'hss1'] }],
});

const ruleId = scalar((value): string => {
  if (typeof value !== 'string' || !RULE_ID.test(value)) refuse(value, 'is no rule', 'write its id, such as REG-24');
  return value;
}).meta({ type: 'string', pattern: '^[A-Z][A-Z0-9]*-([0-9]+[a-z]?|[A-Z]+)$', examples: ['REG-24'] });

/** What is read before there is a lab. */
const beforeLab = {
  name: text.describe('A word of your own.').meta({ examples: ['register-and-call'] }),
  description: text.optional().describe('What it proves, in a sentence or two.'),
  topology: text.optional().meta({
    description: 'Name or file of the topology that it is written for, where the command line names none.',
    examples: ['volte'],
  }),
  set: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({
      description: 'Changes of the topology: dotted path → value, as --set makes them.',
      examples: [{ 'nodes.ue2.call.answer': 'busy' }],
    }),
  environments: z
    .array(z.enum(['simulated', 'real']))
    .min(1)
    .optional()
    .describe('Where it may run; both where absent, and simulated alone where it changes links.'),
  seeds: seeds.optional(),
};

export const headSchema = strict(beforeLab);

export const headKeys: readonly string[] = Object.keys(beforeLab);

export const bodySchema = strict({
  proves: z.array(ruleId).optional().describe('Ids of the rules that it proves.'),
  faults: z.array(z.unknown()).optional().describe('Faults in force from the beginning.'),
  steps: z.array(z.unknown()).min(1).describe('What happens, one line a step.'),
  checks: z
    .array(z.enum(CHECKS))
    .optional()
    .describe('What is checked at the end; ts24229 and invariants where absent.'),
  exceptions: z
    .record(ruleId, text)
    .optional()
    .meta({
      description: 'Rules whose breach is meant: id → why.',
      examples: [{ 'REG-45': 'the planted fault removes it' }],
    }),
  verdict: strict({
    passed: z.boolean().describe('false: only a failure passes.'),
    sentence: matcher.optional(),
  })
    .optional()
    .describe('How it must end; passed where absent.'),
  timeout: duration.optional().describe('Bound of the whole scenario; 10min where absent.'),
});

/** Of the body, what is read before steps and faults. */
export const bodyKeys: readonly string[] = Object.keys(bodySchema.shape).filter(
  (key) => key !== 'steps' && key !== 'faults',
);

/** What `${…}` stands for. */
export const variablesSchema = strict({ params: paramsSchema.optional(), matrix: matrixSchema.optional() });

/** All keys of a scenario file. */
export const scenarioSchema = strict({
  ...beforeLab,
  ...variablesSchema.shape,
  ...bodySchema.shape,
});
