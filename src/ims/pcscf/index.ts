import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { coreTimers, ueTimers } from '../../sip/index.js';
import type { PcscfConfig } from './config.js';
import { pcscf } from './pcscf.js';
import { UeRegistrations } from './registrations.js';

export type { PcscfConfig } from './config.js';

export function createPcscf(options: NodeOptions, config: PcscfConfig): FunctionNode {
  const { listen, resolve, datagramSizeMax } = config;
  const registrations = new UeRegistrations();
  const timersFor = ({ address }: { readonly address: string }) =>
    registrations.isServingAddress(address) ? coreTimers : ueTimers; // TS 24.229 §7.7
  const sip = { listen, resolve, datagramSizeMax, timersFor };
  return new FunctionNode(options, { sip }, (chassis) => pcscf(chassis, config, registrations));
}
