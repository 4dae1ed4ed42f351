/**
 * What a record-routing proxy must know of a dialog to end it by itself (CALL-47): the routes, the targets and the
 * sequence numbers of both ends. TS 24.229 §5.4.5.1.2; RFC 3261 12.
 */
import {
  type Dialog,
  detached,
  inDialogRequest,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';

interface CalleeEnd {
  /** The way on to the callee, nearest first; undefined where it was not recorded (RFC 3261 12.1). */
  readonly routes: readonly string[] | undefined;
  target: string | undefined;
  /** CSeq of its last request. */
  sequence: number;
  isConfirmed: boolean;
}

/** Dialogs that one INVITE may make: Max-Breadth as RFC 5393 5.3.3 suggests it. */
const dialogsMax = 60;

/** The dialogs that came of one INVITE. */
export class DialogEnds {
  readonly #callId: string;
  readonly #callerTag: string;
  readonly #callerUri: string;
  readonly #calleeUri: string;
  /** Record-Route of the INVITE as it came: the way back to the caller. */
  readonly #towardsCaller: readonly string[];
  #callerTarget: string | undefined;
  #callerSequence: number;
  /** By the To tags of the INVITE's responses. */
  readonly #callees = new Map<string, CalleeEnd>();

  constructor(invite: SipRequest) {
    this.#callId = detached(invite.callId);
    this.#callerTag = detached(invite.fromTag ?? '');
    this.#callerUri = detached(invite.from.uri.text);
    this.#calleeUri = detached(invite.to.uri.text);
    this.#towardsCaller = invite.values('Record-Route').map(detached);
    this.#callerTarget = contactOf(invite);
    this.#callerSequence = invite.cseq.sequence;
  }

  /** A response to the INVITE that makes a dialog, or confirms it, has come by. `token`: of our own Record-Route value. */
  learn(response: SipResponse, token: string): void {
    const { toTag, status } = response;
    const known = toTag === undefined ? undefined : this.#callees.get(toTag);
    if (toTag === undefined || (known === undefined ? this.#callees.size === dialogsMax : status < 200)) return;
    const recorded = response.values('Record-Route');
    const own = recorded.findIndex((value) => value.includes(`:${token}@`));
    this.#callees.set(detached(toTag), {
      routes: own === -1 ? undefined : recorded.slice(0, own).reverse().map(detached),
      target: contactOf(response) ?? known?.target,
      sequence: known?.sequence ?? 0,
      isConfirmed: status >= 200,
    });
  }

  /** A request has come by: its number counts, and its Contact where it may change the target (RFC 3261 12.2.2). */
  learnRequest(request: SipRequest): void {
    const { fromTag = '', cseq, method } = request;
    const target = refreshesTarget(method) ? contactOf(request) : undefined;
    if (fromTag === this.#callerTag) {
      if (method !== 'ACK') this.#callerSequence = cseq.sequence;
      this.#callerTarget = target ?? this.#callerTarget;
      return;
    }
    const callee = this.#callees.get(fromTag);
    if (callee === undefined) return;
    if (method !== 'ACK') callee.sequence = cseq.sequence;
    callee.target = target ?? callee.target;
  }

  /** A 2xx to such a request: the other end's target. */
  learnAnswer(request: SipRequest, response: SipResponse): void {
    const target = refreshesTarget(request.method) ? contactOf(response) : undefined;
    if (target === undefined) return;
    const callee = this.#callees.get(request.toTag ?? '');
    if (request.fromTag !== this.#callerTag) this.#callerTarget = target;
    else if (callee !== undefined) callee.target = target;
  }

  /** Whether a request is of one of the dialogs: a token alone, which both ends have read, does not prove it. */
  has({ callId, fromTag = '', toTag = '' }: SipRequest): boolean {
    if (callId !== this.#callId) return false;
    const isFromCaller = fromTag === this.#callerTag && this.#callees.has(toTag);
    return isFromCaller || (toTag === this.#callerTag && this.#callees.has(fromTag));
  }

  isFromCaller({ fromTag = '' }: SipRequest): boolean {
    return fromTag === this.#callerTag;
  }

  /** The Route values that a request of the dialog must have from here on; undefined where they were not recorded. */
  routesFor(request: SipRequest): readonly string[] | undefined {
    return this.isFromCaller(request) ? this.#callees.get(request.toTag ?? '')?.routes : this.#towardsCaller;
  }

  /** BYEs that end what stands, one to each end that can be reached, in the name of the other one. */
  byes(reason: string): readonly SipRequest[] {
    return [...this.#callees].flatMap(([tag, callee]) => {
      if (!callee.isConfirmed) return [];
      const towardsCaller = this.#dialog(tag, callee.sequence, this.#callerTarget, this.#towardsCaller, true);
      const towardsCallee = this.#dialog(tag, this.#callerSequence, callee.target, callee.routes, false);
      return [towardsCaller, towardsCallee].flatMap((dialog) =>
        dialog === undefined ? [] : [inDialogRequest(dialog, 'BYE', { headers: [['Reason', reason]] })],
      );
    });
  }

  /** The dialog as the other end of it has it. */
  #dialog(
    calleeTag: string,
    lastSequence: number,
    target: string | undefined,
    routes: readonly string[] | undefined,
    towardsCaller: boolean,
  ): Dialog | undefined {
    if (target === undefined || routes === undefined) return undefined;
    const caller = { tag: this.#callerTag, uri: this.#callerUri };
    const callee = { tag: calleeTag, uri: this.#calleeUri };
    const [local, remote] = towardsCaller ? [callee, caller] : [caller, callee];
    return {
      callId: this.#callId,
      localTag: local.tag,
      remoteTag: remote.tag,
      localUri: local.uri,
      remoteUri: remote.uri,
      remoteTarget: target,
      routeSet: routes,
      localSequence: lastSequence,
      remoteSequence: undefined,
      state: 'confirmed',
      secure: false,
    };
  }
}

function refreshesTarget(method: string): boolean {
  return method === 'INVITE' || method === 'UPDATE';
}

function contactOf(message: SipMessage): string | undefined {
  const { contacts } = message;
  const text = contacts === '*' ? undefined : contacts[0]?.uri.text;
  return text === undefined ? undefined : detached(text);
}
