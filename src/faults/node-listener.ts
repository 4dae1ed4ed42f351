import type {
  Endpoint,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
  TlsIdentity,
} from '../environment/index.js';
import type { FaultyNode } from './faulty-node.js';
import { NodeStream } from './node-stream.js';

/** A listening port of a node: its connections are subject to faults. */
export class NodeListener implements StreamListener, StreamListenerHandlers {
  #inner: StreamListener | undefined;

  constructor(
    private readonly node: FaultyNode,
    private readonly asked: Endpoint,
    private readonly user: StreamListenerHandlers,
    private readonly identity?: TlsIdentity,
  ) {}

  listen(): void {
    this.node.listeners.add(this);
    this.#inner = this.node.network.listenStream(this.asked, this, this.identity);
  }

  get local(): Endpoint {
    return this.#inner?.local ?? this.asked;
  }

  close(): void {
    this.node.listeners.delete(this);
    this.#inner?.close();
  }

  /** The node is gone. */
  end(): void {
    this.close();
  }

  onListening(local: Endpoint): void {
    if (!this.node.isDead) this.user.onListening?.(local);
  }

  onConnection(connection: StreamConnection): StreamHandlers {
    const stream = new NodeStream(this.node, connection.local, connection.remote);
    if (this.node.isDead) connection.destroy();
    else stream.accept(connection, (accepted) => this.user.onConnection(accepted));
    return stream;
  }

  onTlsFailed(remote: Endpoint, code: string): void {
    if (!this.node.isDead) this.user.onTlsFailed?.(remote, code);
  }

  onError(code: string, message: string): void {
    this.node.listeners.delete(this);
    if (!this.node.isDead) this.user.onError(code, message);
  }
}
