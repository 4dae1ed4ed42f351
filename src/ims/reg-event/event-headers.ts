/** Headers of event notification as far as the registration event package needs them. RFC 6665 8.2, 8.4; RFC 3680 4. */
import { type Headers, type ServerRequest, type SipMessage, splitList } from '../../sip/index.js';
import { regInfoType } from './reg-info.js';

/** RFC 3680 4.1. */
export const eventPackage = 'reg';

/** RFC 3680 4.4, seconds: where a SUBSCRIBE does not say how long. */
export const defaultExpires = 3_761;

/** Of a 489 (RFC 6665 4.1.3, 4.2.1.1). */
export const allowEvents: Headers = [['Allow-Events', eventPackage]];

/** A NOTIFY of no subscription of ours: 481, or 489 where it is of another package (RFC 6665 4.1.3). */
export function refuseNotify(request: ServerRequest): void {
  if (isRegEvent(request.message)) request.reply(481);
  else request.reply(489, { headers: allowEvents });
}

/** The Event header names this package, whatever its parameters. */
export function isRegEvent(message: SipMessage): boolean {
  const value = message.header('Event');
  return value !== undefined && firstPart(value) === eventPackage;
}

/** `id` of Event, which NOTIFY repeats (RFC 6665 8.2.1 keeps it for those of RFC 3265). */
export function eventValue(message: SipMessage): string {
  const id = parameterOf(message.header('Event') ?? '', 'id');
  return id === undefined ? eventPackage : `${eventPackage};id=${id}`;
}

/** RFC 6665 8.4: `id`, where there is one, is a token: it goes into each NOTIFY as it came. */
export function hasUsableId(message: SipMessage): boolean {
  const id = parameterOf(message.header('Event') ?? '', 'id');
  return id === undefined || /^[A-Za-z0-9\-.!%*_+`'~]+$/.test(id);
}

/**
 * No Accept stands for the package's own type (RFC 3680 4.5). Of those that take it in the closest counts, and q=0 refuses
 * (RFC 3261 20.1, RFC 2616 14.1).
 */
export function takesRegInfo(message: SipMessage): boolean {
  const lines = message.headers('Accept');
  if (lines.length === 0) return true;
  const ranges = lines.flatMap(splitList);
  for (const range of closestFirst) {
    const same = ranges.filter((value) => firstPart(value) === range);
    if (same.length > 0) return same.some((value) => !/^0(\.0{0,3})?$/.test(parameterOf(value, 'q') ?? ''));
  }
  return false;
}

const closestFirst = [regInfoType, 'application/*', '*/*'];

export interface SubscriptionState {
  /** `active`, `pending`, `terminated`, or a name that is not known. */
  readonly name: string;
  readonly expires: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfter: number | undefined;
}

/** RFC 6665 8.4 (Subscription-State). Undefined: the header is missing or empty. */
export function subscriptionStateOf(message: SipMessage): SubscriptionState | undefined {
  const value = message.header('Subscription-State');
  if (value === undefined || value === '') return undefined;
  return {
    name: firstPart(value),
    expires: seconds(parameterOf(value, 'expires')),
    reason: parameterOf(value, 'reason')?.toLowerCase(),
    retryAfter: seconds(parameterOf(value, 'retry-after')),
  };
}

/** Seconds of Retry-After, whose comment and parameters do not count here (RFC 3261 20.33). */
export function retryAfterOf(message: SipMessage | undefined): number | undefined {
  return seconds(/^\d+/.exec(message?.header('Retry-After') ?? '')?.[0]);
}

/** What stands before the first `;`, lower case. */
function firstPart(value: string): string {
  const semicolon = value.indexOf(';');
  return (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase();
}

function parameterOf(value: string, name: string): string | undefined {
  for (const part of value.split(';').slice(1)) {
    const equals = part.indexOf('=');
    if (equals !== -1 && part.slice(0, equals).trim().toLowerCase() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Math.min(Number(text), 0xffff_ffff) : undefined;
}
