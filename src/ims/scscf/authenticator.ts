/** S-CSCF: who sends a REGISTER proves that it is who it says. TS 24.229 §5.4.1.2.1 to §5.4.1.2.3A; REG-40 to REG-44. */
import { encodeNonce } from '../../aka/index.js';
import type { CxClient, MultimediaAuthAnswer } from '../../diameter/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Cause, Chassis, RoutedRequest } from '../../node/index.js';
import {
  type Credentials,
  detached,
  formatAuthenticationInfo,
  formatChallenge,
  responseAuthentication,
  type SipRequest,
} from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { type AuthenticationFailure, authentication } from './authentication.machine.js';
import { otherScheme, type RequestedScheme, requestedScheme } from './authentication-scheme.js';
import { judgeAnswer, type OutstandingChallenge, secretOf } from './challenge-answer.js';
import type { ScscfConfig } from './config.js';
import { DigestSession } from './digest-session.js';
import type { EndingAssignments } from './ending-assignments.js';
import { type AkaProof, type DigestProof, type Proof, readProofs } from './proof.js';
import { type Admission, admission, type LastAuthentication, type Standing } from './reauthentication.js';
import type { IncomingRegister } from './register-request.js';

/** What remains of an authentication for the user's next REGISTERs. */
export interface AuthenticationSession {
  /** Absent: the user has to prove again who it is (REG-75). */
  readonly last: LastAuthentication | undefined;
  readonly digest: DigestSession | undefined;
  /** Vectors of the last MAA that no challenge has used. */
  readonly unused: readonly Proof[];
}

/** Who has proved to be who, and the HSS that knows (TS 29.228 6.4). */
export interface Authenticated {
  readonly privateIdentity: string;
  /** Canonical. */
  readonly publicIdentity: string;
  readonly hssHost: string | undefined;
  /** The registrar keeps it with the user, and shows it with the next REGISTER. */
  readonly session: AuthenticationSession;
  /** For the 200: Authentication-Info. */
  readonly responseHeaders: readonly (readonly [string, string])[];
}

/** What the registrar has of the user. */
export interface StandingUser extends Standing {
  readonly session: AuthenticationSession | undefined;
}

/** One private identity that is being authenticated. */
interface Authentication {
  readonly privateIdentity: string;
  readonly publicIdentity: string;
  challenge: OutstandingChallenge | undefined;
  hssHost: string | undefined;
  unused: readonly Proof[];
}

type Machine = Instance<typeof authentication>;

const none: readonly Proof[] = [];

export class Authenticator {
  readonly #chassis: Chassis;
  readonly #config: ScscfConfig;
  readonly #cx: CxClient;
  readonly #endings: EndingAssignments;
  readonly #onAuthenticated: (request: IncomingRegister, who: Authenticated) => void;
  readonly #running = new Map<string, { readonly owner: Authentication; readonly machine: Machine }>();

  constructor(
    chassis: Chassis,
    config: ScscfConfig,
    cx: CxClient,
    endings: EndingAssignments,
    onAuthenticated: (request: IncomingRegister, who: Authenticated) => void,
  ) {
    this.#chassis = chassis;
    this.#config = config;
    this.#cx = cx;
    this.#endings = endings;
    this.#onAuthenticated = onAuthenticated;
  }

  get count(): number {
    return this.#running.size;
  }

  isRunning(privateIdentity: string): boolean {
    return this.#running.has(privateIdentity);
  }

