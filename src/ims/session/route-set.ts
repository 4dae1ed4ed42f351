/** How a record-routing proxy stays in the way of a dialog, and keeps both ends to it (RFC 3261 16.6 item 4, 16.12.1.1). */
import type { Chassis } from '../../node/index.js';
import { hostPort, type MessageEditor, type SipRequest } from '../../sip/index.js';
import type { LegSide } from './session-table.js';

/** The port of ours that a served user sends to, and the transport where a URI has to say it. */
export interface UserPort {
  readonly port: number;
  readonly transport: 'tls' | undefined;
}

/**
 * Our own Record-Route value. Where the served user sends to another port of ours than the network does, there are two of
 * them, each nearest to those who use it (RFC 5658; AKA-51).
 */
export function recordRoute(
  { sip }: Chassis,
  editor: MessageEditor,
  token: string,
  side: LegSide,
  userPort: UserPort | undefined,
): void {
  const own = `<${sip.ownUri(token)};lr>`;
  if (userPort === undefined) {
    editor.prepend('Record-Route', own);
    return;
  }
  const transport = userPort.transport === undefined ? '' : `;transport=${userPort.transport}`;
  const { host } = sip.localUri();
  const users = `<sip:${token}@${hostPort(host, userPort.port)}${transport};lr>`;
  for (const each of side === 'mo' ? [users, own] : [own, users]) editor.prepend('Record-Route', each);
}

/** CALL-01: a request within a dialog goes the recorded way, whatever its sender wrote. */
export function keepToRouteSet(editor: MessageEditor, request: SipRequest, routeSet: readonly string[]): void {
  const given = request.values('Route');
  if (given.length === routeSet.length && given.every((value, index) => value === routeSet[index])) return;
  editor.remove('Route');
  for (const value of routeSet) editor.append('Route', value);
}
