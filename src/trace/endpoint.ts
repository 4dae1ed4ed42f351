import type { Endpoint } from '../environment/index.js';

/** `127.0.0.1:5060`, `[::1]:5060`. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** One key for both directions of a connection. */
export function connectionKey(a: Endpoint, b: Endpoint): string {
  const first = endpointText(a);
  const second = endpointText(b);
  return first < second ? `${first} ${second}` : `${second} ${first}`;
}
