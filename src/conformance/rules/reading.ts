/** What the rules of registration read out of messages. */
import { contactExpires, contactFlow } from '../../ims/identity/index.js';
import {
  type Challenge,
  type Credentials,
  type NameAddress,
  parseParameters,
  type SipRequest,
  type SipResponse,
} from '../../sip/index.js';
import type { DiameterOnWire, RequestOnWire, ResponseOnWire, Seen, SipOnWire } from '../rule.js';
import { isSameUri } from './meaning.js';

/** AKAv1-MD5, AKAv2-MD5 … (RFC 3310 3.1, RFC 4169). */
export function isAka(challenge: Challenge | Credentials): boolean {
  return challenge.algorithm?.toLowerCase().startsWith('aka') === true;
}

/** A digest that answers a challenge, or at least reacts to one: it repeats a nonce. */
export function answersChallenge(credentials: Credentials | undefined): credentials is Credentials {
  return credentials?.nonce !== undefined && credentials.nonce !== '';
}

/** What a 2xx names as the nonce of the next request (RFC 2617 3.2.3); AKA has none. */
export function nextNonceOf(message: SipRequest | SipResponse): string | undefined {
  const value = message.header('Authentication-Info');
  return value === undefined ? undefined : parseParameters(value)?.get('nextnonce');
}

/**
 * Whether a REGISTER is of a UE that authenticates by AKA: it says so by algorithm or security agreement, or was challenged so.
 * What says nothing may be SIP Digest (TS 24.229 5.1.1.2.3).
 */
export function usesAka({ message, credentials }: RequestOnWire, before: Seen): boolean {
  if (credentials?.algorithm !== undefined) return isAka(credentials);
  if (message.has('Security-Client')) return true;
  const challenged = before.registersOf(message.to.uri.text).findLast(({ challenges }) => challenges.length > 0);
  return challenged?.challenges.some(isAka) === true;
}

/** Seconds that a contact asks for or is granted: its own parameter, else Expires (RFC 3261 10.2.1.1). */
export function contactSeconds(message: SipRequest | SipResponse): readonly (number | undefined)[] {
  const { contacts, expires } = message;
  if (contacts === '*') return [expires];
  return contacts.map((contact) => contactExpires(contact, expires));
}

/** A contact of a flow: reg-id with +sip.instance, of a UE that supports outbound (RFC 5626 4.2, 11.6). */
export function flowContact(message: SipRequest): NameAddress | undefined {
  if (message.contacts === '*' || !message.hasOption('Supported', 'outbound')) return undefined;
  return message.contacts.find((contact) => contactFlow(contact).flow !== undefined);
}

/** Of one binding: the flow where both say theirs, whatever the address (RFC 5626 6), else the URI. */
export function isSameBinding(one: NameAddress, other: NameAddress): boolean {
  const [a, b] = [flowOf(one), flowOf(other)];
  return a !== undefined && b !== undefined ? a === b : isSameUri(one.uri.text, other.uri.text);
}

function flowOf(contact: NameAddress): string | undefined {
  const { instanceId, flow } = contactFlow(contact);
  return flow === undefined ? undefined : `${instanceId} ${flow}`;
}

/** All its contacts are to be removed (RFC 3261 10.2.2). */
export function isDeregistration(message: SipRequest): boolean {
  const seconds = contactSeconds(message);
  return seconds.length > 0 && seconds.every((each) => each === 0);
}

/** It asks for at least one binding. */
export function isBinding(message: SipRequest): boolean {
  return message.contacts !== '*' && contactSeconds(message).some((each) => each !== 0);
}

/** A request that opens a dialog or stands alone, with which a user asks for something. */
export function isInitial({ message }: RequestOnWire): boolean {
  return message.toTag === undefined && !withinOthers.has(message.method);
}

