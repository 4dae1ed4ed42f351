/** One worker that plays cases, behind what the pool needs of it. */
import { Worker } from 'node:worker_threads';
import type { CaseOrder, CaseOutcome } from './case.js';

/** Why a case has no outcome. */
export interface Refusal {
  readonly end: 'broken' | 'not-started' | 'crashed';
  readonly sentence: string;
  readonly explanation: readonly string[];
  readonly where: string | undefined;
}

/** What a worker says. `ready` once, then one answer to each order. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'played'; readonly outcome: CaseOutcome }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface ThreadHandlers {
  onMessage(message: ThreadMessage): void;
  /** It is gone, by itself. Nothing more comes. */
  onGone(why: Error): void;
}

/** What a worker is told. */
export type ThreadOrder =
  | { readonly kind: 'play'; readonly order: CaseOrder }
  /** What is being played ends in order, and is answered with what there is. */
  | { readonly kind: 'interrupt' };

export interface CaseThread {
  play(order: CaseOrder): void;
  /** Ends what it plays in order: its answer comes as ever, if it can still give one. */
  interrupt(): void;
  /** Ends it whatever it does; `onGone` is not called. */
  end(): void;
}

export type StartThread = (handlers: ThreadHandlers) => CaseThread;

/** What a worker is started with: the module whose `createCaseRunner` makes its runner. */
export interface ThreadData {
  readonly runnerModule: string;
}

/** Threads of this process: an endless loop or a crash in one leaves the others alone. */
export function workerThreads(runnerModule: URL): StartThread {
  return ({ onMessage, onGone }) => {
    const data: ThreadData = { runnerModule: runnerModule.href };
    const worker = new Worker(new URL('./case-worker.js', import.meta.url), { workerData: data });
    let isGone = false;
    const gone = (why: Error): void => {
      if (isGone) return;
      isGone = true;
      void worker.terminate();
      onGone(why);
    };
    worker.on('message', (message: ThreadMessage) => {
      if (!isGone) onMessage(message);
    });
    worker.on('error', gone);
    worker.on('exit', (code) => gone(new Error(`the worker ended with status ${code}`)));
    const tell = (order: ThreadOrder): void => worker.postMessage(order);
    return {
      play: (order) => tell({ kind: 'play', order }),
      interrupt: () => tell({ kind: 'interrupt' }),
      end: () => {
        isGone = true;
        void worker.terminate();
      },
    };
  };
}
