/** Coverage for people and programs: a table, the transitions that nobody took, statecharts with counts, JSON. */
import { declaredTransitions, leafStates, stateName, transitionLabel } from '../machine/index.js';
import { statechart } from '../machine/statechart.js';
import type { CoverageCounts } from './counts.js';
import { exceptions } from './exceptions.js';
import { type CoveredMachine, machines } from './machines.js';

interface MachineCoverage {
  readonly machine: string;
  readonly states: { readonly visited: number; readonly total: number; readonly missed: readonly string[] };
  readonly transitions: {
    readonly visited: number;
    readonly total: number;
    /** Not visited and not excepted. */
    readonly missed: readonly string[];
    /** Not visited, with the reason. */
    readonly excepted: readonly { readonly transition: string; readonly why: string }[];
  };
}

interface Coverage {
  readonly machines: readonly MachineCoverage[];
  /** Of the transitions that are not excepted, 0 … 100. */
  readonly percent: number;
}

/** `serving: node.stop → draining`, `root: …` for the machine's own. Unique within the machine. */
export function describeTransitions({ machine }: CoveredMachine): readonly string[] {
  const seen = new Map<string, number>();
  return declaredTransitions(machine).map(({ definition, source }) => {
    const target = definition.target?.[0];
    const arrow = target === undefined ? '' : ` → ${stateName(target)}`;
    const text = `${stateName(source)}: ${transitionLabel(machine, definition)}${arrow}`;
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return count === 1 ? text : `${text} (${count})`;
  });
}

export function summarise(counts: CoverageCounts): Coverage {
  const list = machines.map((covered) => machineCoverage(covered, counts));
  const visited = list.reduce((sum, { transitions }) => sum + transitions.visited, 0);
  const wanted = list.reduce((sum, { transitions }) => sum + transitions.total - transitions.excepted.length, 0);
  return { machines: list, percent: wanted === 0 ? 100 : (100 * visited) / wanted };
}

function machineCoverage(covered: CoveredMachine, counts: CoverageCounts): MachineCoverage {
  const { states, transitions } = counts[covered.name]!;
  const reasons = new Map(
    exceptions.filter(({ machine }) => machine === covered.name).map(({ transition, why }) => [transition, why]),
  );
  const described = describeTransitions(covered);
  const unvisited = described.filter((_, number) => !transitions[number]);
  const names = leafStates(covered.machine);
  const missedStates = names.filter((name) => !states[name]);
  return {
    machine: covered.name,
    states: { visited: names.length - missedStates.length, total: names.length, missed: missedStates },
    transitions: {
      visited: described.length - unvisited.length,
      total: described.length,
      missed: unvisited.filter((transition) => !reasons.has(transition)),
      excepted: unvisited.flatMap((transition) => {
        const why = reasons.get(transition);
        return why === undefined ? [] : [{ transition, why }];
      }),
    },
  };
}

/** Lines for a terminal: a row a machine, then what no scenario visited. */
export function coverageLines({ machines: list, percent }: Coverage): readonly string[] {
  const width = Math.max(...list.map(({ machine }) => machine.length));
  const cell = ({ visited, total }: { visited: number; total: number }) => `${visited}/${total}`.padStart(7);
  const rows = list.map(({ machine, states, transitions }) => {
    const excepted = transitions.excepted.length === 0 ? '' : `  (${transitions.excepted.length} excepted)`;
    return `${machine.padEnd(width)}  ${cell(states)}  ${cell(transitions)}${excepted}`;
  });
  const missed = list.flatMap(({ machine, transitions }) => transitions.missed.map((text) => `  ${machine}  ${text}`));
  return [
    `${'machine'.padEnd(width)}   states  transitions`,
    ...rows,
    `${percent.toFixed(1)} % of the transitions visited${missed.length === 0 ? '' : '; never taken:'}`,
    ...missed,
  ];
}

/** File name → Markdown: each machine's statechart with how often each transition was taken. */
export function coveragePages(counts: CoverageCounts): ReadonlyMap<string, string> {
  return new Map(
    machines.map(({ name, machine }) => [`${name}.md`, `# ${name}\n\n${statechart(machine, counts[name]!)}\n`]),
  );
}
