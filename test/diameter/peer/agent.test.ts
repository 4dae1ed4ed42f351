import fc from 'fast-check';
import {
  type AgentOptions,
  base,
  type CompiledApplication,
  CxClient,
  compileApplication,
  type DiameterEndpoint,
  encodeAnswer,
  relayDictionary,
  type UserAuthorizationAnswer,
} from '../../../src/diameter/index.js';
import { readRouting, unsignedAvp, withAvps } from '../../../src/diameter/peer/routing-avps.js';
import { capabilities, cer, DiameterLab, plain, query, RawPeer, realm, towards, uar } from './lab.js';

const clientAddress = '127.0.0.2';
const agentAddress = '127.0.0.6';
const otherAgentAddress = '127.0.0.7';
const serverAddress = '127.0.0.4';
const otherServerAddress = '127.0.0.5';
const relay = compileApplication(relayDictionary) as unknown as CompiledApplication;

let lab: DiameterLab;
let explained: number[];
beforeEach(() => {
  lab = new DiameterLab();
  explained = [];
});

function agent(
  name: string,
  address: string,
  options: Partial<AgentOptions> = {},
  servers: readonly string[] = ['hss1', 'hss2'],
): DiameterEndpoint {
  const { mode = 'relay' } = options;
  const endpoint = lab.endpoint(name, address, mode === 'proxy' ? {} : { applications: [relay] });
  endpoint.listen({ address, port: 3868 });
  endpoint.actAs({
    mode,
    decide: (_, decided) => decided({ kind: 'forward', hosts: servers.map((each) => `${each}.${realm}`) }),
    explain: ({ resultCode }) => explained.push(resultCode),
    ...options,
  });
  return endpoint;
}

/** Two raw ends with an agent between them: octets in, octets out. */
function between(options: Partial<AgentOptions> = {}) {
  const server = new RawPeer().listen(lab, serverAddress);
  const endpoint = agent('dra1', agentAddress, options);
  endpoint.connect(towards('hss1', agentAddress, serverAddress));
  lab.run(10);
  const cea = { 'Result-Code': 2001, ...capabilities(`hss1.${realm}`) };
  server.write(encodeAnswer(base.commands['Capabilities-Exchange'], server.last(), cea));
  const client = new RawPeer().connect(lab, clientAddress, agentAddress);
  lab.run(10);
  client.write(cer(`raw.${realm}`));
  lab.run(10);
  server.received.length = 0;
  client.received.length = 0;
  return { server, client, endpoint };
}

const results: UserAuthorizationAnswer[] = [];
beforeEach(() => {
  results.length = 0;
});
function ask(endpoint: DiameterEndpoint, changes: object = {}): void {
  new CxClient(endpoint).userAuthorization({ ...query, ...changes }, (answer) => results.push(answer));
}

