/** What nodes of the core must have in common, so that requests get from one to the other: a transport and an address family. */

import { hostPort } from '../sip/index.js';
import type { CheckedNode, CheckedTopology } from './checked-topology.js';
import { isIpv6 } from './numeric-address.js';
import type { Problem } from './problem.js';
import type { Listen } from './scalars.js';
import type { Source } from './source.js';
import type { Role } from './topology-schema.js';

/** Who sends to whom; `any`: one of them will do, as the next is tried where one cannot be reached (RFC 3263 4.3). */
const hops: readonly { readonly from: Role; readonly to: Role; readonly any: boolean; readonly what: string }[] = [
  { from: 'p-cscf', to: 'i-cscf', any: true, what: 'REGISTER to the home domain' },
  { from: 'i-cscf', to: 's-cscf', any: false, what: 'what it sends to the S-CSCF of a user' },
  { from: 'p-cscf', to: 's-cscf', any: false, what: 'requests by Service-Route and Path' },
  { from: 's-cscf', to: 'i-cscf', any: true, what: 'requests to users of the home domain' },
  { from: 's-cscf', to: 'as', any: false, what: 'requests for services' },
];

/** Would end in 504 for every UE else. Of a node that is blamed once nothing more is said: the rest may follow from it. */
export function checkTransports({ nodes }: CheckedTopology, source: Source): readonly Problem[] {
  // What has TLS alone is reported where each node is looked at by itself.
  const speakers = nodes.filter((node) => pointsOf(node).some(({ protocol }) => protocol !== 'tls'));
  const withRole = (wanted: Role): readonly CheckedNode[] => speakers.filter(({ input: { role } }) => role === wanted);
  const blamed = new Set<CheckedNode>();
  const problems: Problem[] = [];
  for (const { from, to, any, what } of hops) {
    for (const node of withRole(from)) {
      const others = withRole(to);
      const unreached = others.filter((other) => !reaches(pointsOf(node), pointsOf(other)));
      const [other] = unreached;
      if (other === undefined || (any && unreached.length < others.length)) continue;
      if (!blamed.has(node) && !blamed.has(other)) problems.push(apart(node, other, what, source));
      blamed.add(node).add(other);
    }
  }
  return problems;
}

function apart(node: CheckedNode, other: CheckedNode, requests: string, source: Source): Problem {
  const [own, theirs] = [pointsOf(node), pointsOf(other)];
  const what = `has ${kindsOf(own)} alone, and ${other.name} ${kindsOf(theirs)} alone: neither reaches the other (${requests})`;
  const [here, there] = [addedTo(own, theirs[0]!), addedTo(theirs, own[0]!)];
  return source.problem(
    ['nodes', node.name, keyOf(node)],
    what,
    `add ${here} here, or ${there} to nodes.${other.name}.${keyOf(other)}`,
  );
}

function keyOf({ input }: CheckedNode): 'address' | 'listen' {
  return input.external === true ? 'address' : 'listen';
}

function pointsOf({ input }: CheckedNode): readonly Listen[] {
  return (input.external === true ? input.address : input.listen) ?? [];
}

export function reaches(own: readonly Listen[], theirs: readonly Listen[]): boolean {
  return own.some(({ protocol, address }) =>
    theirs.some((other) => other.protocol === protocol && isIpv6(other.address) === isIpv6(address)),
  );
}

export function kindsOf(points: readonly Listen[]): string {
  const kinds = points.map(
    ({ protocol, address }) => `${protocol.toUpperCase()} over ${isIpv6(address) ? 'IPv6' : 'IPv4'}`,
  );
  return [...new Set(kinds)].join(' and ');
}

/** An address like its own, where the others would reach it. */
function addedTo(points: readonly Listen[], { protocol, address: their }: Listen): string {
  const own = points.find(({ address }) => isIpv6(address) === isIpv6(their));
  if (own === undefined) return `${protocol}:// with an ${isIpv6(their) ? 'IPv6' : 'IPv4'} address`;
  return `${protocol}://${hostPort(own.address, own.port)}`;
}
