/** Reads scenarios and plays cases with the lab's composition. The module that workers load. */
import { Recorder } from '../lab/recorder.js';
import { withLab } from '../lab/with-lab.js';
import { realWorld, simulatedWorld } from '../lab/world.js';
import { loadScenario } from '../scenario/load-scenario.js';
import { ScenarioRun } from '../scenario/runner.js';
import type { Scenario } from '../scenario/scenario.js';
import type { Verdict } from '../scenario/verdict.js';
import { findTopology } from '../topology/find-file.js';
import type { Lab } from '../topology/lab.js';
import { loadLab } from '../topology/load.js';
import { displayName, parseOverride, Source } from '../topology/source.js';
import type { CaseOrder, CaseOutcome, CaseRunner, ReadingOptions, ScenarioOutline } from './case.js';
import { GoldenTrace } from './golden/golden-trace.js';

const DEFAULT_TOPOLOGY = 'topologies/volte.yaml';
/** Bound of a scenario whose file names none. */
const TIMEOUT_MS = 600_000;

interface Loaded {
  readonly lab: Lab;
  readonly scenarios: readonly Scenario[];
}

export function createCaseRunner(): CaseRunner {
  return new LabCaseRunner();
}

class LabCaseRunner implements CaseRunner {
  readonly #labs = new Map<string, Lab>();
  readonly #loaded = new Map<string, Loaded>();

  outline(file: string, reading: ReadingOptions): readonly ScenarioOutline[] {
    const { lab, scenarios } = this.#load(file, reading);
    return scenarios.map(({ name }) => ({
      name,
      topology: displayName(lab.file),
      environments: ['simulated', 'real'],
      seeds: [1],
      timeoutMs: TIMEOUT_MS,
    }));
  }

  async play(order: CaseOrder): Promise<CaseOutcome> {
    const { file, scenario: name, environment, seed } = order.case;
    const loaded = this.#load(file, order.reading);
    const scenario = loaded.scenarios.find((each) => each.name === name)!;
    const golden = order.golden ? new GoldenTrace() : undefined;
    const { world, lab } =
      environment === 'simulated' ? simulatedWorld(loaded.lab, seed ?? 1) : realWorld(loaded.lab, () => {});
    const recorder = new Recorder({
      lab,
      folder: order.folder,
      inspecting: order.inspect,
      listeners: golden === undefined ? [] : [golden.listener],
    });
    const verdict = await withLab(world, lab, recorder, { inspect: order.inspect }, (running) =>
      world.perform<Verdict>((done) => {
        const { collector, observer } = recorder;
        new ScenarioRun(scenario, running, { clock: world.clock, trace: collector, observer }).start(done);
      }),
    );
    const { passed, sentence } = verdict;
    recorder.close(order.case.name, [{ check: 'scenario', passed, detail: sentence }, ...verdict.checks], verdict);
    return {
      passed,
      sentence,
      explanation: [],
      where: passed ? undefined : this.#placeOfStep(file, verdict),
      durationMs: verdict.durationMs,
      golden: golden?.text(`${name} on ${displayName(lab.file)}`),
      coverage: undefined,
    };
  }

  #placeOfStep(file: string, { steps }: Verdict): string | undefined {
    const failed = steps.findIndex((step) => !step.passed);
    return failed < 0 ? undefined : Source.read(file).where(['steps', failed]);
  }

  #load(file: string, reading: ReadingOptions): Loaded {
    const key = JSON.stringify([file, reading]);
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    const lab = this.#lab(reading);
    const loaded = { lab, scenarios: [loadScenario(file, lab)] };
    this.#loaded.set(key, loaded);
    return loaded;
  }

  #lab({ topology, set }: ReadingOptions): Lab {
    const key = JSON.stringify([topology, set]);
    const lab = this.#labs.get(key) ?? loadLab(findTopology(topology ?? DEFAULT_TOPOLOGY), set.map(parseOverride));
    this.#labs.set(key, lab);
    return lab;
  }
}
