/** The other end of Cx, driven by a test: an S-CSCF or I-CSCF that asks, or an HSS that answers as it is told. */
import {
  CxClient,
  CxServer,
  type CxServerHandlers,
  cx,
  DiameterEndpoint,
  type LocationInfoAnswer,
  type LocationInfoQuery,
  type MultimediaAuthAnswer,
  type MultimediaAuthQuery,
  type ServerAssignmentAnswer,
  type ServerAssignmentQuery,
  type UserAuthorizationAnswer,
  type UserAuthorizationQuery,
} from '../../src/diameter/index.js';
import { createMachineHost } from '../../src/machine/index.js';
import { homeDomain, type TestNetwork } from './network.js';

function endpointAt(network: TestNetwork, name: string): DiameterEndpoint {
  const environment = network.simulation.environmentFor(name);
  return new DiameterEndpoint({
    environment,
    host: createMachineHost({ node: name, environment, mode: 'compiled' }),
    identity: {
      originHost: `${name}.${homeDomain}`,
      originRealm: homeDomain,
      addresses: [network.addresses[name]!],
      productName: 'test',
      vendorId: 0,
    },
    applications: [cx],
  });
}

/** Connected to the HSS of the network; each query runs until its answer is there. */
export class CxPeer {
  readonly #network: TestNetwork;
  readonly #client: CxClient;
  /** For what the client would not send. */
  readonly endpoint: DiameterEndpoint;

  constructor(network: TestNetwork, name = 'peer1') {
    this.#network = network;
    const endpoint = endpointAt(network, name);
    this.endpoint = endpoint;
    this.#client = new CxClient(endpoint);
    let isOpen = false;
    endpoint.onPeerStateChange((_, state) => {
      isOpen = state === 'open';
    });
    endpoint.connect({
      name: 'hss1',
      from: { address: network.addresses[name]!, port: 0 },
      address: { address: network.addresses.hss1!, port: 3868 },
      expectedHost: `hss1.${homeDomain}`,
    });
    network.runUntil(() => isOpen, 10_000);
  }

  userAuthorization(query: UserAuthorizationQuery): UserAuthorizationAnswer {
    return this.#await((done) => this.#client.userAuthorization(query, done));
  }

  multimediaAuth(query: MultimediaAuthQuery): MultimediaAuthAnswer {
    return this.#await((done) => this.#client.multimediaAuth(query, done));
  }

  serverAssignment(query: ServerAssignmentQuery): ServerAssignmentAnswer {
    return this.#await((done) => this.#client.serverAssignment(query, done));
  }

  locationInfo(query: LocationInfoQuery): LocationInfoAnswer {
    return this.#await((done) => this.#client.locationInfo(query, done));
  }

  #await<TAnswer>(ask: (done: (answer: TAnswer) => void) => void): TAnswer {
    const answers: TAnswer[] = [];
    ask((answer) => answers.push(answer));
    this.#network.runUntil(() => answers.length > 0, 60_000);
    return answers[0]!;
  }
}

/** In place of the network's HSS (`down: ['hss1']`); waits until the nodes have connected. */
export function scriptedHss(network: TestNetwork, handlers: CxServerHandlers): CxServer {
  const endpoint = endpointAt(network, 'hss1');
  const server = new CxServer(endpoint, handlers);
  endpoint.listen({ address: network.addresses.hss1!, port: 3868 });
  // Tc: nodes that found nobody come again.
  network.run(31_000);
  return server;
}

/** `experimental 5001`, `success 2001`, `timeout`: the outcome of an answer in two words. */
export function resultOf(answer: object): string {
  const { kind, resultCode, experimentalResultCode } = answer as {
    kind: string;
    resultCode?: number;
    experimentalResultCode?: number;
  };
  const code = experimentalResultCode ?? resultCode;
  return code === undefined ? kind : `${kind} ${code}`;
}
