/** The faults that a scenario puts into the lab, and whether they met anything. */

import type { Fault } from '../../faults/fault.js';
import type { FaultControl } from '../../faults/index.js';
import { PatternError, suggest } from '../../selection/index.js';
import type { FaultResult } from './verdict.js';

export interface PlantedFault {
  /** As steps name it. */
  readonly as: string;
  readonly fault: Fault;
  /** Position in the message log when it came into force. */
  readonly since: number;
  readonly time: number;
  /** How often one of its name had struck before. */
  readonly before: number;
  /** How often it had struck when it was cleared; undefined while it is in force. */
  cleared: number | undefined;
}

export class PlantedFaults {
  readonly #planted: PlantedFault[] = [];

  constructor(private readonly control: FaultControl) {}

  /** Returns why it cannot be. */
  plant(as: string, fault: Fault, since: number, time: number): string | undefined {
    if (this.#inForce().some((planted) => planted.fault.name === fault.name)) {
      return `a fault of the name '${fault.name}' is in force already`;
    }
    const before = this.control.struck(fault.name);
    try {
      this.control.add(fault);
    } catch (error) {
      if (error instanceof PatternError) return error.message;
      throw error;
    }
    this.#planted.push({ as, fault, since, time, before, cleared: undefined });
    return undefined;
  }

  /** All where no name is given. Returns why it cannot be. */
  clear(name: string | undefined): string | undefined {
    const inForce = this.#inForce();
    const gone = name === undefined ? inForce : inForce.filter(({ as, fault }) => as === name || fault.name === name);
    if (name !== undefined && gone.length === 0) {
      const known = inForce.map(({ as }) => as);
      return `no fault '${name}' is in force${known.length === 0 ? '' : `; ${suggest(name, known)}`}`;
    }
    for (const planted of gone) {
      planted.cleared = this.struck(planted);
      this.control.remove(planted.fault.name);
    }
    return undefined;
  }

  struck({ fault, before, cleared }: PlantedFault): number {
    return cleared ?? this.control.struck(fault.name) - before;
  }

  /** The first that never struck. */
  idle(): PlantedFault | undefined {
    return this.#planted.find((planted) => this.struck(planted) === 0);
  }

  results(): readonly FaultResult[] {
    return this.#planted.map((planted) => ({ name: planted.fault.name, struck: this.struck(planted) }));
  }

  #inForce(): readonly PlantedFault[] {
    return this.#planted.filter(({ cleared }) => cleared === undefined);
  }
}
