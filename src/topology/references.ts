/** What ties nodes together: names that must exist and have the right role, things that must not be there twice. */

import { suggest } from '../selection/nearest-word.js';
import type { CheckedNode, CheckedTopology } from './load.js';
import type { Problem } from './problem.js';
import type { KeyPath, Source } from './source.js';
import { listenText } from './start-problem.js';
import type { Role } from './topology-schema.js';

export function checkReferences({ nodes, links }: CheckedTopology, source: Source): readonly Problem[] {
  return [
    ...nodes.flatMap((node) => referencesOf(node).flatMap((reference) => checkReference(reference, nodes, source))),
    ...nodes.flatMap((node) => checkProtocols(node, source)),
    ...checkLinks(links, source),
    ...checkListens(nodes, source),
    ...checkImsis(nodes, source),
  ];
}

interface NodeReference {
  readonly path: KeyPath;
  readonly name: string;
  readonly role: Role;
}

function referencesOf({ name, input }: CheckedNode): readonly NodeReference[] {
  if (input.external === true) return [];
  if (input.role === 'ue') return [{ path: ['nodes', name, 'via'], name: input.via, role: 'p-cscf' }];
  if (input.role === 'i-cscf' || input.role === 's-cscf') {
    return [{ path: ['nodes', name, 'diameter', 'hss'], name: input.diameter.hss, role: 'hss' }];
  }
  return [];
}

function checkReference(
  { path, name, role }: NodeReference,
  nodes: readonly CheckedNode[],
  source: Source,
): readonly Problem[] {
  const written = Object.entries((source.value() as { nodes: Record<string, { role?: unknown } | null> }).nodes);
  const target = written.find(([candidate]) => candidate === name);
  const right = written.filter(([, value]) => value?.role === role).map(([candidate]) => candidate);
  if (target === undefined) {
    const mend = right.length === 0 ? `add a node with role: ${role}` : suggest(name, right);
    return [source.problem(path, `there is no node '${name}'`, mend)];
  }
  if (nodes.some((node) => node.name === name) && target[1]?.role !== role) {
    const mend = right.length === 0 ? `add a node with role: ${role}` : `name one of ${right.join(', ')}`;
    return [source.problem(path, `'${name}' is no ${role} but a ${String(target[1]?.role)}`, mend)];
  }
  return [];
}

/** Cx runs over TCP here, SIP over UDP and TCP; a SIP node without UDP is fine. */
function checkProtocols({ name, input }: CheckedNode, source: Source): readonly Problem[] {
  if (input.role !== 'hss') return [];
  const [key, entries] = input.external === true ? ['address', input.address] : ['listen', input.listen];
  return entries.flatMap(({ protocol }, index) =>
    protocol === 'tcp'
      ? []
      : [
          source.problem(
            ['nodes', name, key, index],
            'an HSS speaks Diameter over TCP',
            'write tcp:// in place of udp://',
          ),
        ],
  );
}

function checkLinks(links: CheckedTopology['links'], source: Source): readonly Problem[] {
  const names = Object.keys((source.value() as { nodes: object }).nodes);
  return links.flatMap(({ between }, index) => {
    const problems = between.flatMap((name, end) =>
      names.includes(name)
        ? []
        : [source.problem(['links', index, 'between', end], `there is no node '${name}'`, suggest(name, names))],
    );
    if (problems.length === 0 && between[0] === between[1]) {
      problems.push(source.problem(['links', index, 'between'], 'joins a node to itself', 'name two nodes'));
    }
    return problems;
  });
}

function checkListens(nodes: readonly CheckedNode[], source: Source): readonly Problem[] {
  const owners = new Map<string, { name: string; where: string }>();
  return nodes.flatMap(({ name, input }) => {
    if (input.external === true || input.listen === undefined) return [];
    return input.listen.flatMap(({ protocol, address, port }, index) => {
      const key = `${protocol} ${address} ${port}`;
      const path = ['nodes', name, 'listen', index];
      const owner = owners.get(key);
      if (owner === undefined) {
        owners.set(key, { name, where: source.where(path) });
        return [];
      }
      return [
        source.problem(
          path,
          `${listenText(protocol, address, port)} is taken by ${owner.name} (${owner.where})`,
          'give each node an address or a port of its own',
        ),
      ];
    });
  });
}

function checkImsis(nodes: readonly CheckedNode[], source: Source): readonly Problem[] {
  const owners = new Map<string, string>();
  return nodes.flatMap(({ name, input }) => {
    if (input.role !== 'ue' || input.external === true) return [];
    const owner = owners.get(input.imsi);
    if (owner === undefined) {
      owners.set(input.imsi, name);
      return [];
    }
    return [
      source.problem(
        ['nodes', name, 'imsi'],
        `'${input.imsi}' is the IMSI of ${owner} already`,
        'give each UE its own',
      ),
    ];
  });
}
