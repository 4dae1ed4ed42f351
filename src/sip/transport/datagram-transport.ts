import type { DatagramHandlers, DatagramSocket, Endpoint, Environment, Trace } from '../../environment/index.js';
import { parseMessage } from '../message/index.js';
import { boundPoint, type ListenPoint, type Source } from './destination.js';
import type { FaultLog } from './fault-log.js';
import { bindingResponse, isBindingSuccess, isStun } from './stun.js';
import type { StartFailure, TransportUser } from './transport-user.js';

/** One UDP listen point. RFC 3261 18. */
export class DatagramTransport implements DatagramHandlers {
  /** With the true port, once bound. */
  local: ListenPoint;
  readonly #socket: DatagramSocket;
  readonly #user: TransportUser;
  readonly #faults: FaultLog;
  readonly #trace: Trace | undefined;
  #isOpen = false;
  /** Undefined once it has been called. */
  #onReady: ((failure?: StartFailure) => void) | undefined;

  /** `onReady` is called once, never synchronously. */
  constructor(
    environment: Environment,
    listen: ListenPoint,
    user: TransportUser,
    faults: FaultLog,
    onReady: (failure?: StartFailure) => void,
  ) {
    this.local = listen;
    this.#user = user;
    this.#faults = faults;
    this.#trace = environment.trace;
    this.#onReady = onReady;
    this.#socket = environment.network.bindDatagram({ address: listen.address, port: listen.port }, this);
  }

  /** For the network. */
  onListening(bound: Endpoint): void {
    this.local = boundPoint(this.local, bound);
    this.#isOpen = true;
    this.#settle();
  }

  /** For the network. */
  onDatagram(bytes: Buffer, from: Endpoint): void {
    this.#receive(bytes, from);
  }

  /** For the network. */
  onError(code: string, message: string): void {
    if (this.#onReady === undefined) this.#faults.record('udp socket error', 'RFC 3261 18.4', { code, message });
    else this.#settle({ code, message, listen: this.local });
  }

  #settle(failure?: StartFailure): void {
    const onReady = this.#onReady;
    this.#onReady = undefined;
    onReady?.(failure);
  }

  /** False when the socket is not open. */
  send(text: string, to: Endpoint): boolean {
    if (!this.#isOpen) return false;
    this.#socket.send(Buffer.from(text, 'latin1'), to);
    return true;
  }

  /** RFC 5626 4.4.2. */
  sendBindingRequest(request: Buffer, to: Endpoint): void {
    if (this.#isOpen) this.#socket.send(request, to);
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.close();
  }

  #receive(bytes: Buffer, from: Endpoint): void {
    if (!this.#isOpen || isKeepAlive(bytes)) return;
    if (isStun(bytes)) {
      if (isBindingSuccess(bytes)) this.#user.onPong({ protocol: 'udp', endpoint: from, local: this.local });
      const answer = bindingResponse(bytes, from);
      if (answer !== undefined) this.#socket.send(answer, from);
      return;
    }
    if (this.#trace === undefined) {
      this.#hand(bytes, from);
      return;
    }
    this.#trace.takeUp?.(bytes.toString('latin1'));
    this.#hand(bytes, from);
    this.#trace.takeUp?.(undefined);
  }

  #hand(bytes: Buffer, from: Endpoint): void {
    const message = parseMessage(bytes);
    const source: Source = { protocol: 'udp', endpoint: from, local: this.local };
    if (message.kind === 'request') this.#user.onRequest(message, source);
    else if (message.kind === 'response') this.#user.onResponse(message, source);
    else {
      this.#faults.record('malformed message', message.rule, {
        reason: message.reason,
        offset: message.offset,
        from: from.address,
        port: from.port,
      });
      this.#user.onMalformed(message, source);
    }
  }
}

/** SIP-24: nothing but line ends (and, as some phones send, NULs) keeps a NAT binding open and asks for no answer. */
function isKeepAlive(bytes: Buffer): boolean {
  if (bytes.length === 0) return true;
  const first = bytes[0]!;
  if (first !== 0x0d && first !== 0x0a && first !== 0) return false;
  return bytes.every((octet) => octet === 0x0d || octet === 0x0a || octet === 0);
}
