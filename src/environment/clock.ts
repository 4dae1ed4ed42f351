/** A running timer. Cancelling one that has fired or was cancelled before is harmless. */
export interface Timer {
  cancel(): void;
}

/** Time as a node sees it. */
export interface Clock {
  /** Milliseconds since the Unix epoch, never going backwards; may carry a fraction. */
  now(): number;
  /** Calls back once, `delayMs` from now (0 = after what runs now has ended; never synchronously). */
  setTimer(delayMs: number, callback: () => void): Timer;
}
