/** UDP port 4500 of one address, from which and at which ESP travels (RFC 3948). Nodes that share the address share it. */
import type {
  DatagramHandlers,
  DatagramSocket,
  Endpoint,
  IpsecFailure,
  Network,
  SecurityAssociationSet,
} from '../environment/index.js';
import type { EspRefusal, InboundAssociation } from './esp.js';
import { type InnerDatagram, octetsOf, readInnerPacket } from './inner-packet.js';
import type { SelectedAssociation } from './installed-set.js';
import { ESP_HEADER_LENGTH } from './transform.js';

/** RFC 3948 2.1. */
export const ESP_IN_UDP_PORT = 4500;
/** RFC 3948 2.3: one octet that keeps a NAT binding open. */
const KEEP_ALIVE = 0xff;

export type Inbound = SelectedAssociation<InboundAssociation>;

/** Who hears of what arrives. */
export interface EspPortUser {
  /** A datagram of an association, with its octets as they arrived, and where they came from. */
  onInner(inbound: Inbound, datagram: InnerDatagram, carrier: Buffer, source: Endpoint): void;
  onRefused(refusal: Refusal): void;
}

/** A packet that is dropped. */
export interface Refusal {
  /** One sentence. */
  readonly text: string;
  readonly clause: string;
  /** Where the association is known. */
  readonly inbound: Inbound | undefined;
  /** The octets as they arrived, and where. */
  readonly carrier: Buffer;
  readonly address: string;
}

/** Why, as the end of a sentence, and by which clause. */
type Problem = readonly [why: string, clause: string];

const refusals: Readonly<Record<EspRefusal, Problem>> = {
  replay: ['its sequence number has come before or is too old', 'RFC 4303 3.4.3'],
  icv: ['its integrity check value is wrong: the two ends have different keys or algorithms', 'RFC 4303 3.4.4.1'],
  padding: ['its padding is wrong', 'RFC 4303 2.4'],
};

export class EspPort implements DatagramHandlers {
  readonly local: Endpoint;
  readonly #inbound = new Map<number, Inbound>();
  readonly #socket: DatagramSocket;
  #state: 'binding' | 'bound' | 'failed' = 'binding';
  #waiting: ((failure?: IpsecFailure) => void)[] = [];

  constructor(
    network: Network,
    address: string,
    private readonly user: EspPortUser,
  ) {
    this.local = { address, port: ESP_IN_UDP_PORT };
    this.#socket = network.bindDatagram(this.local, this);
  }

  get hasFailed(): boolean {
    return this.#state === 'failed';
  }

  get isBound(): boolean {
    return this.#state === 'bound';
  }

  /** While it binds: `onReady` is called once, when it is known whether that went well. */
  whenReady(onReady: (failure?: IpsecFailure) => void): void {
    this.#waiting.push(onReady);
  }

  hasSpi(spi: number): boolean {
    return this.#inbound.has(spi);
  }

  add(inbound: Inbound): void {
    this.#inbound.set(inbound.association.spi, inbound);
  }

  remove({ association: { spi } }: Inbound, set: SecurityAssociationSet): void {
    if (this.#inbound.get(spi)?.set === set) this.#inbound.delete(spi);
  }

  send(packet: Buffer, to: Endpoint): void {
    this.#socket.send(packet, to);
  }

  keepAlive(to: Endpoint): void {
    this.#socket.send(Buffer.of(KEEP_ALIVE), to);
  }

  onListening(): void {
    this.#state = 'bound';
    this.#settle(undefined);
  }

  onError(code: string, message: string): void {
    this.#state = 'failed';
    this.#settle({ code, message });
  }

  onDatagram(bytes: Buffer, from: Endpoint): void {
    if (bytes.length === 1 && bytes[0] === KEEP_ALIVE) return;
    const spi = bytes.length < ESP_HEADER_LENGTH ? 0 : bytes.readUInt32BE(0);
    const inbound = this.#inbound.get(spi);
    const problem = inbound === undefined ? unknown(spi) : this.#open(inbound, bytes, from);
    if (problem === undefined) return;
    const [why, clause] = problem;
    const text = `a packet from ${from.address} port ${from.port} with SPI ${spi} is dropped: ${why}`;
    this.user.onRefused({ text, clause, inbound, carrier: bytes, address: this.local.address });
  }

  /** Hands the datagram on, or says what is wrong and by which clause. */
  #open(inbound: Inbound, bytes: Buffer, from: Endpoint): Problem | undefined {
    const content = inbound.association.open(bytes);
    if (typeof content === 'string') return refusals[content];
    const datagram = readInnerPacket(content, inbound.set.mode);
    if (typeof datagram === 'string') return [datagram, 'TS 33.203 7.1'];
    if (!isSelected(inbound, datagram, from)) {
      return ['what it carries is not between the addresses and ports of its association', 'TS 33.203 7.1']; // AKA-50
    }
    this.user.onInner(inbound, datagram, bytes, from);
    return undefined;
  }

  #settle(failure: IpsecFailure | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const onReady of waiting) onReady(failure);
  }
}

function unknown(spi: number): Problem {
  if (spi === 0) return ['it is not ESP', 'RFC 3948 2.1']; // a non-ESP marker, or too short
  return ['no security association here has this SPI', 'RFC 4303 3.4.2'];
}

/** In transport mode the packet's own addresses count, in a tunnel those inside. */
function isSelected({ from, to }: Inbound, { fromPort, toPort, addresses }: InnerDatagram, source: Endpoint): boolean {
  if (fromPort !== from.port || toPort !== to.port) return false;
  if (addresses === undefined) return source.address === from.address;
  return octetsOf(from.address).equals(addresses.from) && octetsOf(to.address).equals(addresses.to);
}
