import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import type { ScscfConfig } from './config.js';
import { type ScscfFunction, scscf } from './scscf.js';

export type { ScscfConfig } from './config.js';
export type { ScscfFunction } from './scscf.js';

export function createScscf(options: NodeOptions, config: ScscfConfig): FunctionNode<ScscfFunction> {
  const { listen, resolve, tls, datagramSizeMax, requestsMax } = config;
  const settings = {
    sip: { listen, resolve, tls, datagramSizeMax, requestsMax },
    diameter: diameterSettings(config.diameter, []),
  };
  return new FunctionNode(options, settings, (chassis) => scscf(chassis, config));
}
