/** What a refused REGISTER means, and what to check. REG-16, REG-32; TS 24.229 5.1.1.2, 5.3.1, 5.4.1. */
import type { SipResponse } from '../../sip/index.js';
import type { UeConfig } from './config.js';
import { type Advice, answerText, type Failure } from './failure.js';

const redirected =
  'it sends this UE to the address in Contact, and a UE follows no redirection of REGISTER: enter that address as the P-CSCF, or mend the node that redirects';

const advices: ReadonlyMap<number, Advice> = new Map([
  [
    200,
    {
      text: 'but the answer has no binding for the contact of this UE: check the Contact that the S-CSCF lists',
      clause: 'RFC 3261 10.2.4',
    },
  ],
  [
    305,
    {
      text: 'it sends this UE to another P-CSCF, and the topology names no other: add one to via',
      clause: 'TS 24.229 §5.1.1.2.1',
    },
  ],
  [301, { text: redirected, clause: 'RFC 3261 21.3.2' }],
  [302, { text: redirected, clause: 'RFC 3261 21.3.3' }],
  [380, { text: 'it offers another service in its place: see the body of the answer', clause: 'RFC 3261 21.3.5' }],
  [400, { text: 'it found the REGISTER malformed: see the message in the trace', clause: 'RFC 3261 21.4.1' }],
  [
    403,
    {
      text: 'check that the HSS knows IMPI and IMPU of this UE, that the IMPU is not barred, and that roaming into this network is allowed',
      clause: 'TS 24.229 §5.3.1.2',
    },
  ],
  [
    404,
    {
      text: 'the registrar does not know the address in To, or does not serve its domain: compare the home domain of the UE with that of the network',
      clause: 'RFC 3261 10.3 step 5',
    },
  ],
  [
    405,
    {
      text: 'what answers there takes no REGISTER: see whether address and port are those of a P-CSCF',
      clause: 'RFC 3261 21.4.6',
    },
  ],
  [
    407,
    {
      text: 'a proxy on the way wants credentials of its own, and a registrar asks with 401: see which node that is',
      clause: 'RFC 3261 22.3',
    },
  ],
  [
    408,
    {
      text: 'a node behind the P-CSCF was silent: check that I-CSCF, S-CSCF and HSS run',
      clause: 'TS 24.229 §5.1.1.2.1',
    },
  ],
  [
    413,
    {
      text: 'the body of the REGISTER is longer than it takes: see what the UE puts into it',
      clause: 'RFC 3261 21.4.11',
    },
  ],
  [
    416,
    {
      text: 'it does not route the scheme of the Request-URI: write sip: and the home domain there',
      clause: 'RFC 3261 16.3 item 2',
    },
  ],
  [
    421,
    {
      text: 'it wants a security agreement (IPsec), which this UE is not configured for: set security: ipsec-3gpp at the UE, or security: none at the P-CSCF',
      clause: 'RFC 3329 2.3.1',
    },
  ],
  [
    423,
    {
      text: 'it named no interval that it would take: see Min-Expires in the answer, which the registrar has to send',
      clause: 'RFC 3261 10.2.8',
    },
  ],
  [
    439,
    {
      text: 'its first hop does not know outbound, which this UE has not asked for: see what the P-CSCF has written into Contact and Path',
      clause: 'RFC 5626 6',
    },
  ],
  [
    480,
    {
      text: 'the I-CSCF could not complete its query: check that the HSS runs and that the I-CSCF reaches it',
      clause: 'TS 24.229 §5.3.1.2',
    },
  ],
  [
    481,
    {
      text: 'it knows no binding of this contact, so that there is none to end: did the S-CSCF start anew meanwhile?',
      clause: 'TS 24.229 §5.4.1.4',
    },
  ],
  [
    482,
    {
      text: 'the REGISTER came back to a node that it had passed: compare the routes of the nodes in its Via',
      clause: 'RFC 5393 4.2',
    },
  ],
  [
    483,
    {
      text: 'Max-Forwards was used up: see whether the UE begins with 70, and whether nodes send the REGISTER to one another',
      clause: 'RFC 3261 16.3 item 3',
    },
  ],
  [
    494,
    {
      text: 'it wants a security agreement (IPsec), which this UE is not configured for: set security: ipsec-3gpp at the UE, or security: none at the P-CSCF',
      clause: 'RFC 3329 2.3.1',
    },
  ],
  [500, { text: 'a node failed while it handled REGISTER: see the last one in the ladder', clause: 'RFC 3261 21.5.1' }],
  [
    501,
    {
      text: 'what answers there does not know REGISTER: see whether address and port are those of a P-CSCF',
      clause: 'RFC 3261 21.5.2',
    },
  ],
  [502, { text: 'a node on the way got an answer that it could not use: see its log', clause: 'RFC 3261 21.5.3' }],
  [
    503,
    {
      text: 'a node on the way is overloaded or stopping, or does not reach its next hop: see the load and the log of the P-CSCF first',
      clause: 'RFC 3261 21.5.4',
    },
  ],
  [
    504,
    {
      text: 'a node behind the P-CSCF did not answer in time: check that I-CSCF, S-CSCF and HSS run and reach one another',
      clause: 'TS 24.229 §5.3.1.3',
    },
  ],
  [505, { text: 'it does not take SIP/2.0: see whether what answers there is a P-CSCF', clause: 'RFC 3261 21.5.6' }],
  [
    513,
    {
      text: 'the REGISTER is longer than a node takes: see its length in the capture, and which headers of the UE make it so long',
      clause: 'RFC 3261 21.5.7',
    },
  ],
  [
    600,
    {
      text: 'no S-CSCF has the capabilities that the subscriber needs: compare those of HSS and S-CSCF',
      clause: 'TS 24.229 §5.3.1.2',
    },
  ],
]);

