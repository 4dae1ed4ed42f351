/** What a UE checks of a request before any call sees it, in the order of RFC 3261 8.2 (SIP-50). */
import type { Clock } from '../../environment/index.js';
import { bodyParts, type Headers, lifetimeMs, type SipMessage, type SipRequest, ueTimers } from '../../sip/index.js';

export interface Refusal {
  readonly status: number;
  readonly headers?: Headers;
}

const allowedMethods: readonly string[] = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE', 'OPTIONS', 'MESSAGE'];

/** Value of Allow. */
export const allow = allowedMethods.join(', ');

/** Methods that exist, and that this UE does not serve. */
const otherMethods: ReadonlySet<string> = new Set(['REGISTER', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'REFER', 'INFO']);

/** Option tags that a Require may name: RFC 3262, RFC 3312, RFC 4028. */
const supportedOptions: readonly string[] = ['100rel', 'precondition', 'timer'];

/** Value of Supported. */
export const supported = supportedOptions.join(', ');

const routableSchemes: ReadonlySet<string> = new Set(['sip', 'sips', 'tel']);

/** Methods whose body is looked at, and its type. */
const bodyTypes: ReadonlyMap<string, string> = new Map([
  ['INVITE', 'application/sdp'],
  ['UPDATE', 'application/sdp'],
  ['PRACK', 'application/sdp'],
  ['MESSAGE', 'text/plain'], // RFC 3428 7
]);

/** The shortest session interval (RFC 4028 5). */
const sessionIntervalMin = 90;

/** What is refused whatever the state of the UE; 481 comes after it. Undefined: go on. */
export function refusalOf(request: SipRequest, merged: MergedRequests): Refusal | undefined {
  const { method, uri } = request;
  if (!allowedMethods.includes(method)) {
    return otherMethods.has(method) ? { status: 405, headers: [['Allow', allow]] } : { status: 501 }; // RFC 3261 8.2.1
  }
  if (method === 'ACK') return undefined;
  if (!routableSchemes.has(uri.scheme)) return { status: 416 }; // RFC 3261 8.2.2.1
  if (merged.has(request)) return { status: 482 }; // RFC 3261 8.2.2.2
  const unsupported = request.values('Require').filter((option) => !supportedOptions.includes(option.toLowerCase()));
  if (unsupported.length > 0) return { status: 420, headers: [['Unsupported', unsupported.join(', ')]] }; // 8.2.2.3
  const bodyType = bodyTypes.get(method);
  return bodyType === undefined ? undefined : (refusalOfBody(request, bodyType) ?? refusalOfInterval(request));
}

/** RFC 3261 8.2.3. */
function refusalOfBody(request: SipRequest, bodyType: string): Refusal | undefined {
  const encoding = request.header('Content-Encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return { status: 415, headers: [['Accept-Encoding', 'identity']] };
  }
  if (request.body === '') return undefined;
  const parts = bodyParts(request);
  const understood = parts.every(({ type, isOptional }) => isOptional || type === bodyType);
  if (understood && parts.length > 0) return undefined;
  return { status: 415, headers: [['Accept', bodyType]] };
}

/** RFC 4028 9. */
function refusalOfInterval(request: SipRequest): Refusal | undefined {
  const seconds = sessionInterval(request);
  if (seconds === undefined || seconds >= sessionIntervalMin || !request.hasOption('Supported', 'timer'))
    return undefined;
  return { status: 422, headers: [['Min-SE', String(sessionIntervalMin)]] };
}

/** Seconds of Session-Expires. */
export function sessionInterval(message: SipMessage): number | undefined {
  const seconds = Number.parseInt(message.header('Session-Expires') ?? '', 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}

/** Knows a request that came before on another way: same From tag, Call-ID and CSeq, another branch (RFC 3261 8.2.2.2). */
export class MergedRequests {
  /** Key → when it came, oldest first. */
  #seen: Map<string, number> | undefined;

  constructor(private readonly clock: Clock) {}

  /** Remembers the request if it is new. Retransmissions end in the transaction and do not get here. */
  has(request: SipRequest): boolean {
    if (request.toTag !== undefined) return false;
    const now = this.clock.now();
    this.#seen ??= new Map();
    for (const [key, cameAt] of this.#seen) {
      if (now - cameAt < lifetimeMs(ueTimers)) break;
      this.#seen.delete(key);
    }
    const { callId, fromTag, cseq } = request;
    const key = `${callId} ${fromTag} ${cseq.sequence} ${cseq.method}`;
    if (this.#seen.has(key)) return true;
    this.#seen.set(key, now);
    return false;
  }
}
