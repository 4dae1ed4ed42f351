/** `imslab topology check|show` */
import { findTopology } from '../topology/find-file.js';
import { isUe, type Lab, type LabNode } from '../topology/lab.js';
import { loadLab } from '../topology/load.js';
import { parseOverride } from '../topology/source.js';
import { listenText } from '../topology/start-problem.js';
import { EXIT_PASSED } from './exit.js';

interface TopologyOptions {
  readonly set: readonly string[];
  readonly json?: boolean;
}

export async function checkTopology(file: string, { set }: TopologyOptions): Promise<number> {
  const lab = loadLab(findTopology(file), set.map(parseOverride));
  console.log(
    `${lab.file}: ${counted(lab.nodes.length, 'node')}, ${counted(lab.links.length, 'link')}, no mistake found`,
  );
  return EXIT_PASSED;
}

export async function showTopology(file: string, { json, set }: TopologyOptions): Promise<number> {
  const lab = loadLab(findTopology(file), set.map(parseOverride));
  if (json === true) {
    console.log(JSON.stringify({ home: lab.home, nodes: lab.nodes.map(nodeSummary), links: lab.links }, undefined, 2));
    return EXIT_PASSED;
  }
  console.log(`home ${lab.home}`);
  for (const line of nodeLines(lab)) console.log(line);
  for (const { between, ...settings } of lab.links) {
    const text = Object.entries(settings).map(([key, value]) => `${key} ${value}`);
    console.log(`${between.join(' – ')}  ${text.join(', ')}`);
  }
  return EXIT_PASSED;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** One line a node: name, role, addresses, and whom it reaches. */
export function nodeLines(lab: Lab, only?: readonly string[]): readonly string[] {
  const nodes = lab.nodes.filter(({ name }) => only === undefined || only.includes(name));
  const nameWidth = Math.max(0, ...nodes.map(({ name }) => name.length));
  return nodes.map((node) => {
    const { name, role, listen, attached } = nodeSummary(node);
    const place = node.external ? ' (external)' : '';
    return `${name.padEnd(nameWidth)}  ${role.padEnd(6)}  ${listen.join(' ')}${place}${attached === undefined ? '' : `  → ${attached}`}`;
  });
}

function nodeSummary(node: LabNode) {
  const listen = node.listen.map(({ protocol, address, port }) => listenText(protocol, address, port));
  const attached = isUe(node) ? node.via : 'peers' in node ? node.peers.join(' ') : undefined;
  return { name: node.name, role: node.role, external: node.external, listen, attached };
}
