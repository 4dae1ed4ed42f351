import {
  buildResponse,
  coreTimers,
  type Dialog,
  dialogFromResponse,
  inDialogRequest,
  ReliableProvisionals,
  Retransmitter,
  rackFor,
  reliableOrder,
  type ServerRequest,
} from '../../../src/sip/index.js';
import { Lab, Log, type Party, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';

describe('SIP-56 / RFC 3262: reliable provisional responses', () => {
  function scene(
    onInvite: (reliable: ReliableProvisionals, invite: ServerRequest) => void,
    onUnacknowledged: (invite: ServerRequest) => void = () => {},
  ) {
    const lab = new Lab();
    const alice = lab.party('alice', '192.0.2.1');
    let reliable: ReliableProvisionals;
    const bob: Party = lab.party('bob', '192.0.2.2', {
      onRequest: (received) => {
        const { message } = received;
        if (message.method === 'PRACK') received.reply(reliable.matchPrack(message) ? 200 : 481);
        if (message.method !== 'INVITE') return;
        reliable = new ReliableProvisionals({
          host: bob.host,
          random: lab.simulation.random,
          server: received,
          timers: coreTimers,
          onUnacknowledged: () => onUnacknowledged(received),
        });
        onInvite(reliable, received);
      },
    });
    return { lab, alice, bob, log: new Log() };
  }

  it('one at a time: the 180 waits for the PRACK of the 183', () => {
    const { lab, alice, bob, log } = scene((reliable) => {
      reliable.send(183, { headers: [['Contact', `<${BOB}>`]] });
      reliable.send(180, { headers: [['Contact', `<${BOB}>`]] });
      expect(reliable.isPending).toBe(true);
    });
    const invite = request('INVITE', BOB, [['Supported', '100rel']]);
    let dialog: Dialog | undefined;
    let last: number | undefined;
    log.onResponse = (response) => {
      const rack = rackFor(response);
      log.events.push(String(response.status));
      if (rack === undefined || reliableOrder(response, last) !== 'next') return;
      last = Number(response.header('RSeq'));
      dialog ??= dialogFromResponse(invite, response);
      alice.endpoint.sendRequest(inDialogRequest(dialog!, 'PRACK', { headers: [['RAck', rack]] }), [bob.udp], log);
    };
    alice.endpoint.sendRequest(invite, [bob.udp], log);
    lab.run(10_000);
    expect(lab.summaries).toEqual(['INVITE', '183 INVITE', 'PRACK', '180 INVITE', '200 PRACK', 'PRACK', '200 PRACK']);
    const sequences = ['183 INVITE', '180 INVITE'].map((summary) =>
      Number(/RSeq: (\d+)/.exec(lab.sent(summary)[0]!.text)![1]),
    );
    expect(sequences[1]).toBe(sequences[0]! + 1);
    expect(lab.sent('183 INVITE')[0]!.text).toContain('Require: 100rel');
  });

  it('without PRACK: repeated at T1 doubling without a cap, then the INVITE is refused', () => {
    const { lab, alice, bob, log } = scene(
      (reliable) => reliable.send(183),
      (invite) => invite.reply(504),
    );
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run();
    const times = lab.times('183 INVITE');
    expect(times.map((time) => time - times[0]!)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(lab.times('504 INVITE')[0]! - times[0]!).toBe(32_000);
    lab.expectNothingLeft();
  });

  it('a PRACK with another RSeq, CSeq or method gets 481', () => {
    const { lab, alice, bob, log } = scene((reliable) => reliable.send(183));
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], new Log());
    lab.run(10);
    const rseq = /RSeq: (\d+)/.exec(lab.sent('183 INVITE')[0]!.text)![1];
    for (const rack of ['1 1 INVITE', `${rseq} 2 INVITE`, `${rseq} 1 UPDATE`, `${rseq} 1 INVITE`, `${rseq} 1 INVITE`]) {
      alice.endpoint.sendRequest(request('PRACK', BOB, [['RAck', rack]]), [bob.udp], log);
      lab.run(10);
    }
    expect(log.statuses).toEqual([481, 481, 481, 200, 481]);
  });

  it('RFC 3262 4: at the UAC only the next in order is taken', () => {
    const { lab, alice, bob, log } = scene((reliable) => reliable.send(183));
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run(10);
    const response = log.responses[0]!;
    const sequence = Number(response.header('RSeq'));
    expect(reliableOrder(response, undefined)).toBe('next');
    expect(reliableOrder(response, sequence - 1)).toBe('next');
    expect(reliableOrder(response, sequence)).toBe('repeated');
    expect(reliableOrder(response, sequence - 2)).toBe('early');
  });
});

describe('SIP-53 / RFC 3261 13.3.1.4: the 2xx until its ACK', () => {
  it.each(['udp', 'tcp'] as const)('over %s: T1 doubling up to T2, 64*T1 in all', (protocol) => {
    const lab = new Lab();
    const alice = lab.party('alice', '192.0.2.1');
    let gaveUpAt = 0;
    const bob: Party = lab.party('bob', '192.0.2.2', {
      onRequest: (invite) => {
        if (invite.isAck) return;
        const response = buildResponse(invite.message, 200, { toTag: invite.localTag });
        const onUnacknowledged = () => {
          gaveUpAt = lab.simulation.clock.now();
        };
        new Retransmitter({ host: bob.host, server: invite, response, timers: coreTimers, onUnacknowledged });
      },
    });
    const log = new Log();
    const startedAt = lab.simulation.clock.now();
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob[protocol]], log);
    lab.run();
    const times = lab.times('200 INVITE');
    expect(times.map((time) => time - times[0]!)).toEqual([
      0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    expect(gaveUpAt - startedAt).toBeGreaterThanOrEqual(32_000);
    // RFC 6026 7.2: every copy within 64*T1 reaches the UAC.
    expect(log.statuses).toHaveLength(11);
    lab.expectNothingLeft();
  });

  it('stops at the ACK', () => {
    const lab = new Lab();
    const alice = lab.party('alice', '192.0.2.1');
    let retransmitter: Retransmitter | undefined;
    const bob: Party = lab.party('bob', '192.0.2.2', {
      onRequest: (received) => {
        if (received.isAck) {
          retransmitter!.acknowledge();
          return;
        }
        const response = buildResponse(received.message, 200, { toTag: received.localTag });
        retransmitter = new Retransmitter({
          host: bob.host,
          server: received,
          response,
          timers: coreTimers,
          onUnacknowledged: () => {},
        });
      },
    });
    const log = new Log();
    log.onResponse = (response) => {
      lab.simulation.clock.setTimer(600, () =>
        alice.endpoint.sendStateless(request('ACK', BOB, [['To', response.header('To')!]]), [bob.udp]),
      );
      log.onResponse = () => {};
    };
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run(10_000);
    expect(retransmitter!.isPending).toBe(false);
    expect(lab.sent('200 INVITE')).toHaveLength(2);
  });
});
