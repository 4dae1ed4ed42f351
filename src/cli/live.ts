/** What a terminal shows of a run while it goes on: the ladder, and under --log-level debug each message. */
import { ladderOrder } from '../lab/recorder.js';
import type { Lab } from '../topology/lab.js';
import { LiveLadder, type RecordListener } from '../trace/index.js';
import type { Logger } from './logger.js';
import type { Terminal } from './terminal.js';

export interface LiveView {
  readonly listeners: readonly RecordListener[];
  /** Draws what is still held back. */
  flush(): void;
}

/** @param stepMax events drawn of one step; all where absent */
export function liveView(
  lab: Lab,
  { width, colours, line }: Terminal,
  logger: Logger,
  stepMax?: number | undefined,
): LiveView {
  const ladder = new LiveLadder({ nodes: ladderOrder(lab), width, colours, stepMax }, line);
  const listeners: RecordListener[] = [ladder.listener];
  if (logger.debugging) {
    listeners.push((record) => {
      if (record.kind === 'message') logger.debug(`${record.fromNode} → ${record.toNode}: ${record.summary}`);
    });
  }
  return { listeners, flush: () => ladder.endStep() };
}
