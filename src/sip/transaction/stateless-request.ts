import type { SipRequest } from '../message/index.js';
import { type Destination, fromSocket, type ListenPoint } from '../transport/destination.js';
import type { SendUser } from '../transport/transport-user.js';
import { type ClientCore, viaOf, viaTransports, withVia } from './client-transaction.js';

/** A request that is sent and forgotten: an ACK for a 2xx (SIP-35). Another way is tried only where this one is known to have failed. */
export class StatelessRequest implements SendUser {
  readonly #core: ClientCore;
  readonly #request: SipRequest;
  readonly #ways: Destination[];
  readonly #branch: string;

  constructor(core: ClientCore, request: SipRequest, destinations: readonly Destination[], branch: string) {
    this.#core = core;
    this.#request = request;
    this.#ways = [...destinations];
    this.#branch = branch;
  }

  send(isLong = true): void {
    const destination = this.#ways.shift();
    if (destination === undefined) return;
    const { transport, datagramSizeMax } = this.#core;
    const local = localOf(this.#core, destination);
    if (local === undefined) {
      this.send();
      return;
    }
    const { protocol } = destination;
    const text = withVia(this.#request, viaOf(viaTransports[protocol], local, this.#branch), protocol !== 'udp');
    // What has a protected port to leave from has no other way.
    const tcpLocal =
      destination.sender === undefined ? transport.localFor('tcp', destination.endpoint.address) : undefined;
    const isTooLong = datagramSizeMax !== undefined && text.length > datagramSizeMax;
    if (destination.protocol === 'udp' && isLong && isTooLong && tcpLocal !== undefined) {
      // SIP-20, as for requests with a transaction.
      this.#ways.unshift(destination);
      const overTcp = withVia(this.#request, viaOf('TCP', tcpLocal, this.#branch), true);
      transport.send(overTcp, { protocol: 'tcp', endpoint: destination.endpoint, local: tcpLocal }, this);
      return;
    }
    transport.send(text, fromSocket(destination, local), this);
  }

  onSendFailed(): void {
    this.send(false);
  }
}

function localOf(
  { transport }: ClientCore,
  { connectionId, local, protocol, endpoint }: Destination,
): ListenPoint | undefined {
  if (connectionId !== undefined) return transport.localOfConnection(connectionId);
  return local ?? transport.localFor(protocol, endpoint.address);
}
