/**
 * Which node a connection's own port belongs to, where nodes share an address (IPv6 loopback has one): the trace and
 * the capture then name the node of a port that the operating system chose.
 */

import type {
  Endpoint,
  Environment,
  Packet,
  PacketTap,
  StreamConnection,
  StreamHandlers,
} from '../environment/index.js';
import { hostPort } from '../sip/message/index.js';
import type { NodeTable } from '../trace/index.js';

interface Opening {
  readonly name: string;
  readonly connection: StreamConnection;
}

export class PortNames {
  readonly #opening = new Set<Opening>();

  constructor(private readonly nodes: NodeTable) {}

  /** The node's environment, whose connections are watched until their port is known. */
  watch(name: string, environment: Environment): Environment {
    const { clock, network, random, trace, ipsec } = environment;
    return {
      clock,
      random,
      trace,
      ipsec,
      network: {
        bindDatagram: (local, handlers) => network.bindDatagram(local, handlers),
        listenStream: (local, handlers, identity) => network.listenStream(local, handlers, identity),
        tap: (listener) => network.tap(listener),
        connectStream: (from, to, handlers, trust) => {
          const watched: StreamHandlers = {
            onOpen: () => handlers.onOpen(),
            onData: (bytes) => handlers.onData(bytes),
            onClose: (errorCode) => {
              this.#opening.delete(opening);
              handlers.onClose(errorCode);
            },
          };
          const connection = network.connectStream(from, to, watched, trust);
          const opening = { name, connection };
          this.#opening.add(opening);
          return connection;
        },
      },
    };
  }

  /** Learns whose port a new connection comes from before `tap` names it. */
  before(tap: PacketTap): PacketTap {
    return (packet) => {
      if (packet.kind === 'open') this.#learn(packet);
      tap(packet);
    };
  }

  #learn({ from, to }: Packet): void {
    const between = [...this.#opening].filter(
      ({ connection: { local, remote } }) => local.address === from.address && isSame(remote, to),
    );
    // The accepting side may hear of a connection first: the connecting one does not know its port then.
    const unopened = between.filter(({ connection }) => connection.local.port === 0);
    const exact = between.find(({ connection }) => connection.local.port === from.port);
    const found = exact ?? (unopened.length === 1 ? unopened[0] : undefined);
    if (found === undefined) return;
    this.nodes.learn(found.name, hostPort(from.address, from.port));
    this.#opening.delete(found);
  }
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}