  /** Somebody is about to prove who it is with this identity. */
  isRunningWith(publicIdentity: string): boolean {
    return [...this.#running.values()].some(({ owner }) => owner.publicIdentity === publicIdentity);
  }

  /** A REGISTER answers a challenge, begins an authentication, or needs none (REG-44). */
  receive(routed: IncomingRegister, privateIdentity: string, standing: StandingUser): void {
    const { credentials } = routed;
    const { message } = routed.server;
    const running = this.#running.get(privateIdentity);
    if (running !== undefined) {
      const judged = judgeAnswer(running.owner.challenge, message, credentials);
      // TS 24.229 §5.4.1.2.3A: after a wrong RES there is no second challenge.
      const mayBeRepeated =
        judged.answer === 'macFailure' ||
        (judged.answer === 'wrong' && running.owner.challenge?.proof.kind === 'digest');
      const { answer, resynchronisation } = judged;
      running.machine.send({ type: 'sip.register', request: routed, mayBeRepeated, answer, resynchronisation });
      return;
    }
    const now = this.#chassis.environment.clock.now();
    const known = credentials && standing.session?.digest?.judge(message, credentials, now);
    if (known === 'correct') {
      this.#accept(routed, privateIdentity, credentials!, standing);
      return;
    }
    const last = standing.session?.last;
    // TS 24.229 §5.4.1.2.2A: an IP association spares a challenge, not the proof: a replayed nc or a wrong response has none.
    const admitted: Admission =
      known === 'stale' || known === 'wrong'
        ? { kind: 'challenge' }
        : admission(credentials, standing, last, { config: this.#config.authentication, now });
    switch (admitted.kind) {
      case 'accept':
        this.#accept(routed, privateIdentity, credentials!, standing);
        return;
      case 'refuse':
        this.#chassis.explain({
          what: 'cause.registerRefused',
          text: `REGISTER of ${privateIdentity} is refused: ${admitted.text}`,
          clause: 'TS 24.229 §5.4.1.2.2, REG-44',
        });
        routed.server.reply(admitted.status);
        return;
      case 'challenge':
        this.#begin(routed, detached(privateIdentity), standing, known === 'stale');
    }
  }

  /** The user is registered no more: what answers a challenge of before is challenged anew, so that no 200 follows upon the end. */
  abandon(privateIdentity: string, isOfUser: (publicIdentity: string) => boolean): void {
    const running = this.#running.get(privateIdentity);
    if (running?.machine.state !== 'awaitingChallengeResponse' || !isOfUser(running.owner.publicIdentity)) return;
    running.machine.stop();
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const { machine } of [...this.#running.values()]) machine.stop();
  }

  #begin(request: IncomingRegister, privateIdentity: string, standing: StandingUser, stale: boolean): void {
    const { registration, authentication: settings } = this.#config;
    const owner: Authentication = {
      privateIdentity,
      publicIdentity: publicIdentityOf(request.server.message),
      challenge: undefined,
      hssHost: standing.hssHost,
      unused: standing.session?.unused ?? none,
    };
    const machine = this.#chassis.host.create(authentication, {
      id: `authentication:${privateIdentity}`,
      input: { request, awaitAuthMs: registration.awaitAuthMs, attemptsMax: settings.attemptsMax, stale },
      owner,
      effects: this.#effects,
      onDone: () => this.#running.delete(privateIdentity),
    });
    // A machine that has ended at once, because a vector was at hand, has been removed before it was added.
    if (!machine.done) this.#running.set(privateIdentity, { owner, machine });
  }

  /** Without a challenge: the user has proved before who it is. */
  #accept(routed: IncomingRegister, privateIdentity: string, credentials: Credentials, standing: StandingUser): void {
    const { hssHost } = standing;
    const now = this.#chassis.environment.clock.now();
    const session = standing.session ?? { last: { at: now, accepted: 0 }, digest: undefined, unused: [] };
    if (session.last !== undefined) session.last.accepted++;
    const answersDigest = session.digest?.judge(routed.server.message, credentials, now) === 'correct';
    const responseHeaders = answersDigest
      ? digestInfo(session.digest!.accept(credentials, this.#makeNonce(), now))
      : [];
    const publicIdentity = publicIdentityOf(routed.server.message);
    this.#onAuthenticated(routed, { privateIdentity, publicIdentity, hssHost, session, responseHeaders });
  }

  readonly #effects: EffectsOf<typeof authentication, Authentication> = {
    fetchVector: ({ request, resynchronisation }, owner, machine) =>
      this.#fetchVector(request!, resynchronisation, owner, machine),
    challenge: ({ request, proof, stale }, owner) => this.#challenge(request!, proof, stale, owner),
    respond: ({ request, status }) => {
      request!.server.reply(status);
    },
    deferRequest: ({ request }, { privateIdentity }) => deferRequest(this.#chassis, request, privateIdentity),
    explainFailure: ({ failure }, { privateIdentity, challenge }) => {
      const isDigest = failure === 'wrong' && challenge?.proof.kind === 'digest';
      const cause = isDigest ? wrongDigest : failures[failure];
      if (cause !== undefined) this.#chassis.explain({ ...cause, text: `for ${privateIdentity} ${cause.text}` });
    },
    explainPlace: ({ proof: { text, clause } }, { privateIdentity }) =>
      this.#chassis.explain({ what: 'cause.otherPlace', text: `${privateIdentity} ${text}`, clause }),
    reportToHss: ({ outcome }, owner) => this.#reportToHss(outcome, owner),
    accept: ({ request }, owner) => this.#acceptAnswer(request!, owner),
  };

  #acceptAnswer(
    request: IncomingRegister,
    { privateIdentity, publicIdentity, hssHost, challenge, unused }: Authentication,
  ): void {
    const { authentication: settings } = this.#config;
    const now = this.#chassis.environment.clock.now();
    const { credentials } = request;
    const proof = challenge?.proof;
    const digest =
      proof?.kind === 'digest' ? new DigestSession(challenge!.realm, proof, settings.nonceLifetimeMs) : undefined;
    let info: string | undefined;
    if (digest !== undefined) info = digest.accept(credentials!, this.#makeNonce(), now);
    else if (proof?.kind === 'aka' && settings.authenticationInfo) info = akaInfo(proof, credentials!);
    this.#onAuthenticated(request, {
      privateIdentity,
      publicIdentity,
      hssHost,
      session: { last: { at: now, accepted: 0 }, digest, unused },
      responseHeaders: digestInfo(info),
    });
  }

  #fetchVector(
    request: IncomingRegister,
    resynchronisation: string | undefined,
    owner: Authentication,
    machine: Machine,
  ): void {
    const [next] = owner.unused;
    if (next !== undefined && resynchronisation === undefined) {
      owner.unused = owner.unused.slice(1);
      machine.send({ type: 'cx.maa', proof: next });
      return;
    }
    owner.unused = none; // The UE has refused the sequence that they belong to.
    const scheme = requestedScheme(request.credentials, this.#config.authentication);
    this.#askHss(request, scheme, resynchronisation, owner, machine);
  }

  #askHss(
    register: IncomingRegister,
    scheme: RequestedScheme,
    resynchronisation: string | undefined,
    owner: Authentication,
    machine: Machine,
  ): void {
    const sipAuthorization = resynchronisation === undefined ? undefined : Buffer.from(resynchronisation, 'hex');
    const { authentication: settings } = this.#config;
    this.#cx.multimediaAuth(
      {
        userName: owner.privateIdentity,
        publicIdentity: owner.publicIdentity,
        sipNumberAuthItems: settings.vectors,
        sipAuthDataItem: { sipAuthenticationScheme: scheme, sipAuthorization },
        serverName: this.#config.serverName,
        destinationHost: owner.hssHost,
      },
      (answer) => {
        const other = isSchemeRefused(answer) ? otherScheme(scheme, register.credentials, settings) : undefined;
        if (other !== undefined) {
          this.#askHss(register, other, resynchronisation, owner, machine);
          return;
        }
        const query = resynchronisation === undefined ? 'MAR' : 'MAR with AUTS';
        const proofs = readProofs(answer, query, register.server.message);
        if ('status' in proofs) {
          const { status, cause } = proofs;
          this.#chassis.explain({ ...cause, text: `for ${owner.privateIdentity} ${cause.text}` });
          machine.send({ type: 'cx.maaRefused', status });
          return;
        }
        if ('originHost' in answer) owner.hssHost = answer.originHost;
        owner.unused = proofs.length > 1 ? proofs.slice(1) : none;
        machine.send({ type: 'cx.maa', proof: proofs[0]! });
      },
    );
  }

  /** REG-42. */
  #challenge({ server }: IncomingRegister, proof: AkaProof | DigestProof, stale: boolean, owner: Authentication): void {
    const { homeDomain, authentication: settings } = this.#config;
    const { message } = server;
    const isAka = proof.kind === 'aka';
    const realm = isAka ? homeDomain : proof.realm;
    const nonce = isAka ? encodeNonce(proof.rand, proof.autn) : this.#makeNonce();
    const { publicIdentity } = owner;
    const qop = isAka ? settings.qop : proof.qop;
    const { sequence } = message.cseq;
    owner.challenge = { nonce, callId: detached(message.callId), sequence, realm, qop, publicIdentity, proof };
    const challenge = formatChallenge({
      realm,
      nonce,
      algorithm: proof.algorithm,
      qop: qop.length > 0 ? qop : undefined,
      stale: stale || undefined,
      ck: isAka ? proof.ck : undefined,
      ik: isAka ? proof.ik : undefined,
    });
    server.reply(401, { headers: [['WWW-Authenticate', challenge]] });
  }

  /**
   * So that the HSS drops authentication pending; a registration that stands is not touched by it (CX 4.2 rows 9, 10;
   * TS 33.203 §6.1.2.1, §6.1.2.4).
   */
  #reportToHss(outcome: 'failure' | 'timeout', { privateIdentity, publicIdentity, hssHost }: Authentication): void {
    this.#endings.end(
      {
        userName: privateIdentity,
        publicIdentities: [publicIdentity],
        serverName: this.#config.serverName,
        serverAssignmentType: outcome === 'failure' ? 'AUTHENTICATION_FAILURE' : 'AUTHENTICATION_TIMEOUT',
        userDataAlreadyAvailable: true,
        ...(hssHost === undefined ? {} : { destinationHost: hssHost }),
      },
      [publicIdentity],
    );
  }

  #makeNonce(): string {
    return this.#chassis.environment.random.bytes(16).toString('base64');
  }
}

