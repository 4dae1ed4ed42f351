/** Calls between two UEs over one proxy: spec CALL-14 to CALL-27, SIP-53 to SIP-56; TS 24.229 5.1.3, 5.1.4; IR.92 2.2. */
import type { CallOutcome, UeNode } from '../../../src/ims/ue/index.js';
import { parseMessage, type ServerRequest, type SipRequest } from '../../../src/sip/index.js';
import { homeDomain, NetworkSide } from './network-side.js';

const second = `sip:+15550100002@${homeDomain}`;

interface Ended {
  readonly caller: CallOutcome;
  readonly callee: CallOutcome;
}

/** A call from its INVITE until both ends have an outcome. */
function callBetween(network: NetworkSide, caller: UeNode, callee: UeNode, holdForMs = 2000): Ended {
  let calleeOutcome: CallOutcome | undefined;
  callee.onIncomingCallEnded((outcome) => {
    calleeOutcome = outcome;
  });
  const outcome = network.outcome<CallOutcome>((done) => caller.call(callee.publicIdentity, { holdForMs }, done));
  network.simulation.run({ until: () => calleeOutcome !== undefined, forMs: 240_000 });
  return { caller: outcome, callee: calleeOutcome! };
}

describe('a VoLTE call', () => {
  it('CALL-20, IR.92 2.2: offer, answer in 183, PRACK, UPDATE, 180, 200, ACK, BYE, with RTP both ways', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    const { caller, callee } = callBetween(network, ue1, ue2);
    expect(network.flow('10.0.0.11')).toEqual([
      '> INVITE',
      '< 100 INVITE',
      '< 183 INVITE',
      '> PRACK',
      '< 200 PRACK',
      '> UPDATE',
      '< 200 UPDATE',
      '< 180 INVITE',
      '> PRACK',
      '< 200 PRACK',
      '< 200 INVITE',
      '> ACK',
      '> BYE',
      '< 200 BYE',
    ]);
    expect(caller).toMatchObject({ success: true, state: 'released', status: 200, reason: `ue1 talked to ${second}` });
    expect(callee).toMatchObject({ success: true, state: 'released', reason: `ue2 talked to ${ue1.publicIdentity}` });
    expect(caller.callId).toBe(callee.callId);
    expect(caller.answeredAfterMs! - caller.ringingAfterMs!).toBeCloseTo(500, -2);
    for (const { media } of [caller, callee]) {
      expect(media!.received).toBeGreaterThan(95);
      expect(media!.lost).toBe(0);
      expect(media!.problems).toEqual([]);
      expect(media!.rtcpReceived).toBeGreaterThan(0);
    }
    expect(network.faults).toEqual([]);
    expect(network.notes).toEqual([]);
  });

  it('5.1.2A.1, 5.1.3.1, CALL-14, CALL-16, CALL-27: what the INVITE says', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    callBetween(network, ue1, ue2);
    const invite = parseMessage(network.sent('INVITE', '10.0.0.11')[0]!.text) as SipRequest;
    expect(invite.requestUri).toBe(second);
    expect(invite.values('Route')).toEqual(['<sip:10.0.0.1:5060;lr>', '<sip:orig@10.0.0.1:5060;lr>']);
    expect(invite.from.uri.text).toBe(`sip:+15550100001@${homeDomain}`);
    expect(invite.header('P-Preferred-Identity')).toBe(`<sip:+15550100001@${homeDomain}>`);
    expect(invite.header('P-Preferred-Service')).toBe('urn:urn-7:3gpp-service.ims.icsi.mmtel');
    expect(invite.header('Accept-Contact')).toBe('*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"');
    expect(invite.header('P-Access-Network-Info')).toBe('3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101');
    expect(invite.header('P-Early-Media')).toBe('supported');
    expect(invite.header('Session-Expires')).toBe('1800');
    expect(invite.values('Supported')).toEqual(['100rel', 'precondition', 'timer']);
    expect(invite.has('Require')).toBe(false);
    expect(invite.values('Allow')).toEqual(
      expect.arrayContaining(['INVITE', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE']),
    );
    expect(invite.body).toContain('m=audio 49152 RTP/AVP 104 102 97 98');
    expect(invite.body).toContain('a=curr:qos local none');
    expect(invite.body).toContain('a=des:qos mandatory local sendrecv');
    expect(invite.body).toContain('a=des:qos optional remote sendrecv');
  });

  it('CALL-20: 183 holds resources back and asks to be told; UPDATE tells; no description in 180 and 200', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    callBetween(network, ue1, ue2);
    const [progress] = network.sent('183 INVITE', '10.0.0.12');
    expect(progress!.text).toContain('Require: 100rel');
    expect(progress!.text).toContain('Require: precondition');
    expect(progress!.text).toContain('a=curr:qos local none');
    expect(progress!.text).toContain('a=des:qos mandatory remote sendrecv');
    expect(progress!.text).toContain('a=conf:qos remote sendrecv');
    expect(network.sent('UPDATE')[0]!.text).toContain('a=curr:qos local sendrecv');
    expect(network.sent('UPDATE')[0]!.text).toContain('Require: precondition\r\n'); // RFC 3312 11
    expect(network.sent('200 UPDATE')[0]!.text).toContain('a=curr:qos remote sendrecv');
    expect(network.sent('180 INVITE')[0]!.text).not.toContain('application/sdp\r\nContent-Length');
    const answered = network.sent('200 INVITE', '10.0.0.12')[0]!;
    expect(answered.text).toContain('Session-Expires: 1800;refresher=uac');
    expect(answered.text).toContain('Content-Length: 0');
  });

  it('RFC 3312 6: nobody rings before both ends have their resources, whichever is later', () => {
    for (const [callerMs, calleeMs] of [
      [50, 900],
      [900, 50],
    ] as const) {
      const network = new NetworkSide();
      const [ue1, ue2] = [network.ue(1, { bearerMs: callerMs }), network.ue(2, { bearerMs: calleeMs })];
      network.registered(ue1, ue2);
      const { caller } = callBetween(network, ue1, ue2);
      expect(caller.success).toBe(true);
      expect(caller.ringingAfterMs).toBeGreaterThan(900);
      expect(network.sent('180 INVITE')[0]!.at).toBeGreaterThan(network.sent('UPDATE')[0]!.at);
    }
  });

  it('CALL-21: a caller whose bearer stands offers that, and sends no UPDATE', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1, { bearerMs: 0 }), network.ue(2)];
    network.registered(ue1, ue2);
    expect(callBetween(network, ue1, ue2).caller.success).toBe(true);
    expect(network.sent('INVITE')[0]!.text).toContain('a=curr:qos local sendrecv');
    expect(network.sent('UPDATE')).toEqual([]);
  });

  it('SIP-20 / RFC 3261 18.1.1: long requests take TCP, which makes no difference', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    callBetween(network, ue1, ue2);
    expect(network.sent('INVITE').every(({ protocol }) => protocol === 'tcp')).toBe(true);
    expect(network.sent('BYE').every(({ protocol }) => protocol === 'udp')).toBe(true);
    const small = new NetworkSide();
    const off = { datagramSizeMax: undefined };
    const [a, b] = [small.ue(1, {}, off), small.ue(2, {}, off)];
    small.registered(a, b);
    expect(callBetween(small, a, b).caller.success).toBe(true);
    expect(small.sent('INVITE', '10.0.0.11').every(({ protocol }) => protocol === 'udp')).toBe(true);
  });

  it('runs over IPv6', () => {
    const network = new NetworkSide({ ipv6: true });
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    const { caller, callee } = callBetween(network, ue1, ue2);
    expect([caller.success, callee.success]).toEqual([true, true]);
    expect(network.sent('INVITE')[0]!.text).toContain('c=IN IP6 2001:db8::11');
    expect(caller.media!.problems).toEqual([]);
    expect(caller.media!.received).toBeGreaterThan(95);
  });

  it.each(['compiled', 'interpreted'] as const)('sends the same messages when it runs %s', (mode) => {
    const network = new NetworkSide({ mode });
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    expect(callBetween(network, ue1, ue2).caller.success).toBe(true);
    expect(network.flow('10.0.0.11')).toHaveLength(14);
  });

  it('two calls after one another, then nothing is left', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    const { caller } = callBetween(network, ue1, ue2);
    const again = callBetween(network, ue2, ue1);
    expect([caller.success, again.caller.success]).toEqual([true, true]);
    expect(again.callee.media!.problems).toEqual([]);
    network.run(300_000);
    // Lifecycle and registration.
    expect([ue1.instanceCount, ue2.instanceCount]).toEqual([2, 2]);
  });
});

