/** S-CSCF, REGISTER: authentication first, then the registration of the implicit set. TS 24.229 §5.4.1. */
import { encodeNonce } from '../../aka/index.js';
import type { CxClient, SipAuthDataItem } from '../../diameter/index.js';
import type { Instance } from '../../machine/index.js';
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { formatChallenge, hostPort, parseCredentials, type SipRequest } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { parseUserData } from '../subscription/user-data.js';
import { authentication, type ChallengeAnswer } from './authentication.machine.js';
import { associatedIdentities, type UserRegistration, type UserRegistrations } from './bindings.js';
import { judgeAnswer, type OutstandingChallenge } from './challenge-answer.js';
import type { ScscfConfig } from './config.js';
import { type Refused, refusedBy } from './cx-outcome.js';
import { contactLine, requestedExpires } from './register-request.js';
import { type AssignmentType, registration } from './registration.machine.js';

interface Authentication {
  readonly privateIdentity: string;
  readonly publicIdentity: string;
  machine: Instance<typeof authentication>;
  challenge: OutstandingChallenge | undefined;
  hssHost: string | undefined;
}

/** SAR's Server-Assignment-Type (TS 29.229 6.3.15). */
const assignmentTypes = {
  registration: 'REGISTRATION',
  reRegistration: 'RE_REGISTRATION',
  userDeregistration: 'USER_DEREGISTRATION',
  timeoutDeregistration: 'TIMEOUT_DEREGISTRATION',
} as const;

const wrongAnswers: Partial<
  Record<ChallengeAnswer, { readonly what: string; readonly text: string; readonly clause: string }>
