/** How often the states of machines were entered and their transitions taken. Plain data, so that runs can be added up. */
import type { TraceRecord } from '../environment/index.js';
import { declaredTransitions, leafStates } from '../machine/index.js';
import { type CoveredMachine, machines } from './machines.js';

export interface MachineCounts {
  /** By name, each state in which an instance can be. */
  readonly states: Record<string, number>;
  /** By the number of the declared transition. */
  readonly transitions: number[];
}

/** By the machine's name. */
export type CoverageCounts = Readonly<Record<string, MachineCounts>>;

/** Nothing visited. Copied: a suite has counts for each of its cases, and the machines are the same in all of them. */
const nothing: readonly (readonly [string, MachineCounts])[] = machines.map(({ name, machine }) => [
  name,
  {
    states: Object.fromEntries(leafStates(machine).map((state) => [state, 0])),
    transitions: declaredTransitions(machine).map(() => 0),
  },
]);

export function emptyCounts(): CoverageCounts {
  const counts: Record<string, MachineCounts> = {};
  for (const [name, { states, transitions }] of nothing) {
    counts[name] = { states: { ...states }, transitions: transitions.slice() };
  }
  return counts;
}

/** By the id that transition records have: machines of several roles may share it. */
const machinesById = new Map<string, readonly CoveredMachine[]>();
for (const covered of machines) {
  const { id } = covered.machine;
  machinesById.set(id, [...(machinesById.get(id) ?? []), covered]);
}

/** Adds the second to the first. */
export function addCounts(sum: CoverageCounts, more: CoverageCounts): void {
  for (const [name, { states, transitions }] of Object.entries(more)) {
    const into = sum[name];
    if (into === undefined) continue;
    for (const [state, count] of Object.entries(states)) into.states[state] = (into.states[state] ?? 0) + count;
    transitions.forEach((count, number) => {
      into.transitions[number] = (into.transitions[number] ?? 0) + count;
    });
  }
}

/** Counts what the transition records of a run say. `listener` is one of the trace collector's. */
export class CoverageRun {
  readonly counts: CoverageCounts = emptyCounts();
  readonly #roleOf: (node: string) => string | undefined;

  constructor({ roleOf }: { readonly roleOf: (node: string) => string | undefined }) {
    this.#roleOf = roleOf;
  }

  readonly listener = (record: TraceRecord): void => {
    if (record.kind !== 'transition') return;
    const covered = this.#find(record.machine, record.node);
    if (covered === undefined) return;
    const { states, transitions } = this.counts[covered.name]!;
    if (record.from !== record.to) states[record.to] = (states[record.to] ?? 0) + 1;
    for (const number of record.taken ?? []) transitions[number] = (transitions[number] ?? 0) + 1;
  };

  #find(id: string, node: string): CoveredMachine | undefined {
    const candidates = machinesById.get(id);
    if (candidates === undefined || candidates.length === 1) return candidates?.[0];
    const role = this.#roleOf(node);
    return candidates.find((candidate) => candidate.role === role);
  }
}
