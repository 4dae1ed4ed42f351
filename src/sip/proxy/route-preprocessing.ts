/** What a proxy takes off a request that was routed to it. SIP-41 / RFC 3261 16.4. */
import { formatUri, type NameAddress, type SipRequest, type Uri } from '../message/index.js';

export interface PreprocessedRequest {
  /** The copy to be forwarded; the received request itself where nothing was to be done. */
  readonly request: SipRequest;
  /** Own Route values in order. Their URIs carry the tokens that this element put into Record-Route, Path or Service-Route. */
  readonly ownRoutes: readonly NameAddress[];
}

export function preprocess(received: SipRequest, isOwn: (uri: Uri) => boolean): PreprocessedRequest {
  const restored = restoreRequestUri(received, isOwn);
  const { request } = restored;
  const own = ownTopRoutes(request, isOwn);
  if (own.length === 0) return { request, ownRoutes: restored.ownRoutes };
  const editor = request.edit();
  for (let i = 0; i < own.length; i++) editor.removeFirst('Route');
  return { request: editor.message(), ownRoutes: [...restored.ownRoutes, ...own] };
}

/**
 * The own values at the top. A proxy that record-routed twice for one leg finds its two values, with one user part, side
 * by side; another user part is another leg, and the request comes by once more for it (a spiral).
 */
function ownTopRoutes({ routes }: SipRequest, isOwn: (uri: Uri) => boolean): readonly NameAddress[] {
  const token = routes[0]?.uri.user;
  let count = 0;
  while (count < routes.length && isOwn(routes[count]!.uri) && routes[count]!.uri.user === token) count++;
  return routes.slice(0, count);
}

/** Undoes what a strict router or a `maddr` that names us did to the Request-URI. */
function restoreRequestUri(received: SipRequest, isOwn: (uri: Uri) => boolean): PreprocessedRequest {
  // Without parameters it has neither maddr nor lr.
  if (!received.requestUri.includes(';')) return { request: received, ownRoutes: [] };
  const { uri, routes } = received;
  const maddr = uri.parameters.get('maddr');
  if (typeof maddr === 'string' && isOwn({ ...uri, host: maddr })) {
    const parameters = new Map(uri.parameters);
    parameters.delete('maddr');
    parameters.delete('transport');
    const plain = formatUri({ ...uri, port: undefined, parameters });
    return { request: received.edit().requestUri(plain).message(), ownRoutes: [] };
  }
  // A Request-URI with lr that is ours can only be our own Record-Route value, put there by a strict router.
  const last = routes.at(-1);
  if (last === undefined || !uri.parameters.has('lr') || !isOwn(uri)) return { request: received, ownRoutes: [] };
  const editor = received.edit().requestUri(last.uri.text);
  if (routes.length === 1) editor.remove('Route');
  else
    editor.set(
      'Route',
      routes
        .slice(0, -1)
        .map(({ text }) => text)
        .join(', '),
    );
  const ownRoute: NameAddress = { uri, parameters: new Map(), text: `<${uri.text}>` };
  return { request: editor.message(), ownRoutes: [ownRoute] };
}