describe('a relay', () => {
  it('CX-60 / RFC 6733 2.4, 5.3: offers the relay application, and has any in common', () => {
    agent('dra1', agentAddress);
    const client = new RawPeer().connect(lab, clientAddress, agentAddress);
    lab.run(10);
    client.write(cer(`raw.${realm}`, 4_711));
    lab.run(10);
    expect(plain(client.last())).toMatchObject({ 'Result-Code': 2001, 'Auth-Application-Id': [0xffff_ffff] });
  });

  it('CX-ROUTING / RFC 6733 6.1.9: lets octets pass that it does not know, and adds Route-Record behind them', () => {
    const { server, client } = between();
    const foreign = fc.record({
      command: fc.integer({ min: 1, max: 0xffffff }).filter((code) => code !== 0),
      application: fc.constant(16_777_216),
      endToEnd: fc.nat(0xffff_ffff),
      hopByHop: fc.nat(0xffff_ffff),
      flags: fc.constantFrom(0xc0, 0xd0),
      data: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(foreign, ({ command, application, endToEnd, hopByHop, flags, data }) => {
        const request = withAvps(uar({ hopByHop, endToEnd }), [unknownAvp(data)]);
        request[4] = flags;
        request.writeUIntBE(command, 5, 3);
        request.writeUInt32BE(application, 8);
        server.received.length = 0;
        client.received.length = 0;
        client.write(request);
        lab.run(10);
        const [forwarded] = server.received;
        // Length, Hop-by-Hop id, and nothing else.
        const kept = Buffer.from(forwarded!.subarray(0, request.length));
        expect(kept.readUInt32BE(16)).toBe(endToEnd);
        kept.writeUIntBE(request.length, 1, 3);
        request.copy(kept, 12, 12, 16);
        expect(kept.equals(request)).toBe(true);
        expect(readRouting(forwarded!)!.routeRecords).toEqual([`raw.${realm}`]);
        // RFC 6733 6.2.1: and back, with the Hop-by-Hop id that it came with.
        const answer = withAvps(Buffer.from(forwarded!), [unknownAvp(data)]);
        answer[4] = flags & 0x40;
        server.write(answer);
        lab.run(10);
        const [returned] = client.received;
        expect(returned!.readUInt32BE(12)).toBe(hopByHop);
        answer.writeUInt32BE(hopByHop, 12);
        expect(returned!.equals(answer)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('CX-64 / RFC 6733 6.1.9: gives Hop-by-Hop ids of its own where two of its peers use the same', () => {
    const { server, client } = between();
    const other = new RawPeer().connect(lab, '127.0.0.3', agentAddress);
    lab.run(10);
    other.write(cer(`other.${realm}`));
    lab.run(10);
    other.received.length = 0;
    client.write(uar({ hopByHop: 7, endToEnd: 1 }));
    other.write(uar({ hopByHop: 7, endToEnd: 2 }, { 'Origin-Host': `other.${realm}` }));
    lab.run(10);
    const [first, second] = server.received;
    expect(first!.readUInt32BE(12)).not.toBe(second!.readUInt32BE(12));
    for (const request of server.received) {
      const answer = Buffer.from(request);
      answer[4] = 0x40;
      server.write(answer);
    }
    lab.run(10);
    expect(client.received.map((each) => [each.readUInt32BE(12), each.readUInt32BE(16)])).toEqual([[7, 1]]);
    expect(other.received.map((each) => [each.readUInt32BE(12), each.readUInt32BE(16)])).toEqual([[7, 2]]);
  });

  it.each([
    ['3005: it stands in Route-Record (6.1.3)', { 'Route-Record': [`other.${realm}`, `DRA1.${realm}`] }, 3005],
    ['3007: it is the Destination-Host (6.1.4)', { 'Destination-Host': `dra1.${realm}` }, 3007],
  ])('CX-ROUTING / RFC 6733 7.1.3: answers %s', (_, changes, resultCode) => {
    const { server, client } = between();
    client.write(uar({ hopByHop: 1, endToEnd: 2 }, changes));
    lab.run(10);
    expect(server.received).toEqual([]);
    expect(plain(client.last())).toMatchObject({ 'Result-Code': resultCode, 'Origin-Host': `dra1.${realm}` });
    expect(client.last().flags).toBe(0x60);
    expect(explained).toEqual([resultCode]);
  });

  it('RFC 6733 6.1.7, 7.1.3: sends nothing where it has been, and answers 3002 when nobody is left', () => {
    const { server, client } = between();
    client.write(uar({ hopByHop: 1, endToEnd: 2 }, { 'Route-Record': [`hss1.${realm}`] }));
    lab.run(10);
    expect(server.received).toEqual([]);
    expect(plain(client.last())).toMatchObject({ 'Result-Code': 3002 });
  });

  it('RFC 6733 7.1.5: answers 5015 itself where Route-Record would make it longer than the next hop takes', () => {
    const { server, client } = between();
    const plainLength = uar({ hopByHop: 1, endToEnd: 2 }).length;
    const filled = (length: number): Buffer => {
      const filler = unknownAvp(Buffer.alloc(length - plainLength - 12));
      return withAvps(uar({ hopByHop: 1, endToEnd: 2 }), [filler]);
    };
    client.write(filled(1 << 20));
    lab.run(100);
    expect(plain(client.last())).toMatchObject({ 'Result-Code': 5015, 'Origin-Host': `dra1.${realm}` });
    expect([server.received, server.closed, explained]).toEqual([[], false, [5015]]);
    client.write(filled((1 << 20) - 40));
    lab.run(100);
    expect(server.received.map(({ length }) => length <= 1 << 20)).toEqual([true]);
  });

  it('RFC 6733 3: lets nothing pass without the P bit', () => {
    const { server, client } = between();
    const local = uar({ hopByHop: 1, endToEnd: 2 });
    local[4] = 0x80;
    client.write(local);
    lab.run(10);
    expect(server.received).toEqual([]);
    expect(plain(client.last())).toMatchObject({ 'Result-Code': 3002 });
    expect(client.last().flags).toBe(0x20);
  });

  it('RFC 6733 6.1: refuses what it cannot read, and E in a request', () => {
    const { client } = between();
    const broken = uar({ hopByHop: 1, endToEnd: 2 });
    broken.writeUIntBE(0xffff, 25, 3);
    client.write(broken);
    const error = uar({ hopByHop: 3, endToEnd: 4 });
    error[4]! |= 0x20;
    client.write(error);
    lab.run(10);
    expect(client.received.map((_, index) => plain(client.message(index))['Result-Code'])).toEqual([5014, 3008]);
    // RFC 6733 7.1.5: its header, and as many zeros as it must have.
    const code = broken.readUInt32BE(20);
    expect(plain(client.message(0))['Failed-AVP']).toMatchObject([{ AVP: [{ code, data: Buffer.alloc(0) }] }]);
  });
});

describe('a proxy', () => {
  it('RFC 6733 6.1.9, 6.2.1: puts a Proxy-Info of its own beneath the request and takes it from the answer', () => {
    lab.hss('hss1', serverAddress);
    agent('dra1', agentAddress, { mode: 'proxy' }).connect(towards('hss1', agentAddress, serverAddress));
    const client = new RawPeer().connect(lab, clientAddress, agentAddress);
    lab.run(10);
    client.write(cer(`raw.${realm}`));
    lab.run(10);
    const theirs = { 'Proxy-Host': `raw.${realm}`, 'Proxy-State': Buffer.from('mine'), AVP: [] };
    client.write(uar({ hopByHop: 1, endToEnd: 2 }, { 'Proxy-Info': [theirs] }));
    lab.run(50);
    const { 'Proxy-Info': proxies } = plain(client.last()) as { 'Proxy-Info': { 'Proxy-Host': string }[] };
    expect(proxies.map((each) => each['Proxy-Host'])).toEqual([`raw.${realm}`]);
    expect(lab.faults('diameter.proxyInfoMissing')).toEqual([]);
  });

  it('RFC 6733 2.8.2: lets no command pass that it does not know', () => {
    const { client, server } = between({ mode: 'proxy' });
    const foreign = uar({ hopByHop: 1, endToEnd: 2 });
    foreign.writeUIntBE(4_711, 5, 3);
    client.write(foreign);
    lab.run(10);
    expect(server.received).toEqual([]);
    expect(unsignedAvp(client.received[0]!, 268)).toBe(3001);
  });
});

describe('two agents and two HSSs', () => {
  const build = (): DiameterEndpoint => {
    lab.hss('hss1', serverAddress);
    lab.hss('hss2', otherServerAddress);
    for (const [name, address] of [['dra1', agentAddress] as const, ['dra2', otherAgentAddress] as const]) {
      const endpoint = agent(name, address);
      endpoint.connect(towards('hss1', address, serverAddress));
      endpoint.connect(towards('hss2', address, otherServerAddress));
    }
    const client = lab.endpoint('icscf1', clientAddress);
    client.connect(towards('dra1', clientAddress, agentAddress));
    client.connect(towards('dra2', clientAddress, otherAgentAddress));
    lab.run(100);
    return client;
  };

  it('CX-ROUTING / RFC 6733 6.1: sends to the named host, else to the first of the realm', () => {
    const client = build();
    ask(client);
    ask(client, { destinationHost: `hss2.${realm}` });
    lab.run(100);
    expect(results.map((answer) => 'originHost' in answer && answer.originHost)).toEqual([
      `hss1.${realm}`,
      `hss2.${realm}`,
    ]);
  });

  it('RFC 6733 7.1.3: a host that nobody knows is not delivered to, by any of them', () => {
    const client = build();
    ask(client, { destinationHost: `hss9.${realm}` });
    lab.run(100);
    expect(results).toMatchObject([{ kind: 'error', resultCode: 3002 }]);
  });
});

function unknownAvp(data: Uint8Array): Buffer {
  const bytes = Buffer.alloc((12 + data.length + 3) & ~3);
  bytes.writeUInt32BE(0xfade, 0);
  bytes.writeUInt32BE(((0xc0 << 24) | (12 + data.length)) >>> 0, 4);
  bytes.writeUInt32BE(99_999, 8);
  bytes.set(data, 12);
  return bytes;
}

describe('TS 29.328 6.5: whom a request of Sh is about', () => {
  const userIdentity = (members: Buffer): Buffer => {
    const group = Buffer.alloc(12);
    group.writeUInt32BE(700, 0);
    group.writeUInt32BE(12 + members.length, 4);
    group[4] = 0xc0;
    group.writeUInt32BE(10415, 8);
    return withAvps(Buffer.from(uar({ hopByHop: 1, endToEnd: 1 }, { 'Public-Identity': '' })), [
      Buffer.concat([group, members]),
    ]);
  };
  // 701 MSISDN of 3GPP, eight digits and eleven in pairs (TS 29.329 6.3.2).
  it.each([
    ['000002bd c0000010 000028af 51551000', 'tel:+15550100'],
    ['000002bd c0000012 000028af 5155100000f1 0000', 'tel:+15550100001'],
  ])('an MSISDN stands for its tel URI: %s', (hex, uri) => {
    const bytes = userIdentity(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    // Of the UAR that it was made from nothing is left but the head.
    const head = bytes.subarray(0, 20);
    const avps = bytes.subarray(bytes.length - 12 - hex.replaceAll(' ', '').length / 2);
    expect(readRouting(Buffer.concat([head, avps]))?.publicIdentity).toBe(uri);
  });
});
