/** The P-headers and parameters a P-CSCF owns (TS 24.229 §5.2, §7.2A; RFC 7315). */

import type { Chassis } from '../../node/index.js';
import { withParameter } from '../../sip/auth/index.js';
import type { MessageEditor, SipMessage } from '../../sip/index.js';

/** What a UE may not assert (REG-20, CALL table 1, SIP-70): removed when it comes from there. */
const networkHeaders = [
  'P-Charging-Vector',
  'P-Charging-Function-Addresses',
  'P-Visited-Network-ID',
  'P-Asserted-Identity',
  'P-Asserted-Service',
  'P-Served-User',
  'P-Profile-Key',
  'P-Called-Party-ID',
] as const;

/** What never reaches a UE (CALL-13, TS 24.229 §4.5.5). */
const chargingHeaders = ['P-Charging-Vector', 'P-Charging-Function-Addresses'] as const;

export function removeNetworkHeaders(message: SipMessage, editor: MessageEditor): void {
  for (const name of networkHeaders) if (message.has(name)) editor.remove(name);
}

export function removeChargingHeaders(message: SipMessage, editor: MessageEditor): void {
  for (const name of chargingHeaders) if (message.has(name)) editor.remove(name);
}

/** REG-21: the value in Authorization is ours alone; `no` without a security association. */
export function markUnprotected(message: SipMessage, editor: MessageEditor): void {
  const authorization = message.header('Authorization');
  if (authorization !== undefined) {
    editor.set('Authorization', withParameter(authorization, 'integrity-protected', 'no'));
  }
}

/** REG-20, CALL-13: a new charging identity; IOI type 1 (TS 24.229 §7.2A.5.2: `Type 1` before the value, no separator). */
export function chargingVector(chassis: Chassis, networkIdentifier: string): string {
  const icid = chassis.environment.random.bytes(12).toString('hex');
  const { host } = chassis.sip.localUri();
  const address = host.includes(':') ? `"[${host}]"` : host;
  return `icid-value="${icid}";icid-generated-at=${address};orig-ioi="Type 1${networkIdentifier}"`;
}
