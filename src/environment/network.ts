/**
 * The network as a node sees it: datagrams and octet streams between numeric addresses. One instance serves all nodes
 * of a run. Callbacks, not promises, so that both environments run the same order of events.
 */

import type { TlsIdentity, TlsTrust } from './tls.js';

export type TransportProtocol = 'udp' | 'tcp';

/** A numeric address (IPv4 dotted, IPv6 without brackets, lower case, shortest form) and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface DatagramHandlers {
  /** Bound; `local` shows the port when 0 was asked. Called once, never synchronously. */
  onListening?(local: Endpoint): void;
  /** `bytes` may be reused after the call returns: copy what is kept. */
  onDatagram(bytes: Buffer, from: Endpoint): void;
  /** Could not bind, or the socket broke. `code` is an errno name such as EADDRINUSE, EADDRNOTAVAIL. */
  onError(code: string, message: string): void;
}

export interface DatagramSocket {
  readonly local: Endpoint;
  /** Fire and forget. `bytes` must not change afterwards. */
  send(bytes: Buffer, to: Endpoint): void;
  close(): void;
}

export interface StreamHandlers {
  /** The connection stands (for an accepted one: called first, never synchronously inside `connect`). */
  onOpen(): void;
  /** Octets in order, in pieces of any size; `bytes` may be reused after the call returns. */
  onData(bytes: Buffer): void;
  /**
   * The peer sends no more but still reads: the connection stays open for writing until `close()`. Without this the end is
   * answered with the end.
   */
  onEnd?(): void;
  /** Ended: by the peer, by `close()`/`destroy()`, or by an error, then with an errno name such as ECONNREFUSED, ECONNRESET. Called once, last. */
  onClose(errorCode: string | undefined): void;
}

export interface StreamConnection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Writes of one turn are sent together. One call should carry one whole message: the capture shows it as one segment. */
  write(bytes: Buffer): void;
  /** Flushes, then ends the connection. */
  close(): void;
  /** Ends it at once (RST). */
  destroy(): void;
}

export interface StreamListenerHandlers {
  onListening?(local: Endpoint): void;
  /** A peer has connected: returns the handlers of the new connection. */
  onConnection(connection: StreamConnection): StreamHandlers;
  /** A peer has connected, but no TLS has come of it: a `TlsFailure`, or an errno name. */
  onTlsFailed?(remote: Endpoint, code: string): void;
  onError(code: string, message: string): void;
}

export interface StreamListener {
  readonly local: Endpoint;
  /** Stops accepting; open connections stay. */
  close(): void;
}

export interface Network {
  bindDatagram(local: Endpoint, handlers: DatagramHandlers): DatagramSocket;
  /** With an `identity` what connects has to speak TLS; `onConnection` is called when it stands. */
  listenStream(local: Endpoint, handlers: StreamListenerHandlers, identity?: TlsIdentity): StreamListener;
  /**
   * `from.port` 0 = any. Writes before `onOpen` are kept and sent then. With `trust` the stream is one of TLS, and `onClose`
   * may bring a `TlsFailure`.
   */
  connectStream(from: Endpoint, to: Endpoint, handlers: StreamHandlers, trust?: TlsTrust): StreamConnection;
  /** Installs the one listener for everything that this network sends, and for what arrives from outside it. */
  tap(listener: PacketTap | undefined): void;
}

/** A datagram or a piece of a stream as the capture sees it. Given by the sender, or by the receiver if the sender is not in this network. */
export interface Packet {
  readonly time: number;
  readonly protocol: TransportProtocol;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** `open` and `close` mark a stream's hand-shake and end and have no bytes. */
  readonly kind: 'data' | 'open' | 'close';
  readonly bytes: Buffer;
  /** Of a simulated stream: written before `time`, at which the segment leaves that gets there. */
  readonly late?: true | undefined;
  /** What an injected fault did to it, or that the link has lost it. */
  readonly fault?: PacketFault | undefined;
  /**
   * What travelled in its place: the ESP packet that it was in; of a stream records of TLS. Where `bytes` are none the records
   * carry no message, or show one that comes by itself.
   */
  readonly carrier?: PacketCarrier | undefined;
}

export interface PacketCarrier {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Buffer;
}

/** A fault that was injected on purpose, or a loss on the link, as the capture and the trace name it. */
export interface PacketFault {
  /** `drop 200 REGISTER, the second, from pcscf1 to ue1`; of a loss on the link why: `link loss`. */
  readonly name: string;
  /**
   * What became of the message; `answered`: it is the answer, made in place of the receiver; `lost`: the link lost it, which
   * is no fault of the scenario's.
   */
  readonly effect: 'dropped' | 'delayed' | 'duplicated' | 'reordered' | 'changed' | 'answered' | 'injected' | 'lost';
  /** What an injected fault had done to it before the link lost it. */
  readonly injected?: PacketFault | undefined;
}

export type PacketTap = (packet: Packet) => void;
