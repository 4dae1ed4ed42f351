/** Steps that cannot work after those before them: what runs is not started, what was not made is not spoken of. */
import { suggest } from '../../selection/index.js';
import { isUe } from '../../topology/lab.js';
import type { CallControlStep, CallStep, CutStep, NodeStep, Step, UePowerStep } from '../model.js';
import type { CheckContext } from './check-context.js';
import type { Power, Progress } from './progress.js';

/** Checks one step against what came before, and adds what it brings about. */
export function checkOrder(step: Step, progress: Progress, context: CheckContext): void {
  if ('expect' in step) {
    checkExpectation(step, progress, context);
    return;
  }
  switch (step.do) {
    case 'register':
    case 'reregister':
    case 'deregister':
      for (const ue of step.ue) {
        requireOn(step, ue, 'ue', progress, context);
        if (step.do !== 'deregister') progress.attempt(ue);
      }
      return;
    case 'call':
      requireOn(step, step.from, 'from', progress, context);
      checkCall(step, context);
      progress.addCall(step);
      return;
    case 'message':
      requireOn(step, step.from, 'from', progress, context);
      return;
    case 'answer':
    case 'reject':
    case 'cancel':
    case 'hang-up':
    case 'hold':
    case 'resume':
      checkControl(step, progress, context);
      return;
    case 'power-off':
    case 'power-on':
    case 'lose-coverage':
    case 'regain-coverage':
      checkUePower(step, progress, context);
      return;
    case 'stop':
    case 'start':
    case 'restart':
    case 'crash': {
      checkNodePower(step, progress, context);
      const node = context.node(step.node);
      if (node !== undefined && isUe(node)) progress.attempt(step.node);
      return;
    }
    case 'fault':
      if (progress.faultInForce(step.as) && !progress.isUncertain(`fault ${step.as}`)) {
        const mend = 'clear it before, or give this one another name with as:';
        context.report(step.place, { at: ['as'], what: `the fault '${step.as}' is in force already`, mend });
      }
      progress.setFault(step.as, true);
      return;
    case 'clear-fault':
      clearFault(step.fault, step, progress, context);
      return;
    case 'cut':
    case 'heal':
      checkCut(step, progress, context);
      return;
    case 'wait':
      progress.elapsedMs += step.forMs;
      return;
    default:
  }
}

function checkExpectation(step: Extract<Step, { expect: string }>, progress: Progress, context: CheckContext): void {
  switch (step.expect) {
    case 'call':
    case 'media':
      if (!requireCall(step, step.as, progress, context)) return;
      if (step.expect === 'media') progress.elapsedMs += step.withinMs;
      else if (step.is === 'released' || step.is === 'failed') progress.endCall(step.as);
      return;
    case 'registration':
      if (step.is === 'not-registered') return;
      for (const ue of step.ue) {
        if (progress.wasAttempted(ue)) continue;
        if (progress.isUncertain(`node ${ue}`) || context.node(ue) === undefined) continue;
        context.report(step.place, {
          at: ['ue'],
          what: `no step before this one registers ${ue}`,
          mend: `add { do: register, ue: ${ue} } before it`,
        });
        return;
      }
      return;
    case 'message':
      if (step.count !== undefined && step.count.max !== Number.POSITIVE_INFINITY) progress.elapsedMs += step.withinMs;
      return;
    default:
  }
}

/** A call that goes on until somebody hangs up needs a step that speaks of it. */
function checkCall({ place, as, holdForMs }: CallStep, { mentioned, report }: CheckContext): void {
  if (holdForMs !== undefined || mentioned.has(as)) return;
  report(place, {
    at: ['hold-for'],
    what: 'no step ends this call',
    mend: 'name it with as: c1 and add { do: hang-up, as: c1 }, or give a duration',
  });
}

function requireCall(step: Step, name: string, progress: Progress, { report }: CheckContext): boolean {
  if (progress.callNamed(name) !== undefined) return true;
  if (progress.isUncertain(`call ${name}`)) return false;
  const known = progress.callNames;
  const mend = known.length === 0 ? `give the call step before it as: ${name}` : suggest(name, known);
  report(step.place, { at: ['as'], what: `there is no call '${name}' before this step`, mend });
  return false;
}

