/** S-CSCF: tells application servers who is registered. TS 24.229 §5.4.1.7, TS 23.218 6.3; CALL-80 to CALL-82. */
import type { Chassis } from '../../node/index.js';
import { buildRequest, encodeUtf8, parseUri, type SipRequest, type SipResponse } from '../../sip/index.js';
import type { ApplicationServer, RegistrationType } from '../subscription/filter-criteria.js';
import { matchingCriteria } from '../subscription/matching-criteria.js';
import type { ServiceProfile } from '../subscription/subscriber.js';
import { element } from '../subscription/user-data-format.js';
import { isForEmergencies } from './bindings.js';
import { chargingFunctions } from './charging-functions.js';
import type { ScscfConfig } from './config.js';
import { multipartMixed } from './multipart-body.js';
import { isOfDomain } from './served-user.js';
import { associatedIdentities, type UserRegistration, type UserRegistrations } from './user-registrations.js';

/** What a registration event says to an AS. */
export interface RegistrationNews {
  readonly type: RegistrationType;
  /** Seconds; 0 where it has ended. */
  readonly expires: number;
  /** Of the UE, where one brought it about. */
  readonly register: SipRequest | undefined;
  readonly answer: SipResponse | undefined;
}

function hasNoCriteria({ filterCriteria }: ServiceProfile): boolean {
  return filterCriteria.length === 0;
}

/** Headers of the UE's REGISTER that the AS gets to see (CALL-80). */
const copied = ['P-Access-Network-Info', 'P-Visited-Network-ID'] as const;

export class ThirdPartyRegistrations {
  readonly #chassis: Chassis;
  readonly #config: ScscfConfig;
  readonly #users: UserRegistrations;
  /** An AS with default handling SESSION_TERMINATED could not be told (CALL-82). */
  readonly #onRefused: (user: UserRegistration) => void;

  constructor(
    chassis: Chassis,
    config: ScscfConfig,
    users: UserRegistrations,
    onRefused: (user: UserRegistration) => void,
  ) {
    this.#chassis = chassis;
    this.#config = config;
    this.#users = users;
    this.#onRefused = onRefused;
  }

