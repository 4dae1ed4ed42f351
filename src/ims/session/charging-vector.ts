/** P-Charging-Vector between the nodes of a session (RFC 7315 4.6; TS 24.229 §7.2A.5; CALL-13). */

import { unquote } from '../../sip/index.js';

/** The vector with our network as the originating one of this hop. */
export function withOrigIoi(vector: string, origIoi: string): string {
  return [...without(vector, 'orig-ioi'), `orig-ioi="${origIoi}"`].join(';');
}

/**
 * The vector of a response: as it came in the request, with our network as the terminating one. Both inter-operator
 * identifiers of a hop are of one type: `Type 1` between visited and home network, `Type 3` between S-CSCF and application
 * server, none between home networks.
 */
export function answered(vector: string, network: string): string {
  const prefix = /;\s*orig-ioi="?(Type [13])/i.exec(vector)?.[1] ?? '';
  return [...without(vector, 'term-ioi'), `term-ioi="${prefix}${network}"`].join(';');
}

/** term-ioi without its quotes. */
export function terminatingNetwork(vector: string | undefined): string | undefined {
  const part = vector?.split(';').find((each) => each.trim().toLowerCase().startsWith('term-ioi='));
  return part === undefined ? undefined : unquote(part.slice(part.indexOf('=') + 1).trim());
}

function without(vector: string, parameter: string): readonly string[] {
  return vector.split(';').filter((part) => !part.trim().toLowerCase().startsWith(`${parameter}=`));
}