/** The HSS is being asked for an earlier REGISTER of this user (RFC 3261 10.2: the UE is to wait for its answer). */
export function deferRequest(chassis: Chassis, { server }: RoutedRequest, privateIdentity: string): void {
  const { cseq } = server.message;
  chassis.explain({
    what: 'cause.registerOverlaps',
    text: `REGISTER of ${privateIdentity} with CSeq ${cseq.sequence} came before an earlier one was answered: it gets 500 with Retry-After; does the UE wait for the answer?`,
    clause: 'RFC 3261 10.2, 21.5.1',
  });
  server.reply(500, { headers: [['Retry-After', '1']] });
}

function publicIdentityOf({ to }: SipRequest): string {
  return detached(canonicalIdentity(to.uri.text) ?? to.uri.text);
}

/** The HSS has no scheme to propose (TS 29.228 §6.3.1). */
function isSchemeRefused(answer: MultimediaAuthAnswer): boolean {
  return answer.kind === 'experimental' && answer.experimentalResultCode === 5006;
}

/** AKA-36. */
function akaInfo(proof: AkaProof, credentials: Credentials): string | undefined {
  const { qop, nc, cnonce } = credentials;
  const rspauth = responseAuthentication(credentials, { ...secretOf(proof), algorithm: proof.algorithm });
  return rspauth && formatAuthenticationInfo({ qop, rspauth, cnonce, nc });
}

