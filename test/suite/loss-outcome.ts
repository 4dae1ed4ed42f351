/**
 * What became of the first registration or call in a trace: how it ended for the UE, with which answer, and which timer of which
 * node was behind it. A failure that no timer explains is told as such.
 */
import type { MessageRecord, TraceRecord, TransitionRecord } from '../../src/environment/index.js';
import type { CallEnd } from './call-model.js';
import type { RegistrationEnd } from './registration-model.js';

export interface LossOutcome<TEnd extends string> {
  readonly end: TEnd | `unexplained: ${string}`;
  /** `504 of icscf1`; absent where none came. */
  readonly answer: string | undefined;
  /** Since the run began, ms. */
  readonly afterMs: number;
  /** Until the UE was registered again by itself, ms. */
  readonly recoveredAfterMs: number | undefined;
}

/** What has expired so far, and what was said. */
class Evidence {
  readonly #timers: string[] = [];
  readonly #notes: string[] = [];
  readonly #refusals = new Map<number, MessageRecord>();
  readonly #first = new Map<string, MessageRecord>();

  note(record: TraceRecord): void {
    if (record.kind === 'timer') this.#timers.push(`${record.node} ${record.machine} ${record.timer} ${record.actor}`);
    else if (record.kind === 'note') this.#notes.push(`${record.node} ${record.what}`);
    else if (record.kind === 'message' && record.protocol === 'sip') this.#noteRefusal(record);
  }

  /** The timer of that node's machine has expired, where the instance's name begins like that. */
  expired(node: string, machine: string, timer: string, actor = ''): boolean {
    return this.#timers.some((each) => each.startsWith(`${node} ${machine} ${timer} ${actor}`));
  }

  said(node: string, what: string): boolean {
    return this.#notes.includes(`${node} ${what}`);
  }

  /** The refusal of that id, and who made it. */
  answer(id: number | undefined): Answer | undefined {
    const response = id === undefined ? undefined : this.#refusals.get(id);
    if (response === undefined) return undefined;
    const { summary } = response;
    const [, method = ''] = /\((\w+)\)$/.exec(summary) ?? [];
    return { status: Number.parseInt(summary, 10), method, node: this.#first.get(summary)!.fromNode };
  }

  #noteRefusal(record: MessageRecord): void {
    const { summary } = record;
    if (summary[0]! < '3' || summary[0]! > '6') return;
    this.#refusals.set(record.id, record);
    if (!this.#first.has(summary)) this.#first.set(summary, record);
  }
}

interface Answer {
  readonly status: number;
  readonly method: string;
  readonly node: string;
}

abstract class LossWitness<TEnd extends string> {
  protected readonly evidence = new Evidence();
  #outcome: Omit<LossOutcome<TEnd>, 'recoveredAfterMs'> | undefined;
  #startedAt: number | undefined;
  #recoveredAfterMs: number | undefined;

