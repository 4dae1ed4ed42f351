/** A lab's node and an environment → the running network function. The same code for both environments. */
import type { Environment } from '../environment/index.js';
import { createHss, createIcscf, createPcscf, createScscf, createUe, type UeNode } from '../ims/index.js';
import type { HostMode } from '../machine/index.js';
import type { NetworkNode, NodeOptions } from '../node/node.js';
import type { Lab, LabUe, RunNode } from './lab.js';
import { hssConfig, icscfConfig, pcscfConfig, scscfConfig, ueConfig } from './node-config.js';

export interface BuildOptions {
  readonly environmentFor: (nodeName: string) => Environment;
  readonly hostMode: HostMode;
}

export function buildCoreNode(node: Exclude<RunNode, LabUe>, lab: Lab, build: BuildOptions): NetworkNode {
  const options = nodeOptions(node, build);
  switch (node.role) {
    case 'p-cscf':
      return createPcscf(options, pcscfConfig(node, lab));
    case 'i-cscf':
      return createIcscf(options, icscfConfig(node, lab));
    case 's-cscf':
      return createScscf(options, scscfConfig(node, lab));
    case 'hss':
      return createHss(options, hssConfig(node, lab));
  }
}

export function buildUe(node: LabUe, lab: Lab, build: BuildOptions): UeNode {
  return createUe(nodeOptions(node, build), ueConfig(node, lab));
}

function nodeOptions({ name }: RunNode, { environmentFor, hostMode }: BuildOptions): NodeOptions {
  return { name, environment: environmentFor(name), hostMode };
}
