/** Answers requests as a file says. */

import { readHeader } from '../diameter/codec/decode.js';
import type { ScriptedPeer } from '../diameter/script/scripted-peer.js';
import type { Clock } from '../environment/index.js';
import { parseFieldPath, readField } from '../selection/index.js';
import { answerOctets, matchesAll, seen, UnmadeMessage } from './diameter-message.js';
import type { Script, ScriptAnswer } from './diameter-script.js';
import { type Lookup, MissingValue } from './diameter-values.js';

export interface Answered {
  readonly request: Buffer;
  /** Undefined: no entry of the file fits. */
  readonly rule: ScriptAnswer | undefined;
  readonly did: 'answered' | 'dropped' | 'disconnected' | 'failed';
  readonly answer: Buffer | undefined;
  /** Why the answer could not be made. */
  readonly reason: string | undefined;
}

/** What is said to a request that no entry fits: COMMAND_UNSUPPORTED (RFC 6733 7.1.3). */
const unmatched: ScriptAnswer = {
  name: 'none',
  command: undefined,
  application: undefined,
  where: {},
  times: Number.POSITIVE_INFINITY,
  flags: undefined,
  avps: {},
  without: new Set(),
  defaults: true,
  result: { code: 3001, vendor: undefined },
  delayMs: 0,
  drop: false,
  disconnect: false,
};

export class Answerer {
  readonly #used = new Map<ScriptAnswer, number>();
  #count = 0;

  constructor(
    private readonly script: Script,
    private readonly clock: Clock,
    /** Hears of each request when it has been dealt with. */
    private readonly onAnswered: (answered: Answered) => void,
  ) {}

  onRequest(peer: ScriptedPeer, request: Buffer): void {
    this.#count += 1;
    const count = this.#count;
    const rule = this.#ruleFor(request);
    if (rule !== undefined) this.#used.set(rule, (this.#used.get(rule) ?? 0) + 1);
    const act = (): void => this.onAnswered(this.#act(peer, request, rule, count));
    if (rule === undefined || rule.delayMs === 0) act();
    else this.clock.setTimer(rule.delayMs, act);
  }

  /** How many requests each entry of the file has got. */
  get used(): ReadonlyMap<ScriptAnswer, number> {
    return this.#used;
  }

  #ruleFor(request: Buffer): ScriptAnswer | undefined {
    const { command, application } = readHeader(request);
    return this.script.answers.find(
      (rule) =>
        (rule.command === undefined || rule.command.code === command) &&
        (rule.application === undefined || rule.application.id === application) &&
        (this.#used.get(rule) ?? 0) < rule.times &&
        matchesAll(request, rule.where),
    );
  }

  #act(peer: ScriptedPeer, request: Buffer, rule: ScriptAnswer | undefined, count: number): Answered {
    const done = { request, rule, answer: undefined, reason: undefined };
    if (rule?.drop === true) return { ...done, did: 'dropped' };
    if (rule?.disconnect === true) {
      peer.breakOff();
      return { ...done, did: 'disconnected' };
    }
    try {
      const answer = answerOctets(rule ?? unmatched, this.script.identity, request, this.#lookup(request, count));
      peer.write(answer);
      return { ...done, did: 'answered', answer };
    } catch (error) {
      if (!(error instanceof UnmadeMessage) && !(error instanceof MissingValue)) throw error;
      return { ...done, did: 'failed', reason: error.message };
    }
  }

  /** `${count}`, the file's values, and fields of the request by their paths. */
  #lookup(request: Buffer, count: number): Lookup {
    return (name) => {
      if (name === 'count') return String(count);
      const value = this.script.values.get(name);
      if (value !== undefined) return value;
      return readField(seen(request), parseFieldPath(name, 'diameter').text)[0];
    };
  }
}
