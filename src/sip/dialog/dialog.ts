/**
 * Dialogs as plain data, and what messages do to them. RFC 3261 12. For user agents, and for proxies that must send a
 * request of their own into a dialog (a release). A `Dialog` is changed in place by the functions here and by nothing else.
 */
import {
  buildRequest,
  detached,
  type Headers,
  parseUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../message/index.js';

export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** Empty for a peer of RFC 2543, which gives none (RFC 3261 12.1.1). */
  readonly remoteTag: string;
  /** URIs of From and To. */
  readonly localUri: string;
  readonly remoteUri: string;
  /** The peer's Contact: where requests go to in the end. */
  remoteTarget: string;
  /** Values of Route, with angle brackets, nearest first. Fixed once the dialog is confirmed. */
  routeSet: readonly string[];
  /** CSeq of the last request sent; 0 before the first. */
  localSequence: number;
  /** CSeq of the last request received. */
  remoteSequence: number | undefined;
  state: 'early' | 'confirmed';
  /** Every hop must be TLS: the Request-URI was sips. */
  readonly secure: boolean;
}

export interface InDialogParts {
  /** After those of the dialog; without Via, which the endpoint adds. */
  readonly headers?: Headers;
  readonly body?: string;
  readonly contentType?: string;
  /** For an ACK: the number of its INVITE. */
  readonly sequence?: number;
}

/** SIP-51 / RFC 3261 12.1.2, at the UAC. Undefined: this response makes no dialog (100, no To tag, 300 and more). */
export function dialogFromResponse(request: SipRequest, response: SipResponse): Dialog | undefined {
  const { status, toTag } = response;
  if (status <= 100 || status >= 300 || toTag === undefined) return undefined;
  return {
    callId: detached(response.callId),
    localTag: detached(request.fromTag ?? ''),
    remoteTag: detached(toTag),
    localUri: detached(request.from.uri.text),
    remoteUri: detached(request.to.uri.text),
    remoteTarget: contactOf(response) ?? detached(request.requestUri),
    routeSet: routesOf(response).reverse(),
    localSequence: request.cseq.sequence,
    remoteSequence: undefined,
    state: status < 200 ? 'early' : 'confirmed',
    secure: request.uri.scheme === 'sips',
  };
}

/** SIP-51 / RFC 3261 12.1.1, at the UAS, with the tag that its responses bear. */
export function dialogFromRequest(request: SipRequest, localTag: string, state: Dialog['state'] = 'early'): Dialog {
  return {
    callId: detached(request.callId),
    localTag,
    remoteTag: detached(request.fromTag ?? ''),
    localUri: detached(request.to.uri.text),
    remoteUri: detached(request.from.uri.text),
    remoteTarget: contactOf(request) ?? detached(request.from.uri.text),
    routeSet: routesOf(request),
    localSequence: 0,
    remoteSequence: request.cseq.sequence,
    state,
    secure: request.uri.scheme === 'sips',
  };
}

/** The 2xx that confirms an early dialog: target and route set are those of the 2xx. RFC 3261 13.2.2.4. */
export function confirmDialog(dialog: Dialog, response: SipResponse): void {
  if (dialog.state === 'early') dialog.routeSet = routesOf(response).reverse();
  dialog.state = 'confirmed';
  updateTarget(dialog, response);
}

/** Target refresh by INVITE or UPDATE (also SUBSCRIBE, NOTIFY, REFER) and by their 2xx: RFC 3261 12.2.1.2, 12.2.2. */
export function updateTarget(dialog: Dialog, message: SipMessage): void {
  dialog.remoteTarget = contactOf(message) ?? dialog.remoteTarget;
}

/** SIP-52 / RFC 3261 12.2.2. `stale` is to be answered 500; gaps are allowed. An ACK repeats the number of its INVITE. */
export function checkRemoteSequence(dialog: Dialog, request: SipRequest): 'inOrder' | 'stale' {
  const { sequence } = request.cseq;
  if (request.method === 'ACK' || request.method === 'CANCEL') return 'inOrder';
  if (dialog.remoteSequence !== undefined && sequence <= dialog.remoteSequence) return 'stale';
  dialog.remoteSequence = sequence;
  return 'inOrder';
}

/** RFC 3261 12.2.1.1: the next request within the dialog, without Via. Counts `localSequence` on, but for an ACK. */
export function inDialogRequest(dialog: Dialog, method: string, parts: InDialogParts = {}): SipRequest {
  const sequence = parts.sequence ?? ++dialog.localSequence;
  const { requestUri, routes } = routing(dialog);
  const { headers = [], body, contentType } = parts;
  return buildRequest({
    method,
    requestUri,
    headers: [
      ...routes.map((value) => ['Route', value] as const),
      ['Max-Forwards', '70'],
      ['From', withTag(dialog.localUri, dialog.localTag)],
      ['To', withTag(dialog.remoteUri, dialog.remoteTag)],
      ['Call-ID', dialog.callId],
      ['CSeq', `${sequence} ${method}`],
      ...headers,
    ],
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  });
}

/** Under which a dialog is kept: Call-ID, local tag, remote tag. `side` is the one we have in the message's transaction. */
export function dialogKey(message: SipMessage, side: 'uac' | 'uas'): string {
  const { callId, fromTag = '', toTag = '' } = message;
  return side === 'uac' ? `${callId} ${fromTag} ${toTag}` : `${callId} ${toTag} ${fromTag}`;
}

export function keyOfDialog({ callId, localTag, remoteTag }: Dialog): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

/** Request-URI and Route. A first hop without lr is a strict router: its URI goes into the Request-URI. */
function routing({ remoteTarget, routeSet }: Dialog): {
  readonly requestUri: string;
  readonly routes: readonly string[];
} {
  const first = routeSet[0];
  const firstUri = first === undefined ? undefined : parseUri(first.slice(first.indexOf('<') + 1, first.indexOf('>')));
  if (firstUri === undefined || firstUri.parameters.has('lr')) return { requestUri: remoteTarget, routes: routeSet };
  return { requestUri: firstUri.text, routes: [...routeSet.slice(1), `<${remoteTarget}>`] };
}

function routesOf(message: SipMessage): string[] {
  return message.values('Record-Route').map(detached);
}

function contactOf(message: SipMessage): string | undefined {
  const { contacts } = message;
  const text = contacts === '*' ? undefined : contacts[0]?.uri.text;
  return text === undefined ? undefined : detached(text);
}

function withTag(uri: string, tag: string): string {
  return tag === '' ? `<${uri}>` : `<${uri}>;tag=${tag}`;
}
