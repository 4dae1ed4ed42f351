/** A scenario as it is run. Plain data; a typed API may build it as the file reader does. */
import type { CheckName } from './scenario-schema.js';

interface TimedStep {
  readonly timeoutMs: number;
}

export interface RegisterStep extends TimedStep {
  readonly do: 'register' | 'deregister';
  /** One after the other. */
  readonly ue: readonly string[];
}

/**
 * A call to its end. When a later step expects something of it (`as`), the scenario goes on while it lasts and the
 * outcome is judged there; otherwise the step waits for the end and the call must succeed.
 */
export interface CallStep extends TimedStep {
  readonly do: 'call';
  readonly from: string;
  readonly to: string;
  readonly as: string;
  readonly holdForMs: number;
}

export interface WaitStep {
  readonly do: 'wait';
  readonly forMs: number;
}

export interface NodeStep {
  readonly do: 'stop' | 'start';
  readonly node: string;
}

export interface ExpectCallStep extends TimedStep {
  readonly expect: 'call';
  readonly as: string;
  readonly is: 'released' | 'failed';
  readonly status: number | undefined;
}

/** Judges the last registration of the UE; the `register` step before it then does not fail by itself. */
export interface ExpectRegistrationStep {
  readonly expect: 'registration';
  readonly ue: string;
  readonly is: 'registered' | 'failed';
  readonly status: number | undefined;
}

export type Step = RegisterStep | CallStep | WaitStep | NodeStep | ExpectCallStep | ExpectRegistrationStep;

export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly checks: readonly CheckName[];
}

/** As it stands in the ladder and in the verdict. */
export function describeStep(step: Step): string {
  if ('expect' in step) {
    const what = step.expect === 'call' ? `call ${step.as}` : `registration of ${step.ue}`;
    return `expect ${what} is ${step.is}${step.status === undefined ? '' : ` with ${step.status}`}`;
  }
  switch (step.do) {
    case 'register':
      return `register ${step.ue.join(', ')}`;
    case 'deregister':
      return `de-register ${step.ue.join(', ')}`;
    case 'call':
      return `${step.from} calls ${step.to}`;
    case 'wait':
      return `wait ${step.forMs / 1000} s`;
    case 'stop':
    case 'start':
      return `${step.do} ${step.node}`;
  }
}
