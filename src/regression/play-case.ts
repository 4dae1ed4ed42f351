/** Reads scenarios and plays cases with the lab's composition. The module that workers load. */
import { playScenario } from '../lab/play-scenario.js';
import { LoadedLabs, type ReadingOptions, type ReadScenario, readScenarios } from '../lab/read-scenarios.js';
import { displayName } from '../topology/source.js';
import type { CaseOrder, CaseOutcome, CaseRunner, ScenarioOutline } from './case.js';
import { GoldenTrace } from './golden/golden-trace.js';

export function createCaseRunner(): CaseRunner {
  return new LabCaseRunner();
}

class LabCaseRunner implements CaseRunner {
  readonly #read = new Map<string, readonly ReadScenario[]>();
  readonly #labs = new LoadedLabs();

  outline(file: string, reading: ReadingOptions): readonly ScenarioOutline[] {
    return this.#scenarios(file, reading).map(({ scenario, lab }) => ({
      name: scenario.name,
      topology: displayName(lab.file),
      environments: scenario.environments,
      seeds: scenario.seeds,
      timeoutMs: scenario.timeoutMs,
      nodeCount: lab.nodes.length,
    }));
  }

  async play(
    { case: played, reading, inspect, folder, golden, coverage }: CaseOrder,
    onAbortable: (abort: () => void) => void,
  ): Promise<CaseOutcome> {
    const { file, environment, seed } = played;
    const { scenario, lab } = this.#scenarios(file, { ...reading, environment }).find(
      (each) => each.scenario.name === played.scenario,
    )!;
    const trace = golden ? new GoldenTrace() : undefined;
    let wasInterrupted = false;
    const outcome = await playScenario({
      scenario,
      written: lab,
      environment,
      seed: seed ?? 1,
      inspect,
      folder,
      listeners: () => (trace === undefined ? [] : [trace.listener]),
      onAbortable: (abort) =>
        onAbortable(() => {
          wasInterrupted = abort('it was interrupted') || wasInterrupted;
        }),
    });
    const { passed, sentence, explanation, durationMs, steps } = outcome.verdict;
    return {
      passed,
      sentence,
      explanation,
      where: steps.find((step) => !step.passed)?.place.where,
      durationMs,
      golden: trace?.text(`${scenario.name} on ${displayName(lab.file)}`),
      coverage: coverage ? outcome.coverage : undefined,
      wasInterrupted,
    };
  }

  #scenarios(file: string, reading: ReadingOptions): readonly ReadScenario[] {
    const key = JSON.stringify([file, reading]);
    const known = this.#read.get(key) ?? readScenarios(file, reading, this.#labs);
    this.#read.set(key, known);
    return known;
  }
}
