/** Exceptions in a node: a fault record, an answer where somebody waits for one, and the node goes on. */
import { CxClient, CxServer, cx, DiameterEndpoint } from '../../src/diameter/index.js';
import type { Environment, TraceRecord } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { createMachineHost } from '../../src/machine/index.js';
import { type Chassis, FunctionNode, type NetworkFunction, type RoutedRequest } from '../../src/node/index.js';
import { buildRequest, coreTimers, SipEndpoint } from '../../src/sip/index.js';

const [own, peer] = ['192.0.2.1', '192.0.2.2'] as const;
const resolve = (address: string, port = 5060) => [{ protocol: 'udp' as const, endpoint: { address, port } }];
const identityOf = (name: string, address: string) => ({
  originHost: `${name}.example.org`,
  originRealm: 'example.org',
  addresses: [address],
  productName: 'test',
  vendorId: 0,
});

/** A node that does with a request what the test says, a SIP peer and a Cx peer of it. */
function scene(begin: (chassis: Chassis, routed: RoutedRequest) => void, build: (chassis: Chassis) => void = () => {}) {
  const simulation = createSimulation({ seed: 1 });
  const records: TraceRecord[] = [];
  simulation.trace = { write: (record) => records.push(record), inspecting: false, acting: undefined };
  const node = new FunctionNode(
    { name: 'node1', environment: simulation.environmentFor('node1'), hostMode: 'compiled' },
    {
      sip: { listen: [{ protocol: 'udp', address: own, port: 5060 }], resolve },
      diameter: {
        identity: identityOf('node1', own),
        applications: [cx],
        timers: {},
        listen: [{ address: own, port: 3868 }],
        peers: [],
        local: { address: own, port: 0 },
      },
    },
    (chassis): NetworkFunction => {
      build(chassis);
      return {
        procedures: [{ name: 'all', accepts: () => true, begin: (routed) => begin(chassis, routed) }],
        activeCount: 0,
        counts: {},
        inspect: () => ({ machines: {} }),
        close: () => {},
      };
    },
  );
  node.start(() => {});
  const environment: Environment = simulation.environmentFor('peer1');
  const host = createMachineHost({ node: 'peer1', environment, mode: 'compiled' });
  let onPeerRequest: ConstructorParameters<typeof SipEndpoint>[0]['onRequest'] = () => {};
  const client = new SipEndpoint({
    nodeName: 'peer1',
    environment,
    host,
    resolve,
    listen: [{ protocol: 'udp', address: peer, port: 5060 }],
    timersFor: () => coreTimers,
    onRequest: (request) => onPeerRequest(request),
  });
  client.start(() => {});
  const diameter = new DiameterEndpoint({ environment, host, identity: identityOf('peer1', peer), applications: [cx] });
  diameter.connect({ name: 'node1', from: { address: peer, port: 0 }, address: { address: own, port: 3868 } });
  simulation.run({ forMs: 100 });
  let sequence = 0;
  /** Final statuses of a request within a minute. */
  const ask = (method = 'MESSAGE', forMs = 60_000): readonly number[] => {
    const statuses: number[] = [];
    sequence++;
    const request = buildRequest({
      method,
      requestUri: 'sip:b@example.org',
      headers: [
        ['Max-Forwards', '70'],
        ['From', '<sip:a@example.org>;tag=a'],
        ['To', '<sip:b@example.org>'],
        ['Call-ID', `c${sequence}`],
        ['CSeq', `1 ${method}`],
        ['Contact', `<sip:a@${peer}>`],
      ],
    });
    const onResponse = ({ status }: { readonly status: number }): void => {
      if (status >= 200) statuses.push(status);
    };
    const silent = (): void => {};
    client.sendRequest(request, resolve(own), { onResponse, onTimeout: silent, onTransportError: silent });
    simulation.run({ until: () => statuses.length > 0, forMs });
    return statuses;
  };
  const faults = () => records.filter((record) => record.kind === 'fault');
  const onRequest = (handler: typeof onPeerRequest): void => {
    onPeerRequest = handler;
  };
  return { simulation, node, ask, faults, diameter, onRequest };
}

const broken = (): never => {
  throw new TypeError('a mistake');
};

it.each(['MESSAGE', 'INVITE'])('an exception while a %s is taken up: 500, and the next one is served', (method) => {
  let times = 0;
  const { ask, faults, node } = scene((_, { server }) => {
    if (times++ === 0) broken();
    server.reply(486);
  });
  expect(ask(method)).toEqual([500]);
  expect(faults()).toEqual([
    expect.objectContaining({
      node: 'node1',
      what: 'node.exception',
      detail: { while: `${method} request`, error: 'TypeError: a mistake', at: 'broken' },
    }),
  ]);
  expect(ask(method)).toEqual([486]);
  expect(node.inspect().exceptionCount).toBe(1);
});

it('one that was answered already gets no second answer', () => {
  const { ask } = scene((_, { server }) => {
    server.reply(404);
    broken();
  });
  expect(ask()).toEqual([404]);
});

it('an exception while a response is handled: 500 upstream, and the INVITE is cancelled downstream', () => {
  const { simulation, ask, faults, onRequest } = scene((chassis, { server, working }) => {
    chassis.proxy.forward(server, working, [{ destinations: resolve(peer) }], { onResponse: broken });
  });
  const cancelled: string[] = [];
  onRequest((request) => {
    request.onCancel(() => {
      cancelled.push(request.message.method);
      request.reply(487);
    });
    request.reply(180);
  });
  expect(ask('INVITE')).toEqual([500]);
  expect(faults()[0]!.detail).toMatchObject({ while: '180 to INVITE' });
  simulation.run({ forMs: 1000 });
  expect(cancelled).toEqual(['INVITE']);
});

it('an exception in a timer: the node goes on', () => {
  const { ask, faults } = scene(({ environment }, { server }) => {
    environment.clock.setTimer(10, broken);
    environment.clock.setTimer(20, () => server.reply(200));
  });
  expect(ask()).toEqual([200]);
  expect(faults()[0]!.detail).toMatchObject({ while: 'a timer fired' });
});

it('an exception while a Diameter answer is handled: the SIP request that asked gets 500', () => {
  const { ask, faults } = scene((chassis) => {
    const client = new CxClient(chassis.diameter, { destinationRealm: 'example.org' });
    client.locationInfo({ publicIdentity: 'sip:b@example.org' }, broken);
  });
  expect(ask()).toEqual([500]);
  expect(faults()[0]!.detail).toMatchObject({ while: 'the answer to Location-Info', at: 'broken' });
});

it('RFC 6733 7.1.5: an exception while a Diameter request is handled is answered 5012 UNABLE_TO_COMPLY', () => {
  const { simulation, diameter, faults } = scene(
    () => {},
    (chassis) => {
      new CxServer(chassis.diameter, { locationInfo: broken });
    },
  );
  const results: object[] = [];
  const client = new CxClient(diameter, { destinationRealm: 'example.org' });
  for (let i = 0; i < 2; i++) client.locationInfo({ publicIdentity: 'sip:b@example.org' }, (a) => results.push(a));
  simulation.run({ until: () => results.length === 2, forMs: 10_000 });
  expect(results).toMatchObject([{ resultCode: 5012 }, { resultCode: 5012 }]);
  expect(faults().map(({ what }) => what)).toEqual(['node.exception', 'node.exception']);
});
