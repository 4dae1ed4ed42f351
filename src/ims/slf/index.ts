import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import type { SlfConfig } from './config.js';
import { slf } from './slf.js';

export type { SlfConfig, SubscriberDatabase } from './config.js';

export function createSlf(options: NodeOptions, config: SlfConfig): FunctionNode {
  return new FunctionNode(options, { diameter: diameterSettings(config.diameter, config.listen) }, (chassis) =>
    slf(chassis, config),
  );
}
