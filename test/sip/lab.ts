/** A few SIP endpoints in the simulated network, and what went over the wire between them. */
import type { FaultRecord, TraceRecord } from '../../src/environment/index.js';
import { createSimulation, type Simulation } from '../../src/environment/simulated/index.js';
import { createMachineHost, type HostMode, type MachineHost } from '../../src/machine/index.js';
import {
  buildRequest,
  type ClientTransaction,
  type ClientUser,
  type Destination,
  type ListenPoint,
  parseMessage,
  type ServerRequest,
  SipEndpoint,
  type SipEndpointOptions,
  type SipProtocol,
  type SipRequest,
  type SipResponse,
} from '../../src/sip/index.js';

export interface WireMessage {
  /** Milliseconds since the start of the run. */
  readonly at: number;
  readonly protocol: 'udp' | 'tcp';
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** `INVITE`, `200 INVITE`. */
  readonly summary: string;
}

export interface Party {
  readonly name: string;
  readonly endpoint: SipEndpoint;
  readonly host: MachineHost;
  /** Requests that reached the TU. */
  readonly requests: ServerRequest[];
  readonly udp: Destination;
  readonly tcp: Destination;
}

export type PartyOptions = Partial<
  Omit<SipEndpointOptions, 'environment' | 'host' | 'nodeName' | 'listen' | 'onRequest'>
> & {
  readonly protocols?: readonly SipProtocol[];
  readonly onRequest?: (request: ServerRequest, party: Party) => void;
  readonly mode?: HostMode;
};

export class Lab {
  readonly simulation: Simulation;
  readonly wire: WireMessage[] = [];
  readonly faults: FaultRecord[] = [];
  readonly parties: Party[] = [];
  readonly #start: number;

  constructor(seed = 1) {
    this.simulation = createSimulation({ seed, link: { delayMs: 1 } });
    this.#start = this.simulation.clock.now();
    this.simulation.trace = {
      inspecting: false,
      acting: undefined,
      write: (record: TraceRecord) => {
        if (record.kind === 'fault') this.faults.push(record);
      },
    };
    this.simulation.network.tap(({ kind, bytes, protocol, from, to, time }) => {
      if (kind !== 'data') return;
      const text = bytes.toString('latin1');
      this.wire.push({
        at: time - this.#start,
        protocol,
        from: from.address,
        to: to.address,
        text,
        summary: summaryOf(text),
      });
    });
  }

  /** Names of parties resolve to them; numeric hosts to themselves. */
  readonly resolve: SipEndpointOptions['resolve'] = (host, port, transport) => {
    const party = this.parties.find(({ name }) => name === host);
    const protocol = transport === 'tcp' ? 'tcp' : 'udp';
    if (party !== undefined) return [party[protocol]];
    return /^[\d.]+$|:/.test(host) ? [{ protocol, endpoint: { address: host, port: port ?? 5060 } }] : [];
  };

  party(name: string, address: string, options: PartyOptions = {}): Party {
    const { protocols = ['udp', 'tcp'], onRequest = () => {}, mode = 'compiled', ...rest } = options;
    const environment = this.simulation.environmentFor(name);
    const host = createMachineHost({ node: name, environment, mode });
    const listen: ListenPoint[] = protocols.map((protocol) => ({ protocol, address, port: 5060 }));
    const requests: ServerRequest[] = [];
    const endpoint = new SipEndpoint({
      nodeName: name,
      environment,
      host,
      listen,
      resolve: this.resolve,
      ...rest,
      onRequest: (request) => {
        requests.push(request);
        onRequest(request, party);
      },
    });
    const at = { address, port: 5060 };
    const party: Party = {
      name,
      endpoint,
      host,
      requests,
      udp: { protocol: 'udp', endpoint: at },
      tcp: { protocol: 'tcp', endpoint: at },
    };
    this.parties.push(party);
    let ready = false;
    endpoint.start((failure) => {
      if (failure !== undefined) throw new Error(failure.message);
      ready = true;
    });
    this.simulation.run({ until: () => ready });
    return party;
  }

