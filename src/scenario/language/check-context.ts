/** What every check of a scenario may ask, and where it says what it found. */
import { suggest } from '../../selection/index.js';
import { isUe, type Lab, type LabNode } from '../../topology/lab.js';
import type { KeyPath } from '../../topology/source.js';
import type { Step, StepPlace } from '../model.js';

export interface Finding {
  /** Below the step; the keys are those of the YAML. */
  readonly at: KeyPath;
  readonly what: string;
  readonly mend: string;
  /** The key is at fault, not its value. */
  readonly isKey?: boolean | undefined;
  /** The one of a list that is meant. */
  readonly word?: string | undefined;
}

export type Report = (place: StepPlace, finding: Finding) => void;

export class CheckContext {
  readonly #nodes: ReadonlyMap<string, LabNode>;
  /** Pairs between which steps inject messages, `from to`. */
  readonly injected = new Set<string>();
  /** Calls that steps speak of after they were made. */
  readonly mentioned = new Set<string>();

  constructor(
    readonly lab: Lab,
    readonly report: Report,
    readonly timeoutMs: number,
    readonly environments: readonly ('simulated' | 'real')[],
    /** What `${…}` may stand for besides captures. */
    readonly variables: readonly string[],
  ) {
    this.#nodes = new Map(lab.nodes.map((node) => [node.name, node]));
  }

  node(name: string): LabNode | undefined {
    return this.#nodes.get(name);
  }

  namesOf(fits: (node: LabNode) => boolean): readonly string[] {
    return this.lab.nodes.filter(fits).map(({ name }) => name);
  }

  /** Collects what checks need to know of steps that come later. */
  survey(steps: readonly Step[]): void {
    for (const step of steps) {
      if ('expect' in step) {
        if (step.expect === 'call' || step.expect === 'media') this.mentioned.add(step.as);
      } else if (step.do === 'parallel') {
        for (const branch of step.branches) this.survey(branch);
      } else if (step.do === 'inject') {
        this.injected.add(`${step.from} ${step.to}`).add(`${step.to} ${step.from}`);
      } else if (step.do !== 'call' && step.do !== 'fault' && 'as' in step) {
        this.mentioned.add(step.as);
      }
    }
  }

  /** A UE of the lab; tells of anything else. */
  requireUe(place: StepPlace, name: string, at: KeyPath): boolean {
    return this.#require(place, name, at, 'UE', isUe);
  }

  /** A node that imslab runs. */
  requireRunning(place: StepPlace, name: string, at: KeyPath): boolean {
    const node = this.node(name);
    if (node?.external) {
      const mend = suggest(
        name,
        this.namesOf(({ external }) => !external),
      );
      this.report(place, { at, what: `'${name}' is real equipment, which imslab does not run`, mend, word: name });
      return false;
    }
    return this.#require(place, name, at, 'node', ({ external }) => !external);
  }

  requireNode(place: StepPlace, name: string, at: KeyPath): boolean {
    return this.#require(place, name, at, 'node', () => true);
  }

  #require(place: StepPlace, name: string, at: KeyPath, kind: string, fits: (node: LabNode) => boolean): boolean {
    const node = this.node(name);
    if (node !== undefined && fits(node)) return true;
    if (name.includes('${')) {
      const mend = 'captured values can stand in texts and in what fields must be';
      this.report(place, { at, what: `${name} cannot name a ${kind}`, mend, word: name });
    } else {
      this.report(place, {
        at,
        what: `${this.lab.file} has no ${kind} '${name}'`,
        mend: suggest(name, this.namesOf(fits)),
        word: name,
      });
    }
    return false;
  }
}
