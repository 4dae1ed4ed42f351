/** The headers and parameters that a P-CSCF owns or keeps back (TS 24.229 §4.4, §5.2, §7.2A; RFC 7315). */
import type { Chassis } from '../../node/index.js';
import { digestParameter, withParameter } from '../../sip/auth/index.js';
import { HeaderSet, type MessageEditor, type SipMessage } from '../../sip/index.js';
import { accessNetworkParts, accessParameterName } from '../identity/index.js';

/** What a UE may not say (REG-20, CALL table 1, SIP-70), and what was meant for the P-CSCF alone (REG-22). */
const notFromUe = new HeaderSet([
  'P-Charging-Vector',
  'P-Charging-Function-Addresses',
  'P-Visited-Network-ID',
  'P-Asserted-Identity',
  'P-Asserted-Service',
  'P-Served-User',
  'P-Profile-Key',
  'P-User-Database',
  'P-Called-Party-ID',
  'History-Info',
  'Feature-Caps',
  'Security-Client',
  'Security-Verify',
  // The way back to a UE begins with its P-CSCF (RFC 3327 5.2, 5.3).
  'Path',
]);

/** What never reaches a UE (CALL-13, CALL-15, SIP-70; TS 24.229 §4.4, §4.5.5). */
const notTowardsUe = new HeaderSet([
  'P-Charging-Vector',
  'P-Charging-Function-Addresses',
  'P-Visited-Network-ID',
  'P-Served-User',
  'P-Profile-Key',
  'P-User-Database',
  'P-Access-Network-Info',
]);

/** A message of a UE enters the trust domain. */
export function enterTrustDomain(message: SipMessage, editor: MessageEditor): void {
  editor.removeAll(notFromUe);
  if (message.has('P-Early-Media')) restrictEarlyMedia(message, editor);
  if (message.has('P-Access-Network-Info')) stripNetworkProvided(message, editor);
  for (const name of ['Require', 'Proxy-Require', 'Supported'] as const) withoutAgreement(name, message, editor);
}

/** REG-22, AKA-44: the security agreement ends here. */
function withoutAgreement(name: string, message: SipMessage, editor: MessageEditor): void {
  if (!message.has(name)) return;
  const values = message.values(name);
  const rest = values.filter((value) => value.toLowerCase() !== 'sec-agree');
  if (rest.length === values.length) return;
  editor.remove(name);
  if (rest.length > 0) editor.append(name, rest.join(', '));
}

/** RFC 5009 4: a UE may say that it supports the header; who authorises early media is in the network. */
function restrictEarlyMedia(message: SipMessage, editor: MessageEditor): void {
  const isSupported = message.kind === 'request' && message.hasOption('P-Early-Media', 'supported');
  editor.remove('P-Early-Media');
  if (isSupported) editor.append('P-Early-Media', 'supported');
}

/** RFC 7044 10.1.2: what asks that the history of a request stays where it was made. */
const historyPrivacy: ReadonlySet<string> = new Set(['history', 'header', 'session']);

/**
 * A message goes out to a UE. CALL-11: an identity that asks for privacy stays inside.
 * @param earlyMedia the UE has said that it supports P-Early-Media: without that the header of a response is not for it (RFC 5009 6)
 */
export function leaveTrustDomain(message: SipMessage, editor: MessageEditor, earlyMedia = false): void {
  editor.removeAll(notTowardsUe);
  if (message.kind === 'response') {
    if (message.has('Reason')) editor.remove('Reason'); // TS 24.229 §4.4.7
    if (!earlyMedia && message.has('P-Early-Media')) editor.remove('P-Early-Media');
  }
  if (!message.has('Privacy')) return;
  const wanted = privacyOf(message);
  if (wanted.includes('id')) editor.remove('P-Asserted-Identity');
  if (message.has('History-Info') && wanted.some((value) => historyPrivacy.has(value))) editor.remove('History-Info');
}

/** Privacy: a `;` list (RFC 3323 4.2), in any case (RFC 3261 7.3.1). */
function privacyOf(message: SipMessage): readonly string[] {
  return message.headers('Privacy').flatMap((value) => value.split(';').map((part) => part.trim().toLowerCase()));
}

/** REG-20: only a network may call its access information `network-provided`. */
function stripNetworkProvided(message: SipMessage, editor: MessageEditor): void {
  const values = message.values('P-Access-Network-Info');
  if (!values.some((value) => value.toLowerCase().includes('network-provided'))) return;
  const own = values.map((value) =>
    accessNetworkParts(value)
      .filter((part) => !accessParameterName(part).startsWith('network-provided'))
      .join(';'),
  );
  editor.set('P-Access-Network-Info', own.join(', '));
}

/** REG-21: the parameter in Authorization is ours alone; `value` undefined takes it out. */
export function markIntegrity(message: SipMessage, editor: MessageEditor, value: string | undefined): void {
  const authorization = message.header('Authorization');
  if (authorization === undefined) return;
  const marked = withParameter(authorization, 'integrity-protected', value);
  if (marked !== authorization) editor.set('Authorization', marked);
}

/**
 * AKA-52, TS 33.203 §7.1: where associations are wanted, the answer to a challenge counts over them only. Outside of them the
 * REGISTER goes home as a first one, and is challenged. AUTS and an empty response may come in the open (REG section 8).
 */
export function forgetAnswer(message: SipMessage, editor: MessageEditor, integrity: string | undefined): void {
  const authorization = message.header('Authorization');
  if (authorization === undefined || (digestParameter(authorization, 'response') ?? '') === '') return;
  if (digestParameter(authorization, 'auts') !== undefined) return;
  const blank = withParameter(withParameter(authorization, 'response', ''), 'nonce', '');
  editor.set('Authorization', withParameter(blank, 'integrity-protected', integrity));
}

/** REG-23: the keys of a challenge stay here. */
export function withholdKeys(message: SipMessage, editor: MessageEditor): void {
  const challenges = message.headers('WWW-Authenticate');
  if (challenges.length === 0) return;
  editor.remove('WWW-Authenticate');
  for (const challenge of challenges) {
    editor.append('WWW-Authenticate', withParameter(withParameter(challenge, 'ck', undefined), 'ik', undefined));
  }
}

/** REG-20, CALL-13: a new charging identity; IOI type 1 (TS 24.229 §7.2A.5.2: `Type 1` before the value, no separator). */
export function chargingVector(chassis: Chassis, networkIdentifier: string): string {
  const icid = chassis.environment.random.bytes(12).toString('hex');
  const { host } = chassis.sip.localUri();
  const address = host.includes(':') ? `"[${host}]"` : host;
  return `icid-value="${icid}";icid-generated-at=${address};orig-ioi="Type 1${networkIdentifier}"`;
}
