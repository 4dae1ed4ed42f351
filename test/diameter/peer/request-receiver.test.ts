/** What a server does with requests beyond answering them: copies, too many, peers that go before they have their answers. */
import {
  CxClient,
  CxServer,
  type DiameterEndpoint,
  type UserAuthorizationAnswer,
} from '../../../src/diameter/index.js';
import { unsignedAvp } from '../../../src/diameter/peer/routing-avps.js';
import { cer, DiameterLab, firstRegistration, plain, query, RawPeer, realm, towards, uar } from './lab.js';

const hssAddress = '127.0.0.4';
const rawHost = `raw.${realm}`;

let lab: DiameterLab;
let peer: RawPeer;
/** Answers the requests in hand, in the order in which they came. */
let inHand: (() => void)[];

/** A server that answers when it is told to. */
function serve(requestsMax?: number): DiameterEndpoint {
  const hss = lab.endpoint('hss1', hssAddress, requestsMax === undefined ? {} : { requestsMax });
  hss.listen({ address: hssAddress, port: 3868 });
  new CxServer(hss, { userAuthorization: (_, respond) => inHand.push(() => respond(firstRegistration('hss1'))) });
  return hss;
}

function connect(): RawPeer {
  const raw = new RawPeer().connect(lab, '127.0.0.9', hssAddress);
  raw.write(cer(rawHost));
  lab.run(100);
  return raw;
}

function ask(id: number, changes: object = {}): void {
  peer.write(uar({ hopByHop: id, endToEnd: id }, changes));
  lab.run(10);
}

const resultOf = (index: number) => plain(peer.message(index))['Result-Code'];

beforeEach(() => {
  lab = new DiameterLab();
  inHand = [];
});

describe('CX-66: copies of a request', () => {
  it.each([
    ['with', 0xd0],
    ['without', 0xc0],
  ])('are answered over the connection that they come by, %s the T bit', (_, flags) => {
    serve();
    peer = connect();
    ask(9);
    peer.destroy();
    lab.run(100);
    peer = connect();
    const copy = uar({ hopByHop: 77, endToEnd: 9 });
    copy[4] = flags;
    peer.write(copy);
    lab.run(100);
    expect([inHand.length, peer.received.length]).toEqual([1, 1]);
    inHand[0]!();
    lab.run(100);
    expect(peer.last()).toMatchObject({ hopByHop: 77, endToEnd: 9 });
    // The first asker is gone, and so is the connection for its own answer.
    expect(lab.faults('diameter.answerUndeliverable').length).toBe(1);
    ask(9);
    expect([inHand.length, peer.received.length]).toEqual([1, 3]);
  });
});

describe('CX 6.3 / RFC 6733 7.1.3: too many requests in hand', () => {
  beforeEach(() => {
    // One peer alone gets half of the room.
    serve(4);
    peer = connect();
    ask(1);
    ask(2);
  });

  it.each([
    ['3004 TOO_BUSY where the server was asked for by name', { 'Destination-Host': `hss1.${realm}` }, 3004],
    ['3002 UNABLE_TO_DELIVER otherwise', {}, 3002],
  ])('%s, with the E bit', (_, changes, resultCode) => {
    ask(3, changes);
    expect([peer.last().flags, resultOf(1), plain(peer.last())['Session-Id']]).toEqual([0x60, resultCode, 'raw;1;1']);
    expect([inHand.length, lab.faults('diameter.tooBusy').length]).toEqual([2, 1]);
  });

  it('copies of those in hand are no further ones; an answer makes room, and who was refused may ask again', () => {
    ask(3);
    ask(1);
    expect([inHand.length, peer.received.length]).toEqual([2, 2]);
    inHand[0]!();
    ask(3);
    expect(inHand.length).toBe(3);
  });

  it('a request that nobody answers holds its place for a minute', () => {
    lab.run(59_000);
    ask(3);
    expect(inHand.length).toBe(2);
    lab.run(1_100);
    ask(3);
    expect(inHand.length).toBe(3);
  });
});

it('RFC 6733 6.1.6, 7.1.3: a realm that is not served gets 3003, and one sentence says what to mend', () => {
  serve();
  peer = connect();
  ask(1, { 'Destination-Realm': 'ims.elsewhere' });
  expect([resultOf(1), inHand.length]).toEqual([3003, 0]);
  const notes = lab.records.flatMap((record) => (record.kind === 'note' ? [record.text] : []));
  expect(notes).toEqual([
    `hss1: ${rawHost} asks for realm ims.elsewhere, and hss1 serves ${realm}: answered 3003; write realm ${realm} at that node, or home: ims.elsewhere here`,
  ]);
});

