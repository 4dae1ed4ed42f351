/** The program of a worker: loads the runner once, then plays what it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CaseRunner } from './case.js';
import type { ThreadData, ThreadMessage, ThreadOrder } from './case-thread.js';
import { refusalOf } from './refusal.js';

const { runnerModule } = workerData as ThreadData;
const { createCaseRunner } = (await import(runnerModule)) as { createCaseRunner: () => CaseRunner };
const runner = createCaseRunner();
/** Of what is being played. An interruption is the last that a worker is told before its end. */
let abort: (() => void) | undefined;
let isInterrupted = false;

function say(message: ThreadMessage): void {
  parentPort!.postMessage(message);
}

function onAbortable(abortThis: () => void): void {
  abort = abortThis;
  if (isInterrupted) abort();
}

parentPort!.on('message', (told: ThreadOrder) => {
  if (told.kind === 'interrupt') {
    isInterrupted = true;
    abort?.();
    return;
  }
  runner.play(told.order, onAbortable).then(
    (outcome) => say({ kind: 'played', outcome }),
    (error: unknown) => say({ kind: 'refused', refusal: refusalOf(error) }),
  );
});
say({ kind: 'ready' });
