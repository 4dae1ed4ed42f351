/** Which function performs which kind of step, and which nodes a step concerns. */
import type { ActionStep, ExpectStep, Step } from '../model.js';
import { performCall, performCallControl } from './call-steps.js';
import { performDataQuery, performUpdateData } from './data-steps.js';
import { expectMessage, expectOrder } from './expect-message.js';
import { expectNode } from './expect-node.js';
import { expectCause, expectState } from './expect-state.js';
import { expectCall, expectMedia, expectRegistration } from './expect-ue.js';
import type { StepEnd } from './failure.js';
import { performClearFault, performClockStep, performCut, performFault, performLink } from './fault-steps.js';
import {
  performChangeProfile,
  performInject,
  performNetworkDeregister,
  performNode,
  performReauthenticate,
  performSet,
} from './node-steps.js';
import { performOriginate } from './service-steps.js';
import type { Perform, Stage, StepContext } from './stage.js';
import { performMessage, performPower, performRegistration } from './ue-steps.js';

type SimpleAction = Exclude<ActionStep['do'], 'parallel'>;

const ACTIONS: Readonly<Record<SimpleAction, Perform<never>>> = {
  register: performRegistration,
  reregister: performRegistration,
  deregister: performRegistration,
  call: performCall,
  answer: performCallControl,
  reject: performCallControl,
  cancel: performCallControl,
  'hang-up': performCallControl,
  hold: performCallControl,
  resume: performCallControl,
  message: performMessage,
  originate: performOriginate,
  'power-off': performPower,
  'power-on': performPower,
  'lose-coverage': performPower,
  'regain-coverage': performPower,
  stop: performNode,
  start: performNode,
  restart: performNode,
  crash: performNode,
  set: performSet,
  'network-deregister': performNetworkDeregister,
  reauthenticate: performReauthenticate,
  'change-profile': performChangeProfile,
  'read-data': performDataQuery,
  'update-data': performUpdateData,
  'subscribe-data': performDataQuery,
  'unsubscribe-data': performDataQuery,
  inject: performInject,
  fault: performFault,
  'clear-fault': performClearFault,
  cut: performCut,
  heal: performCut,
  link: performLink,
  'step-clock': performClockStep,
  wait: ({ forMs }: { readonly forMs: number }, { setTimer }: StepContext, end: StepEnd) =>
    setTimer(forMs, () => end()),
};

const EXPECTATIONS: Readonly<Record<ExpectStep['expect'], Perform<never>>> = {
  message: expectMessage,
  order: expectOrder,
  state: expectState,
  call: expectCall,
  registration: expectRegistration,
  media: expectMedia,
  node: expectNode,
  cause: expectCause,
};

/** Of a parallel step the run itself takes care. */
export function perform(step: Exclude<Step, { do: 'parallel' }>, context: StepContext, end: StepEnd): void {
  const performs = 'do' in step ? ACTIONS[step.do] : EXPECTATIONS[step.expect];
  (performs as Perform<Step>)(step, context, end);
}

const NODES_MAX = 4;

/** Those that a step speaks of, directly or by the name of a call. */
export function nodesOf(step: Step, { calls }: Stage): readonly string[] {
  const named = step as { readonly [key in 'ue' | 'node' | 'from' | 'to' | 'as']?: string | readonly string[] };
  const call = typeof named.as === 'string' ? calls.named(named.as) : undefined;
  const all = [named.ue, named.node, named.from, named.to, call?.from, call?.callee].flatMap((name) => name ?? []);
  return [...new Set(all)].slice(0, NODES_MAX);
}
