import type { Environment } from '../../environment/index.js';

export type FaultDetail = Readonly<Record<string, string | number>>;

/** Puts what a node survived into the trace. Costs one branch when nobody listens. */
export class FaultLog {
  readonly #environment: Environment;
  readonly #node: string;

  constructor(environment: Environment, node: string) {
    this.#environment = environment;
    this.#node = node;
  }

  /** `clause` is the rule or the section that was broken. */
  record(what: string, clause: string, detail?: FaultDetail): void {
    const { trace, clock } = this.#environment;
    if (trace === undefined) return;
    trace.write({ kind: 'fault', time: clock.now(), node: this.#node, what, clause, detail });
  }
}
