/** The watchdog of one peer: `watchdog.machine.ts` with Tw, which draws its jitter here (RFC 3539 3.4.1; RFC 6733 5.5). */
import type { Timer } from '../../environment/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { LocalNode } from './local-node.js';
import { watchdogMachine } from './watchdog.machine.js';

/** Tw is never shorter, and varies by up to 2 s either way (RFC 3539 3.4.1). */
const watchdogMsMin = 6_000;
const watchdogJitterMs = 2_000;

/** The peer that it watches. */
export interface Watched {
  readonly name: string;
  /** DWR; returns its Hop-by-Hop id. */
  sendWatchdog(): number;
  failOver(): void;
  failBack(): void;
  /** It does not answer. */
  closeForWatchdog(): void;
}

export class Watchdog {
  readonly #local: LocalNode;
  readonly #machine: Instance<typeof watchdogMachine>;
  #timer: Timer | undefined;
  #intervalMs = 0;
  #lastHeard = 0;
  /** Of the last DWR. */
  #hopByHop = 0;

  constructor(
    local: LocalNode,
    readonly watched: Watched,
  ) {
    this.#local = local;
    this.#machine = local.machines.create(watchdogMachine, {
      id: `diameterWatchdog:${watched.name}`,
      input: undefined,
      owner: this as Watchdog,
      effects: watchdogEffects,
    });
  }

  get state(): string {
    return this.#machine.state;
  }

  connectionUp(): void {
    this.#machine.send({ type: 'connection.up' });
  }

  connectionDown(): void {
    this.#machine.send({ type: 'connection.down' });
  }

  /** A DWA. False: nobody has asked for it. */
  answered(hopByHop: number): boolean {
    if (hopByHop !== this.#hopByHop) return false;
    this.#machine.send({ type: 'watchdog.answer' });
    return true;
  }

  /**
   * A message other than DWA. In `okay` the table's row is SetWatchdog() and nothing else, so the time is noted
   * without an event: an event a message would fill the trace.
   */
  heard(): void {
    if (this.#machine.state === 'okay') this.#lastHeard = this.#local.environment.clock.now();
    else this.#machine.send({ type: 'peer.message' });
  }

  stop(): void {
    this.clear();
    this.#machine.stop();
  }

  /** SetWatchdog() (RFC 3539 3.4.1). */
  set(): void {
    const { clock, random } = this.#local.environment;
    const jitter = (2 * random.fraction() - 1) * watchdogJitterMs;
    this.#intervalMs = Math.max(watchdogMsMin, this.#local.timers.watchdogMs) + jitter;
    this.#lastHeard = clock.now();
    this.#arm(this.#intervalMs);
  }

  clear(): void {
    this.#timer?.cancel();
  }

  ask(): void {
    this.#hopByHop = this.watched.sendWatchdog();
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#local.environment.clock.setTimer(delayMs, () => this.#onTimer());
  }

  #onTimer(): void {
    const rest = this.#lastHeard + this.#intervalMs - this.#local.environment.clock.now();
    if (rest > 0) this.#arm(rest);
    else this.#machine.send({ type: 'timer.watchdog' });
  }
}

const watchdogEffects: EffectsOf<typeof watchdogMachine, Watchdog> = {
  setWatchdog: (_, watchdog) => watchdog.set(),
  clearWatchdog: (_, watchdog) => watchdog.clear(),
  sendWatchdog: (_, watchdog) => watchdog.ask(),
  failOver: (_, { watched }) => watched.failOver(),
  failBack: (_, { watched }) => watched.failBack(),
  closeConnection: (_, { watched }) => watched.closeForWatchdog(),
};
