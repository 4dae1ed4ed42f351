import {
  CxClient,
  cx,
  type DiameterEndpoint,
  type DiameterEndpointOptions,
  type UserAuthorizationAnswer,
} from '../../../src/diameter/index.js';
import { DiameterLab, query, realm, towards } from './lab.js';

const clientAddress = '127.0.0.2';
const agentAddress = '127.0.0.6';
const addresses = { hss1: '127.0.0.4', hss2: '127.0.0.5' };

let lab: DiameterLab;
let results: UserAuthorizationAnswer[];
/** What each node has been asked, in order. */
let asked: string[];
let agents: DiameterEndpoint[];
beforeEach(() => {
  lab = new DiameterLab();
  results = [];
  asked = [];
  agents = [];
});

const uriOf = (host: string) => `aaa://${host}.${realm}:3868;transport=tcp;protocol=diameter`;

const reach: DiameterEndpointOptions['reach'] = ({ host, port }) => {
  const name = host.split('.')[0] as keyof typeof addresses;
  const address: string | undefined = addresses[name];
  return address === undefined ? undefined : { from: { address: clientAddress, port: 0 }, to: { address, port } };
};

/** A client that knows a redirect agent, and nobody else. */
function build(hosts: readonly string[], usage?: number, cacheSeconds?: number): DiameterEndpoint {
  const agent = lab.endpoint('slf1', agentAddress);
  agents.push(agent);
  agent.listen({ address: agentAddress, port: 3868 });
  agent.actAs({
    mode: 'redirect',
    decide: (_, decided) => {
      asked.push('slf1');
      const redirect = { hosts: hosts.map(uriOf), usage, cacheSeconds };
      decided({ kind: 'answer', failure: { resultCode: 3006, redirect } });
    },
    explain: () => {},
  });
  const client = lab.endpoint('icscf1', clientAddress, { reach });
  client.connect(towards('slf1', clientAddress, agentAddress));
  lab.run(100);
  return client;
}

function hss(name: keyof typeof addresses): DiameterEndpoint {
  return lab.hss(name, addresses[name], () => asked.push(name));
}

function ask(client: DiameterEndpoint, changes: object = {}): void {
  new CxClient(client).userAuthorization({ ...query, ...changes }, (answer) => results.push(answer));
}

const answeredBy = () => results.map((answer) => ('originHost' in answer ? answer.originHost : answer.kind));

describe('CX-ROUTING / RFC 6733 6.1.8: a client that is redirected', () => {
  it('connects to the first host and asks there; the next request goes to the agent again', () => {
    hss('hss1');
    const client = build(['hss1', 'hss2']);
    ask(client);
    lab.run(100);
    ask(client);
    lab.run(100);
    expect(answeredBy()).toEqual([`hss1.${realm}`, `hss1.${realm}`]);
    expect(asked).toEqual(['slf1', 'hss1', 'slf1', 'hss1']);
    expect([...client.peerStates.keys()]).toEqual(['slf1', `hss1.${realm}`]);
  });

  it('asks the next host where the first cannot be reached, and none where none can', () => {
    const other = hss('hss2');
    const client = build(['hss9', 'hss1', 'hss2']);
    ask(client);
    lab.run(10_000);
    expect(answeredBy()).toEqual([`hss2.${realm}`]);
    other.shutdown(() => {});
    lab.run(1_000);
    ask(client);
    lab.run(10_000);
    expect(answeredBy()).toEqual([`hss2.${realm}`, 'unreachable']);
    expect(lab.hosts.at(-1)!.instanceCount).toBe(6); // three peers and their watchdogs
  });

  it('asks the next host when the first does not answer, with the T bit, so that it is one request', () => {
    const silent = lab.endpoint('hss1', addresses.hss1);
    silent.listen({ address: addresses.hss1, port: 3868 });
    silent.onRequest(cx.commands['User-Authorization'], () => asked.push('hss1'));
    hss('hss2');
    const client = build(['hss1', 'hss2']);
    ask(client);
    lab.run(6_000);
    expect(asked).toEqual(['slf1', 'hss1', 'hss2']);
    expect(answeredBy()).toEqual([`hss2.${realm}`]);
  });

  it('sends nothing else to a host that it knows from a redirect alone', () => {
    hss('hss1');
    const client = build(['hss1']);
    ask(client);
    lab.run(100);
    for (const peer of agents) peer.shutdown(() => {});
    lab.run(1_000);
    ask(client);
    lab.run(1_000);
    expect(answeredBy()).toEqual([`hss1.${realm}`, 'unreachable']);
  });

  it('RFC 6733 6.14: uses what it may cache for as long as it may, and asks the agent when none of it is there', () => {
    const database = hss('hss1');
    const client = build(['hss1'], 6, 60);
    for (const _ of [1, 2, 3]) {
      ask(client);
      lab.run(100);
    }
    ask(client, { userName: `other@${realm}` });
    lab.run(100);
    expect(asked).toEqual(['slf1', 'hss1', 'hss1', 'hss1', 'slf1', 'hss1']);
    lab.run(60_000);
    ask(client);
    lab.run(100);
    expect(asked.slice(6)).toEqual(['slf1', 'hss1']);
    database.shutdown(() => {});
    lab.run(1_000);
    ask(client);
    lab.run(10_000);
    expect(asked.slice(8)).toEqual(['slf1']);
    expect(answeredBy().at(-1)).toBe('unreachable');
  });

  it('RFC 6733 6.1.8: follows no circle of agents', () => {
    const client = build(['slf1']);
    ask(client);
    lab.run(10_000);
    expect(results).toMatchObject([{ kind: 'error', resultCode: 3006 }]);
    expect(asked).toEqual(['slf1', 'slf1', 'slf1', 'slf1']);
  });

  it('takes 3006 without a host for the answer', () => {
    const client = build([]);
    ask(client);
    lab.run(100);
    expect(results).toMatchObject([{ kind: 'error', resultCode: 3006 }]);
  });
});
