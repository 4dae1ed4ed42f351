/** P-CSCF, REGISTER and its answers on their way. TS 24.229 §5.2.2. */
import type { EffectsOf } from '../../machine/index.js';
import type { Cause, Chassis, Procedure, ReturningResponse, RoutedRequest } from '../../node/index.js';
import { type Challenge, type Credentials, parseChallenge, parseCredentials } from '../../sip/auth/index.js';
import {
  buildResponse,
  coreTimers,
  type MessageEditor,
  parseUri,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
  type Uri,
  uriEquals,
} from '../../sip/index.js';
import { canonicalPrivateIdentity, contactExpires } from '../identity/index.js';
import { passedOnCause } from '../passed-on.js';
import type { SessionTable } from '../session/session-table.js';
import {
  type Agreed,
  agreementOf,
  agreementOver,
  isRefusal,
  type Refusal,
  type RegisterRequest,
  withoutAgreement,
} from './agreement.js';
import { securityServer } from './associations.js';
import { offersTls, type PcscfConfig } from './config.js';
import { grantedBy, othersThan, remainingMs, withGranted, withoutRemoved } from './granted-sets.js';
import {
  chargingVector,
  enterTrustDomain,
  forgetAnswer,
  leaveTrustDomain,
  markIntegrity,
  withholdKeys,
} from './headers.js';
import { integrityProtected, schemeOf } from './integrity.js';
import { shortLivedMapping } from './nat.js';
import type { registration } from './registration.machine.js';
import type { RegistrationWatches } from './registration-watches.js';
import { contactUriOf, isOfFlow, UeRegistration, type UeRegistrations, usesOutbound } from './registrations.js';
import { agreementBeforeTls, agreementOverTls, tlsSecurityServer } from './tls-agreement.js';

/** REG-25: what is kept of a registration outlives it by this. */
const registrationGraceMs = 30_000;

export function registrationProcedure(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
  sessions: SessionTable,
  watches: RegistrationWatches,
): Procedure {
  const effects: EffectsOf<typeof registration, UeRegistration> = {
    forwardRegister: ({ request }, entry) => forwardRegister(chassis, config, registrations, entry, request),
    relayResponse: ({ response: { response, forwarding } }) => forwarding.relay(towardsUe(response, config.keepAlive)),
    storeRegistration: ({ response: { response, forwarding } }, entry) => {
      const expires = listed(response, entry);
      if (expires === 0) return; // one of several sets has ended
      const now = chassis.environment.clock.now();
      const granted = grantedBy(response, entry.publicIdentity, now + expires * 1000 + registrationGraceMs);
      watches.watch(entry, granted);
      const [first] = response.serviceRoute;
      const serving = first === undefined ? [] : chassis.sip.resolveUri(first.uri, true);
      const addresses = serving.map(({ endpoint }) => endpoint.address);
      registrations.register(entry, response, forwarding.server, addresses, withGranted(entry.sets, granted, now));
    },
    forgetRegistration: (_, entry) => registrations.forget(entry),
    releaseSessions: (_, entry) => sessions.releaseOver([entry.pathToken]),
  };
  const remove = (entry: UeRegistration): void => registrations.remove(entry);

  const begin = (routed: RoutedRequest): void => {
    const { server, working } = routed;
    const authorization = server.message.header('Authorization');
    const credentials = authorization === undefined ? undefined : parseCredentials(authorization);
    const agreed = checked(config, registrations, server, authorization, credentials);
    if (isRefusal(agreed)) {
      refuse(chassis, registrations, server, agreed);
      return;
    }
    const { association } = agreed;
    const privateIdentity = privateIdentityOf(server.message, credentials);
    let entry = association?.entry ?? registrations.find(privateIdentity, server.message);
    if (entry === undefined) {
      const pathToken = `term-${chassis.environment.random.bytes(8).toString('hex')}`;
      entry = new UeRegistration(chassis, effects, remove, privateIdentity, pathToken, server);
      registrations.add(entry);
    }
    if (association !== undefined) {
      if (!association.isTemporary) registrations.associations!.used(association);
      const contactUri = contactUriOf(server.message);
      if (contactUri !== '*' && contactUri !== '') entry.contactUri = contactUri; // REG-14
    }
    const request: RegisterRequest = { server, working, ownRoute: routed.ownRoute, agreed, credentials };
    entry.machine.send({ type: 'sip.register', request });
  };
  return { name: 'registration', accepts: ({ server }) => server.message.method === 'REGISTER', begin };
}

