/** One scenario from start to verdict, with the files of the run. */
import { clauseOf } from '../conformance/index.js';
import type { CoverageCounts } from '../coverage/index.js';
import type { Scenario } from '../scenario/model.js';
import { ScenarioRun } from '../scenario/run/scenario-run.js';
import type { StepResult, Verdict } from '../scenario/run/verdict.js';
import { OpenLab, type OpenOptions } from './open-lab.js';
import { failureSummary, summaryOf } from './run-summary.js';
import { scenarioLab } from './scenario-lab.js';

export interface PlayOptions extends Omit<OpenOptions, 'only'> {
  readonly scenario: Scenario;
  /** Called with each step when it has ended. */
  readonly onStep?: ((result: StepResult) => void) | undefined;
  /** Given what ends the run before its time, and says whether it was still going on; the verdict then has what has passed. */
  readonly onAbortable?: ((abort: (why: string) => boolean) => void) | undefined;
}

export interface Played {
  readonly verdict: Verdict;
  /** As result.json has it. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly coverage: CoverageCounts;
}

/** Throws UsageError, StartError; the files of the run are whole then, too. */
export async function playScenario(options: PlayOptions): Promise<Played> {
  const { scenario, environment, seed } = options;
  const open = new OpenLab(options);
  const { lab } = open;
  const title = `${scenario.name} on ${lab.file}`;
  const head = { topology: lab.file, environment, ...(environment === 'simulated' ? { seed } : {}) };
  const verdict = await play(open, options).catch(async (error: Error) => {
    const failed = { passed: false, sentence: error.message };
    // What failed first is what is told.
    await open.close(failureSummary(title, error.message), { ...head, ...failed }).catch(() => {});
    throw error;
  });
  const result = { ...head, ...verdict };
  await open.close(summaryOf(title, verdict), result);
  return { verdict, result, coverage: open.coverage.counts };
}

async function play(open: OpenLab, { scenario, onStep, onAbortable }: PlayOptions): Promise<Verdict> {
  await open.start();
  const { world, recorder, conformance } = open;
  return world.perform<Verdict>((done) => {
    const { collector: trace, observer } = recorder;
    const { clock } = world;
    const { takeLateMs } = world;
    const parts = { clock, trace, observer, clauseOf, conformance, onStep, takeLateMs };
    const run = new ScenarioRun(scenario, scenarioLab(open), parts);
    run.start(done);
    onAbortable?.((why) => run.abort(why));
  });
}
