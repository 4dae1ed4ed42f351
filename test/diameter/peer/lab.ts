import {
  base,
  Codec,
  type CompiledApplication,
  CxServer,
  cx,
  DecodeError,
  DiameterEndpoint,
  type DiameterEndpointOptions,
  type DiameterReply,
  encodeAnswer,
  encodeRequest,
  type Message,
  StreamFramer,
  type UserAuthorizationInfo,
} from '../../../src/diameter/index.js';
import type { FaultRecord, StreamConnection, TraceRecord } from '../../../src/environment/index.js';
import { createSimulation, type Simulation } from '../../../src/environment/simulated/index.js';
import { createMachineHost, type MachineHost } from '../../../src/machine/index.js';

export const realm = 'ims.example';
export const codec = new Codec([base as CompiledApplication, cx as unknown as CompiledApplication]);

/** A simulated network with Diameter nodes in it. */
export class DiameterLab {
  readonly simulation: Simulation;
  readonly records: TraceRecord[] = [];
  readonly hosts: MachineHost[] = [];

  constructor() {
    this.simulation = createSimulation({ seed: 1 });
    this.simulation.trace = { write: (record) => this.records.push(record), inspecting: false, acting: undefined };
  }

  endpoint(name: string, address: string, options: Partial<DiameterEndpointOptions> = {}): DiameterEndpoint {
    const environment = this.simulation.environmentFor(name);
    const host = createMachineHost({ node: name, environment, mode: 'compiled' });
    this.hosts.push(host);
    return new DiameterEndpoint({
      environment,
      host,
      node: name,
      identity: {
        originHost: `${name}.${realm}`,
        originRealm: realm,
        addresses: [address],
        productName: 'imslab',
        vendorId: 0,
      },
      applications: [cx as unknown as CompiledApplication],
      ...options,
    });
  }

  /** An HSS that answers UAR with its own name as Server-Name. */
  hss(name: string, address: string, onQuery: (publicIdentity: string) => void = () => {}): DiameterEndpoint {
    const endpoint = this.endpoint(name, address);
    endpoint.listen({ address, port: 3868 });
    new CxServer(endpoint, {
      userAuthorization: ({ publicIdentity }, respond) => {
        onQuery(publicIdentity);
        respond(firstRegistration(name));
      },
    });
    return endpoint;
  }

  run(forMs: number): void {
    this.simulation.run({ forMs });
  }

  faults(what: string): FaultRecord[] {
    return this.records.filter((record): record is FaultRecord => record.kind === 'fault' && record.what === what);
  }
}

export function firstRegistration(serverName: string): DiameterReply<UserAuthorizationInfo> {
  return { kind: 'experimental', experimentalResultCode: 2001, serverName: `sip:${serverName}` };
}

export const query = {
  userName: `001010000000001@${realm}`,
  publicIdentity: `sip:+15550100001@${realm}`,
  visitedNetworkIdentifier: realm,
} as const;

/** `connect` to an HSS of the lab. */
export function towards(name: string, from: string, address: string) {
  return {
    name,
    from: { address: from, port: 0 },
    address: { address, port: 3868 },
    expectedHost: `${name}.${realm}`,
  };
}

/** The other end of a connection as a test plays it: octets in, octets out, nothing by itself. */
export class RawPeer {
  readonly received: Buffer[] = [];
  readonly connection: StreamConnection | undefined;
  closed = false;
  readonly #framer = new StreamFramer(1 << 20);
  #stream: StreamConnection | undefined;
  /** Octets a write; whole messages where undefined. */
  pieceLength: number | undefined;

  onOpen(): void {}
  onData(bytes: Buffer): void {
    this.#framer.push(bytes, (message) => this.received.push(message));
  }
  onClose(): void {
    this.closed = true;
  }

  connect(lab: DiameterLab, from: string, to: string): this {
    this.#stream = lab.simulation.network.connectStream({ address: from, port: 0 }, { address: to, port: 3868 }, this);
    return this;
  }

  /** Waits for connections instead. */
  listen(lab: DiameterLab, address: string): this {
    lab.simulation.network.listenStream(
      { address, port: 3868 },
      {
        onConnection: (stream) => {
          this.#stream = stream;
          return this;
        },
        onError: () => {},
      },
    );
    return this;
  }

  write(bytes: Buffer): void {
    const size = this.pieceLength ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) this.#stream!.write(Buffer.from(bytes.subarray(at, at + size)));
  }

  destroy(): void {
    this.#stream!.destroy();
  }

  /** Sends no more, but reads on. */
  end(): void {
    this.#stream!.close();
  }

  /** The last message that came, decoded. */
  last(): Message {
    return this.message(this.received.length - 1);
  }

  message(index: number): Message {
    const message = codec.decode(this.received[index]!);
    if (message instanceof DecodeError) throw new Error(message.reason);
    return message;
  }
}

export const plain = (message: Message): Record<string, unknown> =>
  (message.avps as { toJSON(): Record<string, unknown> }).toJSON();

export function capabilities(originHost: string, applicationId: number = cx.id) {
  return {
    'Origin-Host': originHost,
    'Origin-Realm': realm,
    'Host-IP-Address': ['127.0.0.9'],
    'Vendor-Id': 0,
    'Product-Name': 'raw',
    'Vendor-Specific-Application-Id': [{ 'Vendor-Id': 10415, 'Auth-Application-Id': applicationId }],
  };
}

export function cer(originHost: string, applicationId?: number, originStateId?: number): Buffer {
  const avps = { ...capabilities(originHost, applicationId), 'Origin-State-Id': originStateId };
  return encodeRequest(base.commands['Capabilities-Exchange'], { hopByHop: 1, endToEnd: 1 }, avps);
}

export function uar(ids: { hopByHop: number; endToEnd: number }, changes: object = {}): Buffer {
  return encodeRequest(cx.commands['User-Authorization'], ids, {
    'Session-Id': 'raw;1;1',
    'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': cx.id },
    'Auth-Session-State': 1,
    'Origin-Host': `raw.${realm}`,
    'Origin-Realm': realm,
    'Destination-Realm': realm,
    'User-Name': query.userName,
    'Public-Identity': query.publicIdentity,
    'Visited-Network-Identifier': Buffer.from(realm),
    ...changes,
  });
}

const originOf = (originHost: string) => ({ 'Origin-Host': originHost, 'Origin-Realm': realm });

export function dwr(originHost: string, originStateId?: number): Buffer {
  const avps = { ...originOf(originHost), 'Origin-State-Id': originStateId };
  return encodeRequest(base.commands['Device-Watchdog'], { hopByHop: 71, endToEnd: 72 }, avps);
}

export function dwa(request: Message, originHost: string, originStateId?: number): Buffer {
  const avps = { 'Result-Code': 2001, ...originOf(originHost), 'Origin-State-Id': originStateId };
  return encodeAnswer(base.commands['Device-Watchdog'], request, avps);
}

export function dpr(originHost: string, cause: 0 | 1 | 2): Buffer {
  const avps = { ...originOf(originHost), 'Disconnect-Cause': cause };
  return encodeRequest(base.commands['Disconnect-Peer'], { hopByHop: 81, endToEnd: 82 }, avps);
}

export function dpa(request: Message, originHost: string): Buffer {
  return encodeAnswer(base.commands['Disconnect-Peer'], request, { 'Result-Code': 2001, ...originOf(originHost) });
}

export function cea(request: Message, originHost: string, changes: object = {}): Buffer {
  const avps = { 'Result-Code': 2001, ...capabilities(originHost), ...changes };
  return encodeAnswer(base.commands['Capabilities-Exchange'], request, avps);
}
