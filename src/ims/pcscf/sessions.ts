/** P-CSCF, requests other than REGISTER in both directions. TS 24.229 §5.2.6. */
import type { Cause, Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import type { MessageEditor, SipMessage, SipRequest, SipResponse } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { answered } from '../session/charging-vector.js';
import type { LegBehaviour, SessionTable } from '../session/session-table.js';
import type { PcscfConfig } from './config.js';
import { chargingVector, enterTrustDomain, leaveTrustDomain } from './headers.js';
import type { UeRegistration, UeRegistrations } from './registrations.js';

/** In the order in which they are asked. */
export function sessionProcedures(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
  sessions: SessionTable,
): readonly Procedure[] {
  return [
    {
      name: 'inDialog',
      // REG-26: also within a dialog only registered UEs and the network are heard.
      accepts: (routed) => routed.server.message.toTag !== undefined && registrations.isKnown(routed),
      begin: (routed) => sessions.receive(routed),
    },
    {
      name: 'terminating',
      accepts: ({ ownRoute }) => registrations.byPathToken(ownRoute?.uri.user) !== undefined,
      begin: (routed) => {
        const leg = terminatingLeg(config, registrations.byPathToken(routed.ownRoute?.uri.user)!, routed);
        if (routed.server.message.method === 'INVITE') sessions.open('mt', leg, routed);
        else standalone(chassis, leg, routed, false);
      },
    },
    {
      name: 'originating',
      accepts: (routed) => registrations.senderOf(routed) !== undefined,
      begin: (routed) => {
        const leg = originatingLeg(chassis, config, registrations.senderOf(routed)!);
        if (routed.server.message.method === 'INVITE') sessions.open('mo', leg, routed);
        else standalone(chassis, leg, routed, true);
      },
    },
    { name: 'refusal', accepts: () => true, begin: (routed) => refuse(chassis, registrations, routed) },
  ];
}

/** REG-26: other requests than REGISTER need a registration. */
function refuse(chassis: Chassis, registrations: UeRegistrations, routed: RoutedRequest): void {
  const { server } = routed;
  if (server.isAck) return;
  chassis.explain(refusalOf(registrations, routed));
  server.reply(403);
}

function refusalOf(registrations: UeRegistrations, { server }: RoutedRequest): Cause {
  const { message, source } = server;
  const { topVia, method } = message;
  const named = registrations.bySentBy(message);
  if (named === undefined) {
    return {
      what: 'cause.notRegistered',
      text: `${method} came from ${topVia.host}, where no UE is registered: a UE has to register first`,
      clause: 'TS 24.229 §5.2.6.3.1, TS 33.203 §7.1',
    };
  }
  return {
    what: 'cause.wrongSourceAddress',
    text:
      `${method} came from ${source.endpoint.address} in the name of ${named.publicIdentity}, which has registered from ` +
      `${named.address}: has the UE a new address, it has to register from there first`,
    clause: 'TS 33.203 §T.7, §7.1',
  };
}

/** A request that makes no session (MESSAGE, OPTIONS …): there and back. */
function standalone(chassis: Chassis, leg: LegBehaviour, routed: RoutedRequest, fromServedUser: boolean): void {
  const edit = (editor: MessageEditor): void => leg.editInvite(editor, routed);
  chassis.proxy.forward(routed.server, routed.working, [{ edit }], {
    onResponse: (response, { forwarding, generated }) => {
      if (generated) chassis.explain(leg.explainSilence(response).cause);
      forwarding.relay(leg.editResponse?.(response, fromServedUser) ?? response);
    },
  });
}

/** TS 24.229 §5.2.6.3: the UE calls. */
function originatingLeg(chassis: Chassis, config: PcscfConfig, entry: UeRegistration): LegBehaviour {
  return {
    editInvite: (editor, { working }) => {
      enterTrustDomain(working, editor);
      editor.remove('P-Preferred-Identity');
      editor.append('P-Asserted-Identity', `<${assertedIdentity(entry, working)}>`);
      editor.append('P-Charging-Vector', chargingVector(chassis, config.networkIdentifier));
      // The way home is the Service-Route as stored, whatever the UE preloaded.
      editor.remove('Route');
      for (const route of entry.serviceRoute) editor.append('Route', route);
    },
    editRequest: crossBorder,
    editResponse: (response, toServedUser) => responseAcross(response, toServedUser),
    explainSilence: (generated) => ({
      status: 504, // TS 24.229 §5.2.6.3.3
      cause: {
        what: 'cause.servingNodeUnreachable',
        text: `the S-CSCF in the Service-Route of ${entry.publicIdentity} did not answer (${generated.status} ${generated.reason}): is it running?`,
        clause: 'TS 24.229 §5.2.6.3.3, RFC 3261 16.7',
      },
    }),
  };
}

/** TS 24.229 §5.2.6.4: the UE is called. */
function terminatingLeg(config: PcscfConfig, entry: UeRegistration, { server }: RoutedRequest): LegBehaviour {
  const { message } = server;
  const called = message.address('P-Called-Party-ID')?.uri.text ?? message.requestUri;
  const charging = message.header('P-Charging-Vector');
  return {
    editInvite: (editor, { working }) => leaveTrustDomain(working, editor),
    editRequest: crossBorder,
    editResponse: (response, toServedUser) => {
      const isOpening = response.method === message.method;
      const isAnswer = isOpening && response.status > 100 && response.status < 300;
      // TS 24.229 §5.2.6.4.4, §5.2.6.4.6: a preferred identity of the UE's own, else the one that was called.
      const asserted = isAnswer && !toServedUser ? (preferredIdentity(entry, response) ?? called) : undefined;
      const added: [string, string][] = asserted === undefined ? [] : [['P-Asserted-Identity', `<${asserted}>`]];
      // CALL-13: the UE knows nothing of charging; its answers to the opening request carry it from here on.
      if (charging !== undefined && isOpening && !toServedUser) {
        added.push(['P-Charging-Vector', answered(charging, config.networkIdentifier)]);
      }
      return responseAcross(response, toServedUser, added);
    },
    explainSilence: (generated) => ({
      status: 408, // CALL section 5: timer B at the P-CSCF's edge
      cause: {
        what: 'cause.ueUnreachable',
        text: `the UE of ${called} did not answer ${message.method} (${generated.status} ${generated.reason}): is it still there?`,
        clause: 'TS 24.229 §5.2.6.4, RFC 3261 16.7',
      },
    }),
    explainRejection: (response) => rejection(called, response),
  };
}

/** The called UE's own refusals. A cancelled call is none. */
function rejection(called: string, { status, reason }: SipResponse): Cause | undefined {
  if (status === 487) return undefined;
  const isBusy = status === 486 || status === 600;
  return {
    what: isBusy ? 'cause.calleeBusy' : 'cause.calleeRejected',
    text: `the UE of ${called} ${isBusy ? 'is busy' : 'refused the call'} (${status} ${reason})`,
    clause: isBusy ? 'RFC 3261 21.4.24' : 'RFC 3261 13.3.1.3',
  };
}

/** Within a dialog: what only the network may say, and what is not for a UE. */
function crossBorder(editor: MessageEditor, request: SipRequest, fromServedUser: boolean): void {
  if (fromServedUser) enterTrustDomain(request, editor);
  else leaveTrustDomain(request, editor);
}

function responseAcross(
  response: SipResponse,
  toServedUser: boolean,
  added: readonly (readonly [string, string])[] = [],
): string {
  const editor = response.edit();
  if (toServedUser) leaveTrustDomain(response, editor);
  else {
    enterTrustDomain(response, editor);
    editor.remove('P-Preferred-Identity');
    for (const [name, value] of added) editor.append(name, value);
  }
  return editor.text();
}

/** CALL-10: the preferred identity if it is one of the UE's, else the default one; From is not used. */
function assertedIdentity(entry: UeRegistration, request: SipRequest): string {
  return preferredIdentity(entry, request) ?? entry.associatedIdentities[0] ?? entry.publicIdentity;
}

/** The first P-Preferred-Identity that is a registered, non-barred identity of this contact, as the network writes it. */
function preferredIdentity({ associatedIdentities }: UeRegistration, message: SipMessage): string | undefined {
  if (!message.has('P-Preferred-Identity')) return undefined;
  const canonical = associatedIdentities.map(canonicalIdentity);
  for (const { uri } of message.addresses('P-Preferred-Identity')) {
    const wanted = canonicalIdentity(uri.text);
    const index = wanted === undefined ? -1 : canonical.indexOf(wanted);
    if (index !== -1) return associatedIdentities[index];
  }
  return undefined;
}
