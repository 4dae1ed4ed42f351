import {
  base,
  CxClient,
  CxServer,
  type DiameterEndpoint,
  encodeAnswer,
  encodeRequest,
  type UserAuthorizationAnswer,
} from '../../../src/diameter/index.js';
import {
  capabilities,
  cer,
  DiameterLab,
  firstRegistration,
  plain,
  query,
  RawPeer,
  realm,
  towards,
  uar,
} from './lab.js';

const icscfAddress = '127.0.0.2';
const hssAddress = '127.0.0.4';
const otherHssAddress = '127.0.0.5';

let lab: DiameterLab;
let answers: UserAuthorizationAnswer[];
beforeEach(() => {
  lab = new DiameterLab();
  answers = [];
});

function ask(endpoint: DiameterEndpoint, changes: object = {}): void {
  new CxClient(endpoint).userAuthorization({ ...query, ...changes }, (answer) => answers.push(answer));
}

const kinds = () => answers.map(({ kind }) => kind);
const servers = () => answers.map((answer) => ('serverName' in answer ? answer.serverName : answer.kind));

describe('two endpoints', () => {
  it.each([
    ['IPv4', '127.0.0.2', '127.0.0.4'],
    ['IPv6', '2001:db8::2', '2001:db8::4'],
  ])('RFC 6733 5.3, 6.1: connect over %s and exchange a request', (_, icscf, hss) => {
    lab.hss('hss1', hss);
    const endpoint = lab.endpoint('icscf1', icscf);
    const states: string[] = [];
    endpoint.onPeerStateChange((name, state) => states.push(`${name} ${state}`));
    endpoint.connect(towards('hss1', icscf, hss));
    lab.run(100);
    ask(endpoint);
    expect(answers).toEqual([]);
    lab.run(100);
    expect(answers).toEqual([
      {
        ...firstRegistration('hss1'),
        serverCapabilities: undefined,
        supportedFeatures: undefined,
        originHost: `hss1.${realm}`,
        originRealm: realm,
      },
    ]);
    expect(states).toEqual(['hss1 open']);
    expect(lab.records.filter(({ kind }) => kind === 'fault')).toEqual([]);
  });

  it('RFC 6733 6.2, CX-64: 100 requests under way on one connection, answered in another order', () => {
    const hss = lab.endpoint('hss1', hssAddress);
    hss.listen({ address: hssAddress, port: 3868 });
    const waiting: (() => void)[] = [];
    const endpoint = lab.endpoint('icscf1', icscfAddress);
    endpoint.connect(towards('hss1', icscfAddress, hssAddress));
    new CxServer(hss, {
      userAuthorization: ({ publicIdentity }, respond) =>
        waiting.push(() => respond(firstRegistration(publicIdentity))),
    });
    lab.run(100);
    const asked = Array.from({ length: 100 }, (_, i) => `sip:${i}@${realm}`);
    const got = new Map<string, unknown>();
    for (const publicIdentity of asked) {
      new CxClient(endpoint).userAuthorization({ ...query, publicIdentity }, (answer) => {
        got.set(publicIdentity, (answer as { serverName?: string }).serverName);
      });
    }
    lab.run(100);
    expect(waiting.length).toBe(100);
    for (const answerOne of waiting.reverse()) answerOne();
    lab.run(100);
    expect([...got]).toEqual([...asked].reverse().map((publicIdentity) => [publicIdentity, `sip:${publicIdentity}`]));
  });

  it('RFC 6733 5.4: shutdown disconnects with DPR, calls back, and leaves nothing behind', () => {
    const hss = lab.hss('hss1', hssAddress);
    const endpoint = lab.endpoint('icscf1', icscfAddress);
    endpoint.connect(towards('hss1', icscfAddress, hssAddress));
    lab.run(100);
    let done = 0;
    endpoint.shutdown(() => done++);
    hss.shutdown(() => done++);
    expect(done).toBe(0);
    expect(lab.simulation.run({ forMs: 1000 }).reason).toBe('idle');
    expect(done).toBe(2);
    expect(lab.hosts.map(({ instanceCount }) => instanceCount)).toEqual([0, 0]);
    ask(endpoint);
    lab.run(1);
    expect(kinds()).toEqual(['unreachable']);
  });

  it('RFC 6733 5.6.4: when both connect at once, one connection is left, and both directions work', () => {
    const hss = lab.hss('hss1', hssAddress);
    const other = lab.hss('hss2', otherHssAddress);
    hss.connect(towards('hss2', hssAddress, otherHssAddress));
    other.connect(towards('hss1', otherHssAddress, hssAddress));
    lab.run(1000);
    expect([...hss.peerStates, ...other.peerStates]).toEqual([
      ['hss2', 'open'],
      ['hss1', 'open'],
    ]);
    const transitions = lab.records.filter(({ kind }) => kind === 'transition') as { node: string; to: string }[];
    const opened = transitions.filter(({ to }) => to.startsWith('open')).map(({ node, to }) => `${node} ${to}`);
    // The greater Origin-Host, hss2, keeps the connection that it accepted.
    expect(opened.sort()).toEqual(['hss1 open.initiator', 'hss2 open.responder']);
    ask(hss);
    ask(other);
    lab.run(100);
    expect(servers().sort()).toEqual(['sip:hss1', 'sip:hss2']);
  });

  it('CX-61, RFC 3539 3.4.1: a peer that restarts is found again after Tc and serves while on trial', () => {
    const first = lab.hss('hss1', hssAddress);
    const endpoint = lab.endpoint('icscf1', icscfAddress);
    endpoint.connect(towards('hss1', icscfAddress, hssAddress));
    lab.run(100);
    let stopped = false;
    first.shutdown(() => {
      stopped = true;
    });
    lab.run(100);
    expect(stopped).toBe(true);
    ask(endpoint);
    lab.run(1);
    expect(kinds()).toEqual(['unreachable']);
    lab.hss('hss1', hssAddress);
    lab.run(30_100);
    ask(endpoint);
    lab.run(100);
    expect(servers()).toEqual(['unreachable', 'sip:hss1']);
    // Three watchdog answers end the trial.
    const isOkay = () => lab.records.some((r) => r.kind === 'transition' && r.from === 'reopen' && r.to === 'okay');
    expect(isOkay()).toBe(false);
    lab.run(90_000);
    expect(isOkay()).toBe(true);
  });
});

