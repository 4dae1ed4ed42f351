import type { Lab, LabNode } from './lab.js';

/** By name; a lab may have thousands of nodes. */
const nodesByName = new WeakMap<Lab, ReadonlyMap<string, LabNode>>();

/** The node of that name. */
export function findNode(lab: Lab, name: string): LabNode | undefined {
  let byName = nodesByName.get(lab);
  if (byName === undefined) {
    byName = new Map(lab.nodes.map((node) => [node.name, node]));
    nodesByName.set(lab, byName);
  }
  return byName.get(name);
}
