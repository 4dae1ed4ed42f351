/** What each kind of step may say, as tables from its word to its keys. */
import { z } from 'zod';
import { duration, refuse, scalar, strict } from '../../topology/scalars.js';
import { dataActionSchemas } from './data-step-schema.js';
import { faultSchemas, messageContent, statusCode } from './fault-schema.js';
import { fieldPath, matcher, names, patternFields, plain, text, word } from './pattern-schema.js';

const doing = <TName extends string>(name: TName) => ({ do: z.literal(name) });
const expecting = <TName extends string>(name: TName) => ({ expect: z.literal(name) });

const timeout = duration
  .optional()
  .describe('The longest that the step may take; 40s and what it waits by itself where absent.');
const within = duration.optional().describe('How long it is waited for.');
const rule = scalar((value): string => {
  if (typeof value !== 'string' || !RULE_ID.test(value)) refuse(value, 'is no rule', 'write its id, such as REG-24');
  return value;
}).meta({ type: 'string', pattern: '^[A-Z][A-Z0-9]*-([0-9]+[a-z]?|[A-Z]+)$', examples: ['REG-24'] });
export const RULE_ID = /^[A-Z][A-Z0-9]*-(\d+[a-z]?|[A-Z]+)$/;

/** One or several UEs: a name, a list, a glob, or `all`. */
const ues = names.meta({
  description: 'UEs: a name, a list of names, a pattern such as ue*, or all.',
  examples: ['ue1', 'all'],
});
const ue = text.describe('A UE of the topology.');
const node = text.describe('A node of the topology.');
const callName = word.describe('Name of the call.');
const callee = text.describe('A UE of the topology, or a SIP or tel URI.');

const inTurn = {
  ue: ues,
  'at-once': z.boolean().optional().describe('All at the same time; one after the other where absent.'),
  pace: duration.optional().describe('Between two beginnings.'),
  timeout,
};
const registration = {
  ...inTurn,
  expires: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .optional()
    .describe("Seconds asked for, now and at each refresh; the profile's where absent."),
};

const holdFor = scalar((value): number | 'until-released' => {
  if (value === 'until-released') return value;
  const result = duration.safeParse(value);
  if (result.success) return result.data;
  return refuse(value, 'is no duration', 'write a number and a unit such as 2s, or until-released');
}).meta({
  description: 'How long both talk before the caller hangs up; 2s where absent.',
  anyOf: [{ type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?\\s*(ms|s|min|h)$' }, { const: 'until-released' }],
  examples: ['2s', 'until-released'],
});

const refused = z
  .boolean()
  .optional()
  .describe('Of an HSS: the S-CSCF has to refuse it, or not to answer; it has to take it where absent.');
const callControl = { as: callName, ue: ue.optional(), timeout };
const power = { ue: ues, timeout };
const nodeStep = { node, timeout };

/** `[ue1, pcscf1]`, `[[ue1, ue2], pcscf1]`; one alone means all of its links. */
const groups = scalar((value): readonly [readonly string[], readonly string[]] => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = list.length < 1 || list.length > 2;
  if (wrong) refuse(value, 'are no two ends', 'write between: [ue1, pcscf1], or between: [ue1] for all links of ue1');
  const [one, other] = list.map((end): readonly string[] => {
    const result = names.safeParse(end ?? null);
    if (result.success) return result.data;
    return refuse(end, 'is no node', 'write the name of a node, or a list of names');
  });
  return [one!, other ?? []];
}).meta({
  description: 'Two ends, each a node or a list of nodes; one end alone means all of its links.',
  anyOf: [
    { type: 'string' },
    {
      type: 'array',
      items: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] },
      minItems: 1,
      maxItems: 2,
    },
  ],
  examples: [
    ['ue1', 'pcscf1'],
    [['ue1', 'ue2'], 'pcscf1'],
  ],
});

const identities = z
  .preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(text).min(1))
  .meta({ examples: [['sip:+15550100001@ims.example']] });

const probability = z.number().min(0).max(1);
const milliseconds = z.number().min(0).max(60_000);

const faultBase = { ...doing('fault') };

