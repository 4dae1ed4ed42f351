/**
 * The steps of a scenario as functions: each returns the plain step with its defaults filled in. The YAML reader builds its
 * steps with them too, so that both ways of writing have the same defaults. The last parameter, where the step stands, is the
 * caller's line unless it is given.
 */
import type { Fault } from '../../faults/index.js';
import type {
  CallControlStep,
  CallStep,
  ChangeProfileStep,
  ClearFaultStep,
  ClockStep,
  CutStep,
  FaultStep,
  InjectStep,
  LinkStep,
  MessageStep,
  NetworkDeregisterStep,
  NodeStep,
  OriginateStep,
  ParallelStep,
  ReauthenticateStep,
  RegistrationStep,
  SetStep,
  Step,
  StepPlace,
  UePowerStep,
  WaitStep,
} from '../model.js';
import { callerOf, type Duration, milliseconds } from './place.js';

/** Timers B and F of the core end at 32 s (RFC 3261 17.1). */
const STEP_TIMEOUT_MS = 40_000;
const HOLD_FOR_MS = 2_000;
const REAUTHENTICATE_WITHIN_MS = 60_000;
/** As long as a scenario may last. */
const UNTIL_RELEASED_TIMEOUT_MS = 600_000;

/** One name or several, of UEs or nodes. */
export type Names = string | readonly string[];

interface TimedOptions {
  /** The longest it may take; 40 s, and what the step waits by itself, where absent. */
  readonly timeout?: Duration | undefined;
}

/** One name or several as a list. */
export function listed(names: Names): readonly string[] {
  return typeof names === 'string' ? [names] : names;
}

function timeoutOf({ timeout }: TimedOptions, place: StepPlace, fallbackMs = STEP_TIMEOUT_MS): number {
  return timeout === undefined ? fallbackMs : milliseconds(timeout, 'timeout', place);
}

interface InTurnOptions extends TimedOptions {
  readonly ue: Names;
  /** All begin together, or `pace` apart; false where absent. */
  readonly atOnce?: boolean | undefined;
  /** Between two beginnings; none where absent. */
  readonly pace?: Duration | undefined;
}

/** Of register and reregister. */
export interface RegistrationOptions extends InTurnOptions {
  /** Seconds asked for, now and at each refresh; the profile's where absent. */
  readonly expires?: number | undefined;
}

/** Of deregister. */
export interface DeregistrationOptions extends InTurnOptions {
  /** `all`: every contact of the user, whoever bound it (Contact: *); the UE's own where absent. */
  readonly contacts?: 'all' | undefined;
}

/** UEs register and it must succeed, one after the other unless `atOnce`; 40 s for each, or for each thousand at once. */
export function register(options: RegistrationOptions, place = callerOf(register)): RegistrationStep {
  return registration('register', options, place);
}

/** UEs refresh their registration before it is due; otherwise as `register`. */
export function reregister(options: RegistrationOptions, place = callerOf(reregister)): RegistrationStep {
  return registration('reregister', options, place);
}

/** UEs end their registration (REGISTER with expires 0); otherwise as `register`. */
export function deregister(options: DeregistrationOptions, place = callerOf(deregister)): RegistrationStep {
  const { contacts } = options;
  return { ...registration('deregister', options, place), ...(contacts && { contacts }) };
}

function registration(word: RegistrationStep['do'], options: RegistrationOptions, place: StepPlace): RegistrationStep {
  const ue = listed(options.ue);
  const atOnce = options.atOnce ?? false;
  const paceMs = options.pace === undefined ? undefined : milliseconds(options.pace, 'pace', place);
  const timeoutMs = timeoutOf(options, place, turnsTimeoutMs(ue.length, atOnce, paceMs));
  return { do: word, ue, atOnce, paceMs, expires: options.expires, timeoutMs, place };
}

/** So many UEs at once one process serves within the time of a step, on sockets and beside other work. */
const UES_AT_ONCE = 1_000;

/** Of a step of so many UEs that names no timeout. */
export function turnsTimeoutMs(ueCount: number, atOnce = false, paceMs = 0): number {
  const turns = atOnce ? 1 + Math.floor(ueCount / UES_AT_ONCE) : ueCount;
  return STEP_TIMEOUT_MS * turns + paceMs * ueCount;
}

/** Of call. */
export interface CallOptions extends TimedOptions {
  /** Name of the UE that calls. */
  readonly from: string;
  /** A UE of the topology, or a SIP or tel URI. */
  readonly to: string;
  /** Under this name later steps speak of the call. */
  readonly as?: string | undefined;
  /** From the answer until the caller hangs up; 2 s where absent. */
  readonly holdFor?: Duration | 'until-released' | undefined;
  /** How the callee behaves in this call; `ring`: it rings until a step answers. Its profile's way where absent. */
  readonly answer?: CallStep['answer'];
}

