/** `imslab run`: one scenario from start to verdict. */
import { join } from 'node:path';
import { UsageError } from '../lab/errors.js';
import { Recorder } from '../lab/recorder.js';
import { withLab } from '../lab/with-lab.js';
import { realWorld, simulatedWorld, type World } from '../lab/world.js';
import { loadScenario } from '../scenario/load-scenario.js';
import { ScenarioRun } from '../scenario/runner.js';
import type { Scenario } from '../scenario/scenario.js';
import type { Verdict } from '../scenario/verdict.js';
import { findScenario, findTopology } from '../topology/find-file.js';
import { loadLab } from '../topology/load.js';
import type { RunningLab } from '../topology/running-lab.js';
import { parseOverride } from '../topology/source.js';
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_PASSED } from './exit.js';
import { liveView } from './live.js';
import { createLogger } from './logger.js';
import { createOutputFolder } from './output-folder.js';
import { ladderVerdicts, verdictLines } from './report.js';
import { type Interrupt, onInterrupt } from './signals.js';
import { openTerminal } from './terminal.js';

export interface RunOptions {
  readonly scenario: string;
  readonly simulated?: boolean;
  readonly seed?: number;
  readonly out?: string;
  readonly set: readonly string[];
  readonly inspect?: boolean;
  readonly json?: boolean;
  readonly logLevel: string;
}

/** @returns the exit status; throws what `reportError` knows. */
export async function run(topology: string, options: RunOptions): Promise<number> {
  if (options.seed !== undefined && options.simulated !== true) {
    throw new UsageError('--seed: only a simulated run follows from a seed; add --simulated');
  }
  const written = loadLab(findTopology(topology), options.set.map(parseOverride));
  const scenario = loadScenario(findScenario(options.scenario), written);
  const logger = await createLogger(options.logLevel);
  const terminal = openTerminal(options.json);
  const { world, lab } =
    options.simulated === true
      ? simulatedWorld(written, options.seed ?? 1)
      : realWorld(written, (text) => logger.warn(text));
  const folder = createOutputFolder(options.out);
  const live = liveView(lab, terminal, logger);
  const recorder = new Recorder({ lab, folder, inspecting: options.inspect === true, listeners: live.listeners });
  const title = `${scenario.name} on ${lab.file}`;
  const interrupt = onInterrupt();
  let verdict: Verdict;
  try {
    verdict = await withLab(world, lab, recorder, { inspect: options.inspect === true }, (running) =>
      play(scenario, running, world, recorder, interrupt),
    );
  } catch (error) {
    const detail = (error as Error).message;
    live.flush();
    recorder.close(title, [{ check: 'start', passed: false, detail }], { passed: false, sentence: detail });
    throw error;
  } finally {
    interrupt.forget();
  }
  const result = { topology: lab.file, environment: options.simulated === true ? 'simulated' : 'real', ...verdict };
  live.flush();
  recorder.close(title, ladderVerdicts(verdict), result);
  terminal.line('');
  for (const line of verdictLines(verdict, terminal.colours)) terminal.line(line);
  terminal.line(`        ${join(folder, '')}: capture.pcapng, trace.jsonl, ladder.md, result.json`);
  if (options.json === true) console.log(JSON.stringify(result, undefined, 2));
  if (interrupt.happened) return EXIT_INTERRUPTED;
  return verdict.passed ? EXIT_PASSED : EXIT_FAILED;
}

function play(
  scenario: Scenario,
  running: RunningLab,
  { clock, perform }: World,
  { collector, observer }: Recorder,
  interrupt: Interrupt,
): Promise<Verdict> {
  return perform<Verdict>((done) => {
    const scenarioRun = new ScenarioRun(scenario, running, { clock, trace: collector, observer });
    scenarioRun.start(done);
    interrupt.handle(() => scenarioRun.abort('it was interrupted'));
  });
}
