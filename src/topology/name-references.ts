/** Names that records lead to: each has to be one that the topology knows, as nodes ask no DNS (RFC 3263, SIP-26). */

import { suggest } from '../selection/index.js';
import type { CheckedNode, CheckedTopology } from './checked-topology.js';
import type { Problem } from './problem.js';
import type { KeyPath, Source } from './source.js';
import { listenText } from './start-problem.js';

/** Would pass in silence else: a server that no address is known of is left out. */
export function checkNames(topology: CheckedTopology, source: Source): readonly Problem[] {
  const { names } = topology;
  const hosts = new Hosts(topology, source);
  const servers = Object.keys(names).filter((name) => names[name]!.srv !== undefined);
  // Records stand under lower case, the file's keys as they were written.
  const written = new Map(Object.keys(rawNames(source)).map((name) => [name.toLowerCase(), name]));
  return Object.entries(names).flatMap(([name, { naptr = [], srv = [] }]) => {
    const path = (...keys: KeyPath): KeyPath => ['names', written.get(name) ?? name, ...keys];
    return [
      ...naptr.flatMap(({ replacement }, index) =>
        servers.includes(replacement)
          ? []
          : [
              source.problem(
                path('naptr', index, 'replacement'),
                `'${replacement}' has no srv under names`,
                servers.length === 0 ? 'add its servers there' : suggest(replacement, servers),
              ),
            ],
      ),
      ...srv.flatMap(({ target, port }, index) =>
        hosts.problem(target, port, transportOf(name), (key) => path('srv', index, key)),
      ),
    ];
  });
}

/** RFC 2782: the transport is in the name. */
function transportOf(name: string): 'udp' | 'tcp' | undefined {
  return name.startsWith('_sip._udp.') ? 'udp' : name.startsWith('_sip._tcp.') ? 'tcp' : undefined;
}

/** Hosts that servers may stand on: nodes of the file, right or wrong, and what has addresses. */
class Hosts {
  readonly #checked: ReadonlyMap<string, CheckedNode['input']>;
  readonly #known: readonly string[];

  constructor(
    private readonly topology: CheckedTopology,
    private readonly source: Source,
  ) {
    const { home, names, nodes } = topology;
    this.#checked = new Map(nodes.map(({ name, input }) => [`${name}.${home}`, input]));
    const written = Object.keys((source.value() as { nodes: object }).nodes);
    const withoutSip = nodes.filter(({ input: { role } }) => role === 'hss' || role === 'dra' || role === 'slf');
    const addressed = Object.keys(names).filter((name) => names[name]!.addresses !== undefined);
    const others = written.filter((name) => !withoutSip.some((node) => node.name === name));
    this.#known = [...others.map((name) => `${name}.${home}`), ...addressed];
  }

  problem(
    target: string,
    port: number,
    transport: 'udp' | 'tcp' | undefined,
    path: (key: 'target' | 'port') => KeyPath,
  ): readonly Problem[] {
    if (this.topology.names[target]?.addresses !== undefined || target === this.topology.home) return [];
    if (!this.#known.includes(target)) {
      const what = `there is no node '${target}', and no addresses under names`;
      return [this.source.problem(path('target'), what, suggest(target, this.#known))];
    }
    const input = this.#checked.get(target);
    const entries = (input?.external === true ? input.address : input?.listen) ?? [];
    const isThere = entries.some((entry) => entry.port === port && entry.protocol === (transport ?? entry.protocol));
    if (entries.length === 0 || isThere) return [];
    const points = entries.map(({ protocol, address, port: own }) => listenText(protocol, address, own)).join(', ');
    const what = `${target} takes nothing at ${transport === undefined ? '' : `${transport} `}port ${port}`;
    return [this.source.problem(path('port'), what, `use one of ${points}`)];
  }
}

function rawNames(source: Source): object {
  return (source.value() as { names?: object | null }).names ?? {};
}
