import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import type { IcscfConfig } from './config.js';
import { icscf } from './icscf.js';

export type { IcscfConfig, ServingCandidate } from './config.js';

export function createIcscf(options: NodeOptions, config: IcscfConfig): FunctionNode {
  const { listen, resolve, tls, datagramSizeMax, requestsMax } = config;
  const settings = {
    sip: { listen, resolve, tls, datagramSizeMax, requestsMax },
    diameter: diameterSettings(config.diameter, []),
  };
  return new FunctionNode(options, settings, (chassis) => icscf(chassis, config));
}
