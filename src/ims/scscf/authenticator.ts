/** S-CSCF, IMS AKA: who sends a REGISTER proves that it is who it says. TS 24.229 §5.4.1.2.1 to §5.4.1.2.3A. */
import { encodeNonce } from '../../aka/index.js';
import type { CxClient, MultimediaAuthAnswer, SipAuthDataItem } from '../../diameter/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Cause, Chassis, RoutedRequest } from '../../node/index.js';
import { detached, formatChallenge, type SipRequest } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { type AuthenticationFailure, authentication } from './authentication.machine.js';
import { judgeAnswer, type OutstandingChallenge } from './challenge-answer.js';
import type { ScscfConfig } from './config.js';
import { type Refused, refusedBy } from './cx-outcome.js';

/** Who has proved to be who, and the HSS that knows (TS 29.228 6.4). */
export interface Authenticated {
  readonly privateIdentity: string;
  /** Canonical. */
  readonly publicIdentity: string;
  readonly hssHost: string | undefined;
}

/** One private identity that is being authenticated. */
interface Authentication {
  readonly privateIdentity: string;
  challenge: OutstandingChallenge | undefined;
  hssHost: string | undefined;
}

type Machine = Instance<typeof authentication>;

const scheme = 'Digest-AKAv1-MD5';

export class Authenticator {
  readonly #chassis: Chassis;
  readonly #config: ScscfConfig;
  readonly #cx: CxClient;
  readonly #onAuthenticated: (request: RoutedRequest, who: Authenticated) => void;
  readonly #running = new Map<string, { readonly owner: Authentication; readonly machine: Machine }>();

  constructor(
    chassis: Chassis,
    config: ScscfConfig,
    cx: CxClient,
    onAuthenticated: (request: RoutedRequest, who: Authenticated) => void,
  ) {
    this.#chassis = chassis;
    this.#config = config;
    this.#cx = cx;
    this.#onAuthenticated = onAuthenticated;
  }

  get count(): number {
    return this.#running.size;
  }

  /** Every REGISTER without a security association is challenged (TS 24.229 §5.4.1.2.1), or answers a challenge. */
  receive(routed: RoutedRequest, privateIdentity: string, hssHost: string | undefined): void {
    const running = this.#running.get(privateIdentity);
    if (running === undefined) this.#begin(routed, detached(privateIdentity), hssHost);
    else {
      const judged = judgeAnswer(running.owner.challenge, routed.server.message);
      running.machine.send({ type: 'sip.register', request: routed, ...judged });
    }
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const { machine } of [...this.#running.values()]) machine.stop();
  }

  #begin(request: RoutedRequest, privateIdentity: string, hssHost: string | undefined): void {
    const owner: Authentication = { privateIdentity, challenge: undefined, hssHost };
    const machine = this.#chassis.host.create(authentication, {
      id: `authentication:${privateIdentity}`,
      input: { request, awaitAuthMs: this.#config.registration.awaitAuthMs },
      owner,
      effects: this.#effects,
      onDone: () => this.#running.delete(privateIdentity),
    });
    this.#running.set(privateIdentity, { owner, machine });
  }

  readonly #effects: EffectsOf<typeof authentication, Authentication> = {
    fetchVector: ({ request, resynchronisation }, owner, machine) =>
      this.#fetchVector(request!, resynchronisation, owner, machine),
    challenge: ({ request, vector }, owner) => this.#challenge(request!, vector, owner),
    respond: ({ request, status }) => {
      request!.server.reply(status);
    },
    deferRequest: ({ request }) => deferRequest(request),
    explainFailure: ({ failure }, { privateIdentity }) => {
      const cause = failures[failure];
      if (cause !== undefined) this.#chassis.explain({ ...cause, text: `for ${privateIdentity} ${cause.text}` });
    },
    reportToHss: ({ outcome }, owner) => this.#reportToHss(outcome, owner),
    accept: ({ request }, { privateIdentity, hssHost, challenge }) =>
      this.#onAuthenticated(request, { privateIdentity, hssHost, publicIdentity: challenge!.publicIdentity }),
  };

  #fetchVector(
    { server }: RoutedRequest,
    resynchronisation: string | undefined,
    owner: Authentication,
    machine: Machine,
  ): void {
    const sipAuthorization = resynchronisation === undefined ? undefined : Buffer.from(resynchronisation, 'hex');
    const sipAuthDataItem = { sipAuthenticationScheme: scheme, ...(sipAuthorization && { sipAuthorization }) };
    this.#cx.multimediaAuth(
      {
        userName: owner.privateIdentity,
        publicIdentity: publicIdentityOf(server.message),
        sipNumberAuthItems: 1,
        sipAuthDataItem,
        serverName: this.#config.serverName,
        ...(owner.hssHost === undefined ? {} : { destinationHost: owner.hssHost }),
      },
      (answer) => {
        const vector = usableVector(answer, resynchronisation === undefined ? 'MAR' : 'MAR with AUTS');
        if ('status' in vector) {
          const { status, cause } = vector;
          this.#chassis.explain({ ...cause, text: `for ${owner.privateIdentity} ${cause.text}` });
          machine.send({ type: 'cx.maaRefused', status });
        } else {
          if ('originHost' in answer) owner.hssHost = answer.originHost;
          machine.send({ type: 'cx.maa', vector });
        }
      },
    );
  }

  /** REG-42. */
  #challenge({ server }: RoutedRequest, vector: SipAuthDataItem, owner: Authentication): void {
    const authenticate = vector.sipAuthenticate!;
    const rand = Buffer.from(authenticate.subarray(0, 16));
    const nonce = encodeNonce(rand, authenticate.subarray(16, 32));
    const { message } = server;
    owner.challenge = {
      nonce,
      callId: detached(message.callId),
      realm: this.#config.homeDomain,
      publicIdentity: publicIdentityOf(message),
      rand,
      xres: Buffer.from(vector.sipAuthorization!),
    };
    const challenge = formatChallenge({
      realm: this.#config.homeDomain,
      nonce,
      algorithm: 'AKAv1-MD5',
      qop: ['auth'],
      ck: vector.confidentialityKey?.toString('hex') ?? '',
      ik: vector.integrityKey?.toString('hex') ?? '',
    });
    server.reply(401, { headers: [['WWW-Authenticate', challenge]] });
  }

  /**
   * So that the HSS drops authentication pending; a registration that stands is not touched by it (CX 4.2 rows 9, 10;
   * TS 33.203 §6.1.2.1, §6.1.2.4). Its answer changes nothing.
   */
  #reportToHss(outcome: 'failure' | 'timeout', { privateIdentity, challenge, hssHost }: Authentication): void {
    this.#cx.serverAssignment(
      {
        userName: privateIdentity,
        publicIdentities: [challenge!.publicIdentity],
        serverName: this.#config.serverName,
        serverAssignmentType: outcome === 'failure' ? 'AUTHENTICATION_FAILURE' : 'AUTHENTICATION_TIMEOUT',
        userDataAlreadyAvailable: true,
        ...(hssHost === undefined ? {} : { destinationHost: hssHost }),
      },
      () => {},
    );
  }
}

