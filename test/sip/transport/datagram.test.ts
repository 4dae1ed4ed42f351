import { createMachineHost } from '../../../src/machine/index.js';
import { type ServerRequest, SipEndpoint } from '../../../src/sip/index.js';
import { Lab, Log, line, request } from '../lab.js';

function options(via: string, edit: (text: string) => string = (text) => text): string {
  return edit(request('OPTIONS', 'sip:bob@192.0.2.2').edit().prepend('Via', via).text());
}

function scene() {
  const lab = new Lab();
  const bob = lab.party('bob', '192.0.2.2', { onRequest: (received) => received.isAck || received.reply(200) });
  return { lab, bob, peer: lab.raw('192.0.2.1', 5070) };
}

describe('UDP', () => {
  it('SIP-21, SIP-22 / RFC 3581: the answer goes to the port it came from if that was asked for', () => {
    const { lab, peer } = scene();
    peer.send(options('SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bKa;rport'), '192.0.2.2');
    lab.run();
    expect(line(peer.received[0]!, 'Via')).toBe(
      'Via: SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bKa;received=192.0.2.1;rport=5070',
    );
  });

  it('SIP-22: without rport it goes to the port of sent-by', () => {
    const { lab, peer } = scene();
    const other = lab.raw('192.0.2.1', 9999);
    peer.send(options('SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bKa'), '192.0.2.2');
    lab.run();
    expect(peer.received).toHaveLength(0);
    expect(other.received).toHaveLength(1);
  });

  it('SIP-24: line ends alone are swallowed without a fault', () => {
    const { lab, peer, bob } = scene();
    for (const keepAlive of ['', '\r\n', '\r\n\r\n', '\0\0\0\0']) peer.send(keepAlive, '192.0.2.2');
    lab.run();
    expect(peer.received).toHaveLength(0);
    expect(lab.faults).toHaveLength(0);
    expect(bob.requests).toHaveLength(0);
  });

  it('RFC 3261 16.3, 18.3: a malformed request gets its status once each, its fault is on record, no state is kept', () => {
    const { lab, peer, bob } = scene();
    const bad = options('SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa', (text) =>
      text.replace('CSeq: 1 OPTIONS', 'CSeq: x OPTIONS'),
    );
    peer.send(bad, '192.0.2.2');
    peer.send(bad, '192.0.2.2');
    lab.run(1);
    lab.run(100);
    expect(peer.received).toHaveLength(2);
    expect(peer.received[0]).toMatch(/^SIP\/2.0 400 /);
    expect(peer.received[1]).toBe(peer.received[0]);
    expect(lab.faults.map(({ what }) => what)).toEqual(['malformed message', 'malformed message']);
    expect(lab.faults[0]!.detail).toMatchObject({ from: '192.0.2.1', port: 5070 });
    expect(bob.requests).toHaveLength(0);
    lab.expectNothingLeft();
  });

  it.each<[string, (lines: string[]) => string[]]>([
    ['first', (lines) => ['no colon', ...lines]],
    ['folded, first', (lines) => [' folded start: x', ...lines]],
    ['among them', (lines) => [...lines.slice(0, 2), 'na me: x', ' goes on', ...lines.slice(2)]],
    ['last', (lines) => [...lines, ': no name']],
    [
      'twice, with lone line feeds after it',
      (lines) => [
        'bad',
        lines
          .map((each) => `${each}\n`)
          .join('bad\n')
          .trimEnd(),
      ],
    ],
    ['beyond too many others', (lines) => [...Array<string>(2_000).fill('X: 1'), ...lines]],
    ['one whose value is wrong, after a bad line', (lines) => ['bad', ...lines, 'Expires: never']],
  ])('RFC 3261 8.2.6.2: the bad line stands %s, and the 400 has all that its sender looks for', (_, spoil) => {
    const { lab, peer } = scene();
    const good = options('SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bKa;rport');
    const [startLine, ...lines] = good.slice(0, good.indexOf('\r\n\r\n')).split('\r\n');
    peer.send([startLine, ...spoil(lines), '', ''].join('\r\n'), '192.0.2.2');
    lab.run();
    expect(peer.received).toHaveLength(1);
    const answer = peer.received[0]!;
    expect(answer).toMatch(/^SIP\/2\.0 (400|513) /);
    expect(answer.match(/^Via: .*$/gm)).toEqual([
      'Via: SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bKa;received=192.0.2.1;rport=5070',
    ]);
    for (const name of ['From', 'Call-ID', 'CSeq']) expect(line(answer, name)).toBe(line(good, name));
    expect(line(answer, 'To')).toMatch(/^To: .*;tag=\w+$/);
    expect(line(answer, 'To')).toContain(line(good, 'To'));
  });

  it('RFC 3261 18.1.2: a request of which nothing can be read that an answer repeats gets none', () => {
    const { lab, peer } = scene();
    peer.send('OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\nbad\r\nMax-Forwards: 70\r\n\r\n', '192.0.2.2');
    lab.run();
    expect(peer.received).toEqual([]);
    expect(lab.faults.map(({ what }) => what)).toEqual(['malformed message']);
  });

  it('SIP-01: another version gets 505; a malformed ACK, a response, and noise get nothing', () => {
    const { lab, peer } = scene();
    const via = 'SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa';
    peer.send(
      options(via, (text) => text.replace('SIP/2.0\r\n', 'SIP/7.0\r\n')),
      '192.0.2.2',
    );
    peer.send(
      options(via, (text) => text.replaceAll('OPTIONS', 'ACK').replace('CSeq: 1', 'CSeq: x')),
      '192.0.2.2',
    );
    peer.send('SIP/2.0 200 OK\r\nCSeq: x\r\n\r\n', '192.0.2.2');
    peer.send('\u0080\u0081 nonsense', '192.0.2.2');
    lab.run();
    expect(peer.received.map((text) => text.slice(0, 11))).toEqual(['SIP/2.0 505']);
    expect(lab.faults).toHaveLength(4);
  });

  it('SIP-46 / RFC 3261 18.1.2: a response that matches no transaction is dropped, and its fault is on record', () => {
    const { lab, peer } = scene();
    const response = [
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK0.nothing',
      'From: <sip:a@b>;tag=1',
      'To: <sip:c@d>;tag=2',
      'Call-ID: x',
      'CSeq: 1 INVITE',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
    peer.send(response, '192.0.2.2');
    lab.run();
    expect(lab.faults).toMatchObject([{ clause: 'SIP-46', node: 'bob', detail: { status: 200, callId: 'x' } }]);
  });

  it('SIP-22 / RFC 3581 4: with several sockets the answer, and a request to a flow, leave from the one that was used', () => {
    const lab = new Lab();
    const environment = lab.simulation.environmentFor('pcscf');
    const host = createMachineHost({ node: 'pcscf', environment, mode: 'compiled' });
    const requests: ServerRequest[] = [];
    const pcscf = new SipEndpoint({
      nodeName: 'pcscf',
      environment,
      host,
      resolve: lab.resolve,
      listen: [5060, 6000].map((port) => ({ protocol: 'udp', address: '192.0.2.9', port }) as const),
      onRequest: (received) => {
        requests.push(received);
        received.reply(200);
      },
    });
    let ready = false;
    pcscf.start(() => {
      ready = true;
    });
    lab.simulation.run({ until: () => ready });
    const ports: number[] = [];
    const ue = environment.network.bindDatagram(
      { address: '192.0.2.1', port: 5062 },
      { onDatagram: (_, from) => ports.push(from.port), onError: () => {} },
    );
    lab.run();
    const text = options('SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKa');
    ue.send(Buffer.from(text, 'latin1'), { address: '192.0.2.9', port: 6000 });
    lab.run(100);
    expect(ports).toEqual([6000]);
    expect(requests[0]!.local.port).toBe(6000);
    pcscf.sendRequest(request('OPTIONS', 'sip:ue@192.0.2.1'), [requests[0]!.source], new Log());
    lab.run(100);
    expect(ports).toEqual([6000, 6000]);
    expect(lab.sent('OPTIONS')[1]!.text).toContain('Via: SIP/2.0/UDP 192.0.2.9:6000;branch=');
    lab.run();
    expect(host.instanceCount).toBe(0);
  });
});
