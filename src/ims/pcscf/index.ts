import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { coreTimers, type ListenPoint, ueTimers } from '../../sip/index.js';
import { offersTls, type PcscfConfig } from './config.js';
import { pcscf } from './pcscf.js';
import { UeRegistrations } from './registrations.js';

export type { PcscfConfig, SecurityConfig } from './config.js';

export function createPcscf(options: NodeOptions, config: PcscfConfig): FunctionNode {
  const { resolve, tls, datagramSizeMax, requestsMax } = config;
  const registrations = new UeRegistrations();
  const timersFor = ({ address }: { readonly address: string }) =>
    registrations.isServingAddress(address) ? coreTimers : ueTimers; // TS 24.229 §7.7
  const protectedPoints = protectedPointsOf(config);
  const sip = {
    listen: [...config.listen, ...protectedPoints],
    resolve,
    tls,
    datagramSizeMax,
    requestsMax,
    timersFor,
    senderOf: (local: ListenPoint, to: { readonly address: string; readonly port: number }) =>
      registrations.associations?.senderOf(local, to),
  };
  const agrees = protectedPoints.length > 0 || offersTls(config);
  const settings = agrees ? { sip, protectedPoints, options: ['sec-agree'] } : { sip };
  return new FunctionNode(options, settings, (chassis) => pcscf(chassis, config, registrations));
}

/** Both protected ports at each address with an open UDP port. */
function protectedPointsOf({ listen, security }: PcscfConfig): readonly ListenPoint[] {
  if (security?.mechanism !== 'ipsec-3gpp') return [];
  const addresses = new Set(listen.filter(({ protocol }) => protocol === 'udp').map(({ address }) => address));
  return [...addresses].flatMap((address) =>
    [security.clientPort, security.serverPort].map((port) => ({ protocol: 'udp' as const, address, port })),
  );
}
