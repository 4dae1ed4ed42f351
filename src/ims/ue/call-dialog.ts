/**
 * One call's dialog after its INVITE: requests that we send in it, offers of the peer that we answer, and our 2xx that wait
 * for their ACK. The same for both sides. RFC 3261 12, 14, 15; RFC 3311; RFC 4028.
 */
import {
  buildResponse,
  type ClientUser,
  checkRemoteSequence,
  confirmDialog,
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
import { allow, supported } from './inspection.js';
import { SessionTimer } from './session-timer.js';
import type { UserAgent } from './user-agent.js';

/** How a request within the dialog ended: its final response, or 408 or 503 where none came (RFC 3261 8.1.3.1). */
export type RequestEnd = (status: number, response: SipResponse | undefined) => void;

export interface CallDialogUser {
  /** 64*T1 have passed without ACK for a 2xx of ours. */
  readonly onUnacknowledged: () => void;
  /** The session timer ends the call: one plain sentence why. */
  readonly onExpired: (text: string) => void;
}

export class CallDialog {
  /** Methods of requests that the next hop has taken with 100. */
  readonly #taken = new Set<string>();
  /** By the CSeq of their INVITE. */
  readonly #unacknowledged = new Map<number, Retransmitter>();
  readonly #timer: SessionTimer;
  /** A re-INVITE of ours has no final response yet. */
  #isInviting = false;
  /** The peer has said that it takes UPDATE (CALL-51). */
  #takesUpdate = false;

  constructor(
    private readonly agent: UserAgent,
    readonly media: CallMedia,
    readonly dialog: Dialog,
    private readonly user: CallDialogUser,
  ) {
    const { onExpired } = user;
    this.#timer = new SessionTimer(agent, { callId: dialog.callId, refresh: () => this.#refresh(), onExpired });
  }

  get key(): string {
    return keyOfDialog(this.dialog);
  }

  /** RFC 3261 14.1: no INVITE of either side is under way, and no offer. */
  get canOffer(): boolean {
    return !this.#isInviting && this.#unacknowledged.size === 0 && !this.media.awaitsAnswer;
  }

  /** INVITE or its 2xx: what the peer can do. */
  learnPeer(message: SipMessage): void {
    if (message.has('Allow')) this.#takesUpdate = message.hasOption('Allow', 'UPDATE');
  }

  /** The 2xx that answers the INVITE of ours which made the call. */
  confirm(response: SipResponse): void {
    confirmDialog(this.dialog, response);
    this.learnPeer(response);
    this.#timer.takeAnswer(response);
  }

  /** Whether the next hop has sent 100 for a request of that method. */
  isTaken(method: string): boolean {
    return this.#taken.has(method);
  }

  /** Sends PRACK, UPDATE or BYE. */
  request(method: string, headers: Headers, body: string | undefined, onEnd: RequestEnd): void {
    const request = inDialogRequest(this.dialog, method, {
      headers: [...headers, ...this.#commonHeaders],
      ...(body === undefined ? {} : { body, contentType: sdpType }),
    });
    const user: ClientUser = {
      onResponse: (response) => {
        if (response.status >= 200) onEnd(response.status, response);
        else this.#taken.add(method);
      },
      onTimeout: () => onEnd(408, undefined),
      onTransportError: () => onEnd(503, undefined),
    };
    this.agent.sip.sendRequest(request, this.agent.nextHop(request), user);
  }

  /** A re-INVITE of ours; its 2xx, and each repetition of that, is acknowledged here. RFC 3261 14.1. */
  reinvite(offer: string, onEnd: RequestEnd): void {
    const request = inDialogRequest(this.dialog, 'INVITE', {
      headers: [...this.#refreshHeaders, ...this.#commonHeaders],
      body: offer,
      contentType: sdpType,
    });
    let ack: SipRequest | undefined;
    const end: RequestEnd = (status, response) => {
      this.#isInviting = false;
      onEnd(status, response);
    };
    const user: ClientUser = {
      onResponse: (response) => {
        if (response.status < 200) return;
        if (response.status >= 300) end(response.status, response);
        else if (ack !== undefined) this.sendAck(ack);
        else {
          this.#takeRefreshAnswer(response);
          ack = this.makeAck(request.cseq.sequence);
          this.sendAck(ack);
          end(response.status, response);
        }
      },
      onTimeout: () => end(408, undefined),
      onTransportError: () => end(503, undefined),
    };
    this.#isInviting = true;
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
      headers: [...this.answerHeaders, ...this.#timer.answerTo(server.message)],
      ...(body === undefined ? {} : { body, contentType: sdpType }),
    });
    this.dialog.state = 'confirmed';
    const { host } = this.agent;
    const { onUnacknowledged } = this.user;
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
    const underWay = this.#isInviting ? 'ours' : inviting;
    if (request.method === 'INVITE' && underWay !== undefined) {
      this.#refuse(server, underWay === 'ours' ? 491 : 500); // RFC 3261 14.2
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
    const headers = [...this.answerHeaders, ...this.#timer.answerTo(request)];
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
    this.#timer.end();
  }

  /** Of every request but ACK. */
  get #commonHeaders(): Headers {
    const { config, access } = this.agent;
    return [['P-Access-Network-Info', config.accessNetworkInfo], ...access.securityHeaders];
  }

  get #refreshHeaders(): Headers {
    return [
      ['Contact', this.agent.sessionContact],
      ['Allow', allow],
      ['Supported', 'timer'],
      ...this.#timer.requestHeaders,
    ];
  }

  /** For the session timer. RFC 4028 7.4: UPDATE without description where the peer takes it, else a re-INVITE (CALL-27). */
  #refresh(): void {
    if (this.#takesUpdate) {
      this.request('UPDATE', this.#refreshHeaders, undefined, (status, response) => {
        if (response !== undefined && status < 300) this.#takeRefreshAnswer(response);
        else this.#timer.refreshEnded(status, response);
      });
      return;
    }
    const offer = this.canOffer ? this.media.makeSameOffer() : undefined;
    if (offer === undefined) this.#timer.refreshEnded(491, undefined);
    else this.reinvite(offer, (status, response) => this.#onReinvited(status, response));
  }

  #onReinvited(status: number, response: SipResponse | undefined): void {
    if (response !== undefined && status < 300) {
      if (!this.media.takeAnswer(response)) this.user.onExpired('the answer to its refresh has no audio of use');
      return;
    }
    this.media.dropOffer();
    this.#timer.refreshEnded(status, response);
  }

  #takeRefreshAnswer(response: SipResponse): void {
    updateTarget(this.dialog, response);
    this.#timer.takeAnswer(response);
  }

  #refuse(server: ServerRequest, status: number): void {
    // RFC 3261 14.2, RFC 3311 5.2: 0 to 10 s.
    const retryAfter = String(Math.floor(this.agent.random.fraction() * 11));
    server.reply(status, status === 500 ? { headers: [['Retry-After', retryAfter]] } : {});
  }
}
