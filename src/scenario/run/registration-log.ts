/** What became of each UE's registrations. */
import type { RegistrationOutcome, UeNode } from '../../ims/ue/ue.js';
import type { RegistrationTiming } from './verdict.js';

export class RegistrationLog {
  readonly #last = new Map<string, RegistrationOutcome>();
  readonly #timings: RegistrationTiming[] = [];
  /** One that was started again is another object. */
  readonly #listened = new WeakSet<UeNode>();

  constructor(private readonly changed: () => void) {}

  /** Hears of what the UE does by itself from now on. */
  listenTo(ue: UeNode): void {
    if (this.#listened.has(ue)) return;
    this.#listened.add(ue);
    ue.onRegistration((outcome) => this.note(ue.name, outcome));
  }

  note(ue: string, outcome: RegistrationOutcome): void {
    this.#last.set(ue, outcome);
    this.changed();
  }

  noteTiming(ue: string, durationMs: number): void {
    this.#timings.push({ ue, durationMs });
  }

  /** Undefined: none was tried, or its end is not known yet. */
  last(ue: string): RegistrationOutcome | undefined {
    return this.#last.get(ue);
  }

  get timings(): readonly RegistrationTiming[] {
    return this.#timings;
  }
}
