/** A pager message that the UE sends: performs what `pager-message.machine.ts` decides. RFC 3428; CALL-64. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import { buildRequest, type SipRequest, type SipResponse } from '../../sip/index.js';
import { type Failure, HELD_BACK, unanswered, unansweredYet } from './failure.js';
import { messageFailure } from './message-failure.js';
import { pagerMessage } from './pager-message.machine.js';
import type { MessageOutcome } from './ue.js';
import type { UserAgent } from './user-agent.js';

export interface PagerMessageOptions {
  /** SIP or tel URI. */
  readonly target: string;
  readonly text: string;
  /** The registered public identity that sends. */
  readonly identity: string;
  /** Values of Service-Route, with angle brackets. */
  readonly serviceRoute: readonly string[];
  /** The final response, before the outcome; undefined: none came. */
  readonly onRefused: (response: SipResponse | undefined) => void;
  readonly onOutcome: (message: PagerMessage, outcome: MessageOutcome) => void;
}

export class PagerMessage {
  readonly #agent: UserAgent;
  readonly #options: PagerMessageOptions;
  readonly #callId: string;
  readonly #machine: Instance<typeof pagerMessage>;
  #silence: Failure | undefined;
  /** The P-CSCF has sent 100. */
  #isTaken = false;
  #isReported = false;

  constructor(agent: UserAgent, options: PagerMessageOptions) {
    this.#agent = agent;
    this.#options = options;
    this.#callId = agent.makeCallId();
    this.#machine = agent.host.create(pagerMessage, {
      id: `pagerMessage:${this.#callId}`,
      input: undefined,
      owner: this,
      effects,
    });
  }

  /** The node closes: nothing more is sent. */
  stop(): void {
    this.#machine.stop();
    this.#tell({ success: false, status: undefined, reason: `${this.#agent.name} was stopped`, clause: undefined });
  }

  /** For the machine, as all that follows. */
  send(): void {
    const { sip, access } = this.#agent;
    sip.sendRequest(this.#request(), access.destinations, {
      onResponse: (response) => this.#onResponse(response),
      onTimeout: () => this.#onNothing(408, undefined),
      onTransportError: (reason) => this.#onNothing(503, reason),
    });
  }

  reportSilence(): void {
    const { name, proxyText } = this.#agent;
    const { text, clause } = unansweredYet(name, 'MESSAGE', proxyText, this.#isTaken);
    this.#agent.explain('cause.noAnswer', text, clause);
  }

  reportDelivered({ status }: SipResponse): void {
    // RFC 3428 5: a 202 only promises to deliver it.
    const reason = status === 202 ? 'the message was accepted for delivery' : 'the message was delivered';
    this.#tell({ success: true, status, reason, clause: undefined });
  }

  reportFailure(status: number, response: SipResponse | undefined): void {
    const failure = response === undefined ? this.#silence : messageFailure(response);
    const { text, clause } = failure ?? { text: `the network did not answer MESSAGE (${status})`, clause: undefined };
    this.#tell({ success: false, status: failure?.status, reason: text, clause });
  }

  #onResponse(response: SipResponse): void {
    const { status } = response;
    if (status < 200) {
      this.#isTaken = true;
      return;
    }
    if (status < 300) {
      this.#machine.send({ type: 'sip.accepted', response });
      return;
    }
    this.#options.onRefused(response);
    this.#machine.send({ type: 'sip.rejected', status, response });
  }

  #onNothing(status: number, reason: string | undefined): void {
    const { name, proxyText } = this.#agent;
    const { text, clause } = unanswered('MESSAGE', proxyText, reason);
    this.#silence = { status: undefined, text: `${name} ${text}`, clause };
    this.#agent.explain('cause.noAnswer', this.#silence.text, clause);
    if (reason !== HELD_BACK) this.#options.onRefused(undefined);
    this.#machine.send({ type: 'sip.rejected', status, response: undefined });
  }

  #request(): SipRequest {
    const { target, text, identity, serviceRoute } = this.#options;
    const { config, proxyRoute, access } = this.#agent;
    const routes = proxyRoute === undefined ? serviceRoute : [proxyRoute, ...serviceRoute]; // REG-14
    return buildRequest({
      method: 'MESSAGE',
      requestUri: target,
      // RFC 3428 4: no Contact, since no dialog comes of it.
      headers: [
        ...routes.map((route) => ['Route', route] as const),
        ['Max-Forwards', '70'],
        ['From', `<${identity}>;tag=${this.#agent.makeTag()}`],
        ['To', `<${target}>`],
        ['Call-ID', this.#callId],
        ['CSeq', '1 MESSAGE'],
        ['P-Preferred-Identity', `<${identity}>`],
        ['P-Access-Network-Info', config.accessNetworkInfo],
        ...access.securityHeaders,
      ],
      body: Buffer.from(text, 'utf8').toString('latin1'),
      contentType: 'text/plain;charset=UTF-8',
    });
  }

  #tell(outcome: MessageOutcome): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#options.onOutcome(this, outcome);
  }
}

const effects: EffectsOf<typeof pagerMessage, PagerMessage> = {
  sendMessage: (_, message) => message.send(),
  reportSilence: (_, message) => message.reportSilence(),
  reportDelivered: ({ response }, message) => message.reportDelivered(response as SipResponse),
  reportFailure: ({ status, response }, message) => message.reportFailure(status, response as SipResponse | undefined),
};
