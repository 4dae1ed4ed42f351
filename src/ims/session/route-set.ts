/** How a record-routing proxy stays in the way of a dialog, and keeps both ends to it (RFC 3261 16.6 item 4, 16.12.1.1). */
import type { Chassis } from '../../node/index.js';
import { hostPort, type MessageEditor, type SipRequest } from '../../sip/index.js';
import type { LegSide } from './session-table.js';

/**
 * Our own Record-Route value. Where the served user sends to another port of ours than the network does, there are two of
 * them, each nearest to those who use it (RFC 5658; AKA-51).
 */
export function recordRoute(
  { sip }: Chassis,
  editor: MessageEditor,
  token: string,
  side: LegSide,
  userPort: number | undefined,
): void {
  const { host, port } = sip.localUri();
  const ports = userPort === undefined ? [port] : side === 'mo' ? [userPort, port] : [port, userPort];
  for (const each of ports) editor.prepend('Record-Route', `<sip:${token}@${hostPort(host, each)};lr>`);
}

/** CALL-01: a request within a dialog goes the recorded way, whatever its sender wrote. */
export function keepToRouteSet(editor: MessageEditor, request: SipRequest, routeSet: readonly string[]): void {
  const given = request.values('Route');
  if (given.length === routeSet.length && given.every((value, index) => value === routeSet[index])) return;
  editor.remove('Route');
  for (const value of routeSet) editor.append('Route', value);
}
