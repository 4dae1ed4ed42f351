/** S-CSCF, requests other than REGISTER. TS 24.229 §5.4.3.2 (originating) and §5.4.3.3 (terminating). */
import type { Cause, Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { type MessageEditor, parseUri, type SipRequest, type SipResponse } from '../../sip/index.js';
import { answered, withOrigIoi } from '../session/charging-vector.js';
import { branchesOf, type LegBehaviour, type LegSide, type SessionTable } from '../session/session-table.js';
import type { Binding } from './bindings.js';
import { chargingFunctions } from './charging-functions.js';
import type { ScscfConfig } from './config.js';
import { type Gruu, gruuIn, gruuParameter, type TemporaryGruus } from './gruu.js';
import { otherForm, routableTarget, servedUser } from './originating-identity.js';
import { withoutHeaders } from './register-request.js';
import type { Restorations } from './restoration.js';
import { isBarred, isServiceRouteToken, type UserRegistration, type UserRegistrations } from './user-registrations.js';

/** In the order in which they are asked. */
export function sessionProcedures(
  chassis: Chassis,
  config: ScscfConfig,
  users: UserRegistrations,
  sessions: SessionTable,
  gruus: TemporaryGruus,
  restorations: Restorations,
): readonly Procedure[] {
  /** Sends an initial request on, as one leg of a session where it is an INVITE. */
  const forward = (side: LegSide, leg: LegBehaviour, routed: RoutedRequest): void => {
    if (routed.server.message.method === 'INVITE') sessions.open(side, leg, routed);
    else standalone(chassis, leg, routed);
  };
  return [
    {
      name: 'inDialog',
      accepts: ({ server }) => server.message.toTag !== undefined,
      begin: (routed) => sessions.receive(routed),
    },
    {
      name: 'originating',
      // CALL-02: the token that this S-CSCF put into Service-Route decides.
      accepts: ({ server, ownRoute }) => !server.isAck && isServiceRouteToken(ownRoute?.uri.user),
      begin: (routed) => {
        const token = routed.ownRoute?.uri.user;
        const proceed = (user: UserRegistration | undefined): void => {
          const refusal = originatingRefusal(chassis, config, user, routed);
          if (refusal !== undefined) refuse(chassis, routed, refusal);
          else forward('mo', originatingLeg(config, gruus, user!, routed), routed);
        };
        const known = users.byServiceRoute(token);
        if (known !== undefined) proceed(known);
        else {
          const served = routed.server.message.addresses('P-Asserted-Identity')[0]?.uri.text;
          restorations.before(routed, served, (restored) => {
            if (restored !== undefined && token !== undefined) users.adoptToken(restored, token);
            proceed(restored);
          });
        }
      },
    },
    {
      name: 'terminating',
      accepts: ({ server }) => !server.isAck,
      begin: (routed) => {
        const proceed = (): void => {
          const { user, bindings } = calleeOf(users, gruus, routed.working);
          const refusal = terminatingRefusal(user, bindings, routed);
          if (refusal !== undefined) refuse(chassis, routed, refusal);
          else forward('mt', terminatingLeg(config, gruus, user!, bindings, routed), routed);
        };
        const { method } = routed.server.message;
        if (method === 'SUBSCRIBE' || calleeOf(users, gruus, routed.working).user !== undefined) proceed();
        else restorations.before(routed, routed.working.requestUri, proceed);
      },
    },
  ];
}

/** Whom a request is for, and at which contacts: all of them, or with a GRUU those of one UE (RFC 5627 5.2, TS 24.229 §5.4.7A.4). */
function calleeOf(
  users: UserRegistrations,
  gruus: TemporaryGruus,
  request: SipRequest,
): { readonly user: UserRegistration | undefined; readonly bindings: readonly Binding[] } {
  const gruu = gruuIn(request.uri);
  if (gruu !== undefined && 'temporary' in gruu) {
    const token = gruus.read(gruu.temporary);
    const user = token === undefined ? undefined : users.byGruuToken(token);
    return { user, bindings: user?.bindings.filter(({ gruuToken }) => gruuToken === token) ?? [] };
  }
  // REG-83: the I-CSCF says which wildcard the dialled identity is of (RFC 5002).
  const wildcard = request.address('P-Profile-Key')?.uri.text;
  const named = users.allByPublic(request.requestUri);
  const found = named.length > 0 || wildcard === undefined ? named : users.allByPublic(wildcard);
  const user = found.find(({ isRegistered }) => isRegistered) ?? found[0];
  const bindings = found.length > 1 ? found.flatMap((each) => each.bindings) : (user?.bindings ?? []);
  if (gruu === undefined) return { user, bindings };
  return { user, bindings: bindings.filter((binding) => isNamedBy(binding, gruu, gruus)) };
}

/** RFC 5626 5.3: never two flows of one UE at once; the one that was registered last is the likeliest to work. */
function onePerInstance(bindings: readonly Binding[]): readonly Binding[] {
  if (bindings.length < 2) return bindings;
  const last = new Map(bindings.map((binding) => [instanceOf(binding), binding]));
  return [...last.values()];
}

function instanceOf({ instanceId, uri }: Binding): string {
  return instanceId ?? uri;
}

/** Another flow of the same UE. */
function isFlowOf(binding: Binding, used: Binding): boolean {
  return binding.flow !== undefined && used.flow !== undefined && instanceOf(binding) === instanceOf(used);
}

interface Refusal {
  readonly status: number;
  readonly cause: Cause;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly contentType?: string;
}

function refuse(chassis: Chassis, { server }: RoutedRequest, { status, cause, ...parts }: Refusal): void {
  chassis.explain(cause);
  server.reply(status, parts);
}

/** A request that makes no session (MESSAGE, OPTIONS …). */
function standalone(chassis: Chassis, leg: LegBehaviour, routed: RoutedRequest): void {
  chassis.proxy.forward(routed.server, routed.working, branchesOf(leg, routed), {
    onResponse: (response, { generated, forwarding }) => {
      if (generated) chassis.explain(leg.explainSilence(response).cause);
      forwarding.relay(response);
    },
  });
}

/** What the UE must do where its registration was lost: TS 24.229 §5.4.3.2, body of §7.6. */
const restoration =
  '<?xml version="1.0" encoding="UTF-8"?>\r\n' +
  '<ims-3gpp version="1"><alternative-service><type>restoration</type><reason>registration lost</reason>' +
  '<action>initial-registration</action></alternative-service></ims-3gpp>';

function originatingRefusal(
  { sip }: Chassis,
  { homeDomain, serverName }: ScscfConfig,
  user: UserRegistration | undefined,
  routed: RoutedRequest,
): Refusal | undefined {
  const { method } = routed.server.message;
  if (user?.profile === undefined || !user.isRegistered) {
    return {
      status: 504,
      headers: [['P-Asserted-Identity', `<${serverName}>`]],
      body: restoration,
      contentType: 'application/3gpp-ims+xml',
      cause: {
        what: 'cause.callerNotRegistered',
        text: `${method} came over a Service-Route of no registration that is known here: the registration has ended or this S-CSCF has restarted, and the UE has to register anew`,
        clause: 'TS 24.229 §5.4.3.2',
      },
    };
  }
  const served = servedUser(routed.server.message, user);
  if (isBarred(user.profile, served)) {
    return {
      status: 403, // REG-81
      cause: {
        what: 'cause.callerBarred',
        text: `${served} is barred and may only register`,
        clause: 'TS 24.229 §5.4.3.2',
      },
    };
  }
  const target = routableTarget(routed.working.uri, homeDomain);
  const uri = parseUri(target);
  if (uri !== undefined && sip.resolveUri(uri).length > 0) return undefined;
  return {
    status: 404, // CALL section 5: no ENUM hit, no BGCF
    cause: {
      what: 'cause.noRouteToCallee',
      text: `no way leads to ${target}: its domain is not in the topology`,
      clause: 'TS 24.229 §5.4.3.2, RFC 3263 4',
    },
  };
}

function terminatingRefusal(
  user: UserRegistration | undefined,
  bindings: readonly Binding[],
  { working }: RoutedRequest,
): Refusal | undefined {
  const { requestUri } = working;
  if (user?.profile !== undefined && isBarred(user.profile, requestUri)) {
    return {
      status: 404, // REG-81
      cause: {
        what: 'cause.calleeBarred',
        text: `${requestUri} is barred and cannot be called`,
        clause: 'TS 24.229 §5.4.3.3',
      },
    };
  }
  if (bindings.length > 0) return undefined;
  return {
    status: 480,
    cause: {
      what: 'cause.calleeNotRegistered',
      text: `${requestUri} has no registered contact here`,
      clause: 'TS 24.229 §5.4.3.3',
    },
  };
}

/** TS 24.229 §5.4.3.2: second asserted identity, service, number to URI, on to the callee's network. */
function originatingLeg(
  { homeDomain }: ScscfConfig,
  gruus: TemporaryGruus,
  user: UserRegistration,
  { server }: RoutedRequest,
): LegBehaviour {
  const served = servedUser(server.message, user);
  return {
    servedUser: user,
    editInvite: (editor, { working }) => {
      const alias = otherForm(user.profile!, served);
      if (alias !== undefined) editor.set('P-Asserted-Identity', `<${served}>, <${alias}>`); // CALL-10
      const preferred = working.header('P-Preferred-Service');
      if (preferred !== undefined) {
        editor.remove('P-Preferred-Service');
        editor.append('P-Asserted-Service', preferred); // CALL-16
      }
      const target = routableTarget(working.uri, homeDomain);
      editor.requestUri(target);
      setChargingFunctions(editor, user, parseUri(target)?.host === homeDomain.toLowerCase());
      const charging = working.header('P-Charging-Vector');
      // CALL-13: between two S-CSCFs orig-ioi is of type 2, which has no prefix.
      if (charging !== undefined) editor.set('P-Charging-Vector', withOrigIoi(charging, homeDomain));
    },
    editRequest: (editor, request, fromServedUser) => {
      if (!fromServedUser) toContact(editor, request, gruus, user);
    },
    editResponse: (response) => withTermIoi(response, server.message, homeDomain),
    explainSilence: (generated) => ({
      status: 504,
      cause: {
        what: 'cause.interrogatingNodeUnreachable',
        text: `the network of ${server.message.requestUri} did not answer ${server.message.method} (${generated.status} ${generated.reason}): is its I-CSCF running?`,
        clause: 'TS 24.229 §5.4.3.2, RFC 3261 16.7',
      },
    }),
  };
}

/** TS 24.229 §5.4.3.3: the contact becomes the Request-URI, its Path the route; the dialled identity is kept. */
function terminatingLeg(
  { homeDomain }: ScscfConfig,
  gruus: TemporaryGruus,
  user: UserRegistration,
  bindings: readonly Binding[],
  { working }: RoutedRequest,
): LegBehaviour {
  return {
    servedUser: user,
    branches: onePerInstance(bindings),
    otherFlows: (used) => bindings.filter((each) => each !== used && isFlowOf(each, used as Binding)).toReversed(),
    editInvite: (editor, _, branch) => {
      const { uri, path } = (branch ?? bindings[0]) as Binding;
      const contact = withoutHeaders(uri); // RFC 3261 19.1.1
      editor.remove('Route');
      for (const value of path) editor.append('Route', value);
      // TS 24.229 §5.4.3.3: the identity stays where it is, and the contact is the last of the route.
      if (user.looseRoute) editor.append('Route', `<${contact};lr>`);
      else {
        editor.set('P-Called-Party-ID', `<${working.requestUri}>`); // CALL-12
        editor.requestUri(contact);
      }
      setChargingFunctions(editor, user, user.isAtHome);
      const charging = working.header('P-Charging-Vector');
      // CALL-13: towards the visited network of type 1 again.
      if (charging !== undefined) editor.set('P-Charging-Vector', withOrigIoi(charging, `Type 1${homeDomain}`));
    },
    editRequest: (editor, request, fromServedUser) => {
      if (!fromServedUser) toContact(editor, request, gruus, user);
    },
    editResponse: (response) => withTermIoi(response, working, homeDomain),
    explainSilence: (generated) => ({
      status: 504, // CALL section 5: S2 maps a missing P2 to 504
      cause: {
        what: 'cause.proxyNodeUnreachable',
        text: `the P-CSCF in the Path of ${user.publicIdentity} did not answer (${generated.status} ${generated.reason}): is it running?`,
        clause: 'TS 24.229 §5.4.3.3, RFC 3261 16.7',
      },
    }),
  };
}

/** RFC 5627 5.4, TS 24.229 §5.4.7A.4: within a dialog, too, the GRUU of the served user becomes the contact that it names. */
function toContact(
  editor: MessageEditor,
  { uri }: SipRequest,
  gruus: TemporaryGruus,
  { bindings }: UserRegistration,
): void {
  const gruu = gruuIn(uri);
  if (gruu === undefined) return;
  const binding = bindings.find((each) => isNamedBy(each, gruu, gruus));
  if (binding !== undefined) editor.requestUri(withoutHeaders(binding.uri));
}

function isNamedBy({ gruuToken, instanceId }: Binding, gruu: Gruu, gruus: TemporaryGruus): boolean {
  if ('temporary' in gruu) return gruuToken !== undefined && gruus.read(gruu.temporary) === gruuToken;
  return instanceId !== undefined && gruuParameter(instanceId) === gruu.gr;
}

/** TS 24.229 §5.4.3.2, §5.4.3.3: for nodes of the home network alone. */
function setChargingFunctions(editor: MessageEditor, { charging }: UserRegistration, isForHome: boolean): void {
  const functions = isForHome ? chargingFunctions(charging) : undefined;
  if (functions === undefined) editor.remove('P-Charging-Function-Addresses');
  else editor.set('P-Charging-Function-Addresses', functions);
}

/** CALL-13: a response goes back with what this hop's request said, and with our network as the terminating one. */
function withTermIoi(response: SipResponse, request: SipRequest, homeDomain: string): string | undefined {
  const charging = request.header('P-Charging-Vector');
  if (charging === undefined || !response.has('P-Charging-Vector')) return undefined;
  return response.edit().set('P-Charging-Vector', answered(charging, homeDomain)).text();
}
