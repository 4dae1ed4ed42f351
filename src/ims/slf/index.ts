import { cx, sh } from '../../diameter/index.js';
import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import type { SlfConfig } from './config.js';
import { slf } from './slf.js';

export type { SlfConfig, SubscriberDatabase } from './config.js';

export function createSlf(options: NodeOptions, config: SlfConfig): FunctionNode {
  // Dx has the commands of Cx, Dh those of Sh.
  const diameter = diameterSettings(config.diameter, config.listen, [cx, sh]);
  return new FunctionNode(options, { diameter }, (chassis) => slf(chassis, config));
}
