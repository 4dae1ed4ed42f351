import { hasCookie, makeBranch, slotOfBranch, suffixOfBranch } from '../../../src/sip/transaction/branch.js';
import { Lab, Log, line, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';

describe('SIP-37 / RFC 3261 8.1.1.7: branches', () => {
  it('bear the cookie, their slot, at least 64 random bits, and a suffix', () => {
    const { random } = new Lab().simulation.environmentFor('node');
    const branches = Array.from({ length: 1000 }, (_, slot) => makeBranch(random, slot, undefined));
    expect(new Set(branches.map((branch) => branch.split('.')[1])).size).toBe(1000);
    branches.forEach((branch, slot) => {
      expect(hasCookie(branch)).toBe(true);
      expect(slotOfBranch(branch)).toBe(slot);
      expect(suffixOfBranch(branch)).toBeUndefined();
      expect(branch).toMatch(/^z9hG4bK[0-9a-z]+\.[0-9a-z]+$/);
    });
    expect(suffixOfBranch(makeBranch(random, 5, 'abc'))).toBe('abc');
    expect(slotOfBranch(makeBranch(random, undefined, undefined))).toBe(-1);
    for (const foreign of ['z9hG4bK', 'z9hG4bK776asdhds', '1.2', 'z9hG4bK.x', ''])
      expect(slotOfBranch(foreign)).toBe(-1);
  });
});

describe('SIP-30 / RFC 3261 17.2.3: which requests belong together', () => {
  function scene() {
    const lab = new Lab();
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (received) => received.isAck || received.reply(486) });
    return { lab, bob, peer: lab.raw('192.0.2.1') };
  }
  const invite = (via: string, headers: readonly (readonly [string, string])[] = []) =>
    request('INVITE', BOB, [['Call-ID', 'c1'], ...headers])
      .edit()
      .prepend('Via', `SIP/2.0/UDP ${via}`)
      .text();

  it('branch, sent-by and method', () => {
    const { lab, bob, peer } = scene();
    for (const via of [
      '192.0.2.1;branch=z9hG4bKa',
      '192.0.2.1;branch=z9hG4bKa',
      '192.0.2.1;branch=z9hG4bKb',
      '192.0.2.1:5061;branch=z9hG4bKa',
      'other.example.com;branch=z9hG4bKa',
    ]) {
      peer.send(invite(via), '192.0.2.2');
    }
    lab.run(10);
    expect(bob.requests).toHaveLength(4);
  });

  it('RFC 2543: without cookie by Request-URI, From tag, Call-ID, CSeq and top Via; the ACK too', () => {
    const { lab, bob, peer } = scene();
    peer.send(invite('192.0.2.1;branch=1'), '192.0.2.2');
    peer.send(invite('192.0.2.1;branch=1'), '192.0.2.2');
    lab.run(10);
    expect(bob.requests).toHaveLength(1);
    const to = line(peer.received[0]!, 'To')!.slice(4);
    const ack = request('ACK', BOB, [
      ['Call-ID', 'c1'],
      ['To', to],
    ])
      .edit()
      .prepend('Via', 'SIP/2.0/UDP 192.0.2.1;branch=1')
      .text();
    peer.send(ack, '192.0.2.2');
    lab.run(10);
    expect(bob.requests).toHaveLength(1);
    const answers = peer.received.length;
    lab.run(20_000);
    expect(peer.received).toHaveLength(answers);
    peer.send(invite('192.0.2.1;branch=1', [['From', '<sip:alice@example.com>;tag=other']]), '192.0.2.2');
    lab.run(10);
    expect(bob.requests).toHaveLength(2);
    lab.run();
    lab.expectNothingLeft();
  });

  it.each([
    [/(?<=Call-ID: )\S+/, 'c2'],
    [/(?<=CSeq: )\d+/, '2'],
    [/(?<=From: .*tag=)\S+/, 'other'],
    [/(?<=INVITE )\S+/, 'sip:bob@192.0.2.2;x'],
  ])('RFC 2543: without cookie one branch is another transaction where %s differs', (part, other) => {
    const { lab, bob, peer } = scene();
    const first = invite('192.0.2.1;branch=1');
    peer.send(first, '192.0.2.2');
    peer.send(first.replace(part, other), '192.0.2.2');
    lab.run(10);
    expect(bob.requests).toHaveLength(2);
  });

  it('SIP-32: the ACK of a non-2xx ends the retransmission and does not reach the TU', () => {
    const { lab, bob, peer } = scene();
    peer.send(invite('192.0.2.1;branch=z9hG4bKa'), '192.0.2.2');
    lab.run(700);
    expect(peer.received).toHaveLength(2);
    const ack = request('ACK', BOB, [
      ['Call-ID', 'c1'],
      ['To', line(peer.received[0]!, 'To')!.slice(4)],
    ]);
    peer.send(ack.edit().prepend('Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa').text(), '192.0.2.2');
    lab.run();
    expect(peer.received).toHaveLength(2);
    expect(bob.requests).toHaveLength(1);
    lab.expectNothingLeft();
  });
});

describe('responses', () => {
  it('SIP-30 / RFC 3261 17.1.3: a response with another method in CSeq, or a forged branch, matches nothing', () => {
    const lab = new Lab();
    const alice = lab.party('alice', '192.0.2.1');
    const bob = lab.raw('192.0.2.2');
    const log = new Log();
    alice.endpoint.sendRequest(
      request('OPTIONS', BOB),
      [{ protocol: 'udp', endpoint: { address: '192.0.2.2', port: 5060 } }],
      log,
    );
    lab.run(100);
    const answer = bob.received[0]!.replace(/^OPTIONS.*/, 'SIP/2.0 200 OK').replace(/^Max-Forwards.*\r\n/m, '');
    bob.send(answer.replace('1 OPTIONS', '1 REGISTER'), '192.0.2.1');
    bob.send(answer.replace(/(branch=\S+)/, '$1x'), '192.0.2.1');
    lab.run(100);
    expect(log.statuses).toEqual([]);
    expect(lab.faults.map(({ clause }) => clause)).toEqual(['SIP-46', 'SIP-46']);
    bob.send(answer, '192.0.2.1');
    lab.run();
    expect(log.statuses).toEqual([200]);
    lab.expectNothingLeft();
  });
});
