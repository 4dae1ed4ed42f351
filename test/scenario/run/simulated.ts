/** A scenario as a file has it, played on the nodes themselves in the simulated network. */
import { FaultLayer } from '../../../src/faults/index.js';
import { scenarioLab } from '../../../src/lab/scenario-lab.js';
import { simulatedWorld } from '../../../src/lab/world.js';
import { loadScenarios } from '../../../src/scenario/language/load-scenarios.js';
import { RunObserver } from '../../../src/scenario/run/observer.js';
import { ScenarioRun } from '../../../src/scenario/run/scenario-run.js';
import type { Verdict } from '../../../src/scenario/run/verdict.js';
import { findTopology } from '../../../src/topology/find-file.js';
import { loadLab } from '../../../src/topology/load.js';
import { RunningLab } from '../../../src/topology/running-lab.js';
import { parseOverride } from '../../../src/topology/source.js';
import { NodeTable, TraceCollector } from '../../../src/trace/index.js';
import { TestFolder } from '../../topology/files.js';

export interface PlayOptions {
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly onStart?: (run: ScenarioRun) => void;
}

/** @param text of the scenario file */
export async function play(text: string, { set = [], seed = 1, onStart }: PlayOptions = {}): Promise<Verdict> {
  const { world, lab } = simulatedWorld(loadLab(findTopology('volte'), set.map(parseOverride)), seed);
  const folder = new TestFolder();
  const file = folder.write('s.yaml', text);
  const [scenario] = loadScenarios(file, lab);
  folder.remove();
  const observer = new RunObserver();
  const nodes = new NodeTable(
    lab.nodes.map(({ name, listen }) => ({ name, addresses: listen.map(({ address }) => address) })),
  );
  const collector = new TraceCollector({ nodes, listeners: [observer.listener] });
  const faults = new FaultLayer({ clock: world.clock, nameOf: (endpoint) => nodes.nameOf(endpoint) });
  world.attach(collector, faults.before(collector.tap));
  const running = new RunningLab(lab, {
    clock: world.clock,
    environmentFor: (name) => faults.environmentFor(name, world.environmentFor(name)),
    hostMode: 'compiled',
  });
  const failure = await world.perform<object | undefined>((done) => running.start(done));
  if (failure !== undefined) throw new Error(JSON.stringify(failure));
  const verdict = await world.perform<Verdict>((done) => {
    const run = new ScenarioRun(scenario!, scenarioLab({ lab, running, faults, world }), {
      clock: world.clock,
      trace: collector,
      observer,
    });
    run.start(done);
    onStart?.(run);
  });
  await world.perform<undefined>((done) => running.stop(() => done(undefined)));
  // The file lies in a folder of its own each time.
  return JSON.parse(JSON.stringify(verdict).replaceAll(/[^"\s]*\/s\.yaml/g, 's.yaml')) as Verdict;
}