/**
 * One UE calls another and hangs up after `holdFor`. Where a later step of the same scenario or `play` speaks of the call
 * by `as`, it goes on meanwhile; otherwise the step waits for its end, and the call must succeed.
 */
export function call(options: CallOptions, place = callerOf(call)): CallStep {
  const { from, to, as = `${from} to ${to}`, holdFor = HOLD_FOR_MS, answer } = options;
  const holdForMs = holdFor === 'until-released' ? undefined : milliseconds(holdFor, 'holdFor', place);
  const fallback = holdForMs === undefined ? UNTIL_RELEASED_TIMEOUT_MS : STEP_TIMEOUT_MS + holdForMs;
  return { do: 'call', from, to, as, holdForMs, answer, timeoutMs: timeoutOf(options, place, fallback), place };
}

/** Of steps that speak of a call that goes on. */
export interface CallControlOptions extends TimedOptions {
  /** Name of the call. */
  readonly as: string;
  /** Which end; the callee for answer and reject, the caller for the others where absent. */
  readonly ue?: string | undefined;
}

/** The callee answers a call that rings (`answer: 'ring'`). */
export function answer(options: CallControlOptions, place = callerOf(answer)): CallControlStep {
  return control('answer', options, undefined, place);
}

/** The callee refuses a call that rings, with 486 where no status is given. */
export function reject(
  options: CallControlOptions & { readonly status?: number | undefined },
  place = callerOf(reject),
): CallControlStep {
  return control('reject', options, options.status ?? 486, place);
}

/** The caller gives up before the answer, with CANCEL. */
export function cancel(options: CallControlOptions, place = callerOf(cancel)): CallControlStep {
  return control('cancel', options, undefined, place);
}

/** One end, the caller unless `ue` says otherwise, ends a call that is answered, with BYE. */
export function hangUp(options: CallControlOptions, place = callerOf(hangUp)): CallControlStep {
  return control('hang-up', options, undefined, place);
}

/** One end, the caller unless `ue` says otherwise, puts the call on hold with a re-INVITE. */
export function hold(options: CallControlOptions, place = callerOf(hold)): CallControlStep {
  return control('hold', options, undefined, place);
}

/** The end that holds a call takes it up again with a re-INVITE. */
export function resume(options: CallControlOptions, place = callerOf(resume)): CallControlStep {
  return control('resume', options, undefined, place);
}

function control(
  word: CallControlStep['do'],
  options: CallControlOptions,
  status: number | undefined,
  place: StepPlace,
): CallControlStep {
  return { do: word, as: options.as, ue: options.ue, status, timeoutMs: timeoutOf(options, place), place };
}

/** Of message. */
export interface MessageOptions extends TimedOptions {
  /** Names of UEs. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** The final status that it must get; any 2xx where absent. */
  readonly status?: number | undefined;
}

/** One UE sends another a text with MESSAGE (RFC 3428) and waits for its final status, 40 s where nothing is said. */
export function message(options: MessageOptions, place = callerOf(message)): MessageStep {
  const { from, to, text, status } = options;
  return { do: 'message', from, to, text, status, timeoutMs: timeoutOf(options, place), place };
}

/** Of originate. */
export interface OriginateOptions extends TimedOptions {
  /** The application server. */
  readonly node: string;
  /** A UE of the topology, a SIP or tel URI. */
  readonly for: string;
  readonly to: string;
  readonly text: string;
  /** The final status that it must get; any 2xx where absent. */
  readonly status?: number | undefined;
}

/** An application server sends a MESSAGE for a user, and waits for its final status, 40 s where nothing is said. */
export function originate(options: OriginateOptions, place = callerOf(originate)): OriginateStep {
  const { node, for: servedUser, to, text, status } = options;
  return { do: 'originate', node, servedUser, to, text, status, timeoutMs: timeoutOf(options, place), place };
}

/** Of powerOff, powerOn, loseCoverage and regainCoverage. */
export interface PowerOptions extends TimedOptions {
  readonly ue: Names;
}

/** UEs are switched off: each de-registers first (TS 24.229 5.1.1.6), so that the network knows, unlike with `loseCoverage`. */
export function powerOff(options: PowerOptions, place = callerOf(powerOff)): UePowerStep {
  return power('power-off', options, place);
}

