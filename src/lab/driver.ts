/** A lab that a test drives step by step: for suites of jest, vitest or node:test. */
import { type ConformanceResult, clauseOf } from '../conformance/index.js';
import { Names } from '../scenario/language/names.js';
import { callerOf } from '../scenario/language/place.js';
import { scenario } from '../scenario/language/scenario.js';
import { withNodes } from '../scenario/language/step-names.js';
import {
  type DeregistrationOptions,
  deregister,
  type Names as NamesOfNodes,
  type RegistrationOptions,
  register,
} from '../scenario/language/steps.js';
import type { CheckName, Step } from '../scenario/model.js';
import { hasCome } from '../scenario/run/expect-message.js';
import type { LoggedMessage } from '../scenario/run/message-log.js';
import { ScenarioRun } from '../scenario/run/scenario-run.js';
import { Stage } from '../scenario/run/stage.js';
import type { Verdict } from '../scenario/run/verdict.js';
import { compilePattern, type MessagePattern, readField, suggest } from '../selection/index.js';
import { findTopology } from '../topology/find-file.js';
import { loadLab } from '../topology/load.js';
import { type KeyPath, type Override, parseOverride } from '../topology/source.js';
import type { DrivenLab, LabMessage, LabOptions } from './driven-lab.js';
import { StartError, UsageError } from './errors.js';
import { createFolder } from './folder.js';
import { OpenLab } from './open-lab.js';
import { failureSummary, summaryOf } from './run-summary.js';
import { scenarioLab } from './scenario-lab.js';

/** A step or a check that failed; the message is the sentence and its explanation. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';

  constructor(readonly verdict: Verdict) {
    const { sentence, explanation } = verdict;
    super(explanation.length === 0 ? sentence : `${sentence}\n\n${explanation.join('\n')}`);
  }
}

/** Starts a lab; `close` ends it. Throws InputError, UsageError or StartError. */
export async function lab(options: LabOptions = {}): Promise<DrivenLab> {
  refuseUnknown(options);
  const { topology = 'volte', set = {}, environment = 'simulated', seed = 1, out, inspect } = options;
  const overrides = Object.entries(set).map(([path, value]) => override(path, value));
  const written = loadLab(findTopology(topology), overrides);
  if (environment !== 'simulated' && environment !== 'real') {
    throw new UsageError(`environment: '${String(environment)}' is not known; use simulated or real`);
  }
  if (out !== undefined) makeFolder(out);
  const open = new OpenLab({ written, environment, seed, inspect, folder: out });
  try {
    await open.start();
  } catch (error) {
    const { message } = error as Error;
    const failed = { passed: false, sentence: message };
    // What failed first is what is told.
    await open.close(failureSummary(open.lab.file, message), failed).catch(() => {});
    throw error;
  }
  return new LabDriver(open);
}

const OPTIONS: Readonly<Record<keyof LabOptions, true>> = {
  topology: true,
  set: true,
  environment: true,
  seed: true,
  out: true,
  inspect: true,
};

/** Types do not help a suite in JavaScript. */
function refuseUnknown(options: LabOptions): void {
  const known = Object.keys(OPTIONS);
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new UsageError(`lab(): '${unknown}' is not known; ${suggest(unknown, known)}`);
}

function makeFolder(out: string): void {
  try {
    createFolder(out);
  } catch (error) {
    throw new StartError(`out: ${out}: cannot write there (${(error as Error).message}); choose another folder`);
  }
}

function override(path: string, value: unknown): Override {
  return { ...parseOverride(`${path}=`), value, text: `${path}=${JSON.stringify(value)}` };
}

class LabDriver implements DrivenLab {
  readonly #open: OpenLab;
  readonly #stage: Stage;
  readonly #names: Names;
  #closing: Promise<Verdict> | undefined;

  constructor(open: OpenLab) {
    this.#open = open;
    this.#names = new Names(open.lab);
    this.#stage = new Stage(scenarioLab(open), open.world.clock, open.recorder.observer);
  }