> = {
  wrong: {
    what: 'cause.wrongResponse',
    text: 'the UE answered the challenge with a wrong response: its RES differs from XRES, or it computed the digest from other username, realm or uri',
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
};

export class Registrar {
  readonly #chassis: Chassis;
  readonly #config: ScscfConfig;
  readonly #cx: CxClient;
  readonly #users: UserRegistrations;
  readonly #authentications = new Map<string, Authentication>();

  constructor(chassis: Chassis, config: ScscfConfig, cx: CxClient, users: UserRegistrations) {
    this.#chassis = chassis;
    this.#config = config;
    this.#cx = cx;
    this.#users = users;
  }

  readonly procedure: Procedure = {
    name: 'registration',
    accepts: ({ server }) => server.message.method === 'REGISTER',
    begin: (routed) => this.#receive(routed),
  };

  #receive(routed: RoutedRequest): void {
    const { message } = routed.server;
    // TS 24.229 §5.4.1.2.1: only users of a domain that is served here.
    if (message.to.uri.host !== this.#config.homeDomain) {
      routed.server.reply(403);
      return;
    }
    const credentials = credentialsOf(message);
    const privateIdentity = privateIdentityOf(message);
    const running = this.#authentications.get(privateIdentity);
    if (running === undefined) {
      this.#authenticate(routed, privateIdentity);
      return;
    }
    const judged =
      running.challenge === undefined
        ? { answer: 'unrelated' as const, resynchronisation: undefined }
        : judgeAnswer(running.challenge, credentials, message);
    running.machine.send({ type: 'sip.register', request: routed, ...judged });
  }

  /** Every REGISTER without a security association is challenged (TS 24.229 §5.4.1.2.1). */
  #authenticate(routed: RoutedRequest, privateIdentity: string): void {
    const { to } = routed.server.message;
    const owner = {
      privateIdentity,
      publicIdentity: canonicalIdentity(to.uri.text) ?? to.uri.text,
      challenge: undefined,
      hssHost: this.#users.byPrivate(privateIdentity)?.hssHost,
    } as unknown as Authentication;
    this.#authentications.set(privateIdentity, owner);
    owner.machine = this.#chassis.host.create(authentication, {
      id: `authentication:${privateIdentity}`,
      input: { request: routed, awaitAuthMs: this.#config.registration.awaitAuthMs },
      owner,
      effects: this.#authenticationEffects,
      onDone: () => this.#authentications.delete(privateIdentity),
    });
  }

  readonly #authenticationEffects = {
    fetchVector: (
      { resynchronisation }: { request: unknown; resynchronisation: string | undefined },
      owner: Authentication,
    ) => {
      const item: SipAuthDataItem = {
        sipAuthenticationScheme: 'Digest-AKAv1-MD5',
        ...(resynchronisation === undefined ? {} : { sipAuthorization: Buffer.from(resynchronisation, 'hex') }),
      };
      this.#cx.multimediaAuth(
        {
          userName: owner.privateIdentity,
          publicIdentity: owner.publicIdentity,
          sipNumberAuthItems: 1,
          sipAuthDataItem: item,
          serverName: this.#config.serverName,
          ...(owner.hssHost === undefined ? {} : { destinationHost: owner.hssHost }),
        },
        (answer) => {
          const refused = refusedBy(answer, 'MAR');
          const vector = 'sipAuthDataItems' in answer ? answer.sipAuthDataItems?.[0] : undefined;
          if (refused !== undefined) this.#refuse(owner, refused);
          else if (vector === undefined || !isUsable(vector)) this.#refuse(owner, unusableVector);
          else {
            if ('originHost' in answer) owner.hssHost = answer.originHost;
            owner.machine.send({ type: 'cx.maa', vector });
          }
        },
      );
    },
    challenge: ({ request, vector }: { request: unknown; vector: unknown }, owner: Authentication) =>
      this.#challenge(request as RoutedRequest, vector as SipAuthDataItem, owner),
    respond: ({ request, status }: { request: unknown; status: number }) => {
      (request as RoutedRequest).server.reply(status);
    },
    deferRequest,
    explainFailure: ({ answer }: { answer: ChallengeAnswer }, owner: Authentication) => {
      const wrong = wrongAnswers[answer];
      if (wrong !== undefined) {
        this.#chassis.explain(
          wrong.what,
          `${this.#chassis.name}: for ${owner.privateIdentity} ${wrong.text}`,
          wrong.clause,
        );
      }
    },
    reportToHss: ({ outcome }: { outcome: 'failure' | 'timeout' }, owner: Authentication) => {
      // A registration that stands is not touched (TS 33.203 §6.1.2.1, §6.1.2.4).
      this.#cx.serverAssignment(
        {
          userName: owner.privateIdentity,
          publicIdentities: [owner.publicIdentity],
          serverName: this.#config.serverName,
          serverAssignmentType: outcome === 'failure' ? 'AUTHENTICATION_FAILURE' : 'AUTHENTICATION_TIMEOUT',
          userDataAlreadyAvailable: true,
          ...(owner.hssHost === undefined ? {} : { destinationHost: owner.hssHost }),
        },
        () => {},
      );
    },
    accept: ({ request }: { request: unknown }, owner: Authentication) => this.#accept(request as RoutedRequest, owner),
  };

  #refuse(owner: Authentication, refused: Refused): void {
    this.#chassis.explain(
      refused.what,
      `${this.#chassis.name}: for ${owner.privateIdentity} ${refused.text}`,
      refused.clause,
    );
    owner.machine.send({ type: 'cx.maaRefused', status: refused.status });
  }

  /** REG-42. */
  #challenge({ server }: RoutedRequest, vector: SipAuthDataItem, owner: Authentication): void {
    const authenticate = vector.sipAuthenticate!;
    const rand = Buffer.from(authenticate.subarray(0, 16));
    const nonce = encodeNonce(rand, authenticate.subarray(16, 32));
    owner.challenge = {
      nonce,
      callId: server.message.callId,
      rand,
      xres: Buffer.from(vector.sipAuthorization!),
    };
    server.reply(401, {
      headers: [
        [
          'WWW-Authenticate',
          formatChallenge({
            realm: this.#config.homeDomain,
            nonce,
            algorithm: 'AKAv1-MD5',
            qop: ['auth'],
            ck: vector.confidentialityKey?.toString('hex') ?? '',
            ik: vector.integrityKey?.toString('hex') ?? '',
          }),
        ],
      ],
    });
  }

  /** The UE is who it says: on to the registration (REG-43). */
  #accept(routed: RoutedRequest, owner: Authentication): void {
    const { message } = routed.server;
    const expires = requestedExpires(message, this.#config.registration);
    if (expires.kind === 'tooBrief') {
      // REG-47, RFC 3261 10.2.8.
      routed.server.reply(423, { headers: [['Min-Expires', String(this.#config.registration.expiresMin)]] });
      return;
    }
    if (expires.kind === 'invalid') {
      routed.server.reply(400, { reason: expires.reason });
      return;
    }
    const user = this.#users.byPrivate(owner.privateIdentity) ?? this.#createUser(owner);
    user.hssHost = owner.hssHost;
    const { binding } = user;
    // REG-49, RFC 3261 10.3 step 7.
    if (binding !== undefined && binding.callId === message.callId && message.cseq.sequence <= binding.sequence) {
      routed.server.reply(500);
      return;
    }
    const contacts = message.contacts;
    const intent = expires.seconds === 0 ? 'remove' : 'bind';
    user.machine.send({
      type: 'register.authenticated',
      request: routed,
      intent,
      bindingKnown: contacts === '*' || contacts.some((contact) => contact.uri.text === binding?.uri),
      expiresMs: expires.seconds * 1000,
    });
  }

  #createUser(owner: Authentication): UserRegistration {
    const user = {
      privateIdentity: owner.privateIdentity,
      publicIdentity: owner.publicIdentity,
      serviceRouteToken: `orig-${this.#chassis.environment.random.bytes(8).toString('hex')}`,
      profile: undefined,
      binding: undefined,
      hssHost: owner.hssHost,
    } as unknown as UserRegistration;
    user.machine = this.#chassis.host.create(registration, {
      id: `registration:${owner.privateIdentity}`,
      input: undefined,
      owner: user,
      effects: this.#registrationEffects,
      onDone: () => this.#users.remove(user),
    });
    this.#users.add(user);
    return user;
  }

  readonly #registrationEffects = {
    assignServer: ({ type }: { type: AssignmentType }, user: UserRegistration) => {
      this.#cx.serverAssignment(
        {
          userName: user.privateIdentity,
          publicIdentities: [user.publicIdentity],
          serverName: this.#config.serverName,
          serverAssignmentType: assignmentTypes[type],
          userDataAlreadyAvailable: user.profile !== undefined,
          ...(user.hssHost === undefined ? {} : { destinationHost: user.hssHost }),
        },
        (answer) => {
          const refused = refusedBy(answer, 'SAR');
          if (refused === undefined) {
            const userData = 'userData' in answer ? answer.userData : undefined;
            const profile = userData === undefined ? user.profile : parseUserData(userData);
            const bringsProfile = type === 'registration' || type === 'reRegistration';
            if (profile !== undefined || !bringsProfile)
              return user.machine.send({ type: 'cx.saa', userData: profile });
          }
          const { status, what, text, clause } = refused ?? unusableProfile;
          this.#chassis.explain(what, `${this.#chassis.name}: for ${user.privateIdentity} ${text}`, clause);
          user.machine.send({ type: 'cx.saaRefused', status });
        },
      );
    },
    storeProfile: ({ userData }: { userData: unknown }, user: UserRegistration) => {
      const profile = userData as UserRegistration['profile'];
      if (profile !== undefined) this.#users.setProfile(user, profile);
    },
    bindContact: ({ request }: { request: unknown }, user: UserRegistration) => {
      const { message } = (request as RoutedRequest).server;
      const contacts = message.contacts;
      const contact = contacts === '*' ? undefined : contacts[0];
      if (contact === undefined) return;
      const expires = requestedExpires(message, this.#config.registration);
      if (expires.kind !== 'granted') return;
      // Step 4A of TS 24.229 §5.4.1.2.2: without reg-id a new contact replaces the old one (REG-46).
      user.binding = {
        ...contactLine(contact),
        path: [...message.values('Path')],
        expires: expires.seconds,
        expiresAt: this.#chassis.environment.clock.now() + expires.seconds * 1000,
        callId: message.callId,
        sequence: message.cseq.sequence,
      };
    },
    removeBinding: (_: unknown, user: UserRegistration) => {
      user.binding = undefined;
    },
    acceptRegister: ({ request }: { request: unknown }, user: UserRegistration) =>
      this.#acceptRegister(request as RoutedRequest, user),
    respond: ({ request, status }: { request: unknown; status: number }) => {
      (request as RoutedRequest).server.reply(status);
    },
    deferRequest,
  };

  /** REG-45; after a removal the removed contact is listed with expires=0 (REG-72). */
  #acceptRegister({ server }: RoutedRequest, user: UserRegistration): void {
    const { message } = server;
    const headers: (readonly [string, string])[] = [];
    for (const path of message.values('Path')) headers.push(['Path', path]);
    const { binding, profile } = user;
    if (binding !== undefined) {
      const { host, port } = this.#chassis.sip.localUri();
      headers.push(['Service-Route', `<sip:${user.serviceRouteToken}@${hostPort(host, port)};lr>`]);
      const associated = associatedIdentities(profile!);
      if (associated.length > 0) headers.push(['P-Associated-URI', associated.map((uri) => `<${uri}>`).join(', ')]);
      headers.push(['Contact', `<${binding.uri}>;expires=${binding.expires}${binding.parameters}`]);
    } else {
      const contacts = message.contacts;
      if (contacts !== '*') for (const { uri } of contacts) headers.push(['Contact', `<${uri.text}>;expires=0`]);
    }
    const charging = message.header('P-Charging-Vector');
    if (charging !== undefined) {
      headers.push(['P-Charging-Vector', `${charging};term-ioi="Type 1${this.#config.homeDomain}"`]);
    }
    server.reply(200, { headers });
  }
}

