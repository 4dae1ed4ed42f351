import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { applicationServer } from './as.js';
import type { AsConfig } from './config.js';

export type { AsConfig } from './config.js';

export function createAs(options: NodeOptions, config: AsConfig): FunctionNode {
  const { listen, resolve, datagramSizeMax } = config;
  return new FunctionNode(options, { sip: { listen, resolve, datagramSizeMax } }, (chassis) =>
    applicationServer(chassis, config),
  );
}