describe('a call over a bad link', () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
    'SIP-31, SIP-53, SIP-56: loss, duplication and reordering cost time, not the call (seed %i)',
    (seed) => {
      const network = new NetworkSide({ seed });
      const off = { datagramSizeMax: undefined };
      const [ue1, ue2] = [network.ue(1, {}, off), network.ue(2, {}, off)];
      network.registered(ue1, ue2);
      network.simulation.links.setDefaults({ loss: 0.1, duplication: 0.1, reordering: 0.1, jitterMs: 3 });
      const { caller, callee } = callBetween(network, ue1, ue2, 1000);
      expect([caller.success, callee.success]).toEqual([true, true]);
      network.run(400_000);
      expect([ue1.instanceCount, ue2.instanceCount]).toEqual([2, 2]);
    },
  );

  it('the 200 is repeated until its ACK, and acknowledged each time (RFC 3261 13.3.1.4, 13.2.2.4)', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    let dropped = 0;
    network.onRequest = (server) => server.isAck && dropped++ < 2;
    const { caller, callee } = callBetween(network, ue1, ue2, 10_000);
    expect([caller.success, callee.success]).toEqual([true, true]);
    const times = network.sent('200 INVITE', '10.0.0.12').map(({ at }) => at);
    expect(times.map((at) => at - times[0]!)).toEqual([0, 2000, 6000]);
    expect(network.sent('ACK', '10.0.0.11')).toHaveLength(3);
  });

  it('RFC 3261 13.3.1.4: a callee that never gets the ACK releases after 64*T1', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    network.onRequest = (server) => server.isAck;
    const { caller, callee } = callBetween(network, ue1, ue2, 200_000);
    expect(network.sent('BYE', '10.0.0.12')).not.toEqual([]);
    expect([caller.state, callee.state]).toEqual(['released', 'released']);
  });
});

