/** A step as it is written, checked by its schema → the step of the model, with the functions of the typed API. */
import type { z } from 'zod';
import type { Fault } from '../../faults/index.js';
import type { KeyPath } from '../../topology/source.js';
import type { Step, StepPlace } from '../model.js';
import * as dataSteps from './data-steps.js';
import * as expectations from './expectations.js';
import type { FaultInput, faultSchemas } from './fault-schema.js';
import * as faults from './faults.js';
import type { Names } from './names.js';
import type { ActionInput, ActionWord, ExpectationInput, ExpectationWord } from './step-schema.js';
import * as steps from './steps.js';
import type { Complain } from './substitution.js';

/** Where a step is built, and what its names may stand for. */
export interface Building {
  readonly place: StepPlace;
  readonly path: KeyPath;
  readonly names: Names;
  readonly complain: Complain;
}

type Builder<TInput> = (input: TInput, building: Building) => Step | undefined;

const ues = (names: readonly string[], { names: known, path, complain }: Building) =>
  known.expand(names, 'UE', [...path, 'ue'], complain);

const registrationOptions = (input: ActionInput<'register' | 'reregister' | 'deregister'>, building: Building) => ({
  ...input,
  ue: ues(input.ue, building),
  atOnce: input['at-once'],
});

const power = (
  input: { readonly ue: readonly string[]; readonly timeout?: number | undefined },
  building: Building,
) => ({
  ue: ues(input.ue, building),
  timeout: input.timeout,
});

function ends(
  [one, other]: readonly [readonly string[], readonly string[]],
  { names, path, complain }: Building,
): [readonly string[], readonly string[]] {
  const at = [...path, 'between'];
  return [names.expand(one, 'node', [...at, 0], complain), names.expand(other, 'node', [...at, 1], complain)];
}

const dataKeys = (input: ActionInput<'read-data' | 'subscribe-data' | 'unsubscribe-data'>) => ({
  node: input.node,
  of: input.of,
  data: input.data,
  service: input.service,
  identitySet: input['identity-set'],
  domain: input.domain,
  dsaiTag: input['dsai-tag'],
  privateIdentity: input['private-identity'],
  result: input.result,
  timeout: input.timeout,
});

const ACTIONS: { readonly [TWord in ActionWord]: Builder<ActionInput<TWord>> } = {
  register: (input, building) => steps.register(registrationOptions(input, building), building.place),
  reregister: (input, building) => steps.reregister(registrationOptions(input, building), building.place),
  deregister: (input, building) => steps.deregister(registrationOptions(input, building), building.place),
  call: (input, { place }) => steps.call({ ...input, holdFor: input['hold-for'] }, place),
  answer: (input, { place }) => steps.answer(input, place),
  reject: (input, { place }) => steps.reject(input, place),
  cancel: (input, { place }) => steps.cancel(input, place),
  'hang-up': (input, { place }) => steps.hangUp(input, place),
  hold: (input, { place }) => steps.hold(input, place),
  resume: (input, { place }) => steps.resume(input, place),
  message: (input, { place }) => steps.message(input, place),
  originate: (input, { place }) => steps.originate(input, place),
  'power-off': (input, building) => steps.powerOff(power(input, building), building.place),
  'power-on': (input, building) => steps.powerOn(power(input, building), building.place),
  'lose-coverage': (input, building) => steps.loseCoverage(power(input, building), building.place),
  'regain-coverage': (input, building) => steps.regainCoverage(power(input, building), building.place),
  stop: (input, { place }) => steps.stop(input, place),
  start: (input, { place }) => steps.start(input, place),
  restart: (input, { place }) => steps.restart(input, place),
  crash: (input, { place }) => steps.crash(input, place),
  set: (input, { place }) => steps.set(input, place),
  'network-deregister': (input, { place }) =>
    steps.networkDeregister({ ...input, comeBack: input['come-back'] }, place),
  reauthenticate: (input, { place }) => steps.reauthenticate(input, place),
  'change-profile': (input, { place }) => steps.changeProfile(input, place),
  'read-data': (input, { place }) => dataSteps.readData(dataKeys(input), place),
  'update-data': (input, { place }) =>
    dataSteps.updateData({ ...input, privateIdentity: input['private-identity'], dsaiTag: input['dsai-tag'] }, place),
  'subscribe-data': (input, { place }) =>
    dataSteps.subscribeData({ ...dataKeys(input), for: input.for, sendData: input['send-data'] }, place),
  'unsubscribe-data': (input, { place }) => dataSteps.unsubscribeData(dataKeys(input), place),
  inject: (input, building) => {
    const message = contentOf(input, building);
    return message === undefined ? undefined : steps.inject({ ...input, message }, building.place);
  },
  'clear-fault': (input, { place }) => steps.clearFault(input.fault, place),
  cut: (input, building) => steps.cut(...ends(input.between, building), building.place),
  heal: (input, building) => steps.heal(...ends(input.between, building), building.place),
  link: ({ rate, ...input }, { place }) =>
    steps.link({ ...input, rateBitsPerSecond: rate === undefined ? undefined : rate * 1000 }, place),
  'step-clock': (input, { place }) => steps.stepClock(input, place),
  wait: (input, { place }) => steps.wait(input.for, place),
};