const withinOthers: ReadonlySet<string> = new Set(['REGISTER', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE', 'INFO']);

/** urn:service:sos and its kinds (TS 24.229 5.1.6): they go without registration. */
export function isEmergency(message: SipRequest): boolean {
  return message.requestUri.toLowerCase().startsWith('urn:service:sos');
}

/** `sip:a, sip:b`, or `none`. */
export function listed(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.join(', ');
}

/** REGISTERs that this node sent under the Call-ID, retransmissions too. */
export function registersFrom(node: string, callId: string, before: Seen): readonly RequestOnWire[] {
  return before
    .dialogue(callId)
    .filter(
      (each): each is RequestOnWire =>
        each.message.kind === 'request' && each.message.method === 'REGISTER' && each.record.fromNode === node,
    );
}

export interface Exchange {
  readonly request: RequestOnWire;
  /** The last message of the exchange, if it is a final response: the sender had no reason to ask again after it. */
  readonly response: ResponseOnWire | undefined;
}

/** What the sender of a REGISTER had tried before under its Call-ID. */
export function lastExchange({ message, record }: RequestOnWire, before: Seen): Exchange | undefined {
  const { callId } = message;
  const { branch } = message.topVia;
  const request = registersFrom(record.fromNode, callId, before).findLast(
    (each) => each.record.id < record.id && each.message.topVia.branch !== branch,
  );
  if (request === undefined) return undefined;
  const last = before
    .dialogue(callId)
    .findLast((each) => each.record.id < record.id && each.message.topVia.branch === request.message.topVia.branch);
  const isFinal = last?.message.kind === 'response' && last.message.status >= 200;
  return { request, response: isFinal ? (last as ResponseOnWire) : undefined };
}

/** The vector with this nonce among the answers to MAR for the identity; sent to the node, where one is named. */
export function vectorOf(
  nonce: string,
  publicIdentity: string,
  before: Seen,
  node: string | undefined,
): Vector | undefined {
  const authenticate = Buffer.from(nonce, 'base64');
  if (authenticate.length < 32) return undefined;
  for (const answer of before.queriesOf(publicIdentity)) {
    if (answer.message.name !== 'MAA' || (node !== undefined && answer.record.toNode !== node)) continue;
    for (const item of answer.message.avps.groups('SIP-Auth-Data-Item')) {
      const own = item.octets('SIP-Authenticate');
      if (own?.length !== 32 || own.compare(authenticate, 0, 32) !== 0) continue;
      const octets = (name: string) => item.octets(name);
      return {
        answer,
        scheme: item.text('SIP-Authentication-Scheme'),
        xres: octets('SIP-Authorization'),
        ck: octets('Confidentiality-Key'),
        ik: octets('Integrity-Key'),
      };
    }
  }
  return undefined;
}

export interface Vector {
  readonly answer: DiameterOnWire;
  /** SIP-Authentication-Scheme (TS 29.229 6.3.9). */
  readonly scheme: string | undefined;
  readonly xres: Buffer | undefined;
  readonly ck: Buffer | undefined;
  readonly ik: Buffer | undefined;
}

/** Answers of this command for the identity that the node was sent between two messages. */
export function answersBetween(
  command: string,
  { node, publicIdentity, after, until }: Interval,
  before: Seen,
): readonly DiameterOnWire[] {
  return before
    .queriesOf(publicIdentity)
    .filter(
      ({ message, record }) =>
        message.name === command &&
        record.id > after.record.id &&
        record.id < until.record.id &&
        (message.isRequest ? record.fromNode : record.toNode) === node,
    );
}

export interface Interval {
  /** Who asked. */
  readonly node: string;
  readonly publicIdentity: string;
  readonly after: SipOnWire;
  readonly until: SipOnWire;
}

/** Server-Assignment-Type (TS 29.229 6.3.15). */
export const assignment = {
  registration: 1,
  reRegistration: 2,
  unregisteredUser: 3,
  administrative: 8,
  authenticationFailure: 9,
  authenticationTimeout: 10,
} as const;

/** TIMEOUT_, USER_ (with and without keeping the name), ADMINISTRATIVE_DEREGISTRATION, _TOO_MUCH_DATA. */
export const deregistrations: ReadonlySet<number | undefined> = new Set([4, 5, 6, 7, 8, 11]);

/** They bind an S-CSCF to a user. */
export const assignments: ReadonlySet<number | undefined> = new Set([1, 2, 3]);
