/** REGISTER and its responses, over one flow of a UE: what is sent, and what the answer means to the machine. TS 24.229 5.1.1.2, 5.1.1.4; REG-10 to REG-16. */
import type { ClientUser, SipResponse } from '../../sip/index.js';
import type { AttemptDiagnosis, SentRegister } from './attempt-diagnosis.js';
import type { AuthenticationScheme } from './authentication.js';
import { grantedSeconds, listedContacts } from './binding.js';
import { retryAfterMs } from './failure.js';
import { type OutgoingRegister, outgoingRegister, type RegisterParts } from './register-request.js';
import type { RegistrationEvent } from './registration.machine.js';
import type { UserAgent } from './user-agent.js';

export interface RegisterExchangeUser {
  /** For the machine of the registration. */
  onEvent(event: RegistrationEvent): void;
  /** So many contacts of the user stand in a 200. */
  onContacts(count: number): void;
}

/** What the exchange does not know by itself. */
export type AskedRegister = Omit<RegisterParts, 'callId' | 'sequence' | 'regId'>;

export class RegisterExchange {
  /** One Call-ID and one rising CSeq for as long as the UE runs (RFC 3261 10.2). */
  #callId: string;
  #sequence = 0;
  /** 439 has not come (RFC 5626 6). */
  #mayUseOutbound = true;
  /** The P-CSCF has sent 100 for the REGISTER under way. */
  #isTaken = false;
  /** Undefined once its final response has come, or none can come any more. */
  #waitsFor: SentRegister | undefined;
  /** As they stood in the last REGISTER (REG-15). */
  #sentFeatures = '';

  /** @param flow its number, from 0 */
  constructor(
    private readonly agent: UserAgent,
    private readonly flow: number,
    private readonly scheme: AuthenticationScheme,
    private readonly diagnosis: AttemptDiagnosis,
    private readonly user: RegisterExchangeUser,
  ) {
    this.#callId = agent.makeCallId();
  }

  send(asked: AskedRegister): void {
    const outgoing = this.#makeRegister(asked);
    this.diagnosis.beginRequest();
    this.#isTaken = false;
    this.#sentFeatures = this.#features;
    const { request, destinations, options } = outgoing;
    const sent: SentRegister = { access: asked.access, destination: destinations[0] };
    this.#waitsFor = sent;
    this.agent.sip.sendRequest(request, destinations, this.#userOf(outgoing, asked.expires, sent), options);
  }

  /** Whatever answers it, the UE does not care. */
  sendUnheeded(asked: AskedRegister): void {
    const { request, destinations, options } = this.#makeRegister(asked);
    this.agent.sip.sendRequest(request, destinations, indifferent, options);
  }

  /** REG-12. */
  renewCallId(): void {
    this.#callId = this.agent.makeCallId();
  }

  /** What the profile says has changed since the last REGISTER (REG-15). */
  get hasOtherFeatures(): boolean {
    return this.#sentFeatures !== this.#features;
  }

  /** It takes long. */
  noteSilence(): void {
    if (this.#waitsFor !== undefined) this.diagnosis.noteWaiting(this.#waitsFor, this.#isTaken);
  }

  /** reg-id, where outbound is used (RFC 5626 4.2). */
  get regId(): number | undefined {
    return this.#usesRegId ? this.flow + 1 : undefined;
  }

  get #usesRegId(): boolean {
    return this.#mayUseOutbound && this.agent.config.registration.flows > 1;
  }

  get #features(): string {
    return this.agent.config.registration.features.join(';');
  }

  #makeRegister(asked: AskedRegister): OutgoingRegister {
    this.#sequence++;
    const { expires, opens, authorization, access, securityClient, everyContact } = asked;
    // Written out: a spread of it makes a hidden class each time.
    const outgoing = outgoingRegister(this.agent, {
      expires,
      opens,
      authorization,
      access,
      securityClient,
      everyContact,
      callId: this.#callId,
      sequence: this.#sequence,
      regId: this.regId,
    });
    this.#callId = outgoing.callId; // REG-12: an answer keeps it
    return outgoing;
  }

  #userOf({ contactUri }: OutgoingRegister, expires: number, sent: SentRegister): ClientUser {
    return {
      onResponse: (response) => {
        if (response.status < 200) {
          this.#isTaken = true;
          return;
        }
        if (this.#waitsFor === sent) this.#waitsFor = undefined;
        this.#onFinal(response, expires, contactUri);
      },
      onTimeout: () => this.#onNothing(408, undefined, sent),
      onTransportError: (reason) => this.#onNothing(503, reason, sent),
    };
  }

  #onFinal(response: SipResponse, expires: number, contactUri: string): void {
    const { status, topVia } = response;
    // AKA-56 / TS 24.229 Annex F: an answer through a NAT finds its port only where the request asks for that.
    this.agent.sip.askForPort(topVia.received !== undefined && topVia.received !== topVia.host);
    const minExpires = minExpiresOf(response);
    if (status === 401) this.user.onEvent({ type: 'sip.challenged', response });
    else if (status === 423 && minExpires !== undefined) {
      this.user.onEvent({ type: 'sip.intervalTooBrief', minExpires }); // REG-16
    } else if (status === 439 && this.#usesRegId) {
      this.#mayUseOutbound = false; // RFC 5626 6
      this.user.onEvent({ type: 'sip.outboundRefused' });
    } else if (status < 300) this.#onSuccess(response, expires, contactUri);
    else this.#reject(status, response);
  }

  #onSuccess(response: SipResponse, expires: number, contactUri: string): void {
    const wrong = this.scheme.verify(response);
    if (wrong !== undefined) {
      this.diagnosis.noteProof(wrong);
      this.#reject(response.status, response);
      return;
    }
    this.user.onContacts(listedContacts(response));
    const grantedMs = 1000 * grantedSeconds(response, expires, contactUri, this.regId);
    if (expires === 0 || grantedMs > 0) this.user.onEvent({ type: 'sip.granted', response, grantedMs });
    else this.#reject(response.status, response);
  }

  #reject(status: number, response: SipResponse | undefined): void {
    this.user.onEvent({
      type: 'sip.rejected',
      status,
      response,
      retryAfterMs: response && retryAfterMs(response),
      chance: this.agent.random.fraction(),
    });
  }

  /** No response: it counts as one of ours (RFC 3261 8.1.3.1). */
  #onNothing(status: number, reason: string | undefined, sent: SentRegister): void {
    if (this.#waitsFor === sent) this.#waitsFor = undefined;
    this.diagnosis.noteSilence(sent, reason);
    this.#reject(status, undefined);
  }
}

/** RFC 3261 20.23. Undefined: it says none that a REGISTER could ask for (20.19: up to 2^32 - 1). */
function minExpiresOf(response: SipResponse): number | undefined {
  const text = response.header('Min-Expires');
  const seconds = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return seconds < 2 ** 32 ? seconds : undefined;
}

const indifferent: ClientUser = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} };
