import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import type { HssConfig } from './config.js';
import { hss } from './hss.js';

export type { HssConfig } from './config.js';

export function createHss(options: NodeOptions, config: HssConfig): FunctionNode {
  return new FunctionNode(options, { diameter: diameterSettings(config.diameter, config.listen) }, (chassis) =>
    hss(chassis, config),
  );
}