function checkControl(step: CallControlStep, progress: Progress, context: CheckContext): void {
  const { place, as, ue } = step;
  if (!requireCall(step, as, progress, context)) return;
  const { step: made, hasEnded } = progress.callNamed(as)!;
  if (hasEnded && !progress.isUncertain(`call ${as}`)) {
    const mend = `put this step before the end of ${as}, or make another call`;
    context.report(place, { at: ['as'], what: `the call '${as}' has ended before this step`, mend });
  }
  const isUri = made.to.includes(':') || made.to.includes('${');
  if (ue !== undefined && ue !== made.from && ue !== made.to && !(isUri && context.requireUe(place, ue, ['ue']))) {
    if (!isUri) {
      const mend = `name ${made.from} or ${made.to}`;
      context.report(place, { at: ['ue'], what: `'${ue}' has no part in the call '${as}'`, mend });
    }
  }
  if (step.do === 'reject' || step.do === 'cancel' || step.do === 'hang-up') progress.endCall(as);
}

/** Something that only a UE or node that runs can do. */
function requireOn(step: Step, name: string, key: string, progress: Progress, context: CheckContext): void {
  if (progress.powerOf(name) !== 'off') return;
  const mend = `start it in between, or remove this step`;
  context.report(step.place, { at: [key], what: `${name} is switched off here`, mend, word: name });
}

function checkUePower(step: UePowerStep, progress: Progress, context: CheckContext): void {
  for (const ue of step.ue) {
    if (step.do === 'power-off' || step.do === 'power-on') {
      const next: Power = step.do === 'power-off' ? 'off' : 'on';
      if (progress.powerOf(ue) === next) {
        const mend = next === 'off' ? 'power it on in between' : 'power it off in a step before';
        const what = `${ue} is switched ${next} already`;
        context.report(step.place, { at: ['ue'], what, mend: `${mend}, or remove this step`, word: ue });
      }
      progress.setPower(ue, next);
    }
    if (step.do === 'lose-coverage') progress.cut(ue);
    if (step.do === 'regain-coverage' && !wasCut(ue, progress)) {
      const what = `${ue} has coverage here`;
      context.report(step.place, {
        at: ['ue'],
        what,
        mend: 'let it lose-coverage before, or remove this step',
        word: ue,
      });
    }
    if (step.do === 'power-on' || step.do === 'regain-coverage') progress.attempt(ue);
  }
}

/** Which state a node must be in, what is wrong otherwise, and which it is in then. */
const NODE_STEPS: Readonly<Record<NodeStep['do'], { readonly needs: Power; readonly leaves: Power }>> = {
  stop: { needs: 'on', leaves: 'off' },
  crash: { needs: 'on', leaves: 'off' },
  restart: { needs: 'on', leaves: 'on' },
  start: { needs: 'off', leaves: 'on' },
};

function checkNodePower(step: NodeStep, progress: Progress, context: CheckContext): void {
  const { needs, leaves } = NODE_STEPS[step.do];
  const power = progress.powerOf(step.node);
  if (power !== needs && power !== 'unknown' && context.node(step.node) !== undefined) {
    const [what, mend] =
      power === 'off'
        ? ['has been stopped already', 'start it in between']
        : ['runs already', 'stop it in a step before'];
    context.report(step.place, {
      at: ['node'],
      what: `${step.node} ${what}`,
      mend: `${mend}, or remove this step`,
    });
  }
  progress.setPower(step.node, leaves);
}

function clearFault(name: string | undefined, step: Step, progress: Progress, { report }: CheckContext): void {
  if (name === undefined) {
    for (const known of progress.faultNames) progress.setFault(known, false);
    return;
  }
  const inForce = progress.faultInForce(name);
  if (inForce !== true && !progress.isUncertain(`fault ${name}`)) {
    const known = progress.faultNames;
    const mend = known.length === 0 ? `plant it before, with as: ${name}` : suggest(name, known);
    const what =
      inForce === undefined ? `there is no fault '${name}' before this step` : `the fault '${name}' is cleared`;
    report(step.place, { at: ['fault'], what, mend: inForce === undefined ? mend : 'remove this step' });
  }
  progress.setFault(name, false);
}

function checkCut(step: CutStep, progress: Progress, { report }: CheckContext): void {
  const [one, other] = step.between;
  if (step.do === 'cut') {
    for (const name of [...one, ...other]) progress.cut(name);
    return;
  }
  const whole = one.find((name) => !wasCut(name, progress));
  if (whole === undefined) return;
  const mend = 'cut it in a step before, or remove this step';
  report(step.place, { at: ['between'], what: `nothing of ${whole} has been cut`, mend });
}

function wasCut(node: string, progress: Progress): boolean {
  return progress.hasBeenCut(node) || progress.isUncertain('cut');
}