type PatternInput = Pick<ExpectationInput<'message'>, 'message' | 'from' | 'to' | 'with'>;

/** The pattern's ends with their globs resolved. */
function ended<TInput extends PatternInput>(input: TInput, { names, path, complain }: Building): TInput {
  const { from, to } = input;
  return {
    ...input,
    from: from && names.expand(from, 'node', [...path, 'from'], complain),
    to: to && names.expand(to, 'node', [...path, 'to'], complain),
  };
}

const EXPECTATIONS: { readonly [TWord in ExpectationWord]: Builder<ExpectationInput<TWord>> } = {
  message: (input, building) => {
    if (!capturesOnce(input.capture, building)) return undefined;
    return expectations.expectMessage(input.message, ended(input, building), building.place);
  },
  'no-message': (input, building) =>
    expectations.expectNoMessage(input.message, ended(input, building), building.place),
  order: (input, building) => {
    const messages = input.messages.map((entry, index) =>
      ended(entry, { ...building, path: [...building.path, 'messages', index] }),
    );
    return expectations.expectOrder(messages, input, building.place);
  },
  state: (input, { place }) => expectations.expectState(input, place),
  call: (input, { place }) => expectations.expectCall(input, place),
  registration: (input, building) =>
    expectations.expectRegistration({ ...input, ue: ues(input.ue, building) }, building.place),
  media: (input, { place }) => expectations.expectMedia(input, place),
  node: (input, { place }) => expectations.expectNode(input, place),
  cause: (input, { place }) => expectations.expectCause(input.says, input, place),
};

/** A field is kept under one name. */
function capturesOnce(captures: Readonly<Record<string, string>> = {}, { path, complain }: Building): boolean {
  const names = new Map<string, string>();
  for (const [name, field] of Object.entries(captures)) {
    const earlier = names.get(field);
    if (earlier !== undefined) {
      complain([...path, 'capture', name], `${field} is captured as '${earlier}' already`, 'keep one of the two');
      return false;
    }
    names.set(field, name);
  }
  return true;
}

interface ContentInput {
  readonly message?: string | undefined;
  readonly bytes?: Buffer | undefined;
}

function contentOf({ message, bytes }: ContentInput, { path, complain }: Building): string | Buffer | undefined {
  if (message !== undefined && bytes !== undefined) {
    complain([...path, 'bytes'], 'stand beside a message', 'keep one of message and bytes', 'key');
    return undefined;
  }
  if (message === undefined && bytes === undefined) {
    complain(path, 'has neither message nor bytes', 'add message: with text, or bytes: with hexadecimal digits');
  }
  return message ?? bytes;
}

type InputOf<TWord extends keyof typeof faultSchemas> = z.output<(typeof faultSchemas)[TWord]>;

const FAULTS: {
  readonly [TWord in keyof typeof faultSchemas]: (input: InputOf<TWord>, building: Building) => Fault | undefined;
} = {
  drop: (input) => faults.drop(input.drop, input),
  delay: (input) => faults.delay(input.delay, input),
  duplicate: (input) => faults.duplicate(input.duplicate, input),
  reorder: (input) => faults.reorder(input.reorder, input),
  change: (input) => faults.change(input.change, input),
  corrupt: (input) => faults.corrupt(input.corrupt, input),
  replace: (input, building) => {
    const content = contentOf(input, building);
    return content === undefined ? undefined : faults.replace(input.replace, { ...input, content });
  },
  answer: (input) => faults.answerWith(input.answer, input),
};

export function buildAction(word: ActionWord, input: unknown, building: Building): Step | undefined {
  return (ACTIONS[word] as Builder<unknown>)(input, building);
}

export function buildExpectation(word: ExpectationWord, input: unknown, building: Building): Step | undefined {
  return (EXPECTATIONS[word] as Builder<unknown>)(input, building);
}

export function buildFault(word: keyof typeof faultSchemas, input: FaultInput, building: Building): Fault | undefined {
  const build = FAULTS[word] as (input: unknown, building: Building) => Fault | undefined;
  return build(ended(input, building), building);
}
