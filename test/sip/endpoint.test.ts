import { createMachineHost } from '../../src/machine/index.js';
import { parseUri, type Resolver, SipEndpoint, type StartFailure } from '../../src/sip/index.js';
import { Lab, Log, request } from './lab.js';

const uri = (text: string) => parseUri(text)!;

describe('the endpoint', () => {
  it('SIP-26, SIP-42, SIP-72: the topmost Route leads, else the Request-URI; maddr and transport count', () => {
    const lab = new Lab();
    const { endpoint } = lab.party('proxy', '192.0.2.9');
    lab.party('bob', '2001:db8::2');
    const hop = (requestUri: string, route?: string) =>
      endpoint.nextHop(request('OPTIONS', requestUri, route === undefined ? [] : [['Route', route]]));
    const at = (protocol: string, address: string, port = 5060) => [{ protocol, endpoint: { address, port } }];
    expect(hop('sip:x@192.0.2.2')).toEqual(at('udp', '192.0.2.2'));
    expect(hop('sip:x@192.0.2.2:5070;transport=TCP')).toEqual(at('tcp', '192.0.2.2', 5070));
    expect(hop('sip:x@example.com;maddr=192.0.2.3')).toEqual(at('udp', '192.0.2.3'));
    expect(hop('sip:x@example.com', '<sip:[2001:db8::7]:5061;lr>, <sip:192.0.2.4;lr>')).toEqual(
      at('udp', '2001:db8::7', 5061),
    );
    expect(hop('tel:+15551234', '<sip:bob;lr>')).toEqual(at('udp', '2001:db8::2'));
    expect(hop('tel:+15551234')).toEqual([]);
    expect(hop('sip:x@nowhere.example')).toEqual([]);
  });

  it('SIP-41: knows its own addresses, numeric and by name', () => {
    const lab = new Lab();
    const { endpoint } = lab.party('proxy', '192.0.2.9');
    lab.party('bob', '192.0.2.2');
    const own = ['sip:192.0.2.9', 'sip:token@192.0.2.9:5060;lr', 'sip:proxy', 'sip:orig@proxy;lr'];
    const foreign = [
      'sip:192.0.2.9:5070',
      'sip:192.0.2.2',
      'sip:bob',
      'sip:nobody.example',
      'tel:+15551234',
      'urn:service:sos',
    ];
    expect(own.map((text) => endpoint.isOwn(uri(text)))).toEqual(own.map(() => true));
    expect(foreign.map((text) => endpoint.isOwn(uri(text)))).toEqual(foreign.map(() => false));
    expect(endpoint.localUri()).toEqual({ host: '192.0.2.9', port: 5060 });
  });

  it('SIP-41: to ask whether a URI is its own changes nothing, and every place of a name counts', () => {
    const asked: unknown[] = [];
    const lab = new Lab();
    const resolve: Resolver = (...question) => {
      asked.push(question);
      return [{ protocol: 'tcp', endpoint: { address: '192.0.2.9', port: 5060 } }];
    };
    const { endpoint } = lab.party('proxy', '192.0.2.9', { resolve });
    expect(endpoint.isOwn(uri('sip:home.example.org;lr'))).toBe(true);
    expect(asked).toEqual([['home.example.org', undefined, undefined, true]]);
  });

  it('a listen point that cannot be bound is named, and nothing stays bound', () => {
    const lab = new Lab();
    lab.party('first', '192.0.2.1');
    const environment = lab.simulation.environmentFor('second');
    const failures: (StartFailure | undefined)[] = [];
    const second = new SipEndpoint({
      nodeName: 'second',
      environment,
      host: createMachineHost({ node: 'second', environment, mode: 'compiled' }),
      listen: [
        { protocol: 'udp', address: '192.0.2.2', port: 5060 },
        { protocol: 'udp', address: '192.0.2.1', port: 5060 },
      ],
      resolve: lab.resolve,
      onRequest: () => {},
    });
    second.start((failure) => failures.push(failure));
    lab.run();
    expect(failures).toMatchObject([{ code: 'EADDRINUSE', listen: { address: '192.0.2.1' } }]);
    expect(lab.party('third', '192.0.2.2').endpoint.listenPoints).toHaveLength(2);
  });

  it('port 0 asks for any, and the endpoint shows and uses the real one', () => {
    const lab = new Lab();
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (received) => received.reply(200) });
    const environment = lab.simulation.environmentFor('ue');
    const host = createMachineHost({ node: 'ue', environment, mode: 'compiled' });
    const listen = [{ protocol: 'udp', address: '192.0.2.1', port: 0 }] as const;
    const ue = new SipEndpoint({
      nodeName: 'ue',
      environment,
      host,
      listen,
      resolve: lab.resolve,
      onRequest: () => {},
    });
    let ready = false;
    ue.start(() => {
      ready = true;
    });
    lab.simulation.run({ until: () => ready });
    const { port } = ue.localUri('udp');
    expect(port).toBeGreaterThan(0);
    const log = new Log();
    ue.sendRequest(request('OPTIONS', 'sip:bob@192.0.2.2'), [bob.udp], log, { rport: true });
    lab.run();
    expect(log.statuses).toEqual([200]);
    expect(log.responses[0]!.topVia).toMatchObject({ host: '192.0.2.1', port, received: '192.0.2.1', rport: port });
  });

  it('abandon: nothing more is sent and nothing more is heard', () => {
    const lab = new Lab();
    const alice = lab.party('alice', '192.0.2.1');
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (received) => received.reply(200) });
    const log = new Log();
    alice.endpoint.sendRequest(request('OPTIONS', 'sip:bob@192.0.2.2'), [bob.udp], log).abandon();
    lab.run();
    expect(log.events).toEqual([]);
    lab.expectNothingLeft();
  });

  it('two runs with one seed are equal to the byte', () => {
    const run = () => {
      const lab = new Lab(7);
      const alice = lab.party('alice', '192.0.2.1');
      const bob = lab.party('bob', '192.0.2.2', { onRequest: (received) => received.reply(486) });
      alice.endpoint.sendRequest(request('INVITE', 'sip:bob@192.0.2.2', [['Call-ID', 'c']]), [bob.udp], new Log());
      lab.run();
      return lab.wire;
    };
    expect(run()).toEqual(run());
  });
});
