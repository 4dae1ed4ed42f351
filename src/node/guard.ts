/**
 * The last resort: what a node throws by mistake ends neither the process nor the node. Every way into a node leads
 * through here (sockets, timers, requests, answers); what gets lost is the one event, and the trace says so.
 */
import type {
  Clock,
  DatagramHandlers,
  DatagramSocket,
  Endpoint,
  Environment,
  Ipsec,
  Network,
  PacketTap,
  Random,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
  Timer,
  TlsIdentity,
  TlsTrust,
  Trace,
} from '../environment/index.js';
import type { ServerRequest } from '../sip/index.js';

export class Guard {
  /** How often it was needed. */
  exceptionCount = 0;
  /** The SIP request that is being worked on: whoever sent it gets an answer even if the work fails. */
  inHand: ServerRequest | undefined;

  constructor(
    private readonly node: string,
    private readonly environment: Environment,
  ) {}

  /** Does `work` for a SIP request, or for none; what it throws ends here. False: it has thrown. */
  run(what: string, request: ServerRequest | undefined, work: () => void): boolean {
    const outer = this.inHand;
    this.inHand = request;
    try {
      work();
      return true;
    } catch (error) {
      this.survive(error, what);
      return false;
    } finally {
      this.inHand = outer;
    }
  }

  /** Notes an exception, and answers the request in hand with 500 if nobody has answered it. */
  survive(error: unknown, what: string): void {
    this.exceptionCount++;
    const { trace, clock } = this.environment;
    const detail = { while: what, error: String(error), at: placeOf(error) };
    trace?.write({
      kind: 'fault',
      time: clock.now(),
      node: this.node,
      what: 'node.exception',
      clause: undefined,
      detail,
    });
    const request = this.inHand;
    if (request === undefined || request.isAck || request.finalStatus !== undefined) return;
    try {
      request.reply(500); // RFC 3261 21.5.1
    } catch {
      // A request that cannot even be refused has no answer.
    }
  }
}

/** The first line of the stack, without the folders of this machine. */
function placeOf(error: unknown): string {
  const line = error instanceof Error ? error.stack?.split('\n').find((each) => each.startsWith('    at ')) : undefined;
  if (line === undefined) return '';
  const place = line.slice('    at '.length).replace(/ \(.*$/, '');
  return place.slice(place.lastIndexOf('/') + 1);
}

/** The same environment, where nothing that a callback throws gets out. */
export function guardedEnvironment(environment: Environment, guard: Guard): Environment {
  return new GuardedEnvironment(environment, guard);
}

class GuardedEnvironment implements Environment {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly ipsec: Ipsec | undefined;

  constructor(
    private readonly inner: Environment,
    guard: Guard,
  ) {
    const { clock, network, random, ipsec } = inner;
    this.clock = new GuardedClock(clock, guard);
    this.network = new GuardedNetwork(network, guard);
    this.random = random;
    this.ipsec = ipsec && guardedIpsec(ipsec, guard);
  }

  /** As late as the environment itself knows. */
  get trace(): Trace | undefined {
    return this.inner.trace;
  }
}

function guardedIpsec(ipsec: Ipsec, guard: Guard): Ipsec {
  return {
    open: (address, protectedPorts, onReady) =>
      ipsec.open(address, protectedPorts, (failure) =>
        guard.run('ESP was made ready', undefined, () => onReady(failure)),
      ),
    newSpi: (address) => ipsec.newSpi(address),
    install: (set) => ipsec.install(set),
    remove: (set) => ipsec.remove(set),
  };
}

class GuardedClock implements Clock {
  constructor(
    private readonly inner: Clock,
    private readonly guard: Guard,
  ) {}

  now(): number {
    return this.inner.now();
  }

  setTimer<Argument>(delayMs: number, callback: (argument: Argument) => void, argument?: Argument): Timer {
    return this.inner.setTimer(delayMs, fireGuarded, {
      guard: this.guard,
      callback: callback as (argument: unknown) => void,
      argument,
    });
  }
}

interface GuardedTimer {
  readonly guard: Guard;
  readonly callback: (argument: unknown) => void;
  readonly argument: unknown;
}

function fireGuarded({ guard, callback, argument }: GuardedTimer): void {
  try {
    callback(argument);
  } catch (error) {
    guard.survive(error, 'a timer fired');
  }
}

class GuardedNetwork implements Network {
  constructor(
    private readonly inner: Network,
    private readonly guard: Guard,
  ) {}

  bindDatagram(local: Endpoint, handlers: DatagramHandlers): DatagramSocket {
    return this.inner.bindDatagram(local, new GuardedDatagrams(handlers, this.guard));
  }

  listenStream(local: Endpoint, handlers: StreamListenerHandlers, identity?: TlsIdentity): StreamListener {
    return this.inner.listenStream(local, new GuardedListener(handlers, this.guard), identity);
  }

  connectStream(from: Endpoint, to: Endpoint, handlers: StreamHandlers, trust?: TlsTrust): StreamConnection {
    return this.inner.connectStream(from, to, new GuardedStream(handlers, this.guard), trust);
  }

  tap(listener: PacketTap | undefined): void {
    this.inner.tap(listener);
  }
}

class GuardedDatagrams implements DatagramHandlers {
  constructor(
    private readonly inner: DatagramHandlers,
    private readonly guard: Guard,
  ) {}

  onListening(bound: Endpoint): void {
    this.guard.run('a socket was bound', undefined, () => this.inner.onListening?.(bound));
  }

  onDatagram(bytes: Buffer, from: Endpoint): void {
    try {
      this.inner.onDatagram(bytes, from);
    } catch (error) {
      this.guard.survive(error, 'a datagram came');
    }
  }

  onError(code: string, message: string): void {
    this.guard.run('a socket failed', undefined, () => this.inner.onError(code, message));
  }
}

class GuardedListener implements StreamListenerHandlers {
  constructor(
    private readonly inner: StreamListenerHandlers,
    private readonly guard: Guard,
  ) {}

  onListening(bound: Endpoint): void {
    this.guard.run('a socket was bound', undefined, () => this.inner.onListening?.(bound));
  }

  onConnection(connection: StreamConnection): StreamHandlers {
    let accepted: StreamHandlers | undefined;
    this.guard.run('a connection came', undefined, () => {
      accepted = this.inner.onConnection(connection);
    });
    if (accepted !== undefined) return new GuardedStream(accepted, this.guard);
    connection.destroy();
    return ignoring;
  }

  onTlsFailed(remote: Endpoint, code: string): void {
    this.guard.run('a connection came', undefined, () => this.inner.onTlsFailed?.(remote, code));
  }

  onError(code: string, message: string): void {
    this.guard.run('a socket failed', undefined, () => this.inner.onError(code, message));
  }
}

class GuardedStream implements StreamHandlers {
  constructor(
    private readonly inner: StreamHandlers,
    private readonly guard: Guard,
  ) {}

  onOpen(): void {
    try {
      this.inner.onOpen();
    } catch (error) {
      this.guard.survive(error, 'a connection opened');
    }
  }

  onData(bytes: Buffer): void {
    try {
      this.inner.onData(bytes);
    } catch (error) {
      this.guard.survive(error, 'octets came');
    }
  }

  onClose(errorCode: string | undefined): void {
    try {
      this.inner.onClose(errorCode);
    } catch (error) {
      this.guard.survive(error, 'a connection ended');
    }
  }
}

const ignoring: StreamHandlers = { onOpen: () => {}, onData: () => {}, onClose: () => {} };
