/** What ties nodes together: names that must exist and have the right role, things that must not be there twice. */

import { suggest } from '../selection/index.js';
import type { CheckedNode, CheckedTopology } from './checked-topology.js';
import type { Member } from './pools.js';
import type { Problem } from './problem.js';
import { isDomain } from './scalars.js';
import type { KeyPath, Source } from './source.js';
import { listenText } from './start-problem.js';
import type { Role } from './topology-schema.js';

/** What lines say of one another. */
export function checkReferences({ nodes }: CheckedTopology, source: Source): readonly Problem[] {
  const written = new Written(nodes, source);
  return [
    ...nodes.flatMap((node) => referencesOf(node).flatMap((reference) => checkReference(reference, written, source))),
    ...nodes.flatMap((node) => checkProtocols(node, source)),
    ...nodes.flatMap((node) => checkPermissions(node, source)),
  ];
}

/** What the nodes that they stand for must not share, and the ends of links. */
export function checkMembers(
  members: readonly Member[],
  links: CheckedTopology['links'],
  source: Source,
): readonly Problem[] {
  return [...checkLinks(links, members, source), ...checkListens(members, source), ...checkImsis(members, source)];
}

/** The nodes of the file, right or wrong, by name and by role. */
class Written {
  readonly roles: ReadonlyMap<string, unknown>;
  readonly checked: ReadonlySet<string>;

  constructor(nodes: readonly CheckedNode[], source: Source) {
    const entries = Object.entries((source.value() as { nodes: Record<string, { role?: unknown } | null> }).nodes);
    this.roles = new Map(entries.map(([name, value]) => [name, value?.role]));
    this.checked = new Set(nodes.map(({ name }) => name));
  }

  withRole(role: Role): readonly string[] {
    return [...this.roles].filter(([, own]) => own === role).map(([name]) => name);
  }
}

interface NodeReference {
  readonly path: KeyPath;
  readonly name: string;
  /** What the node may be; the first is what is asked for. */
  readonly roles: readonly Role[];
}

/** What stands between a node and an HSS. */
const databases: readonly Role[] = ['hss', 'dra', 'slf'];

function referencesOf({ name, input }: CheckedNode): readonly NodeReference[] {
  if (input.external === true) return [];
  if (input.role === 'ue') {
    const { via } = input;
    const path = ['nodes', name, 'via'];
    return named(path, via, ['p-cscf']);
  }
  if (input.role === 'i-cscf' || input.role === 's-cscf') {
    return named(['nodes', name, 'diameter', 'hss'], input.diameter.hss, databases);
  }
  if (input.role === 'as') return named(['nodes', name, 'diameter', 'hss'], input.diameter?.hss ?? [], databases);
  if (input.role === 'hss') {
    // With a dot it is the Origin-Host of an AS that is no node here.
    const names = Object.keys(input.sh?.permissions ?? {}).filter((each) => !each.includes('.'));
    return names.map((each) => ({ path: ['nodes', name, 'sh', 'permissions', each], name: each, roles: ['as'] }));
  }
  if (input.role === 'slf') return named(['nodes', name, 'diameter', 'hss'], input.diameter.hss, ['hss']);
  if (input.role === 'dra') {
    const routes = (input.routes ?? []).flatMap(({ to }, index) =>
      named(['nodes', name, 'routes', index, 'to'], to, databases),
    );
    return [...named(['nodes', name, 'diameter', 'peers'], input.diameter.peers, databases), ...routes];
  }
  return [];
}

/** One name, or a list of them. */
function named(path: KeyPath, names: string | readonly string[], roles: readonly Role[]): readonly NodeReference[] {
  if (typeof names === 'string') return [{ path, name: names, roles }];
  return names.map((name, index) => ({ path: [...path, index], name, roles }));
}

/** Role names that are read letter by letter, such as i-cscf, HSS and SLF, begin with a vowel sound. */
function withArticle(role: string): string {
  return `${/^(i-|s-|hss|slf|as)/.test(role) ? 'an' : 'a'} ${role}`;
}

function checkReference({ path, name, roles }: NodeReference, written: Written, source: Source): readonly Problem[] {
  const role = roles[0]!;
  const right = roles.flatMap((each) => written.withRole(each));
  if (!written.roles.has(name)) {
    const mend = right.length === 0 ? `add a node with role: ${role}` : suggest(name, right);
    return [source.problem(path, `there is no node '${name}'`, mend)];
  }
  const own = written.roles.get(name);
  if (!written.checked.has(name) || roles.some((each) => each === own)) return [];
  const mend = right.length === 0 ? `add a node with role: ${role}` : `name one of ${right.join(', ')}`;
  return [source.problem(path, `'${name}' is no ${role} but ${withArticle(String(own))}`, mend)];
}

