/** A lab that a test drives step by step: for suites of jest, vitest or node:test. */
import { type ConformanceResult, clauseOf } from '../conformance/index.js';
import { callerOf } from '../scenario/language/place.js';
import { scenario } from '../scenario/language/scenario.js';
import { deregister, type Names, type RegistrationOptions, register } from '../scenario/language/steps.js';
import type { CheckName, Step } from '../scenario/model.js';
import { ScenarioRun } from '../scenario/run/scenario-run.js';
import { Stage } from '../scenario/run/stage.js';
import type { Verdict } from '../scenario/run/verdict.js';
import { compilePattern, type MessagePattern, readField } from '../selection/index.js';
import { findTopology } from '../topology/find-file.js';
import { loadLab } from '../topology/load.js';
import { type Override, parseOverride } from '../topology/source.js';
import type { LadderVerdict } from '../trace/index.js';
import { StartError, UsageError } from './errors.js';
import { createFolder } from './folder.js';
import { OpenLab } from './open-lab.js';
import { scenarioLab } from './scenario-lab.js';

export interface LabOptions {
  /** File or name of a topology; `volte` where absent. */
  readonly topology?: string | undefined;
  /** Changes of it: `{ 'nodes.ue2.call.answer': 'busy' }`. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  /** Virtual time and a simulated network, the default; `real`: sockets of this machine. */
  readonly environment?: 'simulated' | 'real' | undefined;
  /** Everything random in a simulated run follows from it; 1 where absent. */
  readonly seed?: number | undefined;
  /** Where capture.pcapng, trace.jsonl and ladder.md go; none are written where absent. */
  readonly out?: string | undefined;
  /** Machines as XState actors, with full contexts in the trace. */
  readonly inspect?: boolean | undefined;
}

/** A message as it passed over the network. */
export interface LabMessage {
  /** Names of nodes. */
  readonly from: string;
  readonly to: string;
  /** `200 OK (REGISTER)`, `UAA 2001 FIRST_REGISTRATION` */
  readonly summary: string;
  /** Milliseconds since the Unix epoch, of the environment's clock. */
  readonly time: number;
  readonly bytes: Buffer;
  /** The values of a field, `Contact.expires` or `SIP-Auth-Data-Item.SIP-Authenticate`; none where it is not there. */
  field(path: string): readonly string[];
}

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
    await open.close(open.lab.file, [{ check: 'start', passed: false, detail: message }], failed).catch(() => {});
    throw error;
  }
  return new DrivenLab(open);
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

export class DrivenLab {
  readonly #open: OpenLab;
  readonly #stage: Stage;
  #closing: Promise<Verdict> | undefined;

  /** Use `lab()`. */
  constructor(open: OpenLab) {
    this.#open = open;
    this.#stage = new Stage(scenarioLab(open), open.world.clock, open.recorder.observer);
  }

  /** Plays steps one after the other. Throws ScenarioError with the first that fails; the lab may be used on. */
  async play(...steps: readonly Step[]): Promise<Verdict> {
    return this.#play(steps, this.play);
  }

  async register(ue: Names, options: Omit<RegistrationOptions, 'ue'> = {}): Promise<void> {
    await this.#play([register({ ue, ...options }, callerOf(this.register))], this.register);
  }

  async deregister(ue: Names, options: Omit<RegistrationOptions, 'ue'> = {}): Promise<void> {
    await this.#play([deregister({ ue, ...options }, callerOf(this.deregister))], this.deregister);
  }

  /** Those that match, in order of sending; all where no pattern is given. Of RTP and RTCP the first of each stretch. */
  messages(pattern: MessagePattern = {}): readonly LabMessage[] {
    const compiled = compilePattern(pattern);
    return this.#open.recorder.observer.messages
      .since(0)
      .map(({ record }) => record)
      .filter((record) => compiled.matches(record))
      .map((record) => ({
        from: record.fromNode,
        to: record.toNode,
        summary: record.summary,
        time: record.time,
        bytes: record.bytes,
        field: (path) => readField(record, path),
      }));
  }

  /** The state of the node's newest machine of that id, such as `registered` of `registration`. */
  state(node: string, machine: string): string | undefined {
    const paths = this.#open.recorder.observer.states.of(node).filter((path) => path.machine === machine);
    return paths.at(-1)?.states.at(-1)?.state;
  }

  /** The identity that a UE is called at. */
  identity(ue: string): string | undefined {
    return this.#open.running.ue(ue)?.publicIdentity;
  }

  /** The environment's time, ms since the Unix epoch. */
  get now(): number {
    return this.#open.world.clock.now();
  }

  /**
   * Stops the nodes and completes the files. The verdict is that of the checks, the rules of the specifications and the
   * invariants where none are named; a second call gives the first one's verdict, whatever it names. Await what is played first.
   */
  close(checks: readonly CheckName[] = ['ts24229', 'invariants']): Promise<Verdict> {
    this.#closing ??= this.#close(checks);
    return this.#closing;
  }

  /** @param called the method that the test has called: an error's stack begins with its caller */
  async #play(steps: readonly Step[], called: (...values: never[]) => unknown): Promise<Verdict> {
    if (this.#closing !== undefined) throw new UsageError('the lab is closed: no step can be played in it any more');
    const asked: { stack?: string } = {};
    Error.captureStackTrace(asked, called);
    const verdict = await this.#run(steps, []);
    if (verdict.passed) return verdict;
    const error = new ScenarioError(verdict);
    error.stack = `${error.name}: ${error.message}\n${asked.stack?.split('\n').slice(1).join('\n') ?? ''}`;
    throw error;
  }

  async #close(checks: readonly CheckName[]): Promise<Verdict> {
    const { conformance, lab: opened } = this.#open;
    const close = (verdicts: readonly LadderVerdict[], result: unknown): Promise<void> =>
      this.#open.close(opened.file, verdicts, result);
    const verdict = await this.#run([], checks, conformance).catch(async (error: Error) => {
      await close([], { passed: false, sentence: error.message }).catch(() => {});
      throw error;
    });
    const held = { ...verdict, sentence: verdict.passed ? 'all checks passed' : verdict.sentence };
    await close([{ check: 'checks', passed: held.passed, detail: held.sentence }, ...held.checks], held);
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
