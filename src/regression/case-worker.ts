/** The program of a worker: loads the runner once, then plays what it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CaseOrder, CaseRunner } from './case.js';
import type { ThreadData, ThreadMessage } from './case-thread.js';
import { refusalOf } from './refusal.js';

const { runnerModule } = workerData as ThreadData;
const { createCaseRunner } = (await import(runnerModule)) as { createCaseRunner: () => CaseRunner };
const runner = createCaseRunner();

function say(message: ThreadMessage): void {
  parentPort!.postMessage(message);
}

parentPort!.on('message', (order: CaseOrder) => {
  runner.play(order).then(
    (outcome) => say({ kind: 'played', outcome }),
    (error: unknown) => say({ kind: 'refused', refusal: refusalOf(error) }),
  );
});
say({ kind: 'ready' });