/** RFC 6733 4.3.1: who is no node here is known by an Origin-Host, a full domain name. */
function checkPermissions({ name, input }: CheckedNode, source: Source): readonly Problem[] {
  const permissions = input.role === 'hss' && input.external !== true ? (input.sh?.permissions ?? {}) : {};
  return Object.keys(permissions).flatMap((host) =>
    !host.includes('.') || isDomain(host)
      ? []
      : [
          source.problem(
            ['nodes', name, 'sh', 'permissions', host],
            `'${host}' is no domain name`,
            'write the Origin-Host of the application server in full, or the name of a node',
            'key',
          ),
        ],
  );
}

const diameterNodes = { hss: 'an HSS', dra: 'a Diameter agent', slf: 'an SLF' };

/** Cx runs over TCP here, SIP over UDP and TCP; a SIP node without UDP is fine, one with TLS alone reaches no other. */
function checkProtocols({ name, input }: CheckedNode, source: Source): readonly Problem[] {
  if (input.role !== 'hss' && input.role !== 'dra' && input.role !== 'slf') {
    if (input.role === 'ue' || input.external === true) return [];
    if (input.listen.some(({ protocol }) => protocol !== 'tls')) return [];
    const what = 'has tls:// alone, and nodes of the core speak UDP or TCP to one another';
    return [source.problem(['nodes', name, 'listen'], what, 'add one with udp:// or tcp://')];
  }
  const [key, entries] = input.external === true ? ['address', input.address] : ['listen', input.listen];
  return entries.flatMap(({ protocol }, index) =>
    protocol === 'tcp'
      ? []
      : [
          source.problem(
            ['nodes', name, key, index],
            `${diameterNodes[input.role]} speaks Diameter over TCP`,
            `write tcp:// in place of ${protocol}://`,
          ),
        ],
  );
}

function checkLinks(links: CheckedTopology['links'], members: readonly Member[], source: Source): readonly Problem[] {
  const lines = Object.keys((source.value() as { nodes: object }).nodes);
  const names = new Set([...lines, ...members.map(({ name }) => name)]);
  return links.flatMap(({ between }, index) => {
    const problems = between.flatMap((name, end) =>
      names.has(name)
        ? []
        : [source.problem(['links', index, 'between', end], `there is no node '${name}'`, suggest(name, lines))],
    );
    if (problems.length === 0 && between[0] === between[1]) {
      problems.push(source.problem(['links', index, 'between'], 'joins a node to itself', 'name two nodes'));
    }
    return problems;
  });
}

function checkListens(members: readonly Member[], source: Source): readonly Problem[] {
  const owners = new Map<string, { name: string; path: KeyPath }>();
  // Of a pool the first one says it.
  const blamed = new Set<string>();
  return members.flatMap(({ name, line, input }) => {
    if (input.external === true || input.listen === undefined || (name !== line && blamed.has(line))) return [];
    return input.listen.flatMap(({ protocol, address, port }, index) => {
      const key = `${protocol === 'tls' ? 'tcp' : protocol} ${address} ${port}`; // TLS is within TCP
      const path = ['nodes', line, 'listen', index];
      const owner = owners.get(key);
      if (owner === undefined) {
        owners.set(key, { name, path });
        return [];
      }
      blamed.add(line);
      return [
        source.problem(
          path,
          `${listenText(protocol, address, port)} is taken by ${owner.name} (${source.where(owner.path)})`,
          owner.name === name ? 'give it another port' : 'give each node an address or a port of its own',
        ),
      ];
    });
  });
}

function checkImsis(members: readonly Member[], source: Source): readonly Problem[] {
  const owners = new Map<string, string>();
  const blamed = new Set<string>();
  return members.flatMap(({ name, line, input }) => {
    if (input.role !== 'ue' || input.external === true || (name !== line && blamed.has(line))) return [];
    // TS 24.229 §5.1.6.2: a card may be registered for emergencies beside its usual registration, from an address of its own.
    const key = input.registration?.emergency === true ? `${input.imsi} sos` : input.imsi;
    const owner = owners.get(key);
    if (owner === undefined) {
      owners.set(key, name);
      return [];
    }
    blamed.add(line);
    return [
      source.problem(
        ['nodes', line, 'imsi'],
        `'${input.imsi}' is the IMSI of ${owner} already`,
        'give each UE its own',
      ),
    ];
  });
}