/** REG-22, REG-24. */
function checked(
  config: PcscfConfig,
  registrations: UeRegistrations,
  server: ServerRequest,
  authorization: string | undefined,
  credentials: Credentials | undefined,
): Agreed | Refusal {
  const { security, trusted = [] } = config;
  const { associations } = registrations;
  const { message, source } = server;
  // TS 33.203 T.4: who is known by its address alone must not write a second Via under its own.
  if (authorization === undefined && message.vias.length > 1 && !trusted.includes(source.endpoint.address)) {
    return severalVias(message);
  }
  if (source.protocol === 'tls' && !trusted.includes(source.endpoint.address)) {
    return agreementOverTls(server, registrations, privateIdentityOf(message, credentials));
  }
  if (offersTls(config) && message.has('Security-Client')) {
    const agreed = agreementBeforeTls(server);
    if (isRefusal(agreed) || agreed.tls !== undefined) return agreed;
  }
  if (associations === undefined || security === undefined) return withoutAgreement;
  const association = associations.over(source);
  if (association !== undefined) return agreementOver(message, association, credentials?.username, security);
  if (trusted.includes(source.endpoint.address) || schemeOf(credentials, undefined) !== 'aka') return withoutAgreement;
  return agreementOf(server, security);
}

function severalVias({ to, vias }: SipRequest): Refusal {
  return {
    status: 403,
    headers: [],
    cause: {
      what: 'cause.severalVias',
      text:
        `REGISTER of ${to.uri.text} without Authorization has ${vias.length} Via values, but a UE that is known by its address sends one: ` +
        'add a proxy between UE and P-CSCF to access.trusted',
      clause: 'TS 33.203 T.4, REG-20',
    },
  };
}

/** REG-24: what breaks the agreement ends the authentication, too. */
function refuse(
  chassis: Chassis,
  { associations }: UeRegistrations,
  server: ServerRequest,
  { status, headers, cause }: Refusal,
): void {
  chassis.explain(cause);
  server.reply(status, { headers });
  const association = associations?.over(server.source);
  if (status === 494) association?.machine.send({ type: 'register.failed' });
}

/** What tells the registrations of different users apart, whatever the UE wrote: IMPI, else the identity in To. */
function privateIdentityOf(message: SipRequest, credentials: Credentials | undefined): string {
  return canonicalPrivateIdentity(credentials?.username ?? message.to.uri.text);
}

function forwardRegister(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
  entry: UeRegistration,
  { server, working, agreed, credentials }: RegisterRequest,
): void {
  const integrity = integrityOf(config, registrations, entry, server, agreed, credentials);
  const edit = (editor: MessageEditor): void => {
    towardsHome(chassis, config, entry, working, editor);
    markIntegrity(working, editor, integrity);
    if (agreed.offer !== undefined && agreed.association === undefined) forgetAnswer(working, editor, integrity);
  };
  chassis.proxy.forward(server, working, [{ edit, timers: coreTimers }], {
    onResponse: (response, { forwarding, generated }) => {
      if (generated) {
        chassis.explain(
          isKnownHome(chassis, config, working) ? noAnswer(chassis, working, response) : unknownHome(working, config),
        );
      } else {
        const cause = passedOnCause(`the I-CSCF of ${working.uri.host}`, response);
        if (cause !== undefined) chassis.explain(cause);
      }
      // A UE must hear something, and 408 is no answer to a REGISTER (RFC 4320): 504 (TS 24.229 §5.2.2.1).
      const heard = generated ? buildResponse(server.message, 504, { toTag: server.localTag }) : response;
      deliver(chassis, config, registrations, entry, agreed, { response: heard, forwarding });
    },
  });
}

/** Somebody is there to be asked, or would be if it ran. */
function isKnownHome({ sip }: Chassis, { homeDomain }: PcscfConfig, { uri, routes }: SipRequest): boolean {
  return routes.length > 0 || uri.host === homeDomain.toLowerCase() || sip.resolveUri(uri, true).length > 0;
}

function noAnswer({ sip }: Chassis, { uri, routes }: SipRequest, { status, reason }: SipResponse): Cause {
  const isKnown = routes.length > 0 || sip.resolveUri(uri, true).length > 0;
  return {
    what: 'cause.interrogatingNodeUnreachable',
    text: isKnown
      ? `no I-CSCF of ${uri.host} answered REGISTER (${status} ${reason}): is it running?`
      : `no I-CSCF of ${uri.host} is known here: add one to the topology`,
    clause: 'TS 24.229 §5.2.2.1, RFC 3261 16.7',
  };
}

