/** Steps as tests write them: what they leave out is as the reader of scenario files fills it in. */
import type {
  CallControlStep,
  CallStep,
  ExpectCallStep,
  ExpectMediaStep,
  ExpectMessageStep,
  ExpectOrderStep,
  ExpectRegistrationStep,
  ExpectStateStep,
  RegistrationStep,
  Step,
} from '../../../src/scenario/model.js';
import type { Matcher, MessagePattern } from '../../../src/selection/index.js';

let line = 3;

/** Each step on a line of its own. */
function place() {
  line += 1;
  return { where: `scenarios/s.yaml:${line}:5`, key: '' };
}

export function beginFile(): void {
  line = 3;
}

/** What an earlier step captured. */
export function reference(name: string): string {
  return `\${${name}}`;
}

const timeoutMs = 40_000;

export function registration(
  verb: RegistrationStep['do'],
  ue: readonly string[],
  more: Partial<RegistrationStep> = {},
): Step {
  return { do: verb, ue, atOnce: false, paceMs: undefined, expires: undefined, timeoutMs, place: place(), ...more };
}

export function register(...ue: string[]): Step {
  return registration('register', ue);
}

export function call(as: string, more: Partial<CallStep> = {}): Step {
  const fields = { from: 'ue1', to: 'ue2', holdForMs: 2_000, answer: undefined };
  return { do: 'call', as, ...fields, timeoutMs, place: place(), ...more };
}

export function control(verb: CallControlStep['do'], as: string, more: Partial<CallControlStep> = {}): Step {
  return { do: verb, as, ue: undefined, status: undefined, timeoutMs, place: place(), ...more };
}

export function wait(forMs: number): Step {
  return { do: 'wait', forMs, place: place() };
}

export function parallel(...branches: readonly (readonly Step[])[]): Step {
  return { do: 'parallel', branches, place: place() };
}

/** Any other `do` step. */
export function act(fields: Record<string, unknown> & { readonly do: string }): Step {
  return { timeoutMs, place: place(), ...fields } as unknown as Step;
}

const awaited = { withinMs: 2_000, rule: undefined };

export function message(pattern: MessagePattern, more: Partial<ExpectMessageStep> = {}): Step {
  const fields = { ...awaited, count: undefined, capture: {}, since: 'step' } as const;
  return { expect: 'message', pattern, ...fields, place: place(), ...more };
}

export function noMessage(pattern: MessagePattern, more: Partial<ExpectMessageStep> = {}): Step {
  return message(pattern, { count: { min: 0, max: 0 }, ...more });
}

export function order(patterns: readonly MessagePattern[], more: Partial<ExpectOrderStep> = {}): Step {
  return { expect: 'order', patterns, ...awaited, since: 'step', place: place(), ...more };
}

export function state(node: string, machine: string, is: string, more: Partial<ExpectStateStep> = {}): Step {
  return { expect: 'state', node, machine, is, actor: undefined, ...awaited, place: place(), ...more };
}

export function callIs(as: string, is: ExpectCallStep['is'], more: Partial<ExpectCallStep> = {}): Step {
  return { expect: 'call', as, is, status: undefined, ...awaited, withinMs: 10_000, place: place(), ...more };
}

export function registrationIs(
  ue: string | readonly string[],
  is: ExpectRegistrationStep['is'],
  more: Partial<ExpectRegistrationStep> = {},
): Step {
  return { expect: 'registration', ue: [ue].flat(), is, status: undefined, ...awaited, place: place(), ...more };
}

/** What → at least and at most. */
export function kept(node: string, counts: Readonly<Record<string, readonly [min: number, max: number]>>): Step {
  const ranges = Object.entries(counts).map(([what, [min, max]]) => [what, { min, max }] as const);
  return { expect: 'node', node, counts: Object.fromEntries(ranges), ...awaited, place: place() };
}

export function media(as: string, is: ExpectMediaStep['is'], more: Partial<ExpectMediaStep> = {}): Step {
  return { expect: 'media', as, is, packetsMin: undefined, ...awaited, place: place(), ...more };
}

export function cause(says: Matcher, node?: string): Step {
  return { expect: 'cause', says, node, ...awaited, place: place() };
}
