/** Why a step was not done in its time. */
import type { Step } from '../model.js';
import { durationText } from './duration.js';
import type { Failure } from './failure.js';
import { nodesOf } from './perform.js';
import type { RunningStep } from './running-step.js';
import { causeOf } from './sentence.js';
import type { Stage } from './stage.js';

/** 64*T1 with the UE's T1 (TS 24.229 7.7): so long a UE waits for an answer. */
const GIVES_UP_AFTER_MS = 128_000;

interface Wait {
  readonly ue: string;
  readonly since: number;
  /** Of RFC 3261 17.1. */
  readonly timer: 'B' | 'F';
}

/** Client transactions of a UE, and the states in which it waits for timer B or F. */
const WAITS: readonly {
  readonly machine: string;
  readonly states: readonly string[];
  readonly timer: Wait['timer'];
}[] = [
  { machine: 'nonInviteClientTransaction', states: ['trying', 'proceeding'], timer: 'F' },
  { machine: 'inviteClientTransaction', states: ['calling'], timer: 'B' },
];

/** @param ms how long the step had */
export function lateness(running: RunningStep, ms: number): Failure {
  const { step, description, stage, mark } = running;
  const nodes = nodesOf(step, stage);
  const down = nodes.map((name) => stage.nodes.refusal(name, stage.seconds)).find((refusal) => refusal !== undefined);
  const subject = `${description} (not done after ${durationText(ms)})`;
  if (down !== undefined) return { subject, reason: `${down.subject}, ${down.reason}`, isPlain: true, nodes };
  const wait = waitOf(nodes, stage);
  if (wait === undefined) {
    const reason = 'no node has said why; see the last message in the ladder, or give the step a longer timeout';
    return { subject, reason, nodes };
  }
  const reason = waitText(wait, step, running.startedAt, stage);
  // A cause that a node named goes before it in the sentence.
  const isSaid = causeOf(stage, mark.cause) === undefined;
  return { subject, reason, nodes, notes: isSaid ? [] : [['note', reason]] };
}

/** Of the UEs, the one that has to wait longest yet. */
function waitOf(nodes: readonly string[], { lab: { lab }, observer, clock }: Stage): Wait | undefined {
  const waits: Wait[] = [];
  for (const { name, role } of lab.nodes) {
    if (role !== 'ue' || !nodes.includes(name)) continue;
    for (const { machine, states } of observer.states.of(name)) {
      const last = states.at(-1)!;
      const kind = WAITS.find((each) => each.machine === machine);
      if (kind === undefined || !kind.states.some((state) => isIn(last.state, state))) continue;
      const since = states[0]!.time;
      if (since + GIVES_UP_AFTER_MS > clock.now()) waits.push({ ue: name, since, timer: kind.timer });
    }
  }
  return waits.sort((a, b) => b.since - a.since)[0];
}

function isIn(state: string, wanted: string): boolean {
  return state.split('.').includes(wanted);
}

/** In whole minutes, with room for what comes after the wait. */
function waitText({ ue, since, timer }: Wait, step: Step, startedAt: number, stage: Stage): string {
  const minutes = Math.floor((since - startedAt + GIVES_UP_AFTER_MS) / 60_000) + 1;
  const registration = stage.observer.states.of(ue).findLast(({ machine }) => machine === 'registration');
  const [activity] = registration?.states.at(-1)?.state.split('.') ?? [];
  const isRegistering = activity === 'registering' || activity === 'deregistering';
  const what = isRegistering ? `is still ${activity}` : 'still waits for an answer';
  const mend = 'timeoutMs' in step ? `: give the step timeout: ${minutes}min` : '';
  return `${ue} ${what}; timer ${timer} of a UE is ${GIVES_UP_AFTER_MS / 1000} s${mend}`;
}