  /** The outcome, once the run has ended. */
  get outcome(): LossOutcome<TEnd> {
    if (this.#outcome === undefined) throw new Error('nothing has ended');
    return { ...this.#outcome, recoveredAfterMs: this.#recoveredAfterMs };
  }

  readonly listener = (record: TraceRecord): void => {
    this.#startedAt ??= record.time;
    if (this.#outcome === undefined) {
      this.evidence.note(record);
      if (record.kind === 'transition' && record.node === 'ue1') this.onTransition(record);
    } else if (record.kind === 'transition') this.#noteRecovery(record, this.#outcome.afterMs + this.#startedAt);
  };

  protected abstract onTransition(record: TransitionRecord): void;

  protected finish(record: TransitionRecord, end: TEnd | undefined): void {
    const answer = this.evidence.answer(record.message);
    const said = answer === undefined ? undefined : `${answer.status} of ${answer.node}`;
    const unexplained = `unexplained: ${record.event} ${said ?? ''}` as const;
    this.#outcome = { end: end ?? unexplained, answer: said, afterMs: record.time - this.#startedAt! };
  }

  #noteRecovery({ node, machine, to, time }: TransitionRecord, failedAt: number): void {
    if (node === 'ue1' && machine === 'registration' && to === 'registered') this.#recoveredAfterMs ??= time - failedAt;
  }
}

export class RegistrationWitness extends LossWitness<RegistrationEnd> {
  protected onTransition(record: TransitionRecord): void {
    const { machine, from, to } = record;
    if (machine !== 'registration' || !from.startsWith('registering') || to.startsWith('registering')) return;
    this.finish(record, to === 'registered' ? 'registered' : this.#failure(record));
  }

  #failure({ message, to }: TransitionRecord): RegistrationEnd | undefined {
    const { evidence } = this;
    if (to !== 'backingOff') return undefined; // it would not come back
    const answer = evidence.answer(message);
    if (answer === undefined) {
      return evidence.expired('ue1', 'nonInviteClientTransaction', 'timerF', 'REGISTER') ? 'proxySilent' : undefined;
    }
    const { status, node } = answer;
    if (status !== 504) return undefined;
    if (node === 'icscf1') return evidence.said(node, 'cause.servingNodeUnreachable') ? 'servingNodeSilent' : undefined;
    const isTimerF = evidence.expired(node, 'nonInviteClientTransaction', 'timerF', 'REGISTER');
    return node === 'pcscf1' && isTimerF ? 'interrogatingNodeSilent' : undefined;
  }
}

/** What the caller's own timers do, by the event that they make. */
const ownTimers: Readonly<Record<string, CallEnd>> = {
  'timer.answerMax': 'ringingTooLong',
  'timer.setupMax': 'setupTooLong',
};

export class CallWitness extends LossWitness<CallEnd> {
  #actor: string | undefined;

  protected onTransition(record: TransitionRecord): void {
    const { machine, from, to, event, actor } = record;
    if (machine !== 'originatingCall') return;
    this.#actor ??= actor;
    if (actor !== this.#actor) return;
    if (to === 'released') this.finish(record, this.#release(record));
    else if (from.startsWith('setup') && to === 'failed') this.finish(record, this.#refusal(record));
    else if (to === 'cancelling') this.finish(record, ownTimers[event] ?? this.#unanswered(record));
  }

  #release({ event, from }: TransitionRecord): CallEnd | undefined {
    if (event === 'sip.byeAnswered' || event === 'sip.bye') return 'talked';
    const isUnanswered = event === 'sip.requestFailed' && this.#hasGivenUp('BYE');
    return from === 'releasing' && isUnanswered ? 'byeUnanswered' : undefined;
  }

  #unanswered({ event, message }: TransitionRecord): CallEnd | undefined {
    if (event !== 'sip.requestFailed') return undefined;
    if (this.#hasGivenUp('UPDATE')) return 'updateUnanswered';
    if (this.#hasGivenUp('PRACK')) return 'prackUnanswered';
    // The PRACK has crossed the callee's 504: whoever has seen that knows of no dialog any more.
    const answer = this.evidence.answer(message);
    const isLate = answer?.status === 481 && answer.method === 'PRACK' && this.#isUnacknowledged();
    return isLate ? 'progressUnacknowledged' : undefined;
  }

  #isUnacknowledged(): boolean {
    return this.evidence.expired('ue2', 'responseRetransmission', 'limit');
  }

  #hasGivenUp(method: string): boolean {
    return this.evidence.expired('ue1', 'nonInviteClientTransaction', 'timerF', method);
  }

  #refusal({ message }: TransitionRecord): CallEnd | undefined {
    const { evidence } = this;
    const answer = evidence.answer(message);
    if (answer === undefined) {
      return evidence.expired('ue1', 'inviteClientTransaction', 'timerB') ? 'proxySilent' : undefined;
    }
    const { status, node } = answer;
    if (node === 'icscf1' && status === 504) {
      return evidence.said(node, 'cause.servingNodeUnreachable') ? 'servingNodeSilent' : undefined;
    }
    if (node === 'ue2' && status === 504) {
      return this.#isUnacknowledged() ? 'progressUnacknowledged' : undefined;
    }
    if (node === 'ue2' && status === 580) {
      return evidence.expired(node, 'terminatingCall', 'setupMax') ? 'resourcesUnconfirmed' : undefined;
    }
    const isProxy = (node === 'pcscf1' || node === 'scscf1') && (status === 504 || status === 408);
    return isProxy && evidence.expired(node, 'inviteClientTransaction', 'timerB') ? 'nextHopSilent' : undefined;
  }
}
