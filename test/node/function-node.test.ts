/** The life of a node around its network function: start, failure to start, dispatch, drain, stop. */
import { createSimulation, type Simulation } from '../../src/environment/simulated/index.js';
import { createMachineHost } from '../../src/machine/index.js';
import {
  type Chassis,
  FunctionNode,
  type FunctionSettings,
  type LifecycleState,
  type NetworkFunction,
  type Procedure,
} from '../../src/node/index.js';
import { buildRequest, coreTimers, SipEndpoint, type SipResponse } from '../../src/sip/index.js';

const [own, peer] = ['192.0.2.1', '192.0.2.2'] as const;

const sip: NonNullable<FunctionSettings['sip']> = {
  listen: [
    { protocol: 'udp', address: own, port: 5060 },
    { protocol: 'tcp', address: own, port: 5060 },
  ],
  resolve: (address, port = 5060) => [{ protocol: 'udp', endpoint: { address, port } }],
};

const diameter = (changes: Partial<NonNullable<FunctionSettings['diameter']>> = {}) => ({
  identity: {
    originHost: 'node1.example.org',
    originRealm: 'example.org',
    addresses: [own],
    productName: 'test',
    vendorId: 0,
  },
  applications: [],
  timers: {},
  listen: [
    { address: own, port: 3868 },
    { address: own, port: 3869 },
  ],
  peers: [],
  local: { address: own, port: 0 },
  ...changes,
});

interface Scene {
  readonly simulation: Simulation;
  readonly node: FunctionNode;
  readonly states: LifecycleState[];
  readonly work: { activeCount: number; closed: number };
  /** Sends a request from `peer` and returns the final status, if one came within a second. */
  ask(headers?: readonly (readonly [string, string])[], requestUri?: string): SipResponse | undefined;
}

function scene(settings: FunctionSettings = { sip }, procedures: readonly Procedure[] = []): Scene {
  const simulation = createSimulation({ seed: 1 });
  const states: LifecycleState[] = [];
  const work = { activeCount: 0, closed: 0 };
  const build = (_: Chassis): NetworkFunction => ({
    procedures,
    get activeCount() {
      return work.activeCount;
    },
    counts: { things: 3 },
    inspect: () => ({ machines: {} }),
    close: () => {
      work.closed++;
    },
  });
  const options = { name: 'node1', environment: simulation.environmentFor('node1'), hostMode: 'compiled' as const };
  const node = new FunctionNode(options, settings, build);
  let sequence = 0;
  const environment = simulation.environmentFor('peer');
  const client = new SipEndpoint({
    nodeName: 'peer',
    environment,
    host: createMachineHost({ node: 'peer', environment, mode: 'compiled' }),
    resolve: sip.resolve,
    listen: [{ protocol: 'udp', address: peer, port: 5060 }],
    timersFor: () => coreTimers,
    onRequest: () => {},
  });
  client.start(() => {});
  const ask: Scene['ask'] = (headers = [], requestUri = 'sip:b@example.org') => {
    sequence++;
    let final: SipResponse | undefined;
    const given = new Set(headers.map(([name]) => name));
    const defaults = [
      ['Max-Forwards', '70'],
      ['From', '<sip:a@example.org>;tag=a'],
      ['To', '<sip:b@example.org>'],
      ['Call-ID', `c${sequence}`],
      ['CSeq', '1 MESSAGE'],
    ] as const;
    const method = headers.find(([name]) => name === 'CSeq')?.[1].split(' ')[1] ?? 'MESSAGE';
    const request = buildRequest({
      method,
      requestUri,
      headers: [...defaults.filter(([name]) => !given.has(name)), ...headers],
    });
    client.sendRequest(request, [{ protocol: 'udp', endpoint: { address: own, port: 5060 } }], {
      onResponse: (response) => {
        final = response;
      },
      onTimeout: () => {},
      onTransportError: () => {},
    });
    simulation.run({ until: () => final !== undefined, forMs: 1000 });
    return final;
  };
  return { simulation, node, states, work, ask };
}

function start({ simulation, node, states }: Scene, forMs = 100): void {
  node.start((state) => states.push(state));
  simulation.run({ forMs });
}

/** True when nobody holds the port. */
function isFree(simulation: Simulation, protocol: 'udp' | 'tcp', port: number): boolean {
  let code = '';
  const onError = (error: string): void => {
    code = error;
  };
  const bound =
    protocol === 'udp'
      ? simulation.network.bindDatagram({ address: own, port }, { onDatagram: () => {}, onError })
      : simulation.network.listenStream({ address: own, port }, { onConnection: () => ({}) as never, onError });
  simulation.run({ forMs: 10 });
  bound.close();
  return code === '';
}

function expectNothingBound(simulation: Simulation): void {
  expect({
    udp: isFree(simulation, 'udp', 5060),
    sip: isFree(simulation, 'tcp', 5060),
    diameter: [3868, 3869].map((port) => isFree(simulation, 'tcp', port)),
  }).toEqual({ udp: true, sip: true, diameter: [true, true] });
}

