/** A lab and an environment → nodes. The same code for both environments. */
import type { Environment } from '../environment/index.js';
import { createHss, createIcscf, createPcscf, createScscf, createUe, type UeNode } from '../ims/index.js';
import type { HostMode } from '../machine/index.js';
import type { NetworkNode } from '../node/node.js';
import type { Lab, LabUe, RunNode } from './lab.js';
import { hssConfig, icscfConfig, pcscfConfig, scscfConfig, ueConfig } from './node-config.js';

export interface BuildOptions {
  readonly environmentFor: (nodeName: string) => Environment;
  readonly hostMode: HostMode;
}

export function buildNode(node: RunNode, lab: Lab, { environmentFor, hostMode }: BuildOptions): NetworkNode {
  const options = { name: node.name, environment: environmentFor(node.name), hostMode };
  switch (node.role) {
    case 'p-cscf':
      return createPcscf(options, pcscfConfig(node, lab));
    case 'i-cscf':
      return createIcscf(options, icscfConfig(node, lab));
    case 's-cscf':
      return createScscf(options, scscfConfig(node, lab));
    case 'hss':
      return createHss(options, hssConfig(node, lab));
    case 'ue':
      return buildUe(node, lab, { environmentFor, hostMode });
  }
}

function buildUe(node: LabUe, lab: Lab, { environmentFor, hostMode }: BuildOptions): UeNode {
  return createUe({ name: node.name, environment: environmentFor(node.name), hostMode }, ueConfig(node, lab));
}