describe('several HSSs', () => {
  let endpoint: DiameterEndpoint;
  let asked: string[];
  beforeEach(() => {
    asked = [];
    lab.hss('hss1', hssAddress, () => asked.push('hss1'));
    lab.hss('hss2', otherHssAddress, () => asked.push('hss2'));
    endpoint = lab.endpoint('icscf1', icscfAddress);
    endpoint.connect(towards('hss1', icscfAddress, hssAddress));
    endpoint.connect(towards('hss2', icscfAddress, otherHssAddress));
    lab.run(100);
  });
  const cut = (address: string) => lab.simulation.links.partition(icscfAddress, address);

  it('CX 6.4: Destination-Host chooses the peer, else the first of the realm serves', () => {
    ask(endpoint, { destinationHost: `HSS2.${realm}` });
    ask(endpoint);
    lab.run(100);
    expect(servers()).toEqual(['sip:hss2', 'sip:hss1']);
  });

  it('CX-65: without an answer in 5 s the request goes to the other peer, once, with the T bit', () => {
    const sent: Buffer[] = [];
    lab.simulation.network.tap(({ kind, bytes, from }) => {
      if (kind === 'data' && from.address === icscfAddress) sent.push(Buffer.from(bytes));
    });
    cut(hssAddress);
    ask(endpoint);
    lab.run(5_100);
    expect(servers()).toEqual(['sip:hss2']);
    // What a cut link holds back is seen when it gets there after all.
    lab.simulation.links.heal(icscfAddress, hssAddress);
    lab.run(10_000);
    const [second, first, ...others] = sent;
    expect([first![4], second![4], others]).toEqual([0xc0, 0xd0, []]);
    expect(second!.subarray(16)).toEqual(first!.subarray(16));
    expect(second!.readUInt32BE(12)).not.toBe(first!.readUInt32BE(12));
  });

  it('CX-62, CX-65: a silent peer becomes suspect, then is closed; new requests avoid it', () => {
    const states: string[] = [];
    endpoint.onPeerStateChange((name, state) => states.push(`${name} ${state}`));
    cut(hssAddress);
    lab.run(64_100);
    expect(states).toEqual(['hss1 suspect']);
    ask(endpoint);
    lab.run(100);
    expect(servers()).toEqual(['sip:hss2']);
    lab.run(32_100);
    expect(states).toEqual(['hss1 suspect', 'hss1 closed']);
  });
});

