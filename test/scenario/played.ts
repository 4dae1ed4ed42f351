/** Plays a scenario in the simulated environment and keeps what passed over the network. */
import { OpenLab } from '../../src/lab/open-lab.js';
import { readScenarios } from '../../src/lab/read-scenarios.js';
import { scenarioLab } from '../../src/lab/scenario-lab.js';
import type { CheckName } from '../../src/scenario/model.js';
import { ScenarioRun } from '../../src/scenario/run/scenario-run.js';
import type { Verdict } from '../../src/scenario/run/verdict.js';
import { findScenario } from '../../src/topology/find-file.js';
import { bareSummary } from '../../src/trace/index.js';
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
  readonly inspect?: boolean;
  readonly checks?: readonly CheckName[];
  /** Called when all nodes serve, before the scenario. */
  readonly onServing?: (open: OpenLab) => void;
}

/** @param steps YAML lines of steps, or nothing for the shipped scenario */
export async function play(steps: string | undefined, options: PlayOptions = {}): Promise<Played> {
  const { topology = 'volte', set = [], seed = 7, inspect = false, checks = [], onServing } = options;
  const folder = new TestFolder();
  const file =
    steps === undefined
      ? findScenario('register-and-call')
      : folder.write('s.yaml', `name: n\nsteps:\n${steps}\nchecks: [${checks.join(', ')}]\n`);
  const [read] = readScenarios(file, { topology, set, environment: 'simulated' });
  folder.remove();
  const messages: string[] = [];
  const open = new OpenLab({
    written: read!.lab,
    environment: 'simulated',
    seed,
    inspect,
    listeners: () => [
      (record) => {
        if (record.kind !== 'message' || record.protocol === 'rtp' || record.protocol === 'rtcp') return;
        messages.push(`${record.fromNode} → ${record.toNode} ${record.summary}`);
      },
    ],
  });
  await open.start();
  onServing?.(open);
  const { world, recorder, running } = open;
  const verdict = await world.perform<Verdict>((done) => {
    const { collector: trace, observer } = recorder;
    new ScenarioRun(read!.scenario, scenarioLab(open), { clock: world.clock, trace, observer }).start(done);
  });
  await open.close({ ...bareSummary, title: 'played' }, undefined);
  return { verdict, messages, instancesLeft: running.instanceCount };
}
