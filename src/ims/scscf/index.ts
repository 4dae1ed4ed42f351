import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import type { ScscfConfig } from './config.js';
import { scscf } from './scscf.js';

export type { ScscfConfig } from './config.js';

export function createScscf(options: NodeOptions, config: ScscfConfig): FunctionNode {
  const { listen, resolve, datagramSizeMax } = config;
  const settings = { sip: { listen, resolve, datagramSizeMax }, diameter: diameterSettings(config.diameter, []) };
  return new FunctionNode(options, settings, (chassis) => scscf(chassis, config));
}
