import { sh } from '../../diameter/index.js';
import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import { type AsFunction, applicationServer } from './as.js';
import type { AsConfig } from './config.js';

export type { AsFunction } from './as.js';
export type { AsConfig } from './config.js';
export type { OriginatingMessage, OriginationOutcome } from './originating-message.js';
export type { DataAnswer, DataQuery, DataUpdate } from './subscriber-data.js';

export function createAs(options: NodeOptions, config: AsConfig): FunctionNode<AsFunction> {
  const { listen, resolve, tls, datagramSizeMax, requestsMax, diameter } = config;
  const settings = {
    sip: { listen, resolve, tls, datagramSizeMax, requestsMax },
    ...(diameter !== undefined && { diameter: diameterSettings(diameter, [], [sh]) }),
  };
  return new FunctionNode(options, settings, (chassis) => applicationServer(chassis, config));
}
