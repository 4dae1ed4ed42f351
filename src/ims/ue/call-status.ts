import type { CallState } from './ue.js';

/** What a call looks like from outside, and who is told when that changes. */
export class CallStatus {
  readonly #listeners: ((state: CallState) => void)[] = [];
  #state: CallState = 'setup';

  get state(): CallState {
    return this.#state;
  }

  get isAnswered(): boolean {
    return this.#state === 'talking' || this.#state === 'held';
  }

  get isOver(): boolean {
    return this.#state === 'released' || this.#state === 'failed';
  }

  onState(listener: (state: CallState) => void): void {
    this.#listeners.push(listener);
  }

  /** What is over stays so. */
  become(state: CallState): void {
    if (state === this.#state || this.isOver) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