describe('a call that does not come about', () => {
  function refused(call: Parameters<NetworkSide['ue']>[1], callerCall: typeof call = {}) {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1, callerCall), network.ue(2, call)];
    network.registered(ue1, ue2);
    const ended = callBetween(network, ue1, ue2);
    return { network, ...ended };
  }

  it('RFC 3261 21.4.24: busy is 486', () => {
    const { caller, callee } = refused({ answer: 'busy' });
    expect(caller).toMatchObject({ success: false, state: 'failed', status: 486, media: undefined });
    expect(caller.reason).toBe('the network answered 486 Busy Here: the callee is busy');
    expect(callee).toMatchObject({ success: false, status: 486 });
  });

  it('RFC 3261 21.6.2: declined is 603', () => {
    expect(refused({ answer: 'decline' }).caller).toMatchObject({ success: false, status: 603 });
  });

  it('RFC 3261 21.4.26: no common codec is 488', () => {
    const { caller, network } = refused({ codecs: ['AMR-WB'] }, { codecs: ['AMR'] });
    expect(caller).toMatchObject({ success: false, status: 488, clause: 'RFC 3261 §21.4.26' });
    expect(network.sent('488 INVITE')[0]!.text).toContain('Warning: 305');
  });

  it('RFC 3261 9: a callee that only rings is cancelled: 487 at both ends', () => {
    const { caller, callee, network } = refused({ answer: 'ring' });
    expect(caller).toMatchObject({ success: false, state: 'failed', status: 487 });
    expect(caller.reason).toBe('the callee of ue1 rang, but nobody answered within 30 s');
    expect(caller.ringingAfterMs).toBeGreaterThan(0);
    expect(callee).toMatchObject({ success: false, status: 487 });
    expect(network.flow('10.0.0.11').slice(-4)).toEqual(['> CANCEL', '< 200 CANCEL', '< 487 INVITE', '> ACK']);
  });

  it('a second call gets 486, and the first goes on', () => {
    const network = new NetworkSide();
    const ues = [network.ue(1), network.ue(2), network.ue(3)] as const;
    network.registered(...ues);
    const outcomes: CallOutcome[] = [];
    ues[0].call(second, { holdForMs: 5000 }, (outcome) => outcomes.push(outcome));
    network.run(2000);
    const other = network.outcome<CallOutcome>((done) => ues[2].call(second, { holdForMs: 1000 }, done));
    expect(other).toMatchObject({ success: false, status: 486 });
    const own = network.outcome<CallOutcome>((done) => ues[0].call(second, { holdForMs: 1000 }, done));
    expect(own).toMatchObject({ success: false, reason: 'ue1 is in another call' });
    network.run(10_000);
    expect(outcomes).toMatchObject([{ success: true }]);
  });

  it('404, in words', () => {
    const network = new NetworkSide();
    const ue1 = network.ue(1);
    network.registered(ue1);
    const outcome = network.outcome<CallOutcome>((done) => ue1.call('tel:+15559999999', { holdForMs: 10 }, done));
    expect(outcome).toMatchObject({ success: false, status: 404 });
    expect(outcome.reason).toContain('no subscriber has the identity that was called');
  });

  it('a silent P-CSCF is named while a scenario still waits, and the call ends', () => {
    const network = new NetworkSide();
    const ue1 = network.ue(1);
    network.registered(ue1);
    network.sip.close();
    const outcome = network.outcome<CallOutcome>((done) => ue1.call(second, { holdForMs: 10 }, done));
    expect(outcome).toMatchObject({ success: false, status: undefined });
    expect(network.notes[0]).toMatchObject({ what: 'cause.noAnswer' });
    network.run(200_000);
    const again = network.outcome<CallOutcome>((done) => ue1.call(second, { holdForMs: 10 }, done));
    expect(again.reason).not.toContain('another call');
  });

  it('RFC 3261 15.1.1: a network that falls silent during the call is named when BYE has no answer', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    const outcomes: CallOutcome[] = [];
    ue1.call(second, { holdForMs: 5000 }, (outcome) => outcomes.push(outcome));
    network.run(3000);
    network.sip.close();
    network.run(200_000);
    expect(network.notes.map(({ text }) => text)).toContainEqual(expect.stringContaining('no answer to BYE'));
    expect(outcomes).toMatchObject([{ success: false, state: 'released', reason: 'ue1 got no answer to its BYE' }]);
  });

  it('CALL-20: without an answer to UPDATE nobody rings; the caller says why and gives up', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    network.onRequest = (server) => {
      if (server.message.method !== 'UPDATE') return false;
      server.abandon();
      return true;
    };
    const { caller, callee } = callBetween(network, ue1, ue2);
    expect(caller).toMatchObject({ success: false, state: 'failed', status: 487 });
    expect(caller.reason).toBe('ue1 got 408 for its UPDATE, which the set-up depends on');
    // There is a cause while a scenario still waits.
    expect(network.notes[0]).toMatchObject({ what: 'cause.noRinging' });
    expect(callee).toMatchObject({ success: false, status: 487 });
    expect(network.sent('180 INVITE')).toEqual([]);
  });

  // RFC 3261 12.2.1.2: the dialog is gone. What else there is against the UPDATE the call that stands does not need.
  it.each([
    [481, false, 1],
    [408, false, 1],
    [500, true, 0],
  ])('SIP-54: %i to an UPDATE after the call was answered: it goes on: %s', (status, goesOn, byeCount) => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    let update: ServerRequest | undefined;
    network.onRequest = (server) => {
      if (server.message.method !== 'UPDATE') return false;
      update = server;
      // The callee has it, and only the answer takes its time.
      const ignore = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} };
      const callee = [{ protocol: 'udp' as const, endpoint: { address: '10.0.0.12', port: 5060 } }];
      network.sip.sendRequest(server.message.text.replace(/^Route:.*\r\n/gm, ''), callee, ignore);
      return true;
    };
    const outcomes: CallOutcome[] = [];
    const handle = ue1.call(second, { holdForMs: undefined }, (outcome) => outcomes.push(outcome))!;
    network.simulation.run({ until: () => network.sent('ACK', '10.0.0.11').length > 0, forMs: 10_000 });
    expect(handle.state).toBe('talking');
    if (status === 408)
      update!.abandon(); // RFC 4320 4.2: none comes for UPDATE
    else update!.reply(status);
    network.run(130_000);
    expect(network.sent('BYE', '10.0.0.11')).toHaveLength(byeCount);
    expect(handle.state).toBe(goesOn ? 'talking' : 'released');
    expect(outcomes.map(({ reason }) => reason)).toEqual(
      goesOn ? [] : [`ue1 ended the call: its UPDATE ended with ${status}`],
    );
    handle.hangUp();
    network.run(2000);
  });

  it('stopping a UE in a call hangs up first', () => {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    const outcomes: CallOutcome[] = [];
    ue1.call(second, { holdForMs: 60_000 }, (outcome) => outcomes.push(outcome));
    ue2.onIncomingCallEnded((outcome) => outcomes.push(outcome));
    network.run(3000);
    ue1.stop();
    network.run(3000);
    expect(ue1.state).toBe('stopped');
    expect(ue1.instanceCount).toBe(0);
    expect(outcomes).toMatchObject([{ success: true }, { success: true }]);
  });
});
