/** A step that goes on: its timers and listeners are gone when it ends. */
import type { Timer } from '../../environment/index.js';
import type { Step } from '../model.js';
import type { Position } from './position.js';
import type { Mark, Stage, StepContext } from './stage.js';

export class RunningStep implements StepContext {
  readonly startedAt: number;
  readonly #timers = new Set<Timer>();
  readonly #listeners: (() => void)[] = [];
  #ended = false;

  constructor(
    readonly stage: Stage,
    readonly step: Step,
    /** `3`, `4.2.1` */
    readonly number: string,
    readonly description: string,
    readonly position: Position,
    readonly mark: Mark,
  ) {
    this.startedAt = stage.clock.now();
  }

  get ended(): boolean {
    return this.#ended;
  }

  readonly setTimer = (delayMs: number, callback: () => void): void => {
    if (this.#ended) return;
    const timer = this.stage.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      if (!this.#ended) callback();
    });
    this.#timers.add(timer);
  };

  readonly onChange = (listener: () => void): void => {
    if (this.#ended) return;
    this.#listeners.push(listener);
    this.stage.observer.onChange.add(listener);
  };

  end(): void {
    this.#ended = true;
    for (const timer of this.#timers) timer.cancel();
    for (const listener of this.#listeners) this.stage.observer.onChange.delete(listener);
  }
}
