/** A lab's node and an environment → the running network function. The same code for both environments. */
import type { Environment } from '../environment/index.js';
import type { AsFunction } from '../ims/as/index.js';
import type { SubscriberStore } from '../ims/hss/store.js';
import {
  createAs,
  createDra,
  createHss,
  createIcscf,
  createPcscf,
  createScscf,
  createSlf,
  createUe,
  type HssFunction,
  type UeNode,
} from '../ims/index.js';
import type { ScscfFunction } from '../ims/scscf/index.js';
import type { HostMode } from '../machine/index.js';
import { Guard, guardedEnvironment } from '../node/guard.js';
import type { NetworkNode, NodeOptions } from '../node/node.js';
import type { Lab, RunNode } from './lab.js';
import {
  asConfig,
  draConfig,
  hssConfig,
  icscfConfig,
  pcscfConfig,
  scscfConfig,
  slfConfig,
  ueConfig,
} from './node-config.js';

export interface BuildOptions {
  readonly environmentFor: (nodeName: string) => Environment;
  readonly hostMode: HostMode;
  /** An HSS that runs beside the node, for who asks it whom it has. */
  readonly hssNamed?: ((nodeName: string) => HssFunction | undefined) | undefined;
  /** The durable store of an HSS, by its name; undefined where it has none. */
  readonly storeOf?: ((nodeName: string) => SubscriberStore | undefined) | undefined;
}

/** A node, and what only its role can do. */
export interface BuiltNode {
  /** `counts`: how many of each thing it keeps at this moment. */
  readonly node: NetworkNode & { readonly counts?: Readonly<Record<string, number>> };
  readonly ue?: UeNode;
  readonly hss?: HssFunction;
  readonly scscf?: ScscfFunction;
  readonly as?: AsFunction;
  /** Takes over the settings that a running node can change. */
  reconfigure?(changed: RunNode): void;
}

export function buildNode(planned: RunNode, lab: Lab, build: BuildOptions): BuiltNode {
  const options: NodeOptions = {
    name: planned.name,
    environment: build.environmentFor(planned.name),
    hostMode: build.hostMode,
  };
  switch (planned.role) {
    case 'p-cscf':
      return { node: createPcscf(options, pcscfConfig(planned, lab)) };
    case 'i-cscf':
      return { node: createIcscf(options, icscfConfig(planned, lab)) };
    case 's-cscf': {
      const node = createScscf(options, scscfConfig(planned, lab));
      const reconfigure = (changed: RunNode): void => {
        if (changed.role === 's-cscf') node.function.reconfigure(scscfConfig(changed, lab));
      };
      return { node, scscf: node.function, reconfigure };
    }
    case 'hss': {
      const node = createHss(options, hssConfig(planned, lab, build.storeOf?.(planned.name)));
      return { node, hss: node.function };
    }
    case 'dra':
      return { node: createDra(options, draConfig(planned, lab)) };
    case 'slf':
      return { node: createSlf(options, slfConfig(planned, lab, build.hssNamed)) };
    case 'as': {
      const node = createAs(options, asConfig(planned, lab));
      return { node, as: node.function };
    }
    case 'ue': {
      const ue = createUe(guarded(options), ueConfig(planned, lab));
      const reconfigure = (changed: RunNode): void => {
        if (changed.role === 'ue') ue.reconfigure(ueConfig(changed, lab));
      };
      return { node: ue, ue, reconfigure };
    }
  }
}

/** A UE has no chassis that would survive an exception. */
function guarded(options: NodeOptions): NodeOptions {
  const { name, environment } = options;
  return { ...options, environment: guardedEnvironment(environment, new Guard(name, environment)) };
}
