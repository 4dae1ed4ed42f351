/** A set of security associations at work at one of its ends (TS 33.203 7.1). */
import type { Endpoint, ProtectedEndpoint, Random, SecurityAssociationSet } from '../environment/index.js';
import { InboundAssociation, OutboundAssociation } from './esp.js';
import { espTransform } from './transform.js';

/** An association with its selector (AKA-50): both addresses and both ports; the upper protocol is any. */
export interface SelectedAssociation<TAssociation> {
  readonly association: TAssociation;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly set: SecurityAssociationSet;
}

export interface InstalledSet {
  /** To the peer's server port, what is sent over UDP; to its client port, what answers on its TCP connection. */
  readonly outbound: readonly SelectedAssociation<OutboundAssociation>[];
  readonly inbound: readonly SelectedAssociation<InboundAssociation>[];
}

/**
 * The four associations. Which of the specification's numbers each has follows from who is the UE: at the UE the first
 * outbound one is 1, the second 4, the first inbound one 3, the second 2; at the P-CSCF the other way round.
 */
export function installedSet(set: SecurityAssociationSet, random: Random): InstalledSet {
  const { local, remote } = set;
  const transform = espTransform(set, random);
  const [localClient, localServer] = ports(local);
  const [remoteClient, remoteServer] = ports(remote);
  const outbound = (spi: number) => new OutboundAssociation(spi, transform);
  const inbound = (spi: number) => new InboundAssociation(spi, transform);
  const opened = (from: Endpoint): ProtectedEndpoint => ({ ...from, openedBy: set });
  return {
    outbound: [
      { association: outbound(remote.serverSpi), from: localClient, to: remoteServer, set },
      { association: outbound(remote.clientSpi), from: localServer, to: remoteClient, set },
    ],
    inbound: [
      { association: inbound(local.serverSpi), from: opened(remoteClient), to: localServer, set },
      { association: inbound(local.clientSpi), from: opened(remoteServer), to: localClient, set },
    ],
  };
}

function ports({ address, clientPort, serverPort }: SecurityAssociationSet['local']): readonly [Endpoint, Endpoint] {
  return [
    { address, port: clientPort },
    { address, port: serverPort },
  ];
}
