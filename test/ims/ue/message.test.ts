/** Pager messages of UEs: RFC 3428, TS 24.247; spec CALL-64. */
import type { MessageOutcome, ReceivedMessage, UeNode } from '../../../src/ims/ue/index.js';
import { parseMessage, type SipRequest } from '../../../src/sip/index.js';
import { FarCaller, plainOffer } from './far-caller.js';
import { homeDomain, type NetworkSettings, NetworkSide } from './network-side.js';

const first = `sip:+15550100001@${homeDomain}`;

function pair(settings: NetworkSettings = {}) {
  const network = new NetworkSide(settings);
  const [ue1, ue2] = [network.ue(1), network.ue(2)];
  network.registered(ue1, ue2);
  const received: ReceivedMessage[] = [];
  ue2.onIncomingMessage((message) => received.push(message));
  const send = (text: string, target = ue2.publicIdentity): MessageOutcome =>
    network.outcome<MessageOutcome>((done) => ue1.message(target, text, done));
  return { network, ue1, ue2, received, send };
}

function expectNothingLeft(network: NetworkSide, ...ues: readonly UeNode[]): void {
  network.run(300_000);
  for (const ue of ues) expect(ue.instanceCount).toBe(2);
}

describe('a pager message', () => {
  it('RFC 3428 4, 7: MESSAGE and 200, without Contact and dialog; the text arrives as it was written', () => {
    const { network, ue1, ue2, received, send } = pair();
    const text = 'Grüße – 你好 👋\r\nsecond line';
    expect(send(text)).toEqual({ success: true, status: 200, reason: 'the message was delivered', clause: undefined });
    expect(received).toEqual([{ from: first, text }]);
    const request = parseMessage(network.sent('MESSAGE', '10.0.0.11')[0]!.text) as SipRequest;
    expect(request.has('Contact')).toBe(false);
    expect(request.contentType).toBe('text/plain;charset=UTF-8');
    expect(request.values('Route')).toEqual(['<sip:10.0.0.1:5060;lr>', '<sip:orig@10.0.0.1:5060;lr>']);
    expect(request.header('P-Preferred-Identity')).toBe(`<${first}>`);
    const response = network.sent('200 MESSAGE', '10.0.0.12')[0]!.text;
    expect(response).not.toContain('Contact:');
    expect(response).toContain('Content-Length: 0');
    expectNothingLeft(network, ue1, ue2);
  });

  it('SIP-20 / RFC 3428 8: a long one takes TCP', () => {
    const { network, received, send } = pair();
    expect(send('x'.repeat(1500))).toMatchObject({ success: true });
    expect(network.sent('MESSAGE').every(({ protocol }) => protocol === 'tcp')).toBe(true);
    expect(received[0]!.text).toHaveLength(1500);
  });

  it.each([
    [403, 'check that the sender is registered'],
    [404, 'no subscriber has the identity'],
    [480, 'is not registered'],
    [415, 'does not read plain text'],
    [504, 'was not reachable'],
    [699, 'the network answered 699'],
  ])('RFC 3428 7: %i fails, in one sentence', (status, text) => {
    const { network, ue1, ue2, send } = pair();
    network.onRequest = (server) => {
      server.reply(status);
      return true;
    };
    const outcome = send('hello');
    expect(outcome).toMatchObject({ success: false, status });
    expect(outcome.reason).toContain(text);
    expectNothingLeft(network, ue1, ue2);
  });

  it('RFC 3428 7: 202 is a promise', () => {
    const { network, send } = pair();
    network.onRequest = (server) => {
      server.reply(202);
      return true;
    };
    expect(send('hello')).toMatchObject({
      success: true,
      status: 202,
      reason: 'the message was accepted for delivery',
    });
  });

  it('SIP-33: silence is named after 16 s, and given up after 128 s', () => {
    const { network, ue1 } = pair();
    network.onRequest = ({ message }) => message.method === 'MESSAGE';
    const outcome = network.outcome<MessageOutcome>((done) => ue1.message('tel:+1555', 'hello', done));
    expect(outcome).toMatchObject({ success: false, status: undefined, clause: 'RFC 3261 §17.1.2.2' });
    expect(outcome.reason).toContain('ue1 got no answer to MESSAGE from the P-CSCF');
    expect(network.notes[0]).toMatchObject({ what: 'cause.noAnswer' });
  });

  it.each([1, 2, 3, 4, 5, 6])('arrives once over links that lose, repeat and reorder (seed %i)', (seed) => {
    const { network, ue1, ue2, received, send } = pair({ seed });
    network.simulation.links.setDefaults({ loss: 0.2, duplication: 0.2, reordering: 0.2, jitterMs: 3 });
    expect(send('hello')).toMatchObject({ success: true });
    expect(received).toHaveLength(1);
    expectNothingLeft(network, ue1, ue2);
  });

  it.each(['compiled', 'interpreted'] as const)('over IPv6, %s', (mode) => {
    const { received, send } = pair({ ipv6: true, mode });
    expect(send('hello')).toMatchObject({ success: true });
    expect(received).toEqual([{ from: first, text: 'hello' }]);
  });

  it('both ways at once, and while they talk', () => {
    const { network, ue1, ue2, received, send } = pair();
    ue1.call(ue2.publicIdentity, { holdForMs: 5000 }, () => {});
    network.run(2000);
    expect(send('while we talk')).toMatchObject({ success: true });
    const back = network.outcome<MessageOutcome>((done) => ue2.message(ue1.publicIdentity, 'yes', done));
    expect(back).toMatchObject({ success: true });
    expect(received).toHaveLength(1);
    expect(network.sent('BYE')).toEqual([]);
  });

  it('a UE that is stopped tells who waits', () => {
    const { network, ue1 } = pair();
    const outcomes: MessageOutcome[] = [];
    network.onRequest = () => true;
    ue1.message(first, 'hello', (outcome) => outcomes.push(outcome));
    ue1.stop();
    network.run(3000);
    expect(outcomes).toMatchObject([{ success: false, reason: 'ue1 was stopped' }]);
    expect(network.outcome((done) => ue1.message(first, 'hello', done))).toMatchObject({
      reason: 'ue1 is not running',
    });
  });
});