/** `do:` */
export const actionSchemas = {
  register: strict({ ...doing('register'), ...registration }).describe('UEs register.'),
  reregister: strict({ ...doing('reregister'), ...registration }).describe('UEs refresh their registration.'),
  deregister: strict({
    ...doing('deregister'),
    ...inTurn,
    contacts: z
      .literal('all')
      .optional()
      .describe("all: every contact of the user, whoever bound it (Contact: *); the UE's own where absent."),
  }).describe('UEs de-register.'),
  call: strict({
    ...doing('call'),
    from: ue,
    to: callee,
    as: callName.optional().describe('Name of the call, under which later steps speak of it; then they judge it.'),
    media: z
      .array(z.enum(['audio']))
      .length(1)
      .optional()
      .describe('What is talked over.'),
    'hold-for': holdFor.optional(),
    answer: z
      .enum(['accept', 'busy', 'decline', 'ring'])
      .optional()
      .describe("How the callee behaves in this call; ring: until a step answers. Its profile's way where absent."),
    timeout,
  }).describe('One UE calls another.'),
  answer: strict({ ...doing('answer'), ...callControl }).describe('The callee answers a call that rings.'),
  reject: strict({
    ...doing('reject'),
    ...callControl,
    status: z.int().min(300).max(699).optional().describe('Status of the refusal; 486 where absent.'),
  }).describe('The callee refuses a call that rings.'),
  cancel: strict({ ...doing('cancel'), ...callControl }).describe('The caller gives up before the answer.'),
  'hang-up': strict({ ...doing('hang-up'), ...callControl }).describe(
    'One end ends the call; the caller where ue is absent.',
  ),
  hold: strict({ ...doing('hold'), ...callControl }).describe('One end puts the call on hold.'),
  resume: strict({ ...doing('resume'), ...callControl }).describe('One end takes the call off hold.'),
  message: strict({
    ...doing('message'),
    from: ue,
    to: callee,
    text: z.string().describe('What it says.'),
    status: z.int().min(200).max(699).optional().describe('The final status that it must get; any 2xx where absent.'),
    timeout,
  }).describe('One UE sends another a MESSAGE (RFC 3428).'),
  originate: strict({
    ...doing('originate'),
    node: text.describe('An application server of the topology.'),
    for: text.describe('For whom: a UE of the topology, a SIP or tel URI.'),
    to: callee,
    text: z.string().describe('What it says.'),
    status: z.int().min(200).max(699).optional().describe('The final status that it must get; any 2xx where absent.'),
    timeout,
  }).describe('An application server sends a MESSAGE for a user, by the S-CSCF or an I-CSCF (TS 24.229 5.7.3).'),
  'power-off': strict({ ...doing('power-off'), ...power }).describe('UEs de-register and switch off.'),
  'power-on': strict({ ...doing('power-on'), ...power }).describe('UEs switch on.'),
  'lose-coverage': strict({ ...doing('lose-coverage'), ...power }).describe('The links of UEs are cut without a word.'),
  'regain-coverage': strict({ ...doing('regain-coverage'), ...power }).describe('The links of UEs work again.'),
  stop: strict({ ...doing('stop'), ...nodeStep }).describe('A node drains and stops.'),
  start: strict({ ...doing('start'), ...nodeStep }).describe('A stopped node starts.'),
  restart: strict({ ...doing('restart'), ...nodeStep }).describe('A node stops and starts again.'),
  crash: strict({ ...doing('crash'), ...nodeStep }).describe('A node is gone without a word, as after kill -9.'),
  set: strict({
    ...doing('set'),
    node,
    key: text.describe('Key below the node in the topology file.').meta({ examples: ['call.answer'] }),
    value: z.unknown().describe('The new value.'),
    timeout,
  }).describe('A value of a node changes while it runs.'),
  'network-deregister': strict({
    ...doing('network-deregister'),
    node: text.describe('The HSS or S-CSCF that ends the registration.'),
    ue,
    reason: z
      .enum(['permanent-termination', 'new-server-assigned', 'server-change', 'remove-s-cscf'])
      .optional()
      .describe('Reason-Code of an HSS (TS 29.229 6.3.17); permanent-termination where absent.'),
    'come-back': z
      .boolean()
      .optional()
      .describe('Of an S-CSCF: whether the UE is told to register again; it is not where absent.'),
    refused,
    timeout,
  }).describe('An HSS (TS 29.228 6.1.3) or an S-CSCF (TS 24.229 5.4.1.5) ends a registration.'),
  reauthenticate: strict({
    ...doing('reauthenticate'),
    node: text.describe('The S-CSCF that serves the UE.'),
    ue,
    within: duration.optional().describe('When its registration ends unless it has authenticated; 60s where absent.'),
    timeout,
  }).describe('An S-CSCF has a UE authenticate again (TS 24.229 5.4.1.6).'),
  'change-profile': strict({
    ...doing('change-profile'),
    node: text.describe('The HSS that has the UE as a subscriber.'),
    ue,
    bar: identities.optional().describe('Public identities that are barred from now on.'),
    unbar: identities.optional().describe('Public identities that are barred no longer.'),
    services: z
      .array(text)
      .optional()
      .describe('Services of the subscriber file that all identities have from now on; [] takes all of them away.'),
    refused,
    timeout,
  }).describe('An HSS changes the profile of a UE and tells its S-CSCF (TS 29.228 6.2.2).'),
  ...dataActionSchemas,
  inject: strict({
    ...doing('inject'),
    from: node,
    to: node,
    protocol: z.enum(['udp', 'tcp']).optional().describe('udp where absent.'),
    ...messageContent,
    timeout,
  }).describe('Octets leave one node for another as they are.'),
  'clear-fault': strict({
    ...doing('clear-fault'),
    fault: text.optional().describe('Name of the fault; all faults where absent.'),
  }).describe('A fault is in force no longer.'),
  cut: strict({ ...doing('cut'), between: groups }).describe('Nothing passes between these nodes.'),
  heal: strict({ ...doing('heal'), between: groups }).describe('What was cut works again.'),
  link: strict({
    ...doing('link'),
    between: z.tuple([text, text]).describe('The two nodes.'),
    delay: milliseconds.optional().describe('Milliseconds.'),
    jitter: milliseconds.optional().describe('Milliseconds.'),
    loss: probability.optional().describe('Probability, 0 to 1.'),
    duplication: probability.optional().describe('Probability, 0 to 1.'),
    reordering: probability.optional().describe('Probability, 0 to 1.'),
    rate: z.number().positive().optional().describe('kbit/s.'),
  }).describe('A link behaves differently from now on; in the simulated environment only.'),
  'step-clock': strict({
    ...doing('step-clock'),
    node,
    by: duration.describe('How far the clock jumps ahead.'),
  }).describe('The clock of a node jumps ahead.'),
  wait: strict({ ...doing('wait'), for: duration.describe('How long.') }).describe('Nothing is done for a while.'),
} as const;