function unknownHome({ uri, to }: SipRequest, { homeDomain }: PcscfConfig): Cause {
  return {
    what: 'cause.interrogatingNodeUnreachable',
    text:
      `REGISTER of ${to.uri.text} is for ${uri.text}, but the home domain here is ${homeDomain}, and no I-CSCF of another one is known: ` +
      'does the UE have the MCC and MNC of this network, and write both with 3 digits (mnc001 for MNC 01)?',
    clause: 'TS 23.003 §13.2, TS 24.229 §5.2.2.1',
  };
}

/** REG-21. */
function integrityOf(
  { trusted = [] }: PcscfConfig,
  registrations: UeRegistrations,
  entry: UeRegistration,
  { source }: ServerRequest,
  { association, tls }: Agreed,
  credentials: Credentials | undefined,
): string | undefined {
  // TS 24.229 §5.2.2.4: TLS is agreed on for SIP Digest.
  const scheme = schemeOf(credentials, tls === undefined && source.protocol !== 'tls' ? entry.scheme : 'digest');
  entry.scheme = scheme;
  if (credentials === undefined) return undefined;
  return integrityProtected(credentials, {
    scheme,
    tls: source.protocol !== 'tls' ? 'none' : registrations.overTls(source) === undefined ? 'unbound' : 'bound',
    isProtected: association !== undefined,
    isAssociated: scheme === 'digest' && registrations.isAssociated(entry.privateIdentity, source),
    isTrusted: trusted.includes(source.endpoint.address),
  });
}

/** REG-20. */
function towardsHome(
  chassis: Chassis,
  config: PcscfConfig,
  entry: UeRegistration,
  working: SipRequest,
  editor: MessageEditor,
): void {
  enterTrustDomain(working, editor);
  // The token is drawn at random and looked up: nobody can make one that leads anywhere (RFC 5626 5.2).
  const ob = usesOutbound(working) ? ';ob' : '';
  editor.prepend('Path', `<${chassis.sip.ownUri(entry.pathToken)};lr${ob}>`);
  if (!working.hasOption('Require', 'path')) editor.append('Require', 'path');
  editor.append('P-Visited-Network-ID', `"${config.networkIdentifier}"`);
  editor.append('P-Charging-Vector', chargingVector(chassis, config.networkIdentifier));
}

/** Tells the machine what came back; a machine that has ended in the meantime has nothing to add. */
function deliver(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
  entry: UeRegistration,
  agreed: Agreed,
  returning: ReturningResponse,
): void {
  const { response, forwarding } = returning;
  const { status } = response;
  const { machine } = entry;
  const { association } = agreed;
  if (machine.done || status < 200) forwarding.relay(towardsUe(response));
  else if (status === 401) challenge(chassis, registrations, entry, agreed, returning);
  else if (status === 407) machine.send({ type: 'sip.challenged', response: returning });
  else if (status >= 300) {
    machine.send({ type: 'sip.rejected', response: returning });
    association?.machine.send({ type: 'register.failed' }); // REG-25
  } else {
    noteNat(chassis, config, entry, agreed, forwarding.server);
    grant(registrations, entry, agreed, returning, chassis.environment.clock.now());
  }
}

/** Associations behind a NAT are kept open by the UE (RFC 3948 4). */
function noteNat(
  chassis: Chassis,
  { keepAlive }: PcscfConfig,
  { machine }: UeRegistration,
  { association }: Agreed,
  server: ServerRequest,
): void {
  if (association !== undefined || machine.state === 'registered') return;
  const remark = shortLivedMapping(server, keepAlive);
  if (remark !== undefined) chassis.explain(remark);
}

/** REG-25: a set of the user has the contacts that the 200 lists, and others have what they had. */
function grant(
  registrations: UeRegistrations,
  entry: UeRegistration,
  { association }: Agreed,
  returning: ReturningResponse,
  now: number,
): void {
  const { response } = returning;
  for (const other of registrations.othersOf(entry)) {
    if (listed(response, other) > 0) continue;
    other.sets = withoutRemoved(other.sets, response, now);
    if (other.sets.length === 0) other.machine.send({ type: 'contact.replaced' });
  }
  const expires = listed(response, entry);
  // What this set was granted before counts no more.
  const otherSets = (expires === 0 ? withoutRemoved : othersThan)(entry.sets, response, now);
  if (expires === 0) entry.sets = otherSets;
  const grantedMs = expires === 0 ? 0 : expires * 1000 + registrationGraceMs;
  const expiresMs = Math.max(grantedMs, remainingMs(otherSets, now));
  const isLeft = expires > 0 || otherSets.length > 0;
  if (association !== undefined) {
    registrations.associations!.establish(association, isLeft ? expiresMs : registrationGraceMs);
  }
  const isProven = returning.forwarding.server.message.has('Authorization');
  if (isLeft) entry.machine.send({ type: 'sip.granted', response: returning, expiresMs, isProven });
  else entry.machine.send({ type: 'sip.removed', response: returning });
}

