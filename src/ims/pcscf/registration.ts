/** P-CSCF, REGISTER and its answers on their way. TS 24.229 §5.2.2. */
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { parseCredentials, withParameter } from '../../sip/auth/index.js';
import { buildResponse, type Forwarding, hostPort, type SipRequest, type SipResponse } from '../../sip/index.js';
import type { PcscfConfig } from './config.js';
import { chargingVector, markUnprotected, removeChargingHeaders, removeNetworkHeaders } from './headers.js';
import { registration } from './registration.machine.js';
import { registrationKey, type UeRegistration, type UeRegistrations } from './registrations.js';

/** Lifetime of what a challenge leaves behind: reg-await-auth, 4 min (TS 24.229 §7.8). */
const awaitAuthMs = 240_000;
/** REG-25: what is kept of a registration outlives it by this. */
const registrationGraceMs = 30_000;

interface ReturningResponse {
  readonly response: SipResponse;
  readonly forwarding: Forwarding;
}

export function registrationProcedure(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
): Procedure {
  const effects = {
    forwardRegister: ({ request }: { request: unknown }, entry: UeRegistration) =>
      forwardRegister(chassis, config, entry, request as RoutedRequest),
    relayResponse: ({ response }: { response: unknown }) => {
      const { response: message, forwarding } = response as ReturningResponse;
      forwarding.relay(towardsUe(message));
    },
    storeRegistration: ({ response }: { response: unknown }, entry: UeRegistration) =>
      registrations.register(entry, (response as ReturningResponse).response),
    forgetRegistration: (_: unknown, entry: UeRegistration) => registrations.forget(entry),
  };

  return {
    name: 'registration',
    accepts: ({ server }) => server.message.method === 'REGISTER',
    begin: (routed) => {
      const { message, source } = routed.server;
      const authorization = message.header('Authorization');
      const username = authorization === undefined ? undefined : parseCredentials(authorization)?.username;
      const key = registrationKey(message, username ?? message.to.uri.text);
      let entry = registrations.byKey(key);
      if (entry === undefined) {
        const { topVia, contacts } = message;
        const created = {
          key,
          pathToken: `term-${chassis.environment.random.bytes(8).toString('hex')}`,
          sentBy: hostPort(topVia.host, topVia.port ?? 5060),
          address: source.endpoint.address,
          contactUri: contacts === '*' ? '*' : (contacts[0]?.uri.text ?? ''),
          publicIdentity: message.to.uri.text,
          associatedIdentities: [],
          serviceRoute: [],
        } as unknown as UeRegistration;
        created.machine = chassis.host.create(registration, {
          id: `registration:${key}`,
          input: { awaitAuthMs },
          owner: created,
          effects,
          onDone: () => registrations.remove(created),
        });
        registrations.add(created);
        entry = created;
      }
      entry.machine.send({ type: 'sip.register', request: routed });
    },
  };
}

/** REG-20, REG-21. */
function forwardRegister(chassis: Chassis, config: PcscfConfig, entry: UeRegistration, routed: RoutedRequest): void {
  const { working } = routed;
  const { host, port } = chassis.sip.localUri();
  chassis.proxy.forward(
    routed.server,
    working,
    [
      {
        edit: (editor) => {
          removeNetworkHeaders(working, editor);
          markUnprotected(working, editor);
          editor.prepend('Path', `<sip:${entry.pathToken}@${hostPort(host, port)};lr>`);
          if (!working.hasOption('Require', 'path')) editor.append('Require', 'path');
          editor.append('P-Visited-Network-ID', `"${config.networkIdentifier}"`);
          editor.append('P-Charging-Vector', chargingVector(chassis, config.networkIdentifier));
        },
      },
    ],
    {
      onResponse: (response, { forwarding, generated }) => {
        if (generated) {
          chassis.explain(
            'cause.interrogatingNodeUnreachable',
            `${chassis.name}: no I-CSCF of ${working.uri.host} answered REGISTER (${response.status} ${response.reason}): is it running?`,
            'TS 24.229 §5.2.2.1, RFC 3261 16.7',
          );
        }
        // A UE must hear something, and 408 is no answer to a REGISTER (RFC 4320): 504 (TS 24.229 §5.2.2.1).
        const heard = generated ? timedOut(routed) : response;
        deliver(entry, working, { response: heard, forwarding });
      },
    },
  );
}

function timedOut({ server }: RoutedRequest): SipResponse {
  return buildResponse(server.message, 504, { toTag: server.localTag });
}

/** Tells the machine what came back; a machine that has ended in the meantime has nothing to add. */
function deliver(entry: UeRegistration, request: SipRequest, returning: ReturningResponse): void {
  const { response, forwarding } = returning;
  const { status } = response;
  if (entry.machine.done || status < 200) forwarding.relay(towardsUe(response));
  else if (status === 401 || status === 407) entry.machine.send({ type: 'sip.challenged', response: returning });
  else if (status >= 300) entry.machine.send({ type: 'sip.rejected', response: returning });
  else {
    const expires = grantedExpires(response, request, entry.contactUri);
    if (expires > 0) {
      entry.machine.send({ type: 'sip.granted', response: returning, expiresMs: expires * 1000 + registrationGraceMs });
    } else entry.machine.send({ type: 'sip.removed', response: returning });
  }
}

/** Seconds that the 200 grants to this contact; 0 where the contact is not in it (any more). RFC 3261 10.3 step 8. */
function grantedExpires(response: SipResponse, request: SipRequest, contactUri: string): number {
  const { contacts } = response;
  if (contacts === '*') return 0;
  const own = contacts.find((contact) => contact.uri.text === contactUri);
  if (own === undefined) return 0;
  return Number(own.parameters.get('expires') ?? response.expires ?? request.expires ?? 0);
}

/** REG-23: ck and ik stay here. CALL-13: charging stays here. */
function towardsUe(response: SipResponse): SipResponse | string {
  const editor = response.edit();
  removeChargingHeaders(response, editor);
  const challenge = response.header('WWW-Authenticate');
  if (challenge !== undefined) {
    editor.set('WWW-Authenticate', withParameter(withParameter(challenge, 'ck', undefined), 'ik', undefined));
  }
  return editor.text();
}
