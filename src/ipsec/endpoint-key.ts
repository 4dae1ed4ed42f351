import type { Endpoint } from '../environment/index.js';

export function endpointKey({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}
