/** `imslab run`: one scenario from start to verdict. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../lab/errors.js';
import { playScenario } from '../lab/play-scenario.js';
import { type ReadScenario, readScenarios } from '../lab/read-scenarios.js';
import type { StepResult } from '../scenario/run/verdict.js';
import { findScenario } from '../topology/find-file.js';
import { displayName } from '../topology/source.js';
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_PASSED } from './exit.js';
import { type LiveView, liveView } from './live.js';
import { createLogger } from './logger.js';
import { createOutputFolder } from './output-folder.js';
import { stepLine, verdictLines } from './report.js';
import { RunJunit } from './run-junit.js';
import { onInterrupt } from './signals.js';
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

/** Combinations of a matrix that an error lists. */
const CHOICES_MAX = 30;
/** Lines of a crowd that nobody reads as they rush by; the trace has them all. */
const LIVE_STEP_MAX = 2_000;

/** @returns the exit status; throws what `reportError` knows. */
export async function run(topology: string | undefined, options: RunOptions): Promise<number> {
  if (options.seed !== undefined && options.simulated !== true) {
    throw new UsageError('--seed: only a simulated run follows from a seed; add --simulated');
  }
  const environment = options.simulated === true ? 'simulated' : 'real';
  const { scenario, lab } = only(
    readScenarios(findScenario(options.scenario), { topology, set: options.set, environment }),
    options,
  );
  if (!scenario.environments.includes(environment)) {
    const mend = environment === 'real' ? 'add --simulated' : 'leave --simulated out';
    throw new UsageError(`${scenario.name} is for the ${scenario.environments.join()} environment only; ${mend}`);
  }
  const external = lab.nodes.find((node) => node.external);
  if (environment === 'simulated' && external !== undefined) {
    throw new UsageError(
      `--simulated: ${external.name} is external, and a simulated network does not reach it; leave --simulated out`,
    );
  }
  const logger = await createLogger(options.logLevel);
  const terminal = openTerminal(options.json);
  const folder = createOutputFolder(options.out);
  const junit = new RunJunit(folder, { name: scenario.name, file: displayName(findScenario(options.scenario)) });
  const interrupt = onInterrupt();
  let live: LiveView | undefined;
  try {
    const { verdict, result } = await playScenario({
      scenario,
      written: lab,
      environment,
      seed: options.seed ?? 1,
      inspect: options.inspect,
      folder,
      warn: (text) => logger.warn(text),
      listeners: (opened) => {
        live = liveView(opened, terminal, logger, LIVE_STEP_MAX);
        return live.listeners;
      },
      onStep: (step: StepResult) => {
        live?.flush();
        terminal.line(stepLine(step, terminal.colours));
      },
      onAbortable: (abort) => interrupt.handle(() => abort('it was interrupted')),
    }).catch((error: unknown) => {
      junit.refused(error);
      throw error;
    });
    junit.judged(verdict, interrupt.happened);
    live?.flush();
    terminal.line('');
    for (const line of verdictLines(verdict, terminal.colours)) terminal.line(line);
    const keys = existsSync(join(folder, 'esp_sa')) ? ', esp_sa (the keys for Wireshark)' : '';
    terminal.line(
      `        ${join(folder, '')}: report.html, capture.pcapng, trace.jsonl, ladder.md, ladder.svg, result.json, junit.xml${keys}`,
    );
    if (options.json === true) console.log(JSON.stringify(result, undefined, 2));
    if (interrupt.happened) return EXIT_INTERRUPTED;
    return verdict.passed ? EXIT_PASSED : EXIT_FAILED;
  } finally {
    live?.flush();
    interrupt.forget();
  }
}

/** A run is of one scenario; a matrix has several. */
function only(scenarios: readonly ReadScenario[], { scenario: asked }: RunOptions): ReadScenario {
  const [first, ...others] = scenarios;
  if (first !== undefined && others.length === 0) return first;
  const choices = scenarios.map(({ combination }) =>
    Object.entries(combination)
      .map(([key, value]) => `--set ${argument(`matrix.${key}=${value}`)}`)
      .join(' '),
  );
  const shown = choices.slice(0, CHOICES_MAX).map((choice) => `\n  ${choice}`);
  const more = choices.length > shown.length ? `\n  … and ${choices.length - shown.length} more` : '';
  throw new UsageError(
    `--scenario ${asked}: its matrix gives ${choices.length} scenarios, and a run is of one; imslab test plays them all. Add one of${shown.join('')}${more}`,
  );
}

/** In quotes where a shell would take it apart. */
function argument(text: string): string {
  return /^[\w.=:@%+,/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
