/** The session timer of one call: performs what `session-timer.machine.ts` decides. RFC 4028; CALL-27. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Headers, SipMessage, SipRequest, SipResponse } from '../../sip/index.js';
import { sessionInterval } from './inspection.js';
import { sessionTimer } from './session-timer.machine.js';
import type { UserAgent } from './user-agent.js';

export interface SessionTimerOptions {
  readonly callId: string;
  /** Sends UPDATE or re-INVITE; its end comes back as `refreshEnded`. */
  readonly refresh: () => void;
  /** The session has to be ended; one plain sentence why. */
  readonly onExpired: (text: string) => void;
}

/** Answers after which the dialog is gone (RFC 3261 12.2.1.2, SIP-54). Who hears nothing at all asks again (RFC 4028 10). */
const lostStatuses: ReadonlySet<number> = new Set([408, 481]);

export class SessionTimer {
  readonly #agent: UserAgent;
  readonly #options: SessionTimerOptions;
  #machine: Instance<typeof sessionTimer> | undefined;
  #seconds: number | undefined;
  #refreshes = false;
  /** Of the 422 that this dialog has met. */
  #minSe: number | undefined;
  /** What the refresh was answered that has ended the dialog. */
  #lostStatus: number | undefined;

  constructor(agent: UserAgent, options: SessionTimerOptions) {
    this.#agent = agent;
    this.#options = options;
  }

  /** Of a re-INVITE or UPDATE of ours: as agreed, and by whom from here on (RFC 4028 7.4). Empty without session timer. */
  get requestHeaders(): Headers {
    if (this.#seconds === undefined) return [];
    const timer = ['Session-Expires', `${this.#seconds};refresher=${this.#refreshes ? 'uac' : 'uas'}`] as const;
    // RFC 4028 7.4: once a 422 came, every request of the dialog that refreshes it says what it asked for.
    return this.#minSe === undefined ? [timer] : [timer, ['Min-SE', String(this.#minSe)]];
  }

  /** A 2xx to an INVITE or UPDATE of ours. RFC 4028 7.2. */
  takeAnswer(response: SipResponse): void {
    this.#agree(sessionInterval(response), refresherOf(response) !== 'uas');
  }

  /**
   * Headers of our 2xx to a request of the other side, which set the timer as well. What it leaves open stays as it was;
   * who does not know session timers does not refresh. RFC 4028 9.
   */
  answerTo(request: SipRequest): Headers {
    const isSupported = request.hasOption('Supported', 'timer');
    const seconds = (isSupported ? sessionInterval(request) : undefined) ?? this.#seconds;
    if (seconds === undefined) return [];
    const before = this.#seconds !== undefined && this.#refreshes ? 'uas' : 'uac';
    const refresher = isSupported ? (refresherOf(request) ?? before) : 'uas';
    this.#agree(seconds, refresher === 'uas');
    const timer = ['Session-Expires', `${seconds};refresher=${refresher}`] as const;
    return refresher === 'uas' ? [timer] : [timer, ['Require', 'timer']];
  }

  /** How our refresh ended; a 2xx has been taken already. */
  refreshEnded(status: number, response: SipResponse | undefined): void {
    const least = Number.parseInt(response?.header('Min-SE') ?? '', 10);
    if (status === 422 && !Number.isNaN(least)) {
      this.#minSe = least;
      this.#machine?.send({ type: 'sip.intervalTooBrief', intervalMs: 1000 * least }); // RFC 4028 7.3
    } else if (response !== undefined && lostStatuses.has(status)) {
      this.#lostStatus = status;
      this.#machine?.send({ type: 'sip.sessionLost' });
    } else if (status >= 300) this.#machine?.send({ type: 'sip.refreshFailed' });
  }

  /** The call is over. */
  end(): void {
    this.#machine?.send({ type: 'call.ended' });
    this.#seconds = undefined;
  }

  /** For the machine. */
  sendRefresh(intervalMs: number): void {
    this.#seconds = intervalMs / 1000;
    this.#options.refresh();
  }

  /** For the machine. */
  reportExpiry(refreshes: boolean): void {
    const { name } = this.#agent;
    const lost = this.#lostStatus;
    const why = refreshes ? 'its refresh was not answered' : 'the other side did not refresh it';
    const text =
      lost === undefined
        ? `${name} ended the call before its session timer ran out: ${why}`
        : `${name} ended the call: its refresh was answered ${lost}, so the other side has it no more`;
    this.#agent.explain('cause.sessionExpired', text, lost === undefined ? 'RFC 4028 §10' : 'RFC 3261 §12.2.1.2');
    this.#options.onExpired(text);
  }

  #agree(seconds: number | undefined, refreshes: boolean): void {
    this.#seconds = seconds;
    this.#refreshes = refreshes;
    if (seconds === undefined) {
      this.#machine?.send({ type: 'session.unlimited' });
      return;
    }
    this.#machine ??= this.#agent.host.create(sessionTimer, {
      id: `sessionTimer:${this.#options.callId}`,
      input: undefined,
      owner: this,
      effects,
    });
    this.#machine.send({ type: 'session.agreed', intervalMs: 1000 * seconds, refreshes });
  }
}

const effects: EffectsOf<typeof sessionTimer, SessionTimer> = {
  sendRefresh: ({ intervalMs }, timer) => timer.sendRefresh(intervalMs),
  reportExpiry: ({ refreshes }, timer) => timer.reportExpiry(refreshes),
};

function refresherOf(message: SipMessage): string | undefined {
  const value = message.header('Session-Expires');
  return value === undefined ? undefined : /;\s*refresher\s*=\s*(uac|uas)/i.exec(value)?.[1]?.toLowerCase();
}
