/** Two ports for one element: one that sends, another that stands in Via; and the keep-alives of a flow. */
import type { Endpoint } from '../../../src/environment/index.js';
import { createMachineHost } from '../../../src/machine/index.js';
import { type Destination, type ListenPoint, type ServerRequest, SipEndpoint } from '../../../src/sip/index.js';
import { Lab, Log, request } from '../lab.js';

const serverPort: ListenPoint = { protocol: 'udp', address: '192.0.2.1', port: 40_002 };
const clientPorts = [40_001, 40_003].map((port): ListenPoint => ({ ...serverPort, port }));

function scene() {
  const lab = new Lab();
  const bob = lab.party('bob', '192.0.2.2', { onRequest: (received) => received.isAck || received.reply(200) });
  const requests: ServerRequest[] = [];
  const pongs: Destination[] = [];
  const environment = lab.simulation.environmentFor('alice');
  const alice = new SipEndpoint({
    nodeName: 'alice',
    environment,
    host: createMachineHost({ node: 'alice', environment, mode: 'compiled' }),
    resolve: lab.resolve,
    listen: [serverPort, ...clientPorts, { ...serverPort, protocol: 'tcp' }],
    senderOf: ({ port }) => (port === serverPort.port ? clientPorts[0] : undefined),
    onRequest: (received) => {
      requests.push(received);
      received.reply(200);
    },
    onPong: (from) => pongs.push(from),
  });
  const ways: string[] = [];
  const text = ({ address, port }: Endpoint) => `${address}:${port}`;
  lab.simulation.network.tap(({ kind, from, to }) => {
    if (kind === 'data') ways.push(`${text(from)} ${text(to)}`);
  });
  alice.start(() => {});
  lab.run(1);
  return { lab, bob, alice, requests, pongs, ways };
}

describe('AKA-51 / TS 33.203 7.1: a client port sends, its server port stands in Via', () => {
  it('requests leave from the port that the destination names, and the answer comes to the one in Via', () => {
    const { lab, bob, alice, ways } = scene();
    const log = new Log();
    const to = { ...bob.udp, local: serverPort, sender: clientPorts[1]! };
    alice.sendRequest(request('OPTIONS', 'sip:bob@192.0.2.2'), [to], log);
    lab.run();
    expect(log.statuses).toEqual([200]);
    expect(bob.requests[0]!.message.topVia.port).toBe(40_002);
    expect(ways).toEqual(['192.0.2.1:40003 192.0.2.2:5060', '192.0.2.2:5060 192.0.2.1:40002']);
  });

  it('responses leave from the port that stands for the one they were asked at', () => {
    const { lab, bob, ways } = scene();
    const log = new Log();
    const to: Destination = { protocol: 'udp', endpoint: { address: '192.0.2.1', port: 40_002 } };
    bob.endpoint.sendRequest(request('OPTIONS', 'sip:alice@192.0.2.1:40002'), [to], log);
    lab.run();
    expect(log.statuses).toEqual([200]);
    expect(ways).toEqual(['192.0.2.2:5060 192.0.2.1:40002', '192.0.2.1:40001 192.0.2.2:5060']);
  });
});

describe('RFC 6223 4.1, RFC 5626 4.4: keep-alive', () => {
  it('Via offers it', () => {
    const { lab, bob, alice } = scene();
    alice.sendRequest(request('OPTIONS', 'sip:bob@192.0.2.2'), [bob.udp], new Log(), { rport: true, keep: true });
    lab.run();
    expect(bob.requests[0]!.message.topVia.text).toMatch(/;keep/);
  });

  it.each(['udp', 'tcp'] as const)('the far end of a flow over %s answers', (protocol) => {
    const { lab, bob, alice, pongs } = scene();
    alice.keepAlive(bob[protocol]);
    lab.run();
    expect(pongs).toMatchObject([{ protocol, endpoint: { address: '192.0.2.2', port: 5060 } }]);
    bob.endpoint.close();
    alice.keepAlive(bob[protocol]);
    lab.run();
    expect(pongs).toHaveLength(1);
  });
});
