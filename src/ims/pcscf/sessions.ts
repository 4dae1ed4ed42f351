/** P-CSCF, requests other than REGISTER in both directions. TS 24.229 §5.2.6. */
import type { Cause, Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import type { MessageEditor } from '../../sip/index.js';
import type { LegBehaviour, LegSide, SessionTable } from '../session/session-table.js';
import type { SubscriptionPaths } from '../session/subscription-paths.js';
import type { PcscfConfig } from './config.js';
import { OriginatingLeg, TerminatingLeg } from './legs.js';
import { subscriptionsMax, type UeRegistration, type UeRegistrations } from './registrations.js';

/** What goes on through the P-CSCF. */
export interface OpenDialogs {
  readonly sessions: SessionTable;
  readonly subscriptions: SubscriptionPaths;
}

/** In the order in which they are asked. */
export function sessionProcedures(
  chassis: Chassis,
  config: PcscfConfig,
  registrations: UeRegistrations,
  dialogs: OpenDialogs,
): readonly Procedure[] {
  const { sessions, subscriptions } = dialogs;
  return [
    {
      name: 'inDialog',
      // REG-26: also within a dialog only registered UEs and the network are heard.
      accepts: (routed) =>
        routed.server.message.toTag !== undefined && (registrations.isKnown(routed) || isLastNotify(dialogs, routed)),
      begin: (routed) => {
        const path = subscriptions.find(routed);
        if (path === undefined) sessions.receive(routed);
        else subscriptions.receive(path, routed);
      },
    },
    {
      name: 'terminating',
      accepts: ({ ownRoute }) => registrations.byPathToken(ownRoute?.uri.user) !== undefined,
      begin: (routed) => {
        const entry = registrations.byPathToken(routed.ownRoute?.uri.user)!;
        if (entry.association === undefined && entry.flow !== undefined && !chassis.sip.isAlive(entry.flow)) {
          flowFailed(chassis, entry, routed);
          return;
        }
        open(chassis, dialogs, 'mt', new TerminatingLeg(config, entry, routed), entry, routed);
      },
    },
    {
      name: 'originating',
      accepts: (routed) => registrations.senderOf(routed) !== undefined,
      begin: (routed) => {
        const entry = registrations.senderOf(routed)!;
        open(chassis, dialogs, 'mo', new OriginatingLeg(chassis, config, entry), entry, routed);
      },
    },
    { name: 'refusal', accepts: () => true, begin: (routed) => refuse(chassis, registrations, routed) },
  ];
}

/** RFC 5626 5.3, 11.5: there is no other way to the UE than its flow. */
function flowFailed(chassis: Chassis, { publicIdentity, address }: UeRegistration, { server }: RoutedRequest): void {
  if (server.isAck) return;
  chassis.explain({
    what: 'cause.flowFailed',
    text: `the connection over which ${publicIdentity} has registered from ${address} is gone: the UE has to register its flow again`,
    clause: 'RFC 5626 5.3, 11.5',
  });
  server.reply(430);
}

/** REG-76: with the last registration the network is known no more, but it still has to tell the UE. */
function isLastNotify({ subscriptions }: OpenDialogs, routed: RoutedRequest): boolean {
  const path = subscriptions.find(routed);
  return path !== undefined && !path.isFromServedUser(routed.server.message);
}

/** By what the request makes: a session, a subscription, or neither. */
function open(
  chassis: Chassis,
  { sessions, subscriptions }: OpenDialogs,
  side: LegSide,
  leg: LegBehaviour,
  entry: UeRegistration,
  routed: RoutedRequest,
): void {
  const { method } = routed.server.message;
  if (method === 'INVITE') sessions.open(side, leg, routed);
  else if (method !== 'SUBSCRIBE') standalone(chassis, leg, routed, side === 'mo');
  else if (entry.subscriptions.length < subscriptionsMax) {
    subscriptions.open(side, leg, routed);
  } else {
    chassis.explain({
      what: 'cause.subscriptionsMax',
      text: `${entry.publicIdentity} has ${subscriptionsMax} subscriptions already: does it ever end one (Expires: 0)?`,
      clause: 'RFC 6665 4.2.1.2',
    });
    routed.server.reply(503);
  }
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
  if (named.association !== undefined && source.endpoint.address === named.address) {
    return {
      what: 'cause.unprotectedRequest',
      text:
        `${method} of ${named.publicIdentity} came outside its security associations, where only REGISTER may: ` +
        'compare the ports that the UE sends from and to with Security-Client and Security-Server',
      clause: 'TS 33.203 §7.1, TS 24.229 §5.2.6.3.1',
    };
  }
  if (named.flow?.protocol === 'tls' && source.endpoint.address === named.address) {
    return {
      what: 'cause.outsideTls',
      text:
        `${method} of ${named.publicIdentity} came ${source.protocol === 'tls' ? 'over another TLS connection than' : 'without TLS, not over'} ` +
        'the one over which it has registered, where only REGISTER may: see whether the UE has lost that one and has to register anew',
      clause: 'TS 33.203 §O.3, TS 24.229 §5.2.6.3.1',
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
  const destinations = fromServedUser ? undefined : leg.towardsServedUser?.();
  chassis.proxy.forward(routed.server, routed.working, [{ edit, ...(destinations && { destinations }) }], {
    onResponse: (response, { forwarding, generated }) => {
      if (generated) chassis.explain(leg.explainSilence(response).cause);
      forwarding.relay(leg.editResponse?.(response, fromServedUser) ?? response);
    },
  });
}