/** UEs that were switched off start again and register (TS 24.229 5.1.1.2). */
export function powerOn(options: PowerOptions, place = callerOf(powerOn)): UePowerStep {
  return power('power-on', options, place);
}

/** All links of UEs are cut without a word. Unlike with `powerOff` they stay on, and nobody is told: their bindings stay. */
export function loseCoverage(options: PowerOptions, place = callerOf(loseCoverage)): UePowerStep {
  return power('lose-coverage', options, place);
}

/** The links of the UEs are whole again. */
export function regainCoverage(options: PowerOptions, place = callerOf(regainCoverage)): UePowerStep {
  return power('regain-coverage', options, place);
}

function power(word: UePowerStep['do'], options: PowerOptions, place: StepPlace): UePowerStep {
  const ue = listed(options.ue);
  return { do: word, ue, timeoutMs: timeoutOf(options, place, turnsTimeoutMs(ue.length)), place };
}

/** Of stop, start, restart and crash. */
export interface NodeOptions extends TimedOptions {
  readonly node: string;
}

/** A node stops in order: connections are closed. */
export function stop(options: NodeOptions, place = callerOf(stop)): NodeStep {
  return nodeStep('stop', options, place);
}

/** A node that was stopped or crashed starts; the step ends when it serves. */
export function start(options: NodeOptions, place = callerOf(start)): NodeStep {
  return nodeStep('start', options, place);
}

/** A node stops in order and starts again, with the state of a new one. */
export function restart(options: NodeOptions, place = callerOf(restart)): NodeStep {
  return nodeStep('restart', options, place);
}

/** The node's process is gone without a word, as after kill -9: nothing is closed or sent. `start` brings it back. */
export function crash(options: NodeOptions, place = callerOf(crash)): NodeStep {
  return nodeStep('crash', options, place);
}

function nodeStep(word: NodeStep['do'], options: NodeOptions, place: StepPlace): NodeStep {
  return { do: word, node: options.node, timeoutMs: timeoutOf(options, place), place };
}

/** Of set. */
export interface SetOptions extends TimedOptions {
  readonly node: string;
  /** As in the topology file below the node: `call.answer`. */
  readonly key: string;
  /** As in the topology file. */
  readonly value: unknown;
}

/** Changes a value of a node's profile while it runs. */
export function set(options: SetOptions, place = callerOf(set)): SetStep {
  const { node, key, value } = options;
  return { do: 'set', node, key, value, timeoutMs: timeoutOf(options, place), place };
}

/** Of networkDeregister. */
export interface NetworkDeregisterOptions extends TimedOptions {
  /** The HSS, or the S-CSCF that serves the UE. */
  readonly node: string;
  readonly ue: string;
  /** Of an HSS: Deregistration-Reason (TS 29.229 6.3.16); `permanent-termination` where absent. */
  readonly reason?: NetworkDeregisterStep['reason'] | undefined;
  /** Of an S-CSCF: whether the UE is told to register again; false where absent. */
  readonly comeBack?: boolean | undefined;
  /** Of an HSS: the S-CSCF has to refuse it. */
  readonly refused?: boolean | undefined;
}

/** An HSS ends a UE's registration with RTR (TS 29.228 6.1.3), or an S-CSCF's operator does (TS 24.229 5.4.1.5). */
export function networkDeregister(
  options: NetworkDeregisterOptions,
  place = callerOf(networkDeregister),
): NetworkDeregisterStep {
  const { node, ue, reason = 'permanent-termination', comeBack, refused } = options;
  return { do: 'network-deregister', node, ue, reason, comeBack, refused, timeoutMs: timeoutOf(options, place), place };
}

/** Of reauthenticate. */
export interface ReauthenticateOptions extends TimedOptions {
  /** The S-CSCF that serves the UE. */
  readonly node: string;
  readonly ue: string;
  /** When its registration ends unless it has authenticated; 60 s where absent. */
  readonly within?: Duration | undefined;
}

/** An S-CSCF has a UE authenticate again: it shortens the registration and says so (TS 24.229 5.4.1.6). */
export function reauthenticate(options: ReauthenticateOptions, place = callerOf(reauthenticate)): ReauthenticateStep {
  const { node, ue, within = REAUTHENTICATE_WITHIN_MS } = options;
  const withinMs = milliseconds(within, 'within', place);
  return { do: 'reauthenticate', node, ue, withinMs, timeoutMs: timeoutOf(options, place), place };
}

