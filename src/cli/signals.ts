/**
 * Ctrl-C and SIGTERM: the first ends the run in order, the second at once (capture and trace are whole up to then, and
 * ladder.md and result.json are not written).
 */
import { EXIT_INTERRUPTED } from './exit.js';

export interface Interrupt {
  readonly happened: boolean;
  /** What the first signal does from now on; at once if it has come already. */
  handle(handler: () => void): void;
  /** Signals end the process as usual again. */
  forget(): void;
}

/** SIGHUP, as daemons take it: read what you read again. Gives back what ends that. */
export function onHangup(handler: () => void): () => void {
  process.on('SIGHUP', handler);
  return () => void process.off('SIGHUP', handler);
}

export function onInterrupt(): Interrupt {
  let happened = false;
  let handler: (() => void) | undefined;
  const onSignal = (): void => {
    if (happened) process.exit(EXIT_INTERRUPTED);
    happened = true;
    console.error('Ending in order; once more ends at once.');
    handler?.();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    get happened() {
      return happened;
    },
    handle(next) {
      handler = next;
      if (happened) next();
    },
    forget() {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}
