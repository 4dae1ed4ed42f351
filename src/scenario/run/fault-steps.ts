/** Faults, cuts, links and clocks. */
import { suggest } from '../../selection/index.js';
import type { ClearFaultStep, ClockStep, CutStep, FaultStep, LinkStep } from '../model.js';
import { describeEnds } from './describe-step.js';
import { type Failure, plainFailure } from './failure.js';
import { endWith, type Perform, type Stage } from './stage.js';

export const performFault: Perform<FaultStep> = ({ as, fault }, { stage, mark }, end) =>
  endWith(end, `the fault ${as} cannot be`, stage.faults.plant(as, fault, mark.message, mark.time));

export const performClearFault: Perform<ClearFaultStep> = ({ fault }, { stage }, end) =>
  endWith(end, 'nothing could be cleared', stage.faults.clear(fault, stage.observer.messages.end));

export const performCut: Perform<CutStep> = ({ do: what, between }, { stage }, end) => {
  const [one, other] = between;
  const unknown = unknownNode([...one, ...other], stage);
  if (unknown === undefined) stage.lab.faults[what](one, other);
  end(unknown);
};

export const performLink: Perform<LinkStep> = (step, { stage }, end) => {
  const { setLink } = stage.lab;
  const { place: _place, do: _do, between, ...change } = step;
  if (setLink === undefined) {
    const link = describeEnds([[between[0]], [between[1]]]);
    end(plainFailure(`the link ${link} cannot be changed`, 'sockets have no random behaviour; run it simulated'));
    return;
  }
  const unknown = unknownNode(between, stage);
  if (unknown === undefined) setLink(between, change);
  end(unknown);
};

export const performClockStep: Perform<ClockStep> = ({ node, byMs }, { stage }, end) => {
  const refusal = stage.nodes.refusal(node, stage.seconds);
  if (refusal === undefined) stage.lab.faults.stepClock(node, byMs);
  end(refusal);
};

function unknownNode(names: readonly string[], { lab: { lab } }: Stage): Failure | undefined {
  const known = lab.nodes.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  return unknown === undefined
    ? undefined
    : plainFailure(`${lab.file} has no node '${unknown}'`, suggest(unknown, known));
}
