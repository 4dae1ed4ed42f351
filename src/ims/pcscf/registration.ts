/** P-CSCF, REGISTER and its answers on their way. TS 24.229 §5.2.2. */
import type { EffectsOf } from '../../machine/index.js';
import type { Chassis, Procedure, ReturningResponse, RoutedRequest } from '../../node/index.js';
import { digestParameter, parseCredentials } from '../../sip/auth/index.js';
import {
  buildResponse,
  coreTimers,
  hostPort,
  type MessageEditor,
  parseUri,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
  type Uri,
  uriEquals,
} from '../../sip/index.js';
import type { PcscfConfig } from './config.js';
import { chargingVector, enterTrustDomain, leaveTrustDomain, markIntegrity, withholdKeys } from './headers.js';
import { integrityProtected, schemeOf } from './integrity.js';
import type { registration } from './registration.machine.js';
import { UeRegistration, type UeRegistrations } from './registrations.js';

/** REG-25: what is kept of a registration outlives it by this. */
const registrationGraceMs = 30_000;

export function registrationProcedure(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
): Procedure {
  const effects: EffectsOf<typeof registration, UeRegistration> = {
    forwardRegister: ({ request }, entry) => forwardRegister(chassis, config, registrations, entry, request),
    relayResponse: ({ response: { response, forwarding } }) => forwarding.relay(towardsUe(response)),
    storeRegistration: ({ response: { response, forwarding } }, entry) => {
      const [first] = response.serviceRoute;
      const serving = first === undefined ? [] : chassis.sip.resolveUri(first.uri);
      const addresses = serving.map(({ endpoint }) => endpoint.address);
      registrations.register(entry, response, forwarding.server, addresses);
    },
    forgetRegistration: (_, entry) => registrations.forget(entry),
  };
  const remove = (entry: UeRegistration): void => registrations.remove(entry);

  const begin = (routed: RoutedRequest): void => {
    const { message } = routed.server;
    const privateIdentity = privateIdentityOf(message);
    let entry = registrations.find(privateIdentity, message);
    if (entry === undefined) {
      const pathToken = `term-${chassis.environment.random.bytes(8).toString('hex')}`;
      entry = new UeRegistration(chassis, effects, remove, privateIdentity, pathToken, routed.server);
      registrations.add(entry);
    }
    entry.machine.send({ type: 'sip.register', request: routed });
  };
  return { name: 'registration', accepts: ({ server }) => server.message.method === 'REGISTER', begin };
}

/** What tells the registrations of different users apart, whatever the UE wrote: IMPI, else the identity in To. */
function privateIdentityOf(message: SipRequest): string {
  const authorization = message.header('Authorization');
  const username = authorization === undefined ? undefined : digestParameter(authorization, 'username');
  return username ?? message.to.uri.text;
}

function forwardRegister(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
  entry: UeRegistration,
  routed: RoutedRequest,
): void {
  const { server, working } = routed;
  const integrity = integrityOf(config, registrations, entry, server);
  const edit = (editor: MessageEditor): void => {
    towardsHome(chassis, config, entry, working, editor);
    markIntegrity(working, editor, integrity);
  };
  chassis.proxy.forward(server, working, [{ edit, timers: coreTimers }], {
    onResponse: (response, { forwarding, generated }) => {
      if (generated) {
        chassis.explain({
          what: 'cause.interrogatingNodeUnreachable',
          text: `no I-CSCF of ${working.uri.host} answered REGISTER (${response.status} ${response.reason}): is it running?`,
          clause: 'TS 24.229 §5.2.2.1, RFC 3261 16.7',
        });
      }
      // A UE must hear something, and 408 is no answer to a REGISTER (RFC 4320): 504 (TS 24.229 §5.2.2.1).
      const heard = generated ? buildResponse(server.message, 504, { toTag: server.localTag }) : response;
      deliver(registrations, entry, { response: heard, forwarding });
    },
  });
}

/** REG-21. */
function integrityOf(
  { trusted = [] }: PcscfConfig,
  registrations: UeRegistrations,
  entry: UeRegistration,
  { message, source }: ServerRequest,
): string | undefined {
  const authorization = message.header('Authorization');
  const credentials = authorization === undefined ? undefined : parseCredentials(authorization);
  const scheme = schemeOf(credentials, entry.scheme);
  entry.scheme = scheme;
  if (credentials === undefined) return undefined;
  return integrityProtected(credentials, {
    scheme,
    isProtected: false,
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
  const { host, port } = chassis.sip.localUri();
  enterTrustDomain(working, editor);
  editor.prepend('Path', `<sip:${entry.pathToken}@${hostPort(host, port)};lr>`);
  if (!working.hasOption('Require', 'path')) editor.append('Require', 'path');
  editor.append('P-Visited-Network-ID', `"${config.networkIdentifier}"`);
  editor.append('P-Charging-Vector', chargingVector(chassis, config.networkIdentifier));
}

/** Tells the machine what came back; a machine that has ended in the meantime has nothing to add. */
function deliver(registrations: UeRegistrations, entry: UeRegistration, returning: ReturningResponse): void {
  const { response, forwarding } = returning;
  const { status } = response;
  const { machine } = entry;
  if (machine.done || status < 200) forwarding.relay(towardsUe(response));
  else if (status === 401 || status === 407) machine.send({ type: 'sip.challenged', response: returning });
  else if (status >= 300) machine.send({ type: 'sip.rejected', response: returning });
  else {
    for (const other of registrations.othersOf(entry)) {
      if (listed(response, other.contactUri) === 0) other.machine.send({ type: 'contact.replaced' });
    }
    const expires = listed(response, entry.contactUri);
    if (expires > 0) {
      machine.send({ type: 'sip.granted', response: returning, expiresMs: expires * 1000 + registrationGraceMs });
    } else machine.send({ type: 'sip.removed', response: returning });
  }
}

/** Seconds that the 200 grants to this contact; 0 where the contact is not in it (any more). RFC 3261 10.3 step 8. */
function listed(response: SipResponse, contactUri: string): number {
  const { contacts } = response;
  if (contacts === '*') return 0;
  const own = contacts.find(({ uri }) => isSameUri(uri, contactUri));
  if (own === undefined) return 0;
  const expires = Number(own.parameters.get('expires') ?? response.expires);
  return Number.isFinite(expires) ? Math.max(expires, 0) : 0;
}

function isSameUri(uri: Uri, text: string): boolean {
  if (uri.text === text) return true;
  const other = parseUri(text);
  return other !== undefined && uriEquals(uri, other);
}

function towardsUe(response: SipResponse): string {
  const editor = response.edit();
  leaveTrustDomain(response, editor);
  withholdKeys(response, editor);
  return editor.text();
}