/** REG-23: what the UE has to answer goes out with what it has agreed to, outside the set that comes of it. */
function challenge(
  chassis: Chassis,
  { associations }: UeRegistrations,
  entry: UeRegistration,
  { association, offer, tls }: Agreed,
  returning: ReturningResponse,
): void {
  const { machine, temporary } = entry;
  const { response, forwarding } = returning;
  if (tls !== undefined) {
    entry.offeredTls = tls;
    const agreedTo = response.edit().append('Security-Server', tlsSecurityServer).message();
    machine.send({ type: 'sip.challenged', response: { response: agreedTo, forwarding } });
    return;
  }
  const { server } = forwarding;
  const given = response.headers('WWW-Authenticate').map(parseChallenge).find(isAka);
  if (associations === undefined || given === undefined || (offer === undefined && association === undefined)) {
    machine.send({ type: 'sip.challenged', response: returning });
    return;
  }
  const [ck, ik] = [keyOf(given.ck), keyOf(given.ik)];
  if (ck === undefined || ik === undefined || offer === undefined) {
    chassis.explain(offer === undefined ? noOffer(entry) : noKeys(entry));
    const failure = buildResponse(server.message, 500, { toTag: server.localTag });
    machine.send({ type: 'sip.rejected', response: { response: failure, forwarding } });
    association?.machine.send({ type: 'register.failed' });
    return;
  }
  const next = associations.create(entry, server, { ...offer, ck, ik, isInitial: association === undefined });
  const withServer = response.edit().append('Security-Server', securityServer(next)).message();
  entry.temporary = next;
  machine.send({ type: 'sip.challenged', response: { response: withServer, forwarding } });
  temporary?.machine.send({ type: 'set.dropped' });
}

function isAka(given: Challenge | undefined): given is Challenge {
  return given?.algorithm?.toLowerCase().startsWith('akav') === true;
}

/** 16 octets in hexadecimal digits (TS 24.229 §7.2A.1). */
function keyOf(text: string | undefined): Buffer | undefined {
  const octets = Buffer.from(text ?? '', 'hex');
  return octets.length === 16 && text?.length === 32 ? octets : undefined;
}

function noKeys({ publicIdentity }: UeRegistration): Cause {
  return {
    what: 'cause.keysMissing',
    text:
      `the challenge for ${publicIdentity} has no ck and ik of 32 hexadecimal digits, so that there are no keys for its ` +
      'security associations: does the S-CSCF send them, and does every proxy between pass them on?',
    clause: 'TS 24.229 §5.2.2.2, §7.2A.1',
  };
}

function noOffer({ publicIdentity }: UeRegistration): Cause {
  return {
    what: 'cause.noCommonSecurityMechanism',
    text:
      `${publicIdentity} is challenged again, but its REGISTER has no usable Security-Client for the next set of ` +
      'associations: a re-registration needs one, with new SPIs',
    clause: 'TS 24.229 §5.1.1.4.2, §5.2.2.2',
  };
}

/** Seconds that the 200 grants to this contact; 0 where the contact is not in it (any more). RFC 3261 10.3 step 8. */
function listed(response: SipResponse, { contactUri, flowId }: UeRegistration): number {
  const { contacts } = response;
  if (contacts === '*') return 0;
  const own = contacts.find((contact) => isSameUri(contact.uri, contactUri) && isOfFlow(contact, flowId));
  return own === undefined ? 0 : (contactExpires(own, response.expires) ?? 0);
}

function isSameUri(uri: Uri, text: string): boolean {
  if (uri.text === text) return true;
  const other = parseUri(text);
  return other !== undefined && uriEquals(uri, other);
}

/** `keepAlive`: what a UE that offers it in Via is to do, seconds (RFC 6223 4.4). */
function towardsUe(response: SipResponse, keepAlive?: number): SipResponse {
  const editor = response.edit();
  leaveTrustDomain(response, editor);
  withholdKeys(response, editor);
  const { topVia, status } = response;
  if (keepAlive !== undefined && status >= 200 && status < 300 && topVia.parameters.get('keep') === true) {
    const value = topVia.text.replace(/;\s*keep\s*(?=;|$)/i, `;keep=${keepAlive}`);
    editor.replaceFirst('Via', value);
  }
  return editor.message();
}
