/** S-CSCF, the last step of what a user sends: to the network of whom it is for. TS 24.229 §5.4.3.2. */
import type { Chassis, RoutedRequest } from '../../node/index.js';
import { type MessageEditor, parseUri, type SipRequest } from '../../sip/index.js';
import { withOrigIoi } from '../session/charging-vector.js';
import type { LegBehaviour } from '../session/session-table.js';
import type { ScscfConfig } from './config.js';
import { otherForm, routableTarget } from './originating-identity.js';
import { type Refusal, withTermIoi } from './refusal.js';
import { type ServedUser, setChargingFunctions } from './served-user.js';
import { associatedIdentities, isBarred } from './user-registrations.js';

/** What the UE must do where its registration was lost: TS 24.229 §5.4.3.2, body of §7.6. */
const restoration =
  '<?xml version="1.0" encoding="UTF-8"?>\r\n' +
  '<ims-3gpp version="1"><alternative-service><type>restoration</type><reason>registration lost</reason>' +
  '<action>initial-registration</action></alternative-service></ims-3gpp>';

/** The token of a Service-Route leads to nobody. */
export function notRegistered({ serverName }: ScscfConfig, { server }: RoutedRequest): Refusal {
  return {
    status: 504,
    headers: [['P-Asserted-Identity', `<${serverName}>`]],
    body: restoration,
    contentType: 'application/3gpp-ims+xml',
    cause: {
      what: 'cause.callerNotRegistered',
      text: `${server.message.method} came over a Service-Route of no registration that is known here: the registration has ended or this S-CSCF has restarted, and the UE has to register anew`,
      clause: 'TS 24.229 §5.4.3.2',
    },
  };
}

/** Nobody to be served for an application server that asks for originating services. */
export function unknownOriginator(identity: string | undefined): Refusal {
  return {
    status: 403,
    cause: {
      what: 'cause.originatorNotServed',
      text: `an application server asks for originating services of ${identity ?? 'nobody'}, whom this S-CSCF does not serve`,
      clause: 'TS 24.229 §5.4.3.2',
    },
  };
}

export function barredOriginator({ profile }: ServedUser, identity: string): Refusal | undefined {
  if (profile === undefined || !isBarred(profile, identity)) return undefined;
  const [usable = 'nobody'] = associatedIdentities(profile);
  return {
    status: 403, // REG-81
    cause: {
      what: 'cause.callerBarred',
      text:
        `${identity} is barred and may only register: P-Associated-URI of the 200 to REGISTER begins with ${usable}; ` +
        'see in the capture whether the P-CSCF and the UE get it, and whether the UE uses it',
      clause: 'TS 24.229 §5.4.3.2, §5.1.1.2.1',
    },
  };
}

/** Where the request would go, and nothing is. */
export function unroutable(
  { sip }: Chassis,
  { homeDomain }: ScscfConfig,
  { working }: RoutedRequest,
): Refusal | undefined {
  if (working.routes.length > 0) return undefined;
  const target = routableTarget(working.uri, homeDomain);
  const uri = parseUri(target);
  if (uri !== undefined && sip.resolveUri(uri, true).length > 0) return undefined;
  return {
    status: 404, // CALL section 5: no ENUM hit, no BGCF
    cause: {
      what: 'cause.noRouteToCallee',
      text: `no way leads to ${target}: its domain is not in the topology`,
      clause: 'TS 24.229 §5.4.3.2, RFC 3263 4',
    },
  };
}

/** TS 24.229 §5.4.3.2: what the S-CSCF says of the user in its first request, before criteria are looked at. */
export function assertOriginator(editor: MessageEditor, working: SipRequest, user: ServedUser, identity: string): void {
  const alias = otherForm(user.profile!, identity);
  if (alias !== undefined) editor.set('P-Asserted-Identity', `<${identity}>, <${alias}>`); // CALL-10
  const preferred = working.header('P-Preferred-Service');
  if (preferred === undefined) return;
  editor.remove('P-Preferred-Service');
  editor.append('P-Asserted-Service', preferred); // CALL-16
}

/** TS 24.229 §5.4.3.2: number to URI, on to the callee's network. `assert`: what else is to be said in this request. */
export function originatingLeg(
  { homeDomain }: ScscfConfig,
  user: ServedUser,
  { server }: RoutedRequest,
  assert: (editor: MessageEditor, working: SipRequest) => void,
): LegBehaviour {
  return {
    editInvite: (editor, { working }) => {
      assert(editor, working);
      if (working.has('P-Served-User')) editor.remove('P-Served-User'); // RFC 5502 7: for application servers alone
      const target = routableTarget(working.uri, homeDomain);
      editor.requestUri(target);
      setChargingFunctions(editor, user, parseUri(target)?.host === homeDomain.toLowerCase());
      const charging = working.header('P-Charging-Vector');
      // CALL-13: between two S-CSCFs orig-ioi is of type 2, which has no prefix.
      if (charging !== undefined) editor.set('P-Charging-Vector', withOrigIoi(charging, homeDomain));
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
