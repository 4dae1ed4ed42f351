/** One scenario from start to verdict, with the files of the run. */
import { type ConformanceResult, clauseOf } from '../conformance/index.js';
import type { CoverageCounts } from '../coverage/index.js';
import type { Scenario } from '../scenario/model.js';
import { ScenarioRun } from '../scenario/run/scenario-run.js';
import type { StepResult, Verdict } from '../scenario/run/verdict.js';
import type { LadderVerdict } from '../trace/index.js';
import { OpenLab, type OpenOptions } from './open-lab.js';
import { scenarioLab } from './scenario-lab.js';

export interface PlayOptions extends Omit<OpenOptions, 'only'> {
  readonly scenario: Scenario;
  /** Called with each step when it has ended. */
  readonly onStep?: ((result: StepResult) => void) | undefined;
  /** Given what ends the run before its time; the verdict then has what has passed. */
  readonly onAbortable?: ((abort: (why: string) => void) => void) | undefined;
}

export interface Played {
  readonly verdict: Verdict;
  /** As result.json has it. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly coverage: CoverageCounts;
  /** How often each rule had something to look at. */
  readonly applied: ConformanceResult['applied'];
}

/** Throws UsageError, StartError; the files of the run are whole then, too. */
export async function playScenario(options: PlayOptions): Promise<Played> {
  const { scenario, environment, seed } = options;
  const open = new OpenLab(options);
  const { lab, recorder, world } = open;
  const title = `${scenario.name} on ${lab.file}`;
  const head = { topology: lab.file, environment, ...(environment === 'simulated' ? { seed } : {}) };
  let applied: ConformanceResult['applied'] = new Map();
  const conformance = {
    finish: () => {
      const found = open.conformance.finish();
      applied = found.applied;
      return found;
    },
  };
  let verdict: Verdict;
  try {
    try {
      await open.start();
      verdict = await world.perform<Verdict>((done) => {
        const { collector: trace, observer } = recorder;
        const { onStep } = options;
        const run = new ScenarioRun(scenario, scenarioLab(open), {
          clock: world.clock,
          trace,
          observer,
          clauseOf,
          conformance,
          onStep,
        });
        run.start(done);
        options.onAbortable?.((why) => run.abort(why));
      });
    } finally {
      await open.close();
    }
  } catch (error) {
    const detail = (error as Error).message;
    recorder.close(title, [{ check: 'start', passed: false, detail }], { ...head, passed: false, sentence: detail });
    throw error;
  }
  const result = { ...head, ...verdict };
  recorder.close(title, ladderVerdicts(verdict), result);
  return { verdict, result, coverage: open.coverage.counts, applied };
}

function ladderVerdicts({ passed, sentence, checks }: Verdict): readonly LadderVerdict[] {
  return [{ check: 'scenario', passed, detail: sentence }, ...checks];
}