describe('messages of foreign peers', () => {
  function listening() {
    const network = new NetworkSide();
    const ue = network.ue(1, { ringMs: 100 });
    network.registered(ue);
    const received: ReceivedMessage[] = [];
    ue.onIncomingMessage((message) => received.push(message));
    return { network, ue, received, far: new FarCaller(network) };
  }

  it('RFC 3428 7: what is no plain text is 415 with Accept', () => {
    const { far, received } = listening();
    far.send({ method: 'MESSAGE', body: '<x/>', contentType: 'application/xml' });
    expect(far.last(415).header('Accept')).toBe('text/plain');
    expect(received).toEqual([]);
  });

  it('an empty one, and one in a multipart', () => {
    const { far, received } = listening();
    far.send({ method: 'MESSAGE' });
    far.send({
      method: 'MESSAGE',
      contentType: 'multipart/mixed;boundary=b',
      body: '--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n',
    });
    expect(far.statuses).toEqual([200, 200]);
    expect(received.map(({ text }) => text)).toEqual(['', 'hello']);
  });

  it('RFC 3428 4: within a call it is taken as well; of no dialog it is 481', () => {
    const { far, received } = listening();
    far.send({ body: plainOffer });
    far.ack(far.last(200));
    far.request('MESSAGE', { headers: [['Content-Type', 'text/plain']] });
    expect(far.statuses.at(-1)).toBe(200);
    expect(received).toHaveLength(1);
    far.send({ method: 'MESSAGE', toTag: 'gone', body: 'x', contentType: 'text/plain' });
    expect(far.statuses.at(-1)).toBe(481);
  });
});
