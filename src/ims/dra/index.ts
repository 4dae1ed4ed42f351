import { compileApplication, cx, relayDictionary, sh } from '../../diameter/index.js';
import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import type { DraConfig } from './config.js';
import { dra } from './dra.js';

export type { DraConfig } from './config.js';

/** RFC 6733 2.8: relays and redirect agents offer the relay application, proxies the ones that they know. */
const relay = compileApplication(relayDictionary);

export function createDra(options: NodeOptions, config: DraConfig): FunctionNode {
  const applications = config.mode === 'proxy' ? [cx, sh] : [relay];
  const diameter = { ...diameterSettings(config.diameter, config.listen), applications };
  return new FunctionNode(options, { diameter }, (chassis) => dra(chassis, config));
}