/** Of changeProfile. */
export interface ChangeProfileOptions extends TimedOptions {
  /** The HSS. */
  readonly node: string;
  readonly ue: string;
  /** Public identities of the UE that are barred from now on. */
  readonly bar?: Names | undefined;
  /** Those that are barred no longer. */
  readonly unbar?: Names | undefined;
  /** Services of the subscriber file that all identities have from now on; an empty list takes all of them away. */
  readonly services?: readonly string[] | undefined;
  /** The S-CSCF has to refuse it. */
  readonly refused?: boolean | undefined;
}

/** An HSS changes the profile of a UE, and tells the S-CSCF that serves it with PPR (TS 29.228 6.2.2). */
export function changeProfile(options: ChangeProfileOptions, place = callerOf(changeProfile)): ChangeProfileStep {
  const { node, ue, bar = [], unbar = [], services, refused } = options;
  const change = { bar: listed(bar), unbar: listed(unbar), services, refused };
  return { do: 'change-profile', node, ue, ...change, timeoutMs: timeoutOf(options, place), place };
}

/** Of inject. */
export interface InjectOptions extends TimedOptions {
  /** Names of nodes. */
  readonly from: string;
  readonly to: string;
  /** `udp` where absent. */
  readonly protocol?: 'udp' | 'tcp' | undefined;
  /** Of text, line ends become CRLF and Content-Length is left alone. */
  readonly message: string | Buffer;
}

/** Octets leave one node for another as they are, on a socket or connection that it has, else a new one. */
export function inject(options: InjectOptions, place = callerOf(inject)): InjectStep {
  const { from, to, protocol = 'udp', message } = options;
  return { do: 'inject', from, to, protocol, message, timeoutMs: timeoutOf(options, place), place };
}

/** A fault is in force from now on: `fault(drop('200 REGISTER'))`. Later steps call it by its name. */
export function fault(planned: Fault, place = callerOf(fault)): FaultStep {
  return { do: 'fault', as: planned.name, fault: planned, place };
}

/**
 * A fault is in force no more.
 * @param name all faults where absent
 */
export function clearFault(name?: string, place = callerOf(clearFault)): ClearFaultStep {
  return { do: 'clear-fault', fault: name, place };
}

/**
 * Nothing passes between each of the one and each of the other, until `heal`.
 * @param other all links of the first where absent
 */
export function cut(one: Names, other: Names = [], place = callerOf(cut)): CutStep {
  return { do: 'cut', between: [listed(one), listed(other)], place };
}

/**
 * Undoes `cut`: what waited on streams goes on.
 * @param other all links of the first where absent
 */
export function heal(one: Names, other: Names = [], place = callerOf(heal)): CutStep {
  return { do: 'heal', between: [listed(one), listed(other)], place };
}

/** Of link. */
export interface LinkOptions {
  /** Names of two nodes; both ways. What is absent below stays as it is. */
  readonly between: readonly [string, string];
  readonly delay?: Duration | undefined;
  /** The delay varies evenly by up to this much either way. */
  readonly jitter?: Duration | undefined;
  /** Probabilities, 0 to 1. */
  readonly loss?: number | undefined;
  readonly duplication?: number | undefined;
  readonly reordering?: number | undefined;
  readonly rateBitsPerSecond?: number | undefined;
}

/** Changes how a link behaves, both ways; in the simulated environment only. */
export function link(options: LinkOptions, place = callerOf(link)): LinkStep {
  const { between, delay, jitter, loss, duplication, reordering, rateBitsPerSecond } = options;
  return {
    do: 'link',
    between,
    delayMs: delay === undefined ? undefined : milliseconds(delay, 'delay', place),
    jitterMs: jitter === undefined ? undefined : milliseconds(jitter, 'jitter', place),
    loss,
    duplication,
    reordering,
    rateBitsPerSecond,
    place,
  };
}

/** A node's clock jumps ahead by so much; its timers are due so much earlier. */
export function stepClock(
  options: { readonly node: string; readonly by: Duration },
  place = callerOf(stepClock),
): ClockStep {
  return { do: 'step-clock', node: options.node, byMs: milliseconds(options.by, 'by', place), place };
}

/** Nothing is done for so long, of the environment's time; in a simulation that takes none. */
export function wait(time: Duration, place = callerOf(wait)): WaitStep {
  return { do: 'wait', forMs: milliseconds(time, 'for', place), place };
}

/** Branches at once, each a step or a list of steps; it fails with the first that fails. */
export function parallel(branches: readonly (Step | readonly Step[])[], place = callerOf(parallel)): ParallelStep {
  return { do: 'parallel', branches: branches.map((branch) => (isList(branch) ? branch : [branch])), place };
}

function isList(branch: Step | readonly Step[]): branch is readonly Step[] {
  return Array.isArray(branch);
}
