/** What the steps of a run share: the lab, the clock, and everything that has been noted so far. */
import type { Clock } from '../../environment/index.js';
import { CallLog } from './call-log.js';
import { Captures } from './captures.js';
import type { Failure, StepEnd } from './failure.js';
import type { RunObserver } from './observer.js';
import { PlantedFaults } from './planted-faults.js';
import type { Position } from './position.js';
import { RegistrationLog } from './registration-log.js';
import { RunningNodes } from './running-nodes.js';
import type { ScenarioLab } from './scenario-lab.js';

/** A moment, as a position in each log. */
export interface Mark {
  readonly time: number;
  readonly message: number;
  readonly state: number;
  readonly callState: number;
  readonly cause: number;
  /** The step that began then, in words. */
  readonly step: string | undefined;
}

export class Stage {
  readonly calls: CallLog;
  readonly registrations: RegistrationLog;
  readonly nodes: RunningNodes;
  readonly faults: PlantedFaults;
  readonly captures = new Captures();
  /** Where the last `do` step outside of branches began; the beginning of the scenario where there was none. */
  lastAction: Mark;
  /** The beginning of the scenario. */
  readonly start: Mark;

  constructor(
    readonly lab: ScenarioLab,
    readonly clock: Clock,
    readonly observer: RunObserver,
  ) {
    const changed = (): void => {
      for (const listener of observer.onChange) listener();
    };
    this.calls = new CallLog(() => clock.now(), changed);
    this.registrations = new RegistrationLog(changed);
    this.nodes = new RunningNodes(lab);
    this.faults = new PlantedFaults(lab.faults);
    this.start = this.mark(undefined);
    this.lastAction = this.start;
  }

  mark(step: string | undefined): Mark {
    const { observer } = this;
    return {
      time: this.clock.now(),
      message: observer.messages.mark(),
      state: observer.states.end,
      callState: this.calls.position,
      cause: observer.causes.length,
      step,
    };
  }

  /** Seconds as in the ladder. */
  readonly seconds = (time: number): string => this.observer.seconds(time);
}

/** What one step is given while it goes on. */
export interface StepContext {
  readonly stage: Stage;
  readonly position: Position;
  /** Where the last `do` step of the branch began; for a `do` step its own beginning. */
  readonly mark: Mark;
  /** `callback` is not called once the step has ended. */
  setTimer(delayMs: number, callback: () => void): void;
  /** Called after each record and each change of a call or a registration, until the step has ended. */
  onChange(listener: () => void): void;
}

/** `end` once, at once or later; what is called after the first is not heard. */
export type Perform<TStep> = (step: TStep, context: StepContext, end: StepEnd) => void;

/** For functions that answer with why they could not. */
export function endWith(end: StepEnd, subject: string, why: string | undefined): void {
  const failure: Failure | undefined = why === undefined ? undefined : { subject, reason: why, isPlain: true };
  end(failure);
}