describe('a peer played by the test', () => {
  let endpoint: DiameterEndpoint;
  let peer: RawPeer;

  /** The endpoint connects to the raw peer, which answers its CER. */
  function open(answerChanges: object = {}, timers: { readonly watchdogMs?: number } = {}): void {
    peer = new RawPeer().listen(lab, hssAddress);
    endpoint = lab.endpoint('icscf1', icscfAddress, { timers });
    endpoint.connect(towards('hss1', icscfAddress, hssAddress));
    lab.run(100);
    const answer = { 'Result-Code': 2001, ...capabilities(`hss1.${realm}`), ...answerChanges };
    peer.write(encodeAnswer(base.commands['Capabilities-Exchange'], peer.last(), answer));
    lab.run(100);
  }

  it('CX-60 / RFC 6733 5.3.1: what a CER says', () => {
    open();
    const request = peer.message(0);
    expect(request.flags).toBe(0x80);
    expect(plain(request)).toMatchObject({
      'Origin-Host': `icscf1.${realm}`,
      'Origin-Realm': realm,
      'Host-IP-Address': [icscfAddress],
      'Vendor-Id': 0,
      'Product-Name': 'imslab',
      'Supported-Vendor-Id': [10415, 13019],
      'Vendor-Specific-Application-Id': [{ 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 }],
    });
    expect(endpoint.peerStates.get('hss1')).toBe('open');
  });

  it.each([
    ['another identity', { 'Origin-Host': `hss9.${realm}` }],
    ['no common application', { 'Vendor-Specific-Application-Id': [] }],
    ['a failure', { 'Result-Code': 5010 }],
  ])('CX-60 / RFC 6733 5.3: a CEA with %s ends the connection', (_, changes) => {
    open(changes);
    expect(endpoint.peerStates.get('hss1')).toBe('closed');
    expect(peer.closed).toBe(true);
    expect(lab.faults('diameter.peerRefused').length).toBe(1);
  });

  it('CX-60: an application may be listed by Auth-Application-Id alone, and a relay has all', () => {
    open({ 'Vendor-Specific-Application-Id': [], 'Auth-Application-Id': [0xffffffff] });
    expect(endpoint.peerStates.get('hss1')).toBe('open');
  });

  it('RFC 6733 5.5: DWR is answered', () => {
    open();
    const ids = { hopByHop: 77, endToEnd: 78 };
    const { 'Origin-Host': host, 'Origin-Realm': originRealm } = capabilities(`hss1.${realm}`);
    peer.write(
      encodeRequest(base.commands['Device-Watchdog'], ids, { 'Origin-Host': host, 'Origin-Realm': originRealm }),
    );
    lab.run(100);
    expect(peer.last()).toMatchObject({ hopByHop: 77, endToEnd: 78, flags: 0 });
    expect(plain(peer.last())).toMatchObject({ 'Result-Code': 2001, 'Origin-Host': `icscf1.${realm}` });
  });

  it('CX-68: an answer that nobody waits for is dropped and noted; the request goes on', () => {
    open();
    ask(endpoint);
    lab.run(100);
    const request = peer.last();
    const answer = encodeAnswer(request.command, { hopByHop: request.hopByHop ^ 0x10000, endToEnd: request.endToEnd }, {
      ...plain(request),
      'Result-Code': 2001,
    } as never);
    peer.write(answer);
    lab.run(100);
    expect(answers).toEqual([]);
    expect(lab.faults('diameter.answerWithoutRequest').length).toBe(1);
    answer.writeUInt32BE(request.hopByHop, 12);
    peer.write(answer);
    peer.write(answer);
    lab.run(100);
    expect(kinds()).toEqual(['success']);
    expect(lab.faults('diameter.answerWithoutRequest').length).toBe(2);
  });

  it('CX-68: an answer with the End-to-End identifier of another request is dropped as well', () => {
    open();
    ask(endpoint);
    lab.run(100);
    const { command, hopByHop, endToEnd } = peer.last();
    const said = { ...plain(peer.last()), 'Result-Code': 2001 } as never;
    peer.write(encodeAnswer(command, { hopByHop, endToEnd: (endToEnd ^ 1) >>> 0 }, said));
    lab.run(100);
    expect([answers.length, lab.faults('diameter.answerWithoutRequest').length]).toEqual([0, 1]);
    peer.write(encodeAnswer(command, { hopByHop, endToEnd }, said));
    lab.run(100);
    expect(kinds()).toEqual(['success']);
  });

  it('CX-62 / RFC 3539 3.4.1: Tw is 6 s at least, less or more by up to 2 s, whatever is configured', () => {
    open({}, { watchdogMs: 1_000 });
    const before = peer.received.length;
    lab.run(3_700);
    expect(peer.received.length).toBe(before);
    lab.run(4_500);
    expect(peer.last().command).toBe(base.commands['Device-Watchdog']);
  });

  it('CX-65: without an alternate a request fails after 5 s, and a late answer is dropped', () => {
    open();
    ask(endpoint);
    lab.run(4_990);
    expect(answers).toEqual([]);
    lab.run(20);
    expect(kinds()).toEqual(['timeout']);
  });

  it('an answer that cannot be decoded is a failure of the request, not of the node', () => {
    open();
    ask(endpoint);
    lab.run(100);
    const broken = Buffer.from(peer.last().bytes);
    broken[4] = 0x40;
    broken.writeUIntBE(0, 25, 3);
    peer.write(broken);
    lab.run(100);
    expect(kinds()).toEqual(['malformed']);
    expect(endpoint.peerStates.get('hss1')).toBe('open');
  });

  it('requests under way fail when the connection ends', () => {
    open();
    ask(endpoint);
    lab.run(100);
    peer.destroy();
    lab.run(100);
    expect(kinds()).toEqual(['unreachable']);
  });

  it.each([3002, 3004])('RFC 6733 7.1.3: after %i another peer is tried, without the T bit', (resultCode) => {
    lab.hss('hss2', otherHssAddress);
    open();
    endpoint.connect(towards('hss2', icscfAddress, otherHssAddress));
    lab.run(100);
    ask(endpoint);
    lab.run(100);
    const request = peer.last();
    const answer = Buffer.from(
      encodeAnswer(base.commands['Device-Watchdog'], request, {
        'Result-Code': resultCode,
        'Origin-Host': `hss1.${realm}`,
        'Origin-Realm': realm,
      }),
    );
    answer[4] = 0x60;
    request.bytes.copy(answer, 5, 5, 12);
    peer.write(answer);
    lab.run(100);
    expect(servers()).toEqual(['sip:hss2']);
  });
});

