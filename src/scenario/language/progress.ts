/** What steps have brought about so far, as far as it follows from their order alone. */
import type { CallStep, Step } from '../model.js';

/** `unknown`: branches that go on at the same time both had to do with it. */
export type Power = 'on' | 'off' | 'unknown';

/** What a step has to do with: `node hss1`, `call c1`, `fault f1`, `cut`. */
export type Subject = string;

/**
 * A branch of a parallel block sees what was before the block, and may count on whatever its siblings do: their order is not
 * known. Branches overlay their parent, so that wide blocks cost no copies.
 */
export class Progress {
  readonly #power = new Map<string, Power>();
  readonly #calls = new Map<string, KnownCall>();
  readonly #captured = new Set<string>();
  readonly #faults = new Map<string, boolean>();
  readonly #cut = new Set<string>();
  /** UEs that something was done to that may register them. */
  readonly #attempted = new Set<string>();
  /** Since the beginning, at the least, ms. */
  elapsedMs: number;

  /** @param elsewhere whether somebody else may bring this about at any time */
  constructor(
    private readonly elsewhere: (subject: Subject) => boolean,
    private readonly parent?: Progress,
  ) {
    this.elapsedMs = parent?.elapsedMs ?? 0;
  }

  branch(elsewhere: (subject: Subject) => boolean): Progress {
    return new Progress(elsewhere, this);
  }

  isUncertain(subject: Subject): boolean {
    return this.elsewhere(subject) || (this.parent?.isUncertain(subject) ?? false);
  }

  powerOf(node: string): Power {
    if (this.isUncertain(`node ${node}`)) return 'unknown';
    return this.#power.get(node) ?? this.parent?.powerOf(node) ?? 'on';
  }

  setPower(node: string, power: Power): void {
    this.#power.set(node, power);
  }

  callNamed(name: string): KnownCall | undefined {
    return this.#calls.get(name) ?? this.parent?.callNamed(name);
  }

  get callNames(): readonly string[] {
    return [...(this.parent?.callNames ?? []), ...this.#calls.keys()];
  }

  addCall(step: CallStep): void {
    this.#calls.set(step.as, { step, hasEnded: false });
  }

  endCall(name: string): void {
    const known = this.callNamed(name);
    if (known !== undefined) this.#calls.set(name, { ...known, hasEnded: true });
  }

  hasCaptured(name: string): boolean {
    return this.#captured.has(name) || (this.parent?.hasCaptured(name) ?? false);
  }

  get captured(): readonly string[] {
    return [...(this.parent?.captured ?? []), ...this.#captured];
  }

  capture(name: string): void {
    this.#captured.add(name);
  }

  /** Undefined: there never was one of that name. */
  faultInForce(name: string): boolean | undefined {
    return this.#faults.get(name) ?? this.parent?.faultInForce(name);
  }

  get faultNames(): readonly string[] {
    return [...new Set([...(this.parent?.faultNames ?? []), ...this.#faults.keys()])];
  }

  setFault(name: string, inForce: boolean): void {
    this.#faults.set(name, inForce);
  }

  hasBeenCut(node: string): boolean {
    return this.#cut.has(node) || (this.parent?.hasBeenCut(node) ?? false);
  }

  cut(node: string): void {
    this.#cut.add(node);
  }

  wasAttempted(ue: string): boolean {
    return this.#attempted.has(ue) || (this.parent?.wasAttempted(ue) ?? false);
  }

  attempt(ue: string): void {
    this.#attempted.add(ue);
  }

  /** After a parallel block: what its branches brought about. */
  join(branches: readonly Progress[]): void {
    const touched = new Set<string>();
    for (const branch of branches) {
      for (const [node, power] of branch.#power) {
        this.#power.set(node, touched.has(node) ? 'unknown' : power);
        touched.add(node);
      }
      for (const [name, known] of branch.#calls) this.#calls.set(name, known);
      for (const name of branch.#captured) this.#captured.add(name);
      for (const [name, inForce] of branch.#faults) this.#faults.set(name, inForce);
      for (const node of branch.#cut) this.#cut.add(node);
      for (const ue of branch.#attempted) this.#attempted.add(ue);
      this.elapsedMs = Math.max(this.elapsedMs, branch.elapsedMs);
    }
  }
}

export interface KnownCall {
  readonly step: CallStep;
  readonly hasEnded: boolean;
}

/** What the steps of a branch have to do with. */
function subjectsOf(steps: readonly Step[], subjects = new Set<Subject>()): ReadonlySet<Subject> {
  for (const step of steps) {
    if (!('do' in step)) {
      if (step.expect === 'call') subjects.add(`call ${step.as}`);
      continue;
    }
    if (step.do === 'parallel') for (const branch of step.branches) subjectsOf(branch, subjects);
    if ('as' in step) subjects.add(`${step.do === 'fault' ? 'fault' : 'call'} ${step.as}`);
    if (step.do === 'clear-fault') subjects.add(step.fault === undefined ? 'fault' : `fault ${step.fault}`);
    if ('node' in step) subjects.add(`node ${step.node}`);
    if ('ue' in step && step.ue !== undefined) {
      for (const ue of typeof step.ue === 'string' ? [step.ue] : step.ue) subjects.add(`node ${ue}`);
    }
    if (step.do === 'cut' || step.do === 'lose-coverage') subjects.add('cut');
  }
  return subjects;
}

/** For each branch of a block: what the others have to do with. */
export function siblingsOf(branches: readonly (readonly Step[])[]): (index: number) => (subject: Subject) => boolean {
  const own = branches.map((branch) => subjectsOf(branch));
  const counts = new Map<Subject, number>();
  for (const subjects of own) {
    for (const subject of subjects) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  return (index) => (subject) => (counts.get(subject) ?? 0) > (own[index]!.has(subject) ? 1 : 0);
}