function digestInfo(info: string | undefined): readonly (readonly [string, string])[] {
  return info === undefined || info === '' ? [] : [['Authentication-Info', info]];
}

const wrongDigest: Cause = {
  what: 'cause.wrongResponse',
  text: 'the UE answered the challenge with a wrong response: its password differs from that of the HSS, or it computed the digest in terms of another username, realm, uri or algorithm; compare the password first',
  clause: 'TS 24.229 §5.4.1.2.2A, RFC 2617 3.2.2',
};

/** How an authentication failed, for a person. */
const failures: Partial<Record<AuthenticationFailure, Cause>> = {
  wrong: {
    what: 'cause.wrongResponse',
    text: 'the UE answered the challenge with a wrong response: its RES differs from XRES, or it computed the digest in terms of another username, realm, uri or algorithm; `imslab aka explain` says which, given the 401, the answer and the keys',
    clause: 'TS 24.229 §5.4.1.2.3A, TS 33.203 §6.1.2.1',
  },
  macFailure: {
    what: 'cause.macFailure',
    text: 'the UE refused the challenge because the MAC in AUTN is wrong for it: K or OPc differ between SIM and HSS; compare both digit by digit, and whether each is an OPc or an OP',
    clause: 'TS 33.102 §6.3.3, TS 24.229 §5.1.1.5.3',
  },
  malformedAuts: {
    what: 'cause.malformedAuts',
    text: 'the UE sent auts that is not base64 of 14 octets; see how it encodes AUTS, 6 octets of SQN and 8 of MAC-S',
    clause: 'RFC 3310 3.4',
  },
  noAnswer: {
    what: 'cause.challengeUnanswered',
    text: 'the UE did not answer the challenge within reg-await-auth: did the 401 reach it?',
    clause: 'TS 24.229 §5.4.1.2.3, §7.8',
  },
};
