/** A scenario played on a shipped topology in the simulated network. */

import { simulatedWorld, type World } from '../../src/lab/world.js';
import type { HostMode } from '../../src/machine/index.js';
import { loadScenario } from '../../src/scenario/load-scenario.js';
import { RunObserver } from '../../src/scenario/observer.js';
import { ScenarioRun } from '../../src/scenario/runner.js';
import type { CheckName } from '../../src/scenario/scenario-schema.js';
import type { Verdict } from '../../src/scenario/verdict.js';
import { findScenario, findTopology } from '../../src/topology/find-file.js';
import type { Lab } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { RunningLab } from '../../src/topology/running-lab.js';
import { parseOverride } from '../../src/topology/source.js';
import { NodeTable, TraceCollector } from '../../src/trace/index.js';
import { TestFolder } from '../topology/files.js';

export interface Played {
  readonly verdict: Verdict;
  /** `ue1 → pcscf1 REGISTER sip:…`, media left out. */
  readonly messages: readonly string[];
  /** Live machine instances after the end. */
  readonly instancesLeft: number;
}

export interface PlayOptions {
  readonly topology?: string;
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly hostMode?: HostMode;
  readonly checks?: readonly CheckName[];
  /** Called when all nodes serve, before the scenario. */
  readonly onServing?: (world: World, lab: Lab) => void;
}

/** @param steps YAML lines of steps, or nothing for the shipped scenario */
export async function play(steps: string | undefined, options: PlayOptions = {}): Promise<Played> {
  const { topology = 'volte', set = [], seed = 7, hostMode = 'compiled', checks = [], onServing } = options;
  const { world, lab } = simulatedWorld(loadLab(findTopology(topology), set.map(parseOverride)), seed);
  const folder = new TestFolder();
  const file =
    steps === undefined
      ? findScenario('register-and-call')
      : folder.write('s.yaml', `name: n\nsteps:\n${steps}\nchecks: [${checks.join(', ')}]\n`);
  const scenario = loadScenario(file, lab);
  folder.remove();
  const observer = new RunObserver();
  const messages: string[] = [];
  const nodes = new NodeTable(
    lab.nodes.map(({ name, listen }) => ({ name, addresses: listen.map(({ address }) => address) })),
  );
  const collector = new TraceCollector({
    nodes,
    listeners: [
      observer.listener,
      (record) => {
        if (record.kind !== 'message' || record.protocol === 'rtp' || record.protocol === 'rtcp') return;
        messages.push(`${record.fromNode} → ${record.toNode} ${record.summary}`);
      },
    ],
  });
  world.attach(collector, collector.tap);
  const running = new RunningLab(lab, {
    clock: world.clock,
    environmentFor: (name) => world.environmentFor(name),
    hostMode,
  });
  const failure = await world.perform<object | undefined>((done) => running.start(done));
  if (failure !== undefined) throw new Error(JSON.stringify(failure));
  onServing?.(world, lab);
  const verdict = await world.perform<Verdict>((done) =>
    new ScenarioRun(scenario, running, { clock: world.clock, trace: collector, observer }).start(done),
  );
  await world.perform<undefined>((done) => running.stop(() => done(undefined)));
  return { verdict, messages, instancesLeft: running.instanceCount };
}