/** `do: fault`, by the key that says what happens; `as` names it. */
export const faultStepSchemas = Object.fromEntries(
  Object.entries(faultSchemas).map(([name, schema]) => [name, strict({ ...faultBase, ...schema.shape })]),
) as unknown as typeof faultSchemas;

const countText = 'write a number, or { min: 1, max: 3 }';

const count = scalar((value): { readonly min: number; readonly max: number } => {
  const isCount = (one: unknown): one is number => typeof one === 'number' && Number.isSafeInteger(one) && one >= 0;
  if (isCount(value)) return { min: value, max: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(value, 'is no count', countText);
  const { min = 0, max = Number.POSITIVE_INFINITY, ...rest } = value as { min?: unknown; max?: unknown };
  if (!isCount(min) || !(isCount(max) || max === Number.POSITIVE_INFINITY) || Object.keys(rest).length > 0) {
    refuse(value, 'is no count', countText);
  }
  if (min > max) refuse(value, 'can never be met', 'make min no larger than max');
  if (min === 0 && max === Number.POSITIVE_INFINITY) refuse(value, 'is met by anything', 'give it a min or a max');
  return { min, max };
}).meta({
  description: 'How many; at least one where absent. With a maximum the whole of within is waited.',
  anyOf: [
    { type: 'integer', minimum: 0 },
    {
      type: 'object',
      properties: {
        min: { type: 'integer', minimum: 0, description: 'At least.' },
        max: { type: 'integer', minimum: 0, description: 'At most.' },
      },
      additionalProperties: false,
      minProperties: 1,
    },
  ],
  examples: [1, { min: 1, max: 3 }],
});

const since = z
  .enum(['step', 'start'])
  .optional()
  .describe('From when on messages count: the last do step, or the start of the scenario.');

const awaited = {
  within,
  rule: rule.optional().describe('The rule behind it, named with its clause when it is not met.'),
};

/** `- REGISTER` is short for `- { message: REGISTER }`. */
const patternEntry = z.preprocess(
  (value) => (typeof value === 'string' || typeof value === 'number' ? { message: value } : value),
  strict(patternFields),
);

/** `expect:` */
export const expectationSchemas = {
  message: strict({
    ...expecting('message'),
    ...patternFields,
    count: count.optional(),
    capture: z
      .record(word, fieldPath)
      .refine(
        (captures) => Object.keys(captures).length > 0,
        'captures nothing; write name: field, such as id: Call-ID',
      )
      .optional()
      .meta({
        description: `Name → field path: later steps find the value as \${name}.`,
        minProperties: 1,
        examples: [{ callid: 'Call-ID' }],
      }),
    since,
    ...awaited,
  }).describe('A message is sent.'),
  'no-message': strict({ ...expecting('no-message'), ...patternFields, since, ...awaited }).describe(
    'No such message is sent; the whole of within is waited.',
  ),
  order: strict({
    ...expecting('order'),
    messages: z.array(patternEntry).min(2).describe('Message patterns.'),
    since,
    ...awaited,
  }).describe('Messages are sent in this order; others may come between them.'),
  state: strict({
    ...expecting('state'),
    node,
    machine: text.meta({ description: 'Id of a state machine of the node.', examples: ['registration'] }),
    is: text.describe('Name of the state; that of an outer state stands for all inside it.'),
    actor: text.optional().describe("Part of the instance's id, where a node has several of the machine."),
    ...awaited,
  }).describe('A state machine of a node is in a state.'),
  call: strict({
    ...expecting('call'),
    as: callName,
    is: z.enum(['ringing', 'talking', 'held', 'released', 'failed']).describe('What the call is.'),
    status: statusCode.optional(),
    ...awaited,
  }).describe('A call is so far.'),
  registration: strict({
    ...expecting('registration'),
    ue: ues,
    is: z.enum(['registered', 'failed', 'not-registered']).describe('How the last registration went.'),
    status: statusCode.optional(),
    contacts: z.int().min(0).optional().describe('Contacts of the user that the last 200 to the UE has listed.'),
    ...awaited,
  }).describe('The last registration of a UE, or of each of several, went so.'),
  media: strict({
    ...expecting('media'),
    as: callName,
    is: z.enum(['both-ways', 'one-way', 'silent']).describe('Where RTP arrives.'),
    packets: z.int().min(1).optional().describe('Received at the end that heard least.'),
    ...awaited,
  }).describe('RTP of a call from now on for within.'),
  node: strict({
    ...expecting('node'),
    node,
    counts: z
      .record(word, count)
      .refine(
        (counts) => Object.keys(counts).length > 0,
        'counts nothing; write what: how many, such as registrations: 0',
      )
      .meta({
        description: 'What the node keeps → how many of it: a number, or { min: 1, max: 3 }.',
        minProperties: 1,
        examples: [{ registrations: 0 }],
      }),
    ...awaited,
  }).describe('A node keeps so many of each.'),
  cause: strict({
    ...expecting('cause'),
    says: matcher,
    node: text.optional().describe('The node that names it; any where absent.'),
    ...awaited,
  }).describe('A node has named a cause.'),
} as const;

const steps = z.array(z.unknown()).min(1).describe('Steps, one after the other.');
const atOnce = z.boolean().optional();

/** The first key is the word. Their steps are checked one by one. */
export const blockSchemas = {
  parallel: strict({ parallel: steps.describe('Steps, or blocks of steps, that go on at the same time.') }).describe(
    'Branches at once; it ends when all have ended.',
  ),
  for: strict({
    for: word.describe('Name of the variable.'),
    in: z
      .preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(plain).min(1))
      .describe('Its values: a list, a pattern such as ue*, or all for every UE.'),
    steps,
    'at-once': atOnce.describe('All at the same time; one after the other where absent.'),
  }).describe('Steps for each value.'),
  repeat: strict({ repeat: z.int().min(1).max(100_000).describe('How often.'), steps }).describe(
    'Steps again and again.',
  ),
} as const;

/** A branch of a parallel block with several steps. */
export const branchSchema = strict({ steps });

export type ActionWord = keyof typeof actionSchemas;
export type ExpectationWord = keyof typeof expectationSchemas;
export type ActionInput<TWord extends ActionWord> = z.output<(typeof actionSchemas)[TWord]>;
export type ExpectationInput<TWord extends ExpectationWord> = z.output<(typeof expectationSchemas)[TWord]>;
