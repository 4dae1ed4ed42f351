/**
 * One call's dialog after its INVITE: requests that we send in it, offers of the peer that we answer, and our 2xx that wait
 * for their ACK. The same for both sides. RFC 3261 12, 14, 15; RFC 3311; RFC 4028.
 */
import {
  buildResponse,
  type ClientUser,
  checkRemoteSequence,
  type Dialog,
  type Headers,
  inDialogRequest,
  keyOfDialog,
  Retransmitter,
  type ServerRequest,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  ueTimers,
  updateTarget,
} from '../../sip/index.js';
import { type CallMedia, sdpType } from './call-media.js';
import { allow, sessionInterval, supported } from './inspection.js';
import type { UserAgent } from './user-agent.js';

/** How a request within the dialog ended: its final response, or 408 or 503 where none came (RFC 3261 8.1.3.1). */
export type RequestEnd = (status: number, response: SipResponse | undefined) => void;

export class CallDialog {
  /** By the CSeq of their INVITE. */
  readonly #unacknowledged = new Map<number, Retransmitter>();

  constructor(
    private readonly agent: UserAgent,
    readonly media: CallMedia,
    readonly dialog: Dialog,
    /** 64*T1 have passed without ACK for a 2xx of ours. */
    private readonly onUnacknowledged: () => void,
  ) {}

  get key(): string {
    return keyOfDialog(this.dialog);
  }

  /** Sends PRACK, UPDATE or BYE. */
  request(method: string, headers: Headers, body: string | undefined, onEnd: RequestEnd): void {
    const request = inDialogRequest(this.dialog, method, {
      headers: [...headers, ['P-Access-Network-Info', this.agent.config.accessNetworkInfo]],
      ...(body === undefined ? {} : { body, contentType: sdpType }),
    });
    const user: ClientUser = {
      onResponse: (response) => {
        if (response.status >= 200) onEnd(response.status, response);
      },
      onTimeout: () => onEnd(408, undefined),
      onTransportError: () => onEnd(503, undefined),
    };
    this.agent.sip.sendRequest(request, this.agent.nextHop(request), user);
  }

  /** The ACK of a 2xx to our INVITE of that number, ready to be sent again. SIP-35. */
  makeAck(sequence: number): SipRequest {
    return inDialogRequest(this.dialog, 'ACK', { sequence });
  }

  sendAck(ack: SipRequest): void {
    this.agent.sip.sendStateless(ack, this.agent.nextHop(ack));
  }

  /** SIP-52: a request whose number does not rise is answered 500 here. */
  isInOrder(server: ServerRequest): boolean {
    if (checkRemoteSequence(this.dialog, server.message) === 'inOrder') return true;
    server.reply(500);
    return false;
  }

  /** A 2xx to an INVITE, repeated until its ACK (RFC 3261 13.3.1.4). */
  acceptInvite(server: ServerRequest, body: string | undefined): void {
    const response = buildResponse(server.message, 200, {
      toTag: server.localTag,
      headers: [...this.answerHeaders, ...sessionTimerHeaders(server.message)],
      ...(body === undefined ? {} : { body, contentType: sdpType }),
    });
    this.dialog.state = 'confirmed';
    const { host } = this.agent;
    const { onUnacknowledged } = this;
    const options = { host, server, response, timers: ueTimers, onUnacknowledged };
    this.#unacknowledged.set(server.message.cseq.sequence, new Retransmitter(options));
  }

  /** False: the ACK was to bring the answer to our offer, and has none that we can use. */
  takeAck(ack: SipMessage): boolean {
    const { sequence } = ack.cseq;
    const waiting = this.#unacknowledged.get(sequence);
    if (waiting === undefined) return true;
    waiting.acknowledge();
    this.#unacknowledged.delete(sequence);
    if (!this.media.awaitsAnswer) return true;
    return this.media.takeAnswer(ack) && !this.media.awaitsAnswer;
  }

  /**
   * Answers UPDATE or re-INVITE: 200 with the answer, with a full offer where the re-INVITE has none (CALL-51), or the
   * refusal of RFC 3261 14.2 and RFC 3311 5.2. `inviting`: our own INVITE, or the peer's, has no final response yet.
   */
  answerOffer(server: ServerRequest, inviting: 'ours' | 'theirs' | undefined): void {
    const request = server.message;
    if (request.method === 'INVITE' && inviting !== undefined) {
      this.#refuse(server, inviting === 'ours' ? 491 : 500);
      return;
    }
    const verdict = this.media.takeOffer(request);
    if (verdict !== 'taken') {
      this.#refuse(server, verdict);
      return;
    }
    updateTarget(this.dialog, request);
    const answer = this.media.makeAnswerTo(request);
    if (request.method === 'INVITE') {
      this.acceptInvite(server, answer ?? this.media.makeFurtherOffer());
      return;
    }
    const headers = [...this.answerHeaders, ...sessionTimerHeaders(request)];
    server.reply(200, answer === undefined ? { headers } : { headers, body: answer, contentType: sdpType });
  }

  /** Of a 2xx, and of an 18x, in this dialog. */
  get answerHeaders(): Headers {
    return [
      ['Contact', this.agent.sessionContact],
      ['Allow', allow],
      ['Supported', supported],
      ['P-Access-Network-Info', this.agent.config.accessNetworkInfo],
    ];
  }

  /** The call is over: what waits for an acknowledgement waits no longer. */
  stop(): void {
    for (const waiting of this.#unacknowledged.values()) waiting.stop();
    this.#unacknowledged.clear();
  }

  #refuse(server: ServerRequest, status: number): void {
    // RFC 3261 14.2, RFC 3311 5.2: 0 to 10 s.
    const retryAfter = String(Math.floor(this.agent.random.fraction() * 11));
    server.reply(status, status === 500 ? { headers: [['Retry-After', retryAfter]] } : {});
  }
}

/** The session timer of a request, accepted as it was asked for; the caller refreshes unless it wants us to. RFC 4028 9; CALL-27. */
function sessionTimerHeaders(request: SipRequest): Headers {
  const seconds = sessionInterval(request);
  if (seconds === undefined || !request.hasOption('Supported', 'timer')) return [];
  const asked = /;\s*refresher\s*=\s*(uac|uas)/i.exec(request.header('Session-Expires') ?? '')?.[1];
  const timer = ['Session-Expires', `${seconds};refresher=${asked?.toLowerCase() ?? 'uac'}`] as const;
  return asked?.toLowerCase() === 'uas' ? [timer] : [timer, ['Require', 'timer']];
}