  /** One REGISTER to each AS whose filter criteria match; what comes of it changes nothing of the UE's answer. */
  tell(user: UserRegistration, news: RegistrationNews): void {
    const { profile } = user;
    if (profile === undefined || profile.serviceProfiles.every(hasNoCriteria)) return;
    const criteria = matchingCriteria(profile, {
      method: 'REGISTER',
      requestUri: `sip:${this.#config.homeDomain}`,
      registrationType: news.type,
      sessionCase: 0,
      values: (header) => news.register?.values(header) ?? [],
    });
    const told = new Set<string>();
    for (const { applicationServer } of criteria) {
      if (told.has(applicationServer.serverName)) continue; // CALL-80: one for each set and AS
      told.add(applicationServer.serverName);
      if (news.type === 'de' && this.#isStillRegistered(user, applicationServer)) continue;
      this.#send(user, applicationServer, news);
    }
  }

  /** The server was told of the identity by another private identity as well, which has it registered still (TS 24.229 §5.4.1.4). */
  #isStillRegistered(user: UserRegistration, { serverName }: ApplicationServer): boolean {
    const [identity] = associatedIdentities(user.profile!);
    if (identity === undefined) return false;
    return this.#users.allByPublic(identity).some((other) => {
      if (other === user || other.bindings.every(isForEmergencies)) return false;
      if (associatedIdentities(other.profile!)[0] !== identity) return false;
      const criteria = other.profile!.serviceProfiles.flatMap(({ filterCriteria }) => filterCriteria);
      return criteria.some(({ applicationServer }) => applicationServer.serverName === serverName);
    });
  }

  #send(user: UserRegistration, server: ApplicationServer, news: RegistrationNews): void {
    const { sip } = this.#chassis;
    const [identity] = associatedIdentities(user.profile!);
    if (identity === undefined) return;
    const uri = parseUri(server.serverName);
    const destinations = uri === undefined ? [] : sip.resolveUri(uri);
    if (uri === undefined || destinations.length === 0) {
      this.#fail(user, server, news, `its name ${server.serverName} leads nowhere`);
      return;
    }
    // TS 24.229 §5.4.1.7: for a server of the home network.
    const functions = isOfDomain(server.serverName, this.#config.homeDomain)
      ? chargingFunctions(user.charging)
      : undefined;
    sip.sendRequest(this.#request(identity, server, news, functions), destinations, {
      onResponse: ({ status, reason }) => {
        // CALL-82, TS 24.229 §5.4.1.7: another refusal is the server's word, and no reason to end anything.
        if (status === 408 || (status >= 500 && status < 600))
          this.#fail(user, server, news, `it answered ${status} ${reason}`);
      },
      onTimeout: () => this.#fail(user, server, news, 'it did not answer'),
      onTransportError: (reason) => this.#fail(user, server, news, `it cannot be reached (${reason})`),
    });
  }

  #request(
    identity: string,
    server: ApplicationServer,
    news: RegistrationNews,
    functions: string | undefined,
  ): SipRequest {
    const { serverName: own, homeDomain } = this.#config;
    const random = this.#chassis.environment.random;
    const headers: [string, string][] = [
      ['Max-Forwards', '70'],
      ['From', `<${own}>;tag=${random.bytes(8).toString('hex')}`],
      ['To', `<${identity}>`],
      ['Call-ID', random.bytes(16).toString('hex')],
      ['CSeq', '1 REGISTER'],
      ['Contact', `<${own}>`],
      ['Expires', String(news.expires)],
    ];
    for (const name of copied) for (const value of news.register?.values(name) ?? []) headers.push([name, value]);
    const icid = /icid-value=("[^"]*"|[^;]+)/.exec(news.register?.header('P-Charging-Vector') ?? '')?.[1];
    // CALL-13: towards an AS the inter-operator identifier is of type 3.
    const vector = icid ?? `"${random.bytes(12).toString('hex')}"`;
    headers.push(['P-Charging-Vector', `icid-value=${vector};orig-ioi="Type 3${homeDomain}"`]);
    if (functions !== undefined) headers.push(['P-Charging-Function-Addresses', functions]);
    return buildRequest({ method: 'REGISTER', requestUri: server.serverName, headers, ...bodyFor(server, news) });
  }

  #fail(user: UserRegistration, server: ApplicationServer, news: RegistrationNews, why: string): void {
    const ends = server.defaultHandling === 'terminate' && news.type !== 'de';
    this.#chassis.explain({
      what: ends ? 'cause.applicationServerUnreachable' : 'info.applicationServerUnreachable',
      text: `application server ${server.serverName} was not told that ${user.publicIdentity} is ${news.type === 'de' ? 'not registered any more' : 'registered'}: ${why}${ends ? '; its default handling ends the registration' : ''}`,
      clause: 'TS 24.229 §5.4.1.7, CALL-82',
    });
    if (ends) this.#onRefused(user);
  }
}

/** CALL-81. */
function bodyFor(
  server: ApplicationServer,
  { register, answer }: RegistrationNews,
): { readonly body?: string; readonly contentType?: string } {
  const parts: { readonly contentType: string; readonly content: string }[] = [];
  if (server.serviceInfo !== undefined) {
    const info = element('service-info', server.serviceInfo);
    parts.push({
      contentType: 'application/3gpp-ims+xml',
      content: encodeUtf8(`<?xml version="1.0" encoding="UTF-8"?><ims-3gpp version="1">${info}</ims-3gpp>`),
    });
  }
  if (server.includeRegisterRequest && register !== undefined) {
    parts.push({ contentType: 'message/sip', content: register.text });
  }
  if (server.includeRegisterResponse && answer !== undefined) {
    parts.push({ contentType: 'message/sip', content: answer.text });
  }
  const [only] = parts;
  if (only === undefined) return {};
  return parts.length === 1 ? { body: only.content, contentType: only.contentType } : multipartMixed(parts);
}