const unusableVector: Refused = {
  status: 504,
  what: 'cause.unusableVector',
  text: 'MAA brought no usable vector: SIP-Authenticate must have 32 octets (RAND, AUTN) and SIP-Authorization XRES',
  clause: 'TS 29.229 §6.3.10, TS 29.228 §6.3',
};

const unusableProfile: Refused = {
  status: 500,
  what: 'cause.unusableProfile',
  text: 'SAA brought no user profile that can be read',
  clause: 'TS 29.228 §6.6, Annex B',
};

function isUsable(vector: SipAuthDataItem): boolean {
  return vector.sipAuthenticate?.length === 32 && (vector.sipAuthorization?.length ?? 0) >= 4;
}

function deferRequest({ request }: { request: unknown }): void {
  // The HSS is being asked for an earlier REGISTER of this user.
  (request as RoutedRequest).server.reply(500, { headers: [['Retry-After', '1']] });
}

function credentialsOf(message: SipRequest) {
  const authorization = message.header('Authorization');
  return authorization === undefined ? undefined : parseCredentials(authorization);
}

/** IMPI: username, else derived from To (TS 24.229 §5.4.1.2.1). */
function privateIdentityOf(message: SipRequest): string {
  const username = credentialsOf(message)?.username;
  if (username !== undefined && username !== '') return username;
  const { uri } = message.to;
  return uri.user === undefined ? uri.host : `${uri.user}@${uri.host}`;
}
