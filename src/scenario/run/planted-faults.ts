/** The faults that a scenario puts into the lab, and whether they met anything. */

import type { Fault, FaultControl, IdleStrikes } from '../../faults/index.js';
import { PatternError, suggest } from '../../selection/index.js';
import { times } from './describe-step.js';
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
  /** How often one of its name had met a message in vain before. */
  readonly idleBefore: number;
  /** When it was cleared; undefined while it is in force. */
  cleared: Cleared | undefined;
}

interface Cleared {
  /** How often it had struck. */
  readonly struck: number;
  readonly idle: IdleStrikes | undefined;
  /** Position in the message log. */
  readonly until: number;
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
    const idleBefore = this.control.idle(fault.name)?.count ?? 0;
    try {
      this.control.add(fault);
    } catch (error) {
      if (error instanceof PatternError) return error.message;
      throw error;
    }
    this.#planted.push({ as, fault, since, time, before, idleBefore, cleared: undefined });
    return undefined;
  }

  /** All where no name is given. Returns why it cannot be. @param until position in the message log */
  clear(name: string | undefined, until: number): string | undefined {
    const inForce = this.#inForce();
    const gone = name === undefined ? inForce : inForce.filter(({ as, fault }) => as === name || fault.name === name);
    if (name !== undefined && gone.length === 0) {
      const known = inForce.map(({ as }) => as);
      return `no fault '${name}' is in force${known.length === 0 ? '' : `; ${suggest(name, known)}`}`;
    }
    for (const planted of gone) {
      planted.cleared = { struck: this.struck(planted), idle: this.idle(planted), until };
      this.control.remove(planted.fault.name);
    }
    return undefined;
  }

  struck({ fault, before, cleared }: PlantedFault): number {
    return cleared === undefined ? this.control.struck(fault.name) - before : cleared.struck;
  }

  /** Messages that it met and could do nothing to. */
  idle({ fault, idleBefore, cleared }: PlantedFault): IdleStrikes | undefined {
    if (cleared !== undefined) return cleared.idle;
    const idle = this.control.idle(fault.name);
    return idle === undefined || idle.count === idleBefore ? undefined : { ...idle, count: idle.count - idleBefore };
  }

  /** The first that never struck, or a part of which never did. */
  firstIdle(): PlantedFault | undefined {
    return this.#planted.find((planted) => this.struck(planted) === 0 || this.idle(planted)?.missed !== undefined);
  }

  results(): readonly FaultResult[] {
    return this.#planted.map((planted) => ({ name: planted.fault.name, struck: this.struck(planted) }));
  }

  /** One line for each: `f1: struck twice`. */
  texts(): readonly string[] {
    return this.#planted.map((planted) => {
      const struck = this.struck(planted);
      const idle = this.idle(planted);
      const part = idle?.missed === undefined ? 'could do nothing' : 'could not do all';
      const vain = idle === undefined ? '' : `; ${part} ${times(idle.count)}: ${idle.why}`;
      return `${planted.fault.name}: ${struck === 0 ? 'never struck' : `struck ${times(struck)}`}${vain}`;
    });
  }

  #inForce(): readonly PlantedFault[] {
    return this.#planted.filter(({ cleared }) => cleared === undefined);
  }
}
