/** A lab without a network: UEs that do what a test tells them, on virtual time. */

import type { NoteRecord, Trace, TraceRecord } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import type { CallOutcome, RegistrationOutcome, UeNode } from '../../src/ims/ue/ue.js';
import type { MediaReport } from '../../src/media/index.js';
import { dialledIdentity } from '../../src/scenario/dialled-identity.js';
import { loadScenario } from '../../src/scenario/load-scenario.js';
import { RunObserver } from '../../src/scenario/observer.js';
import { ScenarioRun } from '../../src/scenario/runner.js';
import type { Verdict } from '../../src/scenario/verdict.js';
import type { Lab } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { TestFolder, topologyText } from '../topology/files.js';

export const media: MediaReport = {
  sent: 100,
  received: 100,
  lost: 0,
  jitterMs: 0.4,
  outOfOrder: 0,
  duplicates: 0,
  rtcpSent: 1,
  rtcpReceived: 1,
  problems: [],
};

export const registered: RegistrationOutcome = {
  success: true,
  status: 200,
  expires: 600_000,
  reason: 'registered',
  clause: undefined,
};

export const released: CallOutcome = {
  success: true,
  state: 'released',
  status: 200,
  reason: 'released',
  clause: undefined,
  ringingAfterMs: 300,
  answeredAfterMs: 800,
  media,
};

interface Behaviour {
  readonly registration?: RegistrationOutcome | 'silent';
  readonly call?: CallOutcome | 'silent';
  /** What the callee reports of the call. */
  readonly incoming?: CallOutcome;
}

export class FakeLab {
  readonly simulation = createSimulation({ seed: 1 });
  readonly observer = new RunObserver();
  readonly records: TraceRecord[] = [];
  readonly lab: Lab;
  readonly stopped: string[] = [];
  readonly #ues = new Map<string, UeNode>();
  readonly #folder = new TestFolder();

  constructor(behaviours: Readonly<Record<string, Behaviour>>) {
    this.lab = loadLab(this.#folder.write('t.yaml', topologyText()));
    for (const [name, behaviour] of Object.entries(behaviours)) this.#ues.set(name, this.#ue(name, behaviour));
  }

  readonly trace: Trace = {
    inspecting: false,
    acting: undefined,
    write: (record) => {
      this.records.push(record);
      this.observer.listener(record);
    },
  };

  ue(name: string): UeNode | undefined {
    return this.#ues.get(name);
  }

  startNode(name: string, done: (failure: undefined) => void): void {
    this.stopped.splice(this.stopped.indexOf(name), 1);
    done(undefined);
  }

  stopNode(name: string, done: () => void): void {
    this.stopped.push(name);
    done();
  }

  cause(node: string, what: string, text: string): void {
    const note: NoteRecord = { kind: 'note', time: this.simulation.clock.now(), node, what, text, clause: undefined };
    this.trace.write(note);
  }

  /** Runs the scenario of this YAML text to its end. */
  run(text: string, during?: (run: ScenarioRun) => void): Verdict {
    const scenario = loadScenario(this.#folder.write('s.yaml', text), this.lab);
    this.#folder.remove();
    const run = new ScenarioRun(scenario, this, {
      clock: this.simulation.clock,
      trace: this.trace,
      observer: this.observer,
    });
    let verdict: Verdict | undefined;
    run.start((result) => {
      verdict = result;
    });
    during?.(run);
    this.simulation.run({ until: () => verdict !== undefined });
    if (verdict === undefined) throw new Error('the scenario hangs');
    return verdict;
  }

  #ue(name: string, { registration = registered, call = released, incoming }: Behaviour): UeNode {
    const { clock } = this.simulation;
    let listener: ((outcome: CallOutcome) => void) | undefined;
    let callCount = 0;
    const answer = (done: (outcome: RegistrationOutcome) => void): void => {
      if (registration !== 'silent') clock.setTimer(50, () => done(registration));
    };
    return {
      name,
      state: 'serving',
      failure: undefined,
      instanceCount: 0,
      publicIdentity: dialledIdentity(name, this.lab)!,
      start: () => undefined,
      stop: () => undefined,
      register: answer,
      deregister: answer,
      call: (target, { holdForMs }, done) => {
        if (call === 'silent') return;
        const callee = [...this.#ues.values()].find(({ publicIdentity }) => publicIdentity === target) as
          | FakeUe
          | undefined;
        clock.setTimer(800 + holdForMs, () => {
          callCount++;
          const callId = `call-${callCount}@${name}`;
          callee?.endIncoming(callId);
          done({ ...call, callId });
        });
      },
      onIncomingCallEnded: (next) => {
        listener = next;
      },
      endIncoming: (callId) => listener?.({ ...(incoming ?? released), callId }),
    } as FakeUe;
  }
}

interface FakeUe extends UeNode {
  endIncoming(callId: string): void;
}