  async play(...steps: readonly Step[]): Promise<Verdict> {
    return this.#play(steps, this.play);
  }

  async register(ue: NamesOfNodes, options: Omit<RegistrationOptions, 'ue'> = {}): Promise<void> {
    await this.#play([register({ ue, ...options }, callerOf(this.register))], this.register);
  }

  async deregister(ue: NamesOfNodes, options: Omit<DeregistrationOptions, 'ue'> = {}): Promise<void> {
    await this.#play([deregister({ ue, ...options }, callerOf(this.deregister))], this.deregister);
  }

  messages(pattern: MessagePattern = {}): readonly LabMessage[] {
    return this.#logged(pattern).filter(hasCome).map(asLabMessage);
  }

  lost(pattern: MessagePattern = {}): readonly LabMessage[] {
    return this.#logged(pattern)
      .filter((message) => !hasCome(message))
      .map(asLabMessage);
  }

  state(node: string, machine: string): string | undefined {
    const paths = this.#open.recorder.observer.states.of(node).filter((path) => path.machine === machine);
    return paths.at(-1)?.states.at(-1)?.state;
  }

  identity(ue: string): string | undefined {
    return this.#open.running.ue(ue)?.publicIdentity;
  }

  get now(): number {
    return this.#open.world.clock.now();
  }

  close(checks: readonly CheckName[] = ['ts24229', 'invariants']): Promise<Verdict> {
    this.#closing ??= this.#close(checks);
    return this.#closing;
  }

  #logged(pattern: MessagePattern): readonly LoggedMessage[] {
    const [from, to] = [pattern.from, pattern.to].map((ends) => ends && this.#names.expand(ends, 'node', [], refuse));
    const compiled = compilePattern({ ...pattern, from, to });
    return this.#open.recorder.observer.messages.since(0).filter(({ record }) => compiled.matches(record));
  }

  /** @param called the method that the test has called: an error's stack begins with its caller */
  async #play(steps: readonly Step[], called: (...values: never[]) => unknown): Promise<Verdict> {
    if (this.#closing !== undefined) throw new UsageError('the lab is closed: no step can be played in it any more');
    const asked: { stack?: string } = {};
    Error.captureStackTrace(asked, called);
    const verdict = await this.#run(withNodes(steps, this.#names), []);
    if (verdict.passed) return verdict;
    const error = new ScenarioError(verdict);
    error.stack = `${error.name}: ${error.message}\n${asked.stack?.split('\n').slice(1).join('\n') ?? ''}`;
    throw error;
  }

  async #close(checks: readonly CheckName[]): Promise<Verdict> {
    const { conformance, lab: opened } = this.#open;
    const verdict = await this.#run([], checks, conformance).catch(async (error: Error) => {
      const failed = { passed: false, sentence: error.message };
      await this.#open.close(failureSummary(opened.file, error.message, 'checks'), failed).catch(() => {});
      throw error;
    });
    const held = { ...verdict, sentence: verdict.passed ? 'all checks passed' : verdict.sentence };
    await this.#open.close(summaryOf(opened.file, held), held);
    return held;
  }

  #run(
    steps: readonly Step[],
    checks: readonly CheckName[],
    conformance?: { finish(): ConformanceResult },
  ): Promise<Verdict> {
    const { world, recorder, lab: opened } = this.#open;
    const written = { ...scenario({ name: opened.file, steps }), checks };
    return world.perform<Verdict>((done) => {
      const { collector: trace, observer } = recorder;
      const { clock } = world;
      const part = { clock, trace, observer, clauseOf, conformance, stage: this.#stage };
      new ScenarioRun(written, this.#stage.lab, part).start(done);
    });
  }
}

function asLabMessage({ record }: LoggedMessage): LabMessage {
  const { id, fromNode: from, toNode: to, summary, time, bytes } = record;
  return { id, from, to, summary, time, bytes, field: (path) => readField(record, path) };
}

function refuse(_path: KeyPath, what: string, mend: string): never {
  throw new UsageError(`${what}; ${mend}`);
}
