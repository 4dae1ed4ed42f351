import type { DatagramHandlers, DatagramSocket, Endpoint } from '../environment/index.js';
import { endpointKey } from './endpoint-key.js';
import type { ProtectedNode } from './protected-node.js';

/** A datagram socket of a node; where its port is protected, nothing passes it but ESP (TS 33.203 7.1). */
export class ProtectedSocket implements DatagramSocket, DatagramHandlers {
  readonly #socket: DatagramSocket;
  /** Of its endpoint: undefined while the system chooses its port. What is sent before it is bound may not go unprotected. */
  #key: string | undefined;

  constructor(
    private readonly node: ProtectedNode,
    local: Endpoint,
    private readonly user: DatagramHandlers,
  ) {
    this.#socket = node.network.bindDatagram(local, this);
    if (this.#socket.local.port !== 0) this.#key = endpointKey(this.#socket.local);
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  send(bytes: Buffer, to: Endpoint): void {
    const { layer } = this.node;
    if (this.#isProtected) layer.send(this.node, this.local, to, bytes);
    else this.#socket.send(bytes, to);
  }

  close(): void {
    this.#unbind();
    this.#socket.close();
  }

  onListening(local: Endpoint): void {
    this.#key = endpointKey(local);
    this.node.layer.bound(this.#key, this);
    this.user.onListening?.(local);
  }

  onDatagram(bytes: Buffer, from: Endpoint): void {
    if (!this.#isProtected) {
      this.user.onDatagram(bytes, from);
      return;
    }
    // AKA-52
    const text = `a datagram from ${from.address} port ${from.port} came without ESP on protected port ${this.local.port} and is dropped`;
    this.node.note(text, 'TS 33.203 7.1');
  }

  onError(code: string, message: string): void {
    this.#unbind();
    this.user.onError(code, message);
  }

  /** From inside an ESP packet. */
  deliver(bytes: Buffer, from: Endpoint): void {
    this.user.onDatagram(bytes, from);
  }

  get #isProtected(): boolean {
    return this.#key !== undefined && this.node.layer.isProtected(this.#key);
  }

  #unbind(): void {
    if (this.#key !== undefined) this.node.layer.closed(this.#key, this);
    this.#key = undefined;
  }
}