/** Of a UE that does use IPsec. TS 24.229 5.1.1.5.1; RFC 3329 2.3.1. */
const securityAdvices: ReadonlyMap<number, Advice> = new Map([
  [
    421,
    {
      text: 'it wants a security agreement, and has not seen the one that this UE offers: see whether Security-Client and Require: sec-agree get there',
      clause: 'RFC 3329 2.3.1',
    },
  ],
  [
    494,
    {
      text: 'it has no algorithm in common with this UE: compare its Security-Server with the Security-Client of the UE',
      clause: 'RFC 3329 2.3.1',
    },
  ],
]);

/** RFC 3261 21.4.15: Unsupported names what nobody knows there. */
function badExtension(response: SipResponse): Failure {
  const { status } = response;
  const options = response.values('Unsupported').map((option) => option.toLowerCase());
  if (options.includes('sec-agree')) {
    const text =
      'it makes no security agreement (sec-agree), which this UE requires: switch IPsec on at the P-CSCF (security: ipsec-3gpp), or off at the UE (security: none)';
    return { status, text: answerText(response, { text, clause: '' }), clause: 'RFC 3329 2.3.1, RFC 3261 21.4.15' };
  }
  const what = options.length === 0 ? 'an option that REGISTER requires, and does not name it' : options.join(', ');
  const text = `it does not know ${what}: take it out of Require and Proxy-Require, or see which node has refused it`;
  return { status, text: answerText(response, { text, clause: '' }), clause: 'RFC 3261 21.4.15' };
}

/** The registrar has not done with an earlier REGISTER, or is short of something (RFC 3261 21.5.1, 20.33). */
const comeLater: Advice = {
  text: 'it is not done with an earlier REGISTER of this UE, or cannot take one now, and says in Retry-After when to come again',
  clause: 'RFC 3261 10.2, 21.5.1',
};

/** @param answered the UE's own check of the challenge was fine, so that the network compared RES with XRES */
export function registrationFailure(
  response: SipResponse,
  answered: boolean,
  { authentication, security }: Pick<UeConfig, 'authentication' | 'security'>,
): Failure {
  const { status } = response;
  if (status === 403 && answered) {
    const compare = authentication.scheme === 'aka' ? 'IMPI, RES and XRES' : 'private identity, realm and password';
    const text = `it did not accept the answer to its challenge, or the HSS refused the assignment: compare ${compare}`;
    return { status, text: answerText(response, { text, clause: '' }), clause: 'TS 24.229 §5.4.1.2.3' };
  }
  if (status === 403 && authentication.scheme === 'none') {
    const text =
      'it knows this UE by its address only: compare the address that the HSS has for the subscriber with the one in Via';
    return { status, text: answerText(response, { text, clause: '' }), clause: 'TS 33.203 Annex T' };
  }
  if (status === 420) return badExtension(response);
  if (status === 500 && response.has('Retry-After')) {
    return { status, text: answerText(response, comeLater), clause: comeLater.clause };
  }
  const usual = (security.mechanism === 'none' ? undefined : securityAdvices.get(status)) ?? advices.get(status);
  const advice = usual ?? unusual(status);
  return { status, text: answerText(response, advice), clause: advice.clause };
}

/** RFC 3261 8.1.3.2: what nobody knows is taken for x00 of its class. */
function unusual(status: number): Advice {
  const what = status < 400 ? 'which no UE follows' : 'for a reason that registrars do not usually have';
  return {
    text: `${what}: see which node has sent that first, and its log`,
    clause: `RFC 3261 8.1.3.2, 21.${Math.floor(status / 100)}`,
  };
}