describe('starting', () => {
  it('binds, connects, serves; stops, and everything is free again', () => {
    const each = scene({ sip, diameter: diameter() });
    start(each);
    expect(each.states).toEqual(['starting', 'connectingPeers', 'serving']);
    expect(each.node.failure).toBeUndefined();
    expect(each.node.counts).toMatchObject({ things: 3, serverTransactions: 0 });
    each.node.stop();
    each.simulation.run({ forMs: 100 });
    expect(each.states.slice(3)).toEqual(['draining', 'stopped']);
    expect(each.node.instanceCount).toBe(0);
    expect(each.work.closed).toBe(1);
    expectNothingBound(each.simulation);
    // No timer of it is left either.
    expect(each.simulation.runUntilIdle(100).reason).toBe('idle');
  });

  it.each([
    ['udp://192.0.2.1:5060', 'udp', 5060],
    ['tcp://192.0.2.1:5060', 'tcp', 5060],
    ['tcp://192.0.2.1:3869', 'tcp', 3869],
  ] as const)('%s in use: failed, with the port and the errno, and nothing stays bound', (wanted, protocol, port) => {
    const each = scene({ sip, diameter: diameter() });
    const { network } = each.simulation;
    const holder =
      protocol === 'udp'
        ? network.bindDatagram({ address: own, port }, { onDatagram: () => {}, onError: () => {} })
        : network.listenStream({ address: own, port }, { onConnection: () => ({}) as never, onError: () => {} });
    start(each);
    expect(each.node.state).toBe('failed');
    expect(each.node.failure).toMatchObject({ node: 'node1', wanted, code: 'EADDRINUSE' });
    expect(each.states).toEqual(['starting', 'failed']);
    holder.close();
    expectNothingBound(each.simulation);
    expect(each.node.instanceCount).toBe(0);
  });

  it('a stop before anything is bound leaves nothing bound', () => {
    const each = scene({ sip, diameter: diameter() });
    each.node.start((state) => each.states.push(state));
    each.node.stop();
    each.simulation.run({ forMs: 1000 });
    expect(each.node.state).toBe('stopped');
    expectNothingBound(each.simulation);
    expect(each.node.instanceCount).toBe(0);
  });

  it('waits two seconds for its Diameter peers, then serves without them', () => {
    const peers = [{ name: 'hss1', originHost: 'hss1.example.org', address: { address: peer, port: 3868 } }];
    const each = scene({ sip, diameter: diameter({ listen: [], peers }) });
    start(each, 1900);
    expect(each.node.state).toBe('connectingPeers');
    each.simulation.run({ forMs: 200 });
    expect(each.node.state).toBe('serving');
    each.node.stop();
    each.simulation.run({ forMs: 20_000 });
    expect(each.node.state).toBe('stopped');
    expect(each.node.instanceCount).toBe(0);
  });
});

describe('dispatch', () => {
  const answering = (name: string, status: number, accepts: (toTag: string | undefined) => boolean): Procedure => ({
    name,
    accepts: ({ server }) => accepts(server.message.toTag),
    begin: ({ server }) => {
      server.reply(status);
    },
  });

  it('the first procedure that accepts gets the request; none: 403', () => {
    const each = scene({ sip }, [
      answering('dialog', 481, (toTag) => toTag !== undefined),
      answering('tagged', 200, (toTag) => toTag !== undefined),
    ]);
    start(each);
    expect(each.ask([['To', '<sip:b@example.org>;tag=b']])?.status).toBe(481);
    expect(each.ask()?.status).toBe(403);
  });

  it('SIP-40: what RFC 3261 16.3 refuses reaches no procedure', () => {
    const each = scene({ sip }, [answering('all', 200, () => true)]);
    start(each);
    expect(each.ask([['Max-Forwards', '0']])?.status).toBe(483);
    expect(each.ask([['Proxy-Require', 'x']])?.status).toBe(420);
    expect(each.ask([['Proxy-Require', 'path, 100rel, precondition, timer']])?.status).toBe(200);
  });

  it('RFC 3261 16.3 item 3: what a procedure answers itself needs no hop more', () => {
    const end: Procedure = { ...answering('end', 200, (toTag) => toTag === undefined), isEnd: true };
    const each = scene({ sip }, [end, answering('dialog', 200, () => true)]);
    start(each);
    expect(each.ask([['Max-Forwards', '0']])?.status).toBe(200);
    const to = ['To', '<sip:b@example.org>;tag=b'] as const;
    expect(each.ask([['Max-Forwards', '0'], to])?.status).toBe(483);
  });

  it('draining: new work gets 503 with Retry-After, dialogs go on; it ends with the last one, or after two seconds', () => {
    for (const lasts of [false, true]) {
      const each = scene({ sip }, [answering('all', 200, () => true)]);
      start(each);
      each.work.activeCount = 1;
      each.node.stop();
      expect(each.node.state).toBe('draining');
      const refused = each.ask();
      expect([refused?.status, refused?.header('Retry-After')]).toEqual([503, '10']);
      expect(each.ask([['To', '<sip:b@example.org>;tag=b']])?.status).toBe(200);
      if (!lasts) each.work.activeCount = 0;
      each.simulation.run({ forMs: lasts ? 1500 : 200 });
      expect(each.node.state).toBe(lasts ? 'draining' : 'stopped');
      each.simulation.run({ forMs: 1000 });
      expect(each.node.state).toBe('stopped');
      expect(each.ask()).toBeUndefined();
    }
  });
});

describe('asked for itself', () => {
  it('RFC 3261 11: OPTIONS without a user is answered 200 here; one for a user is work for a procedure', () => {
    const each = scene();
    start(each);
    const options = [['CSeq', '1 OPTIONS']] as const;
    expect(each.ask(options, `sip:${own}:5060`)?.status).toBe(200);
    expect(each.ask(options, `sip:b@${own}:5060`)?.status).toBe(403);
    expect(each.ask(options, 'sip:192.0.2.9')?.status).toBe(403);
  });
});
