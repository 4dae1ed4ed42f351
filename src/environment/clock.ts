/** A running timer. Cancelling one that has fired or was cancelled before is harmless. */
export interface Timer {
  cancel(): void;
}

/** Time as a node sees it. */
export interface Clock {
  /** Milliseconds since the Unix epoch, never going backwards; may carry a fraction. */
  now(): number;
  /**
   * Calls back once, `delayMs` from now (0 = after what runs now has ended; never synchronously). One function may serve
   * many owners, each the argument of its timer: a closure of each would be kept for as long as its timer runs.
   */
  setTimer<Argument>(delayMs: number, callback: (argument: Argument) => void, argument?: Argument): Timer;
}
