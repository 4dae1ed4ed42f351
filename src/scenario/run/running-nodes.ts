/** Which nodes a scenario has taken down. */
import type { UeNode } from '../../ims/ue/ue.js';
import { suggest } from '../../selection/index.js';
import { isUe } from '../../topology/lab.js';
import { findNode } from '../../topology/lab-nodes.js';
import { type Failure, plainFailure } from './failure.js';
import type { ScenarioLab } from './scenario-lab.js';

export interface Down {
  readonly how: 'stopped' | 'crashed' | 'powered off';
  readonly time: number;
}

export class RunningNodes {
  readonly #down = new Map<string, Down>();

  constructor(private readonly lab: ScenarioLab) {}

  down(name: string): Down | undefined {
    return this.#down.get(name);
  }

  allDown(): readonly (Down & { readonly name: string })[] {
    return [...this.#down].map(([name, down]) => ({ name, ...down }));
  }

  takeDown(name: string, down: Down): void {
    this.#down.set(name, down);
  }

  bringUp(name: string): void {
    this.#down.delete(name);
  }

  /** Why nothing can be asked of the node: it does not exist, is not ours, or does not run. */
  refusal(name: string, seconds: (time: number) => string): Failure | undefined {
    const { nodes, file } = this.lab.lab;
    const node = findNode(this.lab.lab, name);
    if (node === undefined) {
      const known = nodes.filter(({ external }) => !external).map((candidate) => candidate.name);
      return plainFailure(`${file} has no node '${name}'`, suggest(name, known));
    }
    if (node.external) return plainFailure(`nothing can be asked of ${name}`, 'it is external');
    const down = this.#down.get(name);
    if (down === undefined) return undefined;
    return plainFailure(`${name} does not run`, `it was ${down.how} at ${seconds(down.time)} s and not started since`);
  }

  /** The UE, or why nothing can be asked of it. */
  ue(name: string, seconds: (time: number) => string): UeNode | Failure {
    const node = findNode(this.lab.lab, name);
    if (node === undefined || !isUe(node)) {
      const known = this.lab.lab.nodes.filter(isUe).map((candidate) => candidate.name);
      return plainFailure(`${this.lab.lab.file} has no UE '${name}'`, suggest(name, known));
    }
    return (
      this.refusal(name, seconds) ?? this.lab.ue(name) ?? plainFailure(`${name} does not run`, 'it was never started')
    );
  }
}

export function isFailure(value: UeNode | Failure): value is Failure {
  return 'subject' in value;
}
