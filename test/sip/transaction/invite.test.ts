import { buildResponse, parseMessage, type ServerRequest, type Source, ueTimers } from '../../../src/sip/index.js';
import { Lab, Log, line, type Party, type PartyOptions, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';

function call(onRequest: (invite: ServerRequest, bob: Party) => void, options: PartyOptions = {}, seed = 1) {
  const lab = new Lab(seed);
  const alice = lab.party('alice', '192.0.2.1', options);
  const bob = lab.party('bob', '192.0.2.2', { ...options, onRequest });
  const log = new Log();
  return { lab, alice, bob, log };
}

/** Times of sending since the first one. */
function intervals(lab: Lab, summary: string): number[] {
  const times = lab.times(summary);
  return times.map((time) => time - times[0]!);
}

describe.each(['compiled', 'interpreted'] as const)('INVITE transactions, %s', (mode) => {
  it('SIP-31, SIP-32, SIP-35 / RFC 3261 17.1.1: INVITE, 180, 486, ACK on the same hop, and nothing is left', () => {
    const { lab, alice, bob, log } = call(
      (invite) => {
        invite.reply(180);
        invite.reply(486);
      },
      { mode },
    );
    const invite = request('INVITE', BOB, [['Route', '<sip:192.0.2.2;lr>']]);
    alice.endpoint.sendRequest(invite, [bob.udp], log);
    lab.run();
    expect(lab.summaries).toEqual(['INVITE', '180 INVITE', '486 INVITE', 'ACK']);
    expect(log.statuses).toEqual([180, 486]);
    const sent = lab.sent('INVITE')[0]!.text;
    const ack = lab.sent('ACK')[0]!.text;
    expect(ack.split('\r\n')[0]).toBe(`ACK ${BOB} SIP/2.0`);
    expect(ack.match(/^Via:/gm)).toHaveLength(1);
    expect(line(ack, 'Via')).toBe(line(sent, 'Via'));
    expect(ack).toContain('Route: <sip:192.0.2.2;lr>');
    expect(ack).toContain('CSeq: 1 ACK');
    expect(line(ack, 'To')).toBe(line(lab.sent('486 INVITE')[0]!.text, 'To'));
    lab.expectNothingLeft();
  });

  it('SIP-35 / RFC 3261 17.1.1.2: a refusal that comes again is acknowledged again, and told once', () => {
    const { lab, alice, log } = call(() => {}, { mode });
    const peer = lab.raw('192.0.2.7');
    const endpoint = { address: '192.0.2.7', port: 5060 };
    alice.endpoint.sendRequest(request('INVITE', BOB), [{ protocol: 'udp', endpoint }], log);
    lab.run(10);
    const invite = parseMessage(peer.received[0]!);
    if (invite.kind !== 'request') throw new Error(invite.kind);
    const refusal = buildResponse(invite, 486, { toTag: 'b' }).text;
    for (let count = 0; count < 3; count++) {
      peer.send(refusal, '192.0.2.1');
      lab.run(500);
    }
    expect(lab.sent('ACK')).toHaveLength(3);
    expect(log.statuses).toEqual([486]);
  });

  it('SIP-36 / RFC 3261 9.2: a CANCEL that comes after the final response is answered, and changes nothing', () => {
    let isTold = false;
    const { lab } = call(
      (invite) => {
        invite.onCancel(() => {
          isTold = true;
        });
        invite.reply(486);
      },
      { mode },
    );
    const peer = lab.raw('192.0.2.7');
    for (const method of ['INVITE', 'CANCEL']) {
      const sent = request(method, BOB, [['Call-ID', 'c1']]).edit();
      peer.send(sent.prepend('Via', 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa').text(), '192.0.2.2');
      lab.run(10);
    }
    expect(lab.summaries).toEqual(['INVITE', '486 INVITE', 'CANCEL', '200 CANCEL']);
    expect(isTold).toBe(false);
  });

  it('RFC 3261 17.1.1.3: an INVITE with a Route that the next hop refuses has its ACK all the same', () => {
    const { lab, alice, bob, log } = call(() => {}, { mode });
    const headers = [
      ['Route', '<sip:192.0.2.2;lr>'],
      ['Route', '<sip:a'],
    ] as const;
    alice.endpoint.sendRequest(request('INVITE', BOB, headers), [bob.udp], log);
    lab.run();
    const [invite, refusal, ack, ...others] = lab.wire.map(({ text }) => text);
    expect(others).toEqual([]);
    expect(refusal).toMatch(/^SIP\/2\.0 400 /);
    expect(ack).toMatch(/^ACK /);
    expect(ack).toContain('Route: <sip:a\r\n');
    expect(line(ack!, 'Via')).toBe(line(invite!, 'Via'));
    expect(log.statuses).toEqual([400]);
    lab.expectNothingLeft();
  });

  it('SIP-31 / RFC 3261 17.1.1.2: timer A doubles without a cap, timer B ends at 64*T1', () => {
    const { lab, alice, bob, log } = call(() => {}, { mode });
    lab.simulation.links.partition('192.0.2.1', '192.0.2.2');
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run(31_999);
    expect(log.events).toEqual([]);
    lab.run();
    expect(intervals(lab, 'INVITE')).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(log.events).toEqual(['timeout']);
    lab.expectNothingLeft();
  });

  it('SIP-32 / RFC 3261 17.2.1: timer G doubles up to T2, timer H at 64*T1 reports the missing ACK', () => {
    let failure: string | undefined;
    const { lab, alice, bob, log } = call(
      (invite) => {
        invite.onTransactionFailed((reason) => {
          failure = reason;
        });
        lab.simulation.links.set('192.0.2.2', '192.0.2.1', { loss: 1 });
        invite.reply(404);
      },
      { mode },
    );
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run();
    const answeredAt = lab.times('404 INVITE')[0]!;
    // Answers to retransmitted INVITEs come in between; those of timer G are at these times.
    const expected = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    const times = lab.times('404 INVITE').map((time) => time - answeredAt);
    expect(times.filter((time) => expected.includes(time)).length).toBeGreaterThanOrEqual(expected.length);
    expect(Math.max(...times)).toBeLessThan(32_000);
    expect(failure).toBe('noAck');
    lab.expectNothingLeft();
  });
});

describe('INVITE server transaction', () => {
  it('SIP-32 / RFC 3261 17.2.1: a 100 goes out after 200 ms of silence, and answers a retransmission', () => {
    const { lab, alice, bob, log } = call(() => {});
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run(1000);
    expect(lab.times('100 INVITE')).toEqual([lab.times('INVITE')[0]! + 1 + 200]);
    expect(lab.sent('INVITE')).toHaveLength(1);
    expect(log.events).toEqual(['100']);
    expect(lab.sent('100 INVITE')[0]!.text).toMatch(/^To: <sip:bob@192.0.2.2>\r$/m);
  });

  it('SIP-32 / RFC 6026 7.1: in Accepted the transaction absorbs INVITEs and leaves repeating the 2xx to the TU', () => {
    const { lab, alice, bob, log } = call((invite) => {
      lab.simulation.links.set('192.0.2.2', '192.0.2.1', { loss: 1 });
      invite.reply(200);
      lab.simulation.clock.setTimer(700, () => {
        lab.simulation.links.set('192.0.2.2', '192.0.2.1', { loss: 0 });
        invite.reply(200);
      });
    });
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run();
    expect(bob.requests).toHaveLength(1);
    expect(lab.sent('INVITE')).toHaveLength(2);
    expect(intervals(lab, '200 INVITE')).toEqual([0, 700]);
    expect(log.statuses).toEqual([200]);
    lab.expectNothingLeft();
  });

  it('SIP-31 / RFC 6026 7.2: every 2xx goes up for 64*T1, a late 4xx does not', () => {
    const bobsWay: Source = {
      protocol: 'udp',
      endpoint: { address: '192.0.2.2', port: 5060 },
      local: { protocol: 'udp', address: '192.0.2.1', port: 5060 },
    };
    const { lab, alice, bob, log } = call((invite) => {
      const ok = invite.reply(200);
      const late = buildResponse(invite.message, 486, { toTag: 'late' });
      lab.simulation.clock.setTimer(30_000, () => alice.endpoint.onResponse(late, bobsWay));
      lab.simulation.clock.setTimer(31_000, () => invite.respond(ok));
    });
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run();
    expect(log.statuses).toEqual([200, 200]);
    expect(lab.sent('ACK')).toHaveLength(0);
    lab.expectNothingLeft();
  });

  it('RFC 3261 16.7 item 5: a 2xx after another final response is sent past the transaction', () => {
    const { lab, alice, bob, log } = call((invite) => {
      invite.reply(486);
      lab.simulation.clock.setTimer(1000, () => invite.reply(200));
    });
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run();
    expect(lab.sent('200 INVITE')).toHaveLength(1);
    expect(bob.requests[0]!.finalStatus).toBe(200);
    // RFC 6026 8.4: in Completed the client transaction drops it.
    expect(log.statuses).toEqual([486]);
    lab.expectNothingLeft();
  });

  it('SIP-31, SIP-32: over TCP nothing is retransmitted, and D and I are zero', () => {
    const { lab, alice, bob, log } = call((invite) => {
      lab.simulation.clock.setTimer(5000, () => invite.reply(603));
    });
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.tcp], log);
    lab.run(6000);
    expect(lab.summaries).toEqual(['INVITE', '100 INVITE', '603 INVITE', 'ACK']);
    lab.expectNothingLeft();
  });

  it('TS 24.229 7.7: with the UE values B fires at 128 s and A starts at 2 s', () => {
    const { lab, alice, bob, log } = call(() => {}, { timersFor: () => ueTimers });
    lab.simulation.links.partition('192.0.2.1', '192.0.2.2');
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    const startedAt = lab.simulation.clock.now();
    let endedAt = 0;
    log.onTimeout = () => {
      endedAt = lab.simulation.clock.now();
    };
    lab.run();
    expect(intervals(lab, 'INVITE')).toEqual([0, 2000, 6000, 14_000, 30_000, 62_000, 126_000]);
    expect(endedAt - startedAt).toBe(128_000);
  });

  it('SIP-50 hook / RFC 3261 17.2.3: an ACK for a 2xx has a branch of its own and goes to the TU', () => {
    const { lab, alice, bob, log } = call((received) => {
      if (!received.isAck) received.reply(200);
    });
    log.onResponse = (response) => {
      const to = response.header('To')!;
      alice.endpoint.sendStateless(request('ACK', BOB, [['To', to]]), [bob.udp]);
    };
    alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run();
    expect(bob.requests.map(({ message, isAck }) => [message.method, isAck])).toEqual([
      ['INVITE', false],
      ['ACK', true],
    ]);
    lab.expectNothingLeft();
  });
});

describe('CANCEL', () => {
  it('SIP-36 / RFC 3261 9.1: waits for a provisional response, shares branch, URI and CSeq; 200 and 487 come back', () => {
    const { lab, alice, bob, log } = call((invite) => {
      lab.simulation.clock.setTimer(100, () => invite.reply(180));
    });
    const transaction = alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    transaction.cancel([['Reason', 'SIP;cause=200']]);
    lab.run();
    expect(lab.summaries).toEqual(['INVITE', '180 INVITE', 'CANCEL', '200 CANCEL', '487 INVITE', 'ACK']);
    const cancel = lab.sent('CANCEL')[0]!.text;
    const invite = lab.sent('INVITE')[0]!.text;
    for (const name of ['Via', 'From', 'To', 'Call-ID']) expect(line(cancel, name)).toBe(line(invite, name));
    expect(cancel).toContain('CSeq: 1 CANCEL');
    expect(cancel).toContain('Reason: SIP;cause=200');
    // RFC 3261 9.2: both answers carry one To tag.
    const tagOf = (summary: string) => /^To:.*;tag=(\w+)/m.exec(lab.sent(summary)[0]!.text)![1];
    expect(tagOf('200 CANCEL')).toBe(tagOf('487 INVITE'));
    expect(log.statuses).toEqual([180, 487]);
    lab.expectNothingLeft();
  });

  it('SIP-36: the final response that came first wins', () => {
    const { lab, alice, bob, log } = call((invite) => {
      invite.reply(180);
      lab.simulation.clock.setTimer(10, () => invite.reply(200));
    });
    const transaction = alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run(11);
    transaction.cancel();
    lab.run(1);
    transaction.cancel();
    lab.run();
    expect(lab.sent('200 CANCEL')).toHaveLength(1);
    expect(lab.sent('487 INVITE')).toHaveLength(0);
    expect(log.statuses).toEqual([180, 200]);
    lab.expectNothingLeft();
  });

  it('SIP-36: nothing is sent after a final response', () => {
    const { lab, alice, bob, log } = call((invite) => invite.reply(200));
    const transaction = alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run(100);
    transaction.cancel();
    lab.run();
    expect(lab.sent('CANCEL')).toHaveLength(0);
  });

  it('SIP-36 / RFC 3261 9.2: 481 when nothing matches', () => {
    const { lab, alice, bob, log } = call(() => {});
    alice.endpoint.sendRequest(request('CANCEL', BOB), [bob.udp], log);
    lab.run();
    expect(log.statuses).toEqual([481]);
    lab.expectNothingLeft();
  });

  it('RFC 3261 9.1: an INVITE without a final response 64*T1 after its CANCEL counts as cancelled', () => {
    const { lab, alice, bob, log } = call((invite) => {
      invite.onCancel(() => {});
      invite.reply(180);
    });
    const transaction = alice.endpoint.sendRequest(request('INVITE', BOB), [bob.udp], log);
    lab.run(100);
    transaction.cancel();
    lab.run(31_900);
    expect(log.events).toEqual(['180']);
    lab.run(200);
    expect(log.events).toEqual(['180', 'timeout']);
    expect(alice.endpoint.counts.clientTransactions).toBe(0);
  });
});
