/** P-CSCF, requests other than REGISTER in both directions. TS 24.229 §5.2.6. */
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { type MessageEditor, type SipResponse, ueTimers } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { type Leg, type LegBehaviour, SessionTable } from '../session/session-table.js';
import type { PcscfConfig } from './config.js';
import { chargingVector, removeChargingHeaders, removeNetworkHeaders } from './headers.js';
import type { UeRegistration, UeRegistrations } from './registrations.js';

export function sessionProcedures(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
): { readonly procedures: readonly Procedure[]; readonly sessions: SessionTable } {
  const sessions = new SessionTable(chassis);

  const originating = (entry: UeRegistration): LegBehaviour => ({
    forwardInvite: (leg, routed, recordRoute) =>
      chassis.proxy.forward(
        routed.server,
        routed.working,
        [
          {
            edit: (editor) => {
              fromUe(chassis, config, entry, routed, editor);
              editor.prepend('Record-Route', recordRoute);
            },
          },
        ],
        { onResponse: (response, { forwarding }) => sessions.deliver(leg, response, forwarding) },
      ),
    editRequest: inDialogEdit,
    editResponse,
  });

  const terminating = (): LegBehaviour => ({
    forwardInvite: (leg, routed, recordRoute) =>
      chassis.proxy.forward(
        routed.server,
        routed.working,
        [
          {
            edit: (editor) => {
              removeChargingHeaders(routed.working, editor);
              editor.prepend('Record-Route', recordRoute);
            },
            timers: ueTimers,
          },
        ],
        {
          onResponse: (response, { forwarding, generated }) => {
            if (generated) ueSilent(chassis, leg.servedUser, response);
            sessions.deliver(leg, response, forwarding);
          },
        },
      ),
    editRequest: inDialogEdit,
    editResponse,
  });

  return {
    sessions,
    procedures: [
      inDialogProcedure(sessions),
      {
        name: 'terminating',
        accepts: ({ ownRoute }) => registrations.byPathToken(ownRoute?.uri.user) !== undefined,
        begin: (routed) => {
          const called =
            routed.server.message.address('P-Called-Party-ID')?.uri.text ?? routed.server.message.requestUri;
          if (routed.server.message.method === 'INVITE') sessions.open('mt', called, terminating(), routed);
          else {
            chassis.proxy.forward(routed.server, routed.working, [
              { edit: (editor) => removeChargingHeaders(routed.working, editor), timers: ueTimers },
            ]);
          }
        },
      },
      {
        name: 'originating',
        accepts: (routed) => registrations.senderOf(routed) !== undefined,
        begin: (routed) => {
          const entry = registrations.senderOf(routed)!;
          if (routed.server.message.method === 'INVITE') {
            sessions.open('mo', assertedIdentity(entry, routed), originating(entry), routed);
          } else {
            chassis.proxy.forward(
              routed.server,
              routed.working,
              [{ edit: (editor) => fromUe(chassis, config, entry, routed, editor) }],
              { onResponse: (response, { forwarding }) => forwarding.relay(withoutCharging(response)) },
            );
          }
        },
      },
      {
        name: 'refusal',
        accepts: () => true,
        begin: ({ server }) => {
          if (server.isAck) return;
          const { topVia, method } = server.message;
          chassis.explain(
            'cause.notRegistered',
            `${chassis.name}: ${method} came from ${topVia.host}, where no UE is registered: a UE has to register first`,
            'TS 24.229 §5.2.6.3.1, TS 33.203 §7.1',
          );
          server.reply(403); // REG-26
        },
      },
    ],
  };
}

/** Requests within a dialog find their leg by our Record-Route token; the others belong to no dialog of ours. */
function inDialogProcedure(sessions: SessionTable): Procedure {
  return {
    name: 'inDialog',
    accepts: ({ server }) => server.message.toTag !== undefined,
    begin: (routed) => {
      const leg = sessions.find(routed);
      if (leg !== undefined) sessions.receive(leg, routed);
      else if (!routed.server.isAck) routed.server.reply(481); // CALL-01
    },
  };
}

/** What an initial request of a UE becomes (TS 24.229 §5.2.6.3.3). */
function fromUe(
  chassis: Chassis,
  config: PcscfConfig,
  entry: UeRegistration,
  routed: RoutedRequest,
  editor: MessageEditor,
): void {
  const { working } = routed;
  removeNetworkHeaders(working, editor);
  editor.remove('P-Preferred-Identity');
  editor.append('P-Asserted-Identity', `<${assertedIdentity(entry, routed)}>`);
  editor.append('P-Charging-Vector', chargingVector(chassis, config.networkIdentifier));
  // The way home is the Service-Route as stored, whatever the UE preloaded.
  editor.remove('Route');
  for (const route of entry.serviceRoute) editor.append('Route', route);
}

/** CALL-10: the preferred identity if it is one of the UE's, else the default one; From is not used. */
function assertedIdentity(entry: UeRegistration, routed: RoutedRequest): string {
  const preferred = routed.server.message.addresses('P-Preferred-Identity')[0]?.uri.text;
  const wanted = preferred === undefined ? undefined : canonicalIdentity(preferred);
  const match = entry.associatedIdentities.find((identity) => canonicalIdentity(identity) === wanted);
  return match ?? entry.associatedIdentities[0] ?? entry.publicIdentity;
}

/** Within a dialog, whichever way a request goes: nothing that only the network may say, nothing about charging. */
function inDialogEdit(_leg: Leg, editor: MessageEditor, routed: RoutedRequest): void {
  removeNetworkHeaders(routed.working, editor);
}

/** Originating leg: answers go to the UE. Terminating leg: they come from it (TS 24.229 §5.2.6.4.4). */
function editResponse(leg: Leg, response: SipResponse): string | undefined {
  const editor = response.edit();
  if (leg.side === 'mo') {
    removeChargingHeaders(response, editor);
    // CALL-11: the callee's identity stays in the trust domain when it asks for that.
    if (response.header('Privacy')?.split(';').includes('id')) editor.remove('P-Asserted-Identity');
    return editor.text();
  }
  removeNetworkHeaders(response, editor);
  editor.remove('P-Preferred-Identity');
  if (response.method === 'INVITE' && response.status > 100 && response.status < 300) {
    editor.append('P-Asserted-Identity', `<${leg.servedUser}>`);
  }
  return editor.text();
}

function withoutCharging(response: SipResponse): string {
  const editor = response.edit();
  removeChargingHeaders(response, editor);
  return editor.text();
}

function ueSilent(chassis: Chassis, identity: string, response: SipResponse): void {
  chassis.explain(
    'cause.ueUnreachable',
    `${chassis.name}: the UE of ${identity} did not answer INVITE (${response.status} ${response.reason}): is it still there?`,
    'TS 24.229 §5.2.6.4, RFC 3261 16.7',
  );
}
