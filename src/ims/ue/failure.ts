/** Why something did not succeed, in one plain sentence. */
import type { SipResponse } from '../../sip/index.js';

export interface Failure {
  /** Final SIP status; undefined where none came. */
  readonly status: number | undefined;
  readonly text: string;
  readonly clause: string | undefined;
}

export interface Advice {
  /** What to check, or what it means. */
  readonly text: string;
  readonly clause: string;
}

/** «the network answered 403 Forbidden (from Warning): …». */
export function answerText(response: SipResponse, advice: Advice | undefined): string {
  const { status, reason } = response;
  const after = response.header('Retry-After');
  const detail = response.header('Warning') ?? response.header('Reason') ?? (after && `Retry-After ${after}`);
  const said = `the network answered ${status} ${reason}`.trimEnd() + (detail === undefined ? '' : ` (${detail})`);
  return advice === undefined ? said : `${said}: ${advice.text}`;
}

/** A request of ours that stays without an answer; `reason` is what the transport said, absent after a time-out. */
export function unanswered(method: string, proxyText: string, reason?: string): Advice {
  if (reason === HELD_BACK) {
    const text = `has not sent ${method}: ${proxyText} answered 503 with Retry-After before, and that time is not over`;
    return { text, clause: 'RFC 3261 §21.5.4' };
  }
  const tls = reason === undefined ? undefined : tlsFailures[reason];
  if (tls !== undefined) {
    return { text: `has no TLS with ${proxyText}, and sends no ${method} without: ${tls.text}`, clause: tls.clause };
  }
  if (reason !== undefined) {
    return {
      text: `could not send ${method} to ${proxyText} (${reason}): check that it runs there`,
      clause: 'RFC 3261 §18.4',
    };
  }
  const text = `got no answer to ${method} from ${proxyText}: check that it runs there`;
  return { text, clause: method === 'INVITE' ? 'RFC 3261 §17.1.1.2' : 'RFC 3261 §17.1.2.2' };
}

/** Why the answer to a challenge may be lost where the challenge has come through; `protectedBy`: what it travels in. */
export function unansweredAnswer(proxyText: string, protectedBy: 'ipsec' | 'tls' | undefined): Advice {
  const what = `has had no answer to the REGISTER that answers the challenge, from ${proxyText}`;
  if (protectedBy === 'ipsec') {
    return {
      text:
        `${what}: the challenge came in the open, and this goes in ESP: see whether ESP gets there and back (a firewall, or a NAT ` +
        'without UDP-enc-tun), and whether both sides have the same algorithms, SPIs, ports, CK and IK',
      clause: 'TS 33.203 §7.1, §7.2',
    };
  }
  return {
    text:
      `${what}, which has sent that challenge: see whether this longer request gets there (fragments of UDP get lost), and which ` +
      'node behind is silent',
    clause: 'RFC 3261 §17.1.2.2, §18.1.1',
  };
}

/** A request that waits for its final response longer than usual; `isTaken`: the P-CSCF has sent 100. */
export function unansweredYet(name: string, method: string, proxyText: string, isTaken: boolean): Advice {
  const clause = method === 'INVITE' ? 'RFC 3261 §17.1.1.2' : 'RFC 3261 §17.1.2.2';
  const text = isTaken
    ? `${name} has had no final answer to ${method} for 16 s, although ${proxyText} has taken it: look at the next hop`
    : `${name} has had no answer to ${method} from ${proxyText} for 16 s: check that it runs there`;
  return { text, clause };
}

/** What there is to say of a hand-shake that failed, by the environment's word for it (`TlsFailure`). */
const tlsFailures: Readonly<Record<string, Advice>> = {
  ETLSUNTRUSTED: {
    text:
      'no authority that this UE knows has signed its certificate: compare tls.authorities of the UE with who has signed ' +
      'tls.certificate of the P-CSCF (openssl verify -CAfile AUTHORITIES CERTIFICATE)',
    clause: 'TS 33.203 §O.2, RFC 5280 §6.1',
  },
  ETLSNAME: {
    text:
      'its certificate is for another host: see which names it has (openssl x509 -noout -ext subjectAltName), and make one with ' +
      'the host name of the P-CSCF',
    clause: 'RFC 5922 §7.1',
  },
  ETLSEXPIRED: {
    text: 'its certificate is not valid any more: see until when it was (openssl x509 -noout -dates), or whether the clock is right',
    clause: 'RFC 5280 §6.1.3',
  },
  ETLSNOTYETVALID: {
    text:
      'its certificate is not valid yet: see from when it is (openssl x509 -noout -dates), or whether the clock is right; virtual ' +
      'time begins on 1 January 2026',
    clause: 'RFC 5280 §6.1.3',
  },
  ETLSREFUSED: {
    text: 'the P-CSCF has broken the hand-shake off with an alert: compare the versions and cipher suites of both',
    clause: 'RFC 8446 §6.2',
  },
  ETLSFAILED: {
    text: 'nobody there speaks TLS: see which port the P-CSCF has under tls://',
    clause: 'RFC 3261 §26.3.1',
  },
};

/** The transport's word for it: the P-CSCF lives, it wants to be left alone. */
export const HELD_BACK = 'retryAfter';

/** RFC 3261 25.1 bounds no delta-seconds; what does not fit 32 bits is no time that anybody means (SIP-09). */
const secondsMax = 2 ** 32 - 1;

/** Milliseconds of Retry-After; its comment and parameters are left out. RFC 3261 20.33. */
export function retryAfterMs(response: SipResponse): number | undefined {
  const seconds = Number.parseInt(response.header('Retry-After') ?? '', 10);
  return Number.isNaN(seconds) ? undefined : Math.min(seconds, secondsMax) * 1000;
}
