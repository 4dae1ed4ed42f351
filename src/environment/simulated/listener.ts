import type { Endpoint, StreamListener, StreamListenerHandlers } from '../index.js';
import type { Fabric, Host } from './host.js';

/** A listening port of a simulated network. */
export class ListenerPort implements StreamListener {
  readonly local: Endpoint;
  readonly handlers: StreamListenerHandlers;
  #host: Host | undefined;

  constructor(fabric: Fabric, local: Endpoint, handlers: StreamListenerHandlers) {
    this.handlers = handlers;
    const host = fabric.hostFor(local);
    const bound = typeof host === 'string' ? host : claimStreamPort(host, local.port);
    if (typeof host === 'string' || typeof bound === 'string') {
      this.local = local;
      const message = `listen ${bound} ${local.address}:${local.port}`;
      fabric.clock.setTimer(0, () => handlers.onError(String(bound), message));
      return;
    }
    this.local = Object.freeze({ address: host.address, port: bound });
    this.#host = host;
    host.listeners.set(bound, this);
    fabric.clock.setTimer(0, () => {
      if (this.#host !== undefined) handlers.onListening?.(this.local);
    });
  }

  close(): void {
    this.#host?.listeners.delete(this.local.port);
    this.#host = undefined;
  }
}

/** The port to bind for streams, or an errno name. */
export function claimStreamPort(host: Host, port: number): number | string {
  if (port === 0) return host.ephemeralStreamPort() ?? 'EADDRINUSE';
  return host.streamPortInUse(port) ? 'EADDRINUSE' : port;
}
