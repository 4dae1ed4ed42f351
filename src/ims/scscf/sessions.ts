/** S-CSCF, requests other than REGISTER. TS 24.229 §5.4.3.2 (originating) and §5.4.3.3 (terminating). */
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import type { MessageEditor } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { type LegBehaviour, SessionTable } from '../session/session-table.js';
import { isBarred, type UserRegistration, type UserRegistrations } from './bindings.js';
import type { ScscfConfig } from './config.js';

export function sessionProcedures(
  chassis: Chassis,
  config: ScscfConfig,
  users: UserRegistrations,
): { readonly procedures: readonly Procedure[]; readonly sessions: SessionTable } {
  const sessions = new SessionTable(chassis);

  /** Sends an initial request on, as one leg of a session where it is an INVITE. */
  const forward = (
    side: 'mo' | 'mt',
    user: UserRegistration,
    routed: RoutedRequest,
    edit: (editor: MessageEditor) => void,
  ): void => {
    if (routed.server.message.method !== 'INVITE') {
      chassis.proxy.forward(routed.server, routed.working, [{ edit }]);
      return;
    }
    const behaviour: LegBehaviour = {
      forwardInvite: (leg, request, recordRoute) =>
        chassis.proxy.forward(
          request.server,
          request.working,
          [
            {
              edit: (editor) => {
                edit(editor);
                editor.prepend('Record-Route', recordRoute);
              },
            },
          ],
          { onResponse: (response, { forwarding }) => sessions.deliver(leg, response, forwarding) },
        ),
      editRequest: () => {},
      editResponse: () => undefined,
    };
    sessions.open(side, user.publicIdentity, behaviour, routed);
  };

  return {
    sessions,
    procedures: [
      {
        name: 'inDialog',
        accepts: ({ server }) => server.message.toTag !== undefined,
        begin: (routed) => {
          const leg = sessions.find(routed);
          if (leg !== undefined) sessions.receive(leg, routed);
          else if (!routed.server.isAck) routed.server.reply(481);
        },
      },
      {
        name: 'originating',
        // CALL-02: the token that this S-CSCF put into Service-Route decides.
        accepts: ({ ownRoute }) => users.byServiceRoute(ownRoute?.uri.user) !== undefined,
        begin: (routed) => {
          const user = users.byServiceRoute(routed.ownRoute?.uri.user)!;
          const served = servedUser(routed, user);
          if (isBarred(user.profile!, served)) {
            chassis.explain(
              'cause.callerBarred',
              `${chassis.name}: ${served} is barred and may only register`,
              'TS 24.229 §5.4.3.2',
            );
            routed.server.reply(403); // REG-81
            return;
          }
          forward('mo', user, routed, (editor) => originate(config, user, served, routed, editor));
        },
      },
      {
        name: 'terminating',
        accepts: ({ server }) => !server.isAck,
        begin: (routed) => {
          const { requestUri } = routed.working;
          const user = users.byPublic(requestUri);
          if (user?.binding === undefined) {
            chassis.explain(
              'cause.calleeNotRegistered',
              `${chassis.name}: ${requestUri} has no registered contact here`,
              'TS 24.229 §5.4.3.3',
            );
            routed.server.reply(480);
          } else if (isBarred(user.profile!, requestUri)) {
            chassis.explain('cause.calleeBarred', `${chassis.name}: ${requestUri} is barred`, 'TS 24.229 §5.4.3.3');
            routed.server.reply(404); // REG-81
          } else forward('mt', user, routed, (editor) => terminate(user, routed, editor));
        },
      },
    ],
  };
}

/** Who makes the request: P-Served-User of an AS, else P-Asserted-Identity (TS 24.229 §5.4.3.2). */
function servedUser(routed: RoutedRequest, user: UserRegistration): string {
  const { message } = routed.server;
  const address = message.address('P-Served-User') ?? message.addresses('P-Asserted-Identity')[0];
  return address?.uri.text ?? user.publicIdentity;
}

/** TS 24.229 §5.4.3.2: second asserted identity, service, number to URI, on to the callee's network. */
function originate(
  config: ScscfConfig,
  user: UserRegistration,
  served: string,
  routed: RoutedRequest,
  editor: MessageEditor,
): void {
  const { working } = routed;
  const alias = otherForm(user, served);
  if (alias !== undefined) editor.set('P-Asserted-Identity', `<${served}>, <${alias}>`); // CALL-10
  const preferred = working.header('P-Preferred-Service');
  if (preferred !== undefined) {
    editor.remove('P-Preferred-Service');
    editor.append('P-Asserted-Service', preferred); // CALL-16
  }
  // Numbers belong to the home domain here: there is no ENUM and no BGCF yet.
  if (working.uri.scheme === 'tel') editor.requestUri(`sip:${working.uri.user}@${config.homeDomain};user=phone`);
  const charging = working.header('P-Charging-Vector');
  if (charging !== undefined) editor.set('P-Charging-Vector', betweenHomes(charging, config.homeDomain));
}

/** TS 24.229 §5.4.3.3: the contact becomes the Request-URI, its Path the route; the dialled identity is kept. */
function terminate(user: UserRegistration, routed: RoutedRequest, editor: MessageEditor): void {
  const { uri, path } = user.binding!;
  editor.set('P-Called-Party-ID', `<${routed.working.requestUri}>`); // CALL-12
  editor.requestUri(uri);
  editor.remove('Route');
  for (const value of path) editor.append('Route', value);
}

/** The tel form of a SIP identity or the reverse, among the user's own, for the second P-Asserted-Identity. */
function otherForm(user: UserRegistration, served: string): string | undefined {
  const isTel = served.startsWith('tel:');
  return user.profile?.publicIdentities.find(
    ({ uri, barred }) => !barred && uri.startsWith('tel:') !== isTel && numberOf(uri) === numberOf(served),
  )?.uri;
}

function numberOf(identity: string): string {
  const canonical = canonicalIdentity(identity) ?? identity;
  const start = canonical.indexOf(':') + 1;
  const end = canonical.indexOf('@');
  return end === -1 ? canonical.slice(start) : canonical.slice(start, end);
}

/** CALL-13: between two S-CSCFs orig-ioi is of type 2, which has no prefix. */
function betweenHomes(vector: string, homeDomain: string): string {
  const parts = vector.split(';').filter((part) => !part.startsWith('orig-ioi='));
  return [...parts, `orig-ioi="${homeDomain}"`].join(';');
}