it('CX 6.3: who is told TOO_BUSY asks another peer', () => {
  serve(0);
  const relay = lab.endpoint('dra1', '127.0.0.5');
  relay.listen({ address: '127.0.0.5', port: 3868 });
  new CxServer(relay, { userAuthorization: (_, respond) => respond(firstRegistration('other')) });
  const icscf = lab.endpoint('icscf1', '127.0.0.2');
  icscf.connect(towards('hss1', '127.0.0.2', hssAddress));
  icscf.connect(towards('dra1', '127.0.0.2', '127.0.0.5'));
  lab.run(100);
  const answers: UserAuthorizationAnswer[] = [];
  new CxClient(icscf).userAuthorization({ ...query }, (answer) => answers.push(answer));
  lab.run(100);
  expect(answers).toMatchObject([{ kind: 'experimental', serverName: 'sip:other' }]);
});

describe('RFC 9293 3.6: a peer that ends its side and waits for its answers', () => {
  beforeEach(() => {
    serve();
    peer = connect();
  });

  it('gets them, and then the end', () => {
    ask(1);
    ask(2);
    peer.end();
    lab.run(500);
    expect([peer.closed, peer.received.length]).toEqual([false, 1]);
    for (const answer of inHand) answer();
    lab.run(100);
    expect(peer.received.slice(1).map((bytes) => bytes.readUInt32BE(12))).toEqual([1, 2]);
    expect([peer.closed, lab.faults('diameter.answerUndeliverable')]).toEqual([true, []]);
  });

  it('gets the end at once where nothing is owed, and after five seconds where nothing comes', () => {
    peer.end();
    lab.run(10);
    expect(peer.closed).toBe(true);
    peer = connect();
    ask(1);
    peer.end();
    lab.run(4_900);
    expect(peer.closed).toBe(false);
    lab.run(200);
    expect(peer.closed).toBe(true);
    inHand[0]!();
    expect(lab.faults('diameter.answerUndeliverable').length).toBe(1);
  });

  it('may connect anew before that', () => {
    ask(1);
    peer.end();
    lab.run(10);
    const old = peer;
    peer = connect();
    inHand[0]!();
    lab.run(100);
    expect([old.received.length, old.closed, peer.closed]).toEqual([2, true, false]);
  });
});

describe('a message that no peer would take', () => {
  const long = 'x'.repeat(1 << 20);

  it('RFC 6733 7.1.5: is no answer: the request gets 5012, and the connection stays', () => {
    const hss = lab.endpoint('hss1', hssAddress);
    hss.listen({ address: hssAddress, port: 3868 });
    new CxServer(hss, {
      userAuthorization: (_, respond) => respond(firstRegistration(long)),
    });
    peer = connect();
    ask(9);
    expect(resultOf(1)).toBe(5012);
    expect(lab.faults('diameter.answerTooLong').length).toBe(1);
    ask(9);
    expect([resultOf(2), peer.closed]).toEqual([5012, false]);
  });

  it.each([
    ['Failed-AVP', 70_000, '', 5001],
    ['Proxy-Info', 284, '00000118400000096100000000000021400fffd8', 5005],
    ['Session-Id', 263, '', 5005],
  ])('RFC 6733 7.1.5: is no error answer either: %s is left out', (_, code, inside, resultCode) => {
    serve();
    peer = connect();
    // Nothing else stands in it, so that an answer with all of it is longer.
    const request = Buffer.alloc(1 << 20);
    uar({ hopByHop: 1, endToEnd: 2 }).copy(request, 0, 0, 20);
    request.writeUIntBE(request.length, 1, 3);
    request.writeUInt32BE(code, 20);
    request.writeUInt32BE(((0x40 << 24) | (request.length - 20)) >>> 0, 24);
    request.write(inside, 28, 'hex');
    peer.write(request);
    lab.run(100);
    expect(peer.received.length).toBe(2);
    expect(peer.received[1]!.length).toBeLessThan(1_000);
    expect(unsignedAvp(peer.received[1]!, 268)).toBe(resultCode);
    expect(peer.closed).toBe(false);
  });

  it('RFC 6733 7.1.5: is no request: it fails here', () => {
    serve();
    const client = lab.endpoint('icscf1', '127.0.0.2');
    client.connect(towards('hss1', '127.0.0.2', hssAddress));
    lab.run(100);
    const answers: UserAuthorizationAnswer[] = [];
    new CxClient(client).userAuthorization({ ...query, publicIdentity: long }, (answer) => answers.push(answer));
    lab.run(100);
    expect(answers).toMatchObject([{ kind: 'unreachable' }]);
    expect(client.peerStates.get('hss1')).toBe('open');
  });
});
