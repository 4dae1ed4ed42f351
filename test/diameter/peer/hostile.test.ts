/** What strangers and peers may do to a server: it stays in bounds, answers or closes, and serves the others. */
import {
  base,
  CxClient,
  type DiameterEndpoint,
  encodeAnswer,
  type UserAuthorizationAnswer,
} from '../../../src/diameter/index.js';
import { capabilities, cer, DiameterLab, dpa, dwa, plain, query, RawPeer, realm, towards, uar } from './lab.js';

const icscfAddress = '127.0.0.2';
const hssAddress = '127.0.0.4';

let lab: DiameterLab;
let answers: UserAuthorizationAnswer[];
let hss: DiameterEndpoint;
beforeEach(() => {
  lab = new DiameterLab();
  answers = [];
});

function ask(endpoint: DiameterEndpoint): void {
  new CxClient(endpoint).userAuthorization({ ...query }, (answer) => answers.push(answer));
}

const servers = () => answers.map((answer) => ('serverName' in answer ? answer.serverName : answer.kind));

describe('hostile peers', () => {
  let good: DiameterEndpoint;
  beforeEach(() => {
    hss = lab.hss('hss1', hssAddress);
    good = lab.endpoint('icscf1', icscfAddress);
    good.connect(towards('hss1', icscfAddress, hssAddress));
    lab.run(100);
  });
  afterEach(() => {
    ask(good);
    lab.run(100);
    expect(servers()).toEqual(['sip:hss1']);
  });
  const stranger = () => new RawPeer().connect(lab, '127.0.0.9', hssAddress);

  it.each([
    ['random octets', Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 197 + 91) & 0xff))],
    ['a huge length', Buffer.concat([Buffer.from('01ffffff', 'hex'), Buffer.alloc(64)])],
    ['a length of zero', Buffer.alloc(64)],
    ['a request before CER', uar({ hopByHop: 1, endToEnd: 1 })],
  ])('CX 6.3: %s ends the connection', (_, bytes) => {
    const peer = stranger();
    peer.write(bytes);
    lab.run(100);
    expect(peer.closed).toBe(true);
  });

  it('a zero-length AVP is answered with 5014 and the connection goes on', () => {
    const peer = stranger();
    peer.write(cer(`raw.${realm}`));
    const request = uar({ hopByHop: 1, endToEnd: 1 });
    request.writeUIntBE(0, 25, 3);
    peer.write(request);
    peer.write(uar({ hopByHop: 2, endToEnd: 2 }));
    lab.run(100);
    const codes = [1, 2].map((index) => plain(peer.message(index))['Result-Code']);
    expect(codes).toEqual([5014, undefined]);
    expect(peer.closed).toBe(false);
  });

  it('a message that never ends is given up after its time', () => {
    const peer = stranger();
    peer.write(cer(`raw.${realm}`));
    const request = uar({ hopByHop: 1, endToEnd: 1 });
    peer.write(request.subarray(0, 40));
    for (let i = 0; i < 29; i++) {
      lab.run(1_000);
      peer.write(request.subarray(40 + i, 41 + i));
    }
    expect(peer.closed).toBe(false);
    lab.run(1_100);
    expect(peer.closed).toBe(true);
    expect(lab.faults('diameter.framingLost').length).toBe(1);
  });

  it('RFC 6733 2.1: a busy connection whose pieces always end within a message stays', () => {
    const peer = stranger();
    peer.write(cer(`raw.${realm}`));
    const request = (id: number): Buffer => uar({ hopByHop: id, endToEnd: id });
    peer.write(request(1).subarray(0, -40));
    for (let id = 2; id <= 41; id++) {
      peer.write(Buffer.concat([request(id - 1).subarray(-40), request(id).subarray(0, -40)]));
      lab.run(1_000);
    }
    expect(peer.closed).toBe(false);
    expect(lab.faults('diameter.framingLost')).toEqual([]);
    expect(peer.received.filter((bytes) => bytes.readUIntBE(5, 3) === 300).length).toBe(40);
  });

  it('of five hundred connections of one address that say nothing the oldest makes room for the next, which says who it is', () => {
    const many = Array.from({ length: 500 }, stranger);
    lab.run(100);
    expect(many.filter(({ closed }) => closed).length).toBe(0);
    const late = stranger();
    lab.run(100);
    expect(many.map(({ closed }) => closed).indexOf(true)).toBe(0);
    expect([many.filter(({ closed }) => closed).length, lab.faults('diameter.tooManyConnections').length]).toEqual([
      1, 1,
    ]);
    late.write(cer(`raw.${realm}`));
    lab.run(100);
    expect(plain(late.last())['Result-Code']).toBe(2001);
  });

  it('a connection that says nothing is closed', () => {
    const peer = stranger();
    lab.run(9_900);
    expect(peer.closed).toBe(false);
    lab.run(200);
    expect(peer.closed).toBe(true);
  });

  it('RFC 3539 3.4.1: a peer that answers no DWR is closed, and forgotten', () => {
    const peer = stranger();
    peer.write(cer(`raw.${realm}`));
    lab.run(100_000);
    expect(peer.closed).toBe(true);
  });

  /** A message that says `length` and of which `octets` come. */
  const beginning = (length: number, octets: number): Buffer => {
    const message = Buffer.alloc(octets);
    message.writeUInt32BE((1 << 24) | length, 0);
    message.writeUInt32BE(0xc000012c, 4);
    return message;
  };

  it('a stranger gets no room for a long message: CER comes first', () => {
    const peer = stranger();
    peer.write(beginning(1 << 19, 4096));
    lab.run(100);
    expect([peer.closed, lab.faults('diameter.framingLost').length]).toEqual([true, 1]);
  });

  it('all that is incomplete is 64 MiB at the most, on however many connections; what is complete goes on', () => {
    const octets = (1 << 20) - 4;
    const many = Array.from({ length: 80 }, (_, i) => {
      const peer = stranger();
      peer.write(cer(`raw${i}.${realm}`));
      return peer;
    });
    lab.run(100);
    for (const peer of many) peer.write(beginning(octets, octets - 4));
    lab.run(100);
    expect(many.filter(({ closed }) => closed).length).toBe(16);
    expect(hss.local.incompleteOctets).toBe(64 * (octets - 4));
    lab.run(31_000);
    expect([many.filter(({ closed }) => closed).length, hss.local.incompleteOctets]).toEqual([80, 0]);
  });

  it('3,000 strangers with capabilities: as many as there is room for, and nothing is left of them', () => {
    const many = Array.from({ length: 3_000 }, (_, i) => {
      const peer = stranger();
      peer.write(cer(`raw${i}.${realm}`));
      if (i % 500 === 499) lab.run(100);
      return peer;
    });
    lab.run(100);
    expect(many.filter(({ closed }) => !closed).length).toBe(499);
    expect(plain(many[2_999]!.last())['Result-Code']).toBe(5012);
    const host = lab.hosts[0]!;
    expect(host.instanceCount).toBe(1_000);
    for (const peer of many) if (!peer.closed) peer.destroy();
    lab.run(100);
    expect([host.instanceCount, hss.peerStates.size]).toEqual([2, 1]);
  });

  it('a flood of CERs: the second connection of a peer is closed each time, one of its own name is refused', () => {
    const first = stranger();
    first.write(cer(`raw.${realm}`));
    for (let i = 0; i < 500; i++) first.write(cer(`raw.${realm}`));
    lab.run(100);
    const codes = new Set(first.received.slice(1).map((_, i) => plain(first.message(i + 1))['Result-Code']));
    expect([first.received.length, [...codes], first.closed]).toEqual([501, [5012], false]);
    const others = Array.from({ length: 500 }, () => {
      const peer = stranger();
      peer.write(cer(`RAW.${realm}`));
      return peer;
    });
    lab.run(100);
    expect(others.every(({ closed, received }) => closed && received.length === 0)).toBe(true);
    expect([first.closed, hss.peerStates.size]).toEqual([false, 2]);
  });

  it('CX-68: answers that nobody asked for are dropped, and the connection goes on', () => {
    const peer = stranger();
    peer.write(cer(`raw.${realm}`));
    const head = { ...capabilities(`raw.${realm}`), 'Result-Code': 2001 };
    const request = uar({ hopByHop: 1, endToEnd: 1 });
    for (let id = 0; id < 200; id++) {
      const answer = Buffer.from(request);
      answer[4] = 0x40;
      answer.writeUInt32BE(id << 12, 12);
      peer.write(answer);
      peer.write(encodeAnswer(base.commands['Capabilities-Exchange'], { hopByHop: id, endToEnd: id }, head));
    }
    lab.run(100);
    const watchdog = { hopByHop: 9, endToEnd: 9 } as Parameters<typeof dwa>[0];
    peer.write(dwa(watchdog, `raw.${realm}`));
    lab.run(100);
    expect([peer.received.length, peer.closed]).toEqual([1, false]);
    peer.write(dpa(watchdog, `raw.${realm}`));
    lab.run(100);
    expect([peer.received.length, peer.closed]).toEqual([1, false]);
  });

  it('groups that never end, and groups in groups as deep as a message can hold', () => {
    const peer = stranger();
    peer.write(cer(`raw.${realm}`));
    // Failed-AVP, Proxy-Info and Supported-Features, each in itself.
    for (const [id, code, vendor] of [
      [1, 279, 0],
      [2, 284, 0],
      [3, 628, 10415],
    ] as const) {
      const header = vendor === 0 ? 8 : 12;
      const nested = Buffer.alloc(header * 10_000);
      for (let at = 0; at < nested.length; at += header) {
        nested.writeUInt32BE(code, at);
        nested.writeUInt32BE(nested.length - at, at + 4);
        nested[at + 4] = vendor === 0 ? 0 : 0x80;
        if (vendor !== 0) nested.writeUInt32BE(vendor, at + 8);
      }
      const request = Buffer.concat([uar({ hopByHop: id, endToEnd: id }), nested]);
      request.writeUIntBE(request.length, 1, 3);
      peer.write(request);
      // The group says that it goes on where the message has ended.
      request.writeUIntBE(nested.length + 4, request.length - nested.length + 5, 3);
      request.writeUInt32BE(id + 10, 12);
      request.writeUInt32BE(id + 10, 16);
      peer.write(request);
    }
    lab.run(200);
    const ids = peer.received.slice(1).map((bytes) => bytes.readUInt32BE(12));
    expect([ids.sort((one, other) => one - other), peer.closed]).toEqual([[1, 2, 3, 11, 12, 13], false]);
    const ended = [11, 12, 13].map((id) => peer.received.findIndex((bytes) => bytes.readUInt32BE(12) === id));
    expect(ended.map((index) => plain(peer.message(index))['Result-Code'])).toEqual([5014, 5014, 5014]);
  });

  it.each([0, 2, 255])('version %i is answered with 5011, whatever else a message says', (version) => {
    const peer = stranger();
    peer.write(cer(`raw.${realm}`));
    for (let id = 1; id <= 50; id++) {
      const request = uar({ hopByHop: id, endToEnd: id });
      request[0] = version;
      peer.write(request);
    }
    lab.run(100);
    const codes = new Set(peer.received.slice(1).map((_, i) => plain(peer.message(i + 1))['Result-Code']));
    expect([peer.received.length, [...codes], peer.closed]).toEqual([51, [5011], false]);
  });

  it('slow and steady: a peer that sends an octet every second is heard within 30 s a message, not for ever', () => {
    const peer = stranger();
    const message = cer(`raw.${realm}`);
    for (let at = 0; at < message.length && !peer.closed; at++) {
      peer.write(message.subarray(at, at + 1));
      lab.run(1_000);
    }
    // The capabilities have ten seconds.
    expect(peer.closed).toBe(true);
    expect(lab.faults('diameter.noCapabilities').length).toBe(1);
  });
});