describe('a server', () => {
  let peer: RawPeer;
  let asked: string[];
  beforeEach(() => {
    asked = [];
    lab.hss('hss1', hssAddress, (publicIdentity) => asked.push(publicIdentity));
    peer = new RawPeer().connect(lab, '127.0.0.9', hssAddress);
  });

  function open(): void {
    peer.write(cer(`raw.${realm}`));
    lab.run(100);
  }

  it('CX-67: the answer has the ids, the session and the proxies of the request', () => {
    open();
    const proxies = [{ 'Proxy-Host': 'dra.example', 'Proxy-State': Buffer.from('state') }];
    peer.write(uar({ hopByHop: 0xdeadbeef, endToEnd: 0xcafe0001 }, { 'Proxy-Info': proxies }));
    lab.run(100);
    expect(peer.last()).toMatchObject({ hopByHop: 0xdeadbeef, endToEnd: 0xcafe0001, flags: 0x40 });
    expect(plain(peer.last())).toMatchObject({
      'Session-Id': 'raw;1;1',
      'Auth-Session-State': 1,
      'Experimental-Result': { 'Vendor-Id': 10415, 'Experimental-Result-Code': 2001 },
      'Proxy-Info': proxies,
    });
  });

  it('CX-67 / RFC 6733 6.2: the answer has the P bit where the request has it', () => {
    open();
    for (const [id, flags] of [0x80, 0xc0, 0xd0].entries()) {
      const request = uar({ hopByHop: id, endToEnd: id });
      request[4] = flags;
      peer.write(request);
    }
    lab.run(100);
    expect(peer.received.slice(1).map((bytes) => bytes[4])).toEqual([0, 0x40, 0x40]);
  });

  it('RFC 6733 2.1: octet by octet or all in one segment is the same', () => {
    peer.pieceLength = 1;
    open();
    peer.write(uar({ hopByHop: 1, endToEnd: 1 }));
    lab.run(1_000);
    peer.pieceLength = undefined;
    peer.write(Buffer.concat([2, 3, 4].map((id) => uar({ hopByHop: id, endToEnd: id }))));
    lab.run(100);
    expect(peer.received.slice(1).map((bytes) => bytes.readUInt32BE(12))).toEqual([1, 2, 3, 4]);
  });

  it('CX-66: a request that comes again gets the same answer and is served once, with or without T', () => {
    open();
    const request = uar({ hopByHop: 1, endToEnd: 9 });
    peer.write(request);
    lab.run(100);
    const again = Buffer.from(request);
    again[4]! |= 0x10;
    again.writeUInt32BE(2, 12);
    peer.write(again);
    lab.run(100);
    expect(asked.length).toBe(1);
    const [first, second] = peer.received.slice(1);
    second!.writeUInt32BE(1, 12);
    expect(second).toEqual(first);
    // After four minutes End-to-End ids may come round again.
    lab.run(4 * 60_000);
    const later = new RawPeer().connect(lab, '127.0.0.9', hssAddress);
    later.write(cer(`raw.${realm}`));
    lab.run(100);
    later.write(request);
    lab.run(100);
    expect(asked.length).toBe(2);
  });

  it.each([
    ['3002 for another host', { 'Destination-Host': `hss2.${realm}` }, 3002, 0x60],
    ['3003 for another realm', { 'Destination-Realm': 'elsewhere.example' }, 3003, 0x60],
    ['3005 for a loop', { 'Route-Record': [`hss1.${realm}`] }, 3005, 0x60],
    [
      '5001 for an unknown AVP with M',
      { AVP: [{ code: 70_000, vendor: 42, mandatory: true, data: Buffer.from('x') }] },
      5001,
      0x40,
    ],
  ])('CX-RESULT, CX-ROUTING / RFC 6733 6.1, 7: answers %s', (_, changes, resultCode, flags) => {
    open();
    peer.write(uar({ hopByHop: 1, endToEnd: 1 }, changes));
    lab.run(100);
    expect(peer.last().flags).toBe(flags);
    expect(plain(peer.last())).toMatchObject({ 'Result-Code': resultCode, 'Session-Id': 'raw;1;1' });
    expect(asked).toEqual([]);
  });

  it('RFC 6733 7.1.3: a command that nobody serves is answered with 3001', () => {
    open();
    const request = uar({ hopByHop: 1, endToEnd: 1 });
    request.writeUIntBE(999, 5, 3);
    peer.write(request);
    lab.run(100);
    const answer = peer.received.at(-1)!;
    expect([answer[4], answer.includes(Buffer.from('0000010c4000000c00000bb9', 'hex'))]).toEqual([0x60, true]);
  });

  it('CX-60 / RFC 6733 5.3: without a common application CEA says 5010 and the connection ends', () => {
    peer.write(cer(`raw.${realm}`, 4));
    lab.run(100);
    // 5.3.2: without the E bit, a CEA has what a CEA must have.
    expect(plain(peer.last())).toMatchObject({
      'Result-Code': 5010,
      'Host-IP-Address': [hssAddress],
      'Vendor-Id': 0,
      'Product-Name': 'imslab',
      'Error-Message': `raw.${realm} offers application 4, and 16777216 (3GPP Cx/Dx) is what there is here`,
    });
    expect([peer.last().flags, peer.closed]).toEqual([0, true]);
  });

  it('RFC 6733 5.3, 7.1.5: a CER with a mandatory AVP that is not understood gets 5001 and that AVP back', () => {
    const unknown = Buffer.from('0000ea604000000b78797a00', 'hex');
    const request = Buffer.concat([cer(`raw.${realm}`), unknown]);
    request.writeUIntBE(request.length, 1, 3);
    peer.write(request);
    lab.run(100);
    expect(plain(peer.last())).toMatchObject({ 'Result-Code': 5001 });
    expect(peer.received.at(-1)!.includes(Buffer.concat([Buffer.from('0000011740000014', 'hex'), unknown]))).toBe(true);
    expect(peer.closed).toBe(true);
  });

  it('CX-60 / RFC 6733 5.3: an unknown peer is refused with 3010 where only known ones are wanted', () => {
    const strict = lab.endpoint('hss3', '127.0.0.6', { peerHosts: [`icscf1.${realm}`] });
    strict.listen({ address: '127.0.0.6', port: 3868 });
    const stranger = new RawPeer().connect(lab, '127.0.0.9', '127.0.0.6');
    stranger.write(cer(`raw.${realm}`));
    lab.run(100);
    expect(plain(stranger.last())).toMatchObject({ 'Result-Code': 3010 });
    expect([stranger.last().flags, stranger.closed]).toEqual([0x20, true]);
    const known = new RawPeer().connect(lab, '127.0.0.9', '127.0.0.6');
    known.write(cer(`ICSCF1.${realm}`));
    lab.run(100);
    expect(plain(known.last())).toMatchObject({ 'Result-Code': 2001 });
  });

  it('RFC 6733 5.6: a second connection of an open peer is rejected, the first stays', () => {
    open();
    const second = new RawPeer().connect(lab, '127.0.0.9', hssAddress);
    second.write(cer(`raw.${realm}`));
    lab.run(100);
    expect([second.closed, second.received.length, peer.closed]).toEqual([true, 0, false]);
  });
});