  /** A socket that speaks whatever it is told to. */
  raw(address: string, port = 5060): { readonly received: string[]; send(text: string, to: string): void } {
    const received: string[] = [];
    let ready = false;
    const socket = this.simulation.network.bindDatagram(
      { address, port },
      {
        onListening: () => {
          ready = true;
        },
        onDatagram: (bytes) => received.push(bytes.toString('latin1')),
        onError: (_, message) => {
          throw new Error(message);
        },
      },
    );
    this.simulation.run({ until: () => ready });
    return { received, send: (text, to) => socket.send(Buffer.from(text, 'latin1'), { address: to, port: 5060 }) };
  }

  /** A TCP client that speaks whatever it is told to. */
  rawStream(
    address: string,
    to: string,
  ): { readonly received: string[]; readonly isClosed: boolean; send(text: string): void; close(): void } {
    const received: string[] = [];
    let isClosed = false;
    const stream = this.simulation.network.connectStream(
      { address, port: 0 },
      { address: to, port: 5060 },
      {
        onOpen: () => {},
        onData: (bytes) => received.push(bytes.toString('latin1')),
        onClose: () => {
          isClosed = true;
        },
      },
    );
    return {
      received,
      get isClosed() {
        return isClosed;
      },
      send: (text) => stream.write(Buffer.from(text, 'latin1')),
      close: () => stream.close(),
    };
  }

  run(forMs?: number): void {
    if (forMs === undefined) this.simulation.runUntilIdle(1_000_000);
    else this.simulation.run({ forMs });
  }

  /** `INVITE`, `100 INVITE` … as sent, in order; with times where asked. */
  get summaries(): string[] {
    return this.wire.map(({ summary }) => summary);
  }

  sent(summary: string): WireMessage[] {
    return this.wire.filter((message) => message.summary === summary);
  }

  times(summary: string): number[] {
    return this.sent(summary).map(({ at }) => at);
  }

  /** Nothing is left of anything. */
  expectNothingLeft(): void {
    for (const { name, host, endpoint } of this.parties) {
      const { clientTransactions, serverTransactions } = endpoint.counts;
      expect({ name, instances: host.instanceCount, clientTransactions, serverTransactions }).toEqual({
        name,
        instances: 0,
        clientTransactions: 0,
        serverTransactions: 0,
      });
    }
  }
}

function summaryOf(text: string): string {
  const message = parseMessage(text);
  if (message.kind === 'request') return message.method;
  return message.kind === 'response' ? `${message.status} ${message.method}` : '?';
}

/** The whole line of a header, the first one. */
export function line(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:.*$`, 'm').exec(text)?.[0].trim();
}

let sequence = 0;

/** A plain request between two parties. Headers given replace those of the same name. */
export function request(
  method: string,
  to: string,
  headers: readonly (readonly [string, string])[] = [],
  body = '',
): SipRequest {
  sequence++;
  const defaults: readonly (readonly [string, string])[] = [
    ['Max-Forwards', '70'],
    ['From', '<sip:alice@example.com>;tag=a1'],
    ['To', `<${to}>`],
    ['Call-ID', `call-${sequence}`],
    ['CSeq', `1 ${method}`],
    ['Contact', '<sip:alice@192.0.2.1>'],
  ];
  const names = new Set(headers.map(([name]) => name));
  return buildRequest({
    method,
    requestUri: to,
    headers: [...defaults.filter(([name]) => !names.has(name)), ...headers],
    body,
  });
}

/** Remembers what a client transaction told its user. */
export class Log implements ClientUser {
  readonly responses: SipResponse[] = [];
  readonly events: string[] = [];

  /** Without 100. */
  get statuses(): number[] {
    return this.responses.map(({ status }) => status).filter((status) => status !== 100);
  }

  onResponse(response: SipResponse): void {
    this.responses.push(response);
    this.events.push(String(response.status));
  }

  onTimeout(): void {
    this.events.push('timeout');
  }

  onTransportError(reason: string, _transaction: ClientTransaction): void {
    this.events.push(reason);
  }
}