/** The HSS is being asked for an earlier REGISTER of this user. */
export function deferRequest({ server }: RoutedRequest): void {
  server.reply(500, { headers: [['Retry-After', '1']] });
}

function publicIdentityOf({ to }: SipRequest): string {
  return canonicalIdentity(to.uri.text) ?? detached(to.uri.text);
}

/** The vector of MAA, or why there is none. */
function usableVector(answer: MultimediaAuthAnswer, query: 'MAR' | 'MAR with AUTS'): SipAuthDataItem | Refused {
  const refused = refusedBy(answer, query);
  if (refused !== undefined) return refused;
  const vector = 'sipAuthDataItems' in answer ? answer.sipAuthDataItems?.[0] : undefined;
  const isUsable = vector?.sipAuthenticate?.length === 32 && (vector.sipAuthorization?.length ?? 0) >= 4;
  return isUsable ? vector : unusableVector;
}

const unusableVector: Refused = {
  status: 504,
  cause: {
    what: 'cause.unusableVector',
    text: 'MAA brought no usable vector: SIP-Authenticate must have 32 octets (RAND, AUTN) and SIP-Authorization XRES',
    clause: 'TS 29.229 §6.3.10, TS 29.228 §6.3',
  },
};

/** How an authentication failed, for a person. */
const failures: Partial<Record<AuthenticationFailure, Cause>> = {
  wrong: {
    what: 'cause.wrongResponse',
    text: 'the UE answered the challenge with a wrong response: its RES differs from XRES, or it computed the digest in terms of another username, realm, uri or algorithm',
    clause: 'TS 24.229 §5.4.1.2.3A, TS 33.203 §6.1.2.1',
  },
  macFailure: {
    what: 'cause.macFailure',
    text: 'the UE refused the challenge because the MAC in AUTN is wrong for it: K or OPc differ between SIM and HSS',
    clause: 'TS 33.102 §6.3.3, TS 24.229 §5.1.1.5.3',
  },
  malformedAuts: {
    what: 'cause.malformedAuts',
    text: 'the UE sent auts that is not base64 of 14 octets',
    clause: 'RFC 3310 3.4',
  },
  noAnswer: {
    what: 'cause.challengeUnanswered',
    text: 'the UE did not answer the challenge within reg-await-auth: did the 401 reach it?',
    clause: 'TS 24.229 §5.4.1.2.3, §7.8',
  },
};
