/** Plays the requests of a file over one connection: in order, as often and as many at once as it says. */

import { readHeader } from '../diameter/codec/decode.js';
import type { ScriptedPeer } from '../diameter/script/scripted-peer.js';
import type { Clock } from '../environment/index.js';
import { readField } from '../selection/index.js';
import { judge, requestOctets, resultText, seen, UnmadeMessage } from './diameter-message.js';
import type { RequestScript, ScriptRequest } from './diameter-script.js';
import { type Lookup, MissingValue } from './diameter-values.js';
import { Latencies } from './latency.js';

/** What became of one request. */
export interface Exchange {
  /** From 1, in order of sending. */
  readonly number: number;
  /** Which play of the list, from 0. */
  readonly run: number;
  readonly request: ScriptRequest;
  /** False: it could not be made. */
  readonly isSent: boolean;
  readonly answer: Buffer | undefined;
  readonly latencyMs: number | undefined;
  /** Empty: it was as expected. */
  readonly wrong: readonly string[];
}

export interface RequestCounts {
  readonly request: ScriptRequest;
  sent: number;
  answered: number;
  failed: number;
  readonly latencies: Latencies;
  /** `2001 FIRST_REGISTRATION` → how often. */
  readonly results: Map<string, number>;
}

export interface PlayerOptions {
  readonly script: RequestScript;
  readonly peer: ScriptedPeer;
  readonly clock: Clock;
  /** A new Session-Id. */
  readonly sessionId: () => string;
  readonly onExchange: (exchange: Exchange) => void;
  /** All is played, or the connection has ended. */
  readonly onDone: () => void;
}

export class Player {
  readonly counts: ReadonlyMap<ScriptRequest, RequestCounts>;
  #nextRun = 0;
  #running = 0;
  #number = 0;
  #isStopped = false;
  /** When the next request may leave. */
  #nextSlot = 0;

  constructor(private readonly options: PlayerOptions) {
    const { requests } = options.script;
    this.counts = new Map(
      requests.map((request) => [
        request,
        { request, sent: 0, answered: 0, failed: 0, latencies: new Latencies(), results: new Map() },
      ]),
    );
  }

  start(): void {
    const { concurrency, repeat } = this.options.script;
    this.#nextSlot = this.options.clock.now();
    for (let i = 0; i < Math.min(concurrency, repeat); i++) this.#begin();
  }

  /** Begins nothing more; `onDone` comes when what is under way has ended. */
  stop(): void {
    this.#isStopped = true;
  }

