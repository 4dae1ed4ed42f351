import type { Endpoint } from '../environment/index.js';
import { hostPort } from '../sip/message/index.js';

/** `127.0.0.1:5060`, `[::1]:5060`. */
export function endpointText({ address, port }: Endpoint): string {
  return hostPort(address, port);
}

/** One key for both directions of a connection. */
export function connectionKey(a: Endpoint, b: Endpoint): string {
  const first = endpointText(a);
  const second = endpointText(b);
  return first < second ? `${first} ${second}` : `${second} ${first}`;
}