  #begin(): void {
    const run = this.#nextRun;
    this.#nextRun += 1;
    this.#running += 1;
    new Play(this.options, this, run).start();
  }

  runEnded(): void {
    this.#running -= 1;
    const { peer } = this.options;
    if (!this.#isStopped && peer.isOpen && this.#nextRun < this.options.script.repeat) this.#begin();
    else if (this.#running === 0) this.options.onDone();
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  /** Milliseconds until the rate allows the next request, which is taken for sent then. */
  takeSlot(): number {
    const { script, clock } = this.options;
    if (script.rate === undefined) return 0;
    const now = clock.now();
    // A burst does not make up for time in which nothing was to be sent, but for a slice of it: timers are coarse.
    const slot = Math.max(this.#nextSlot, now - BURST_MS);
    this.#nextSlot = slot + 1000 / script.rate;
    return Math.max(0, slot - now);
  }

  note(exchange: Exchange): void {
    const counts = this.counts.get(exchange.request)!;
    const { answer, latencyMs, wrong } = exchange;
    if (exchange.isSent) counts.sent += 1;
    if (answer !== undefined) {
      counts.answered += 1;
      const result = resultText(answer);
      counts.results.set(result, (counts.results.get(result) ?? 0) + 1);
    }
    if (latencyMs !== undefined) counts.latencies.add(latencyMs);
    if (wrong.length > 0) counts.failed += 1;
    this.options.onExchange(exchange);
  }
}

const BURST_MS = 20;

/** What an answer has as its request has it (RFC 6733 6.2); its hop-by-hop identifier is how it was found. */
const alike = [
  ['command', 'command'],
  ['application', 'application'],
  ['endToEnd', 'end-to-end identifier'],
] as const;

/** It came in the place of an answer, and is none to that request. */
function differences(request: Buffer, answer: Buffer): readonly string[] {
  const asked = readHeader(request);
  const got = readHeader(answer);
  return alike.flatMap(([key, name]) =>
    asked[key] === got[key] ? [] : [`${name} is ${got[key]}, not ${asked[key]} as in the request (RFC 6733 6.2)`],
  );
}

/** One play of the list. */
class Play {
  readonly #captured = new Map<string, string>();
  #index = 0;
  #repeat = 0;

  constructor(
    private readonly options: PlayerOptions,
    private readonly player: Player,
    private readonly run: number,
  ) {}

  start(): void {
    this.#next();
  }

  #next(): void {
    const request = this.options.script.requests[this.#index];
    if (request === undefined || this.#isOver) {
      this.player.runEnded();
      return;
    }
    const wait = request.pauseMs + this.player.takeSlot();
    if (wait === 0) this.#send(request);
    else this.options.clock.setTimer(wait, () => (this.#isOver ? this.player.runEnded() : this.#send(request)));
  }

  get #isOver(): boolean {
    return this.player.isStopped || !this.options.peer.isOpen;
  }

  #send(request: ScriptRequest): void {
    const { peer, clock, script, sessionId } = this.options;
    const exchange = { number: this.player.nextNumber(), run: this.run, request, isSent: true };
    const bytes = this.#octets(request, { endToEnd: peer.nextEndToEnd(), sessionId: sessionId(), peer }, script);
    if (typeof bytes === 'string') {
      // Not at once: a list that cannot be made would be played inside itself.
      clock.setTimer(0, () =>
        this.#ended({ ...exchange, isSent: false, answer: undefined, latencyMs: undefined, wrong: [bytes] }),
      );
      return;
    }
    const began = clock.now();
    const onAnswer = (answer: Buffer | undefined): void => {
      timer.cancel();
      const latencyMs = answer === undefined ? undefined : clock.now() - began;
      this.#ended({ ...exchange, answer, latencyMs, wrong: this.#judge(request, bytes, answer, latencyMs) });
    };
    const timer = clock.setTimer(request.timeoutMs, () => {
      peer.forget(onAnswer);
      const wrong = request.expect.answer ? [`no answer came in ${request.timeoutMs} ms`] : [];
      this.#ended({ ...exchange, answer: undefined, latencyMs: undefined, wrong });
    });
    peer.send({ bytes, onAnswer });
  }

  #octets(request: ScriptRequest, ids: Parameters<typeof requestOctets>[2], script: RequestScript): Buffer | string {
    try {
      return requestOctets(request, script.identity, ids, this.#lookup);
    } catch (error) {
      if (error instanceof MissingValue || error instanceof UnmadeMessage || error instanceof RangeError) {
        return `it could not be made: ${error.message}`;
      }
      throw error;
    }
  }

  #judge(
    request: ScriptRequest,
    sent: Buffer,
    answer: Buffer | undefined,
    latencyMs: number | undefined,
  ): readonly string[] {
    const { expect, capture } = request;
    // Nobody has waited for it.
    if (answer === undefined && this.player.isStopped) return [];
    if (answer === undefined) return ['the connection ended before an answer came'];
    if (!expect.answer) return [`an answer came: ${resultText(answer)}`];
    const foreign = differences(sent, answer);
    if (foreign.length > 0) return foreign;
    const uncaptured = Object.entries(capture).flatMap(([name, path]) => {
      const [value] = readField(seen(answer), path);
      if (value === undefined) return [`${path} is absent, so that nothing is called \${${name}}`];
      this.#captured.set(name, value);
      return [];
    });
    const { withinMs } = expect;
    const isLate = withinMs !== undefined && latencyMs !== undefined && latencyMs > withinMs;
    const late = isLate ? [`the answer took ${latencyMs.toFixed(1)} ms, not ${withinMs} ms at most`] : [];
    try {
      const wrong = judge(answer, expect, this.#lookup);
      // What an answer with another result lacks is no news.
      return [...(wrong.length > 0 ? wrong : uncaptured), ...late];
    } catch (error) {
      if (error instanceof MissingValue) return [error.message];
      throw error;
    }
  }

  readonly #lookup: Lookup = (name) => {
    if (name === 'run') return String(this.run);
    if (name === 'repeat') return String(this.#repeat);
    return this.#captured.get(name) ?? this.options.script.values.get(name);
  };

  #ended(exchange: Exchange): void {
    this.player.note(exchange);
    this.#repeat += 1;
    if (this.#repeat >= exchange.request.repeat) {
      this.#repeat = 0;
      this.#index += 1;
    }
    this.#next();
  }
}
