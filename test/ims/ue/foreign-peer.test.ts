/** A UE and peers that are not of its kind: RFC 3261 8.2, 13, 14; RFC 3262; RFC 4028; spec SIP-50 to SIP-57, CALL-51. */
import type { CallHandle, CallOutcome, UeNode } from '../../../src/ims/ue/index.js';
import { dialogFromRequest, inDialogRequest, type ServerRequest } from '../../../src/sip/index.js';
import { FarCaller, plainOffer } from './far-caller.js';
import { NetworkSide } from './network-side.js';

function ready(call: Parameters<NetworkSide['ue']>[1] = {}) {
  const network = new NetworkSide();
  const ue = network.ue(1, call);
  network.registered(ue);
  const outcomes: CallOutcome[] = [];
  ue.onIncomingCallEnded((outcome) => outcomes.push(outcome));
  const handles: CallHandle[] = [];
  ue.onIncomingCall((handle) => handles.push(handle));
  return { network, ue, outcomes, handles, far: new FarCaller(network) };
}

describe('what a UE refuses before any call sees it (SIP-50)', () => {
  it.each([
    ['RFC 3261 8.2.1: a method nobody knows', { method: 'DANCE' }, 501],
    ['RFC 3261 8.2.1: a method it does not serve', { method: 'SUBSCRIBE' }, 405],
    ['RFC 3261 8.2.2.1: a scheme it cannot read', { requestUri: 'urn:service:sos' }, 416],
    ['RFC 3261 8.2.2.3: an extension it lacks', { headers: [['Require', '100rel, magic']] }, 420],
    ['RFC 3261 8.2.3: a body it cannot read', { body: 'x', contentType: 'text/plain' }, 415],
    ['RFC 3261 8.2.3: an encoding it cannot read', { body: 'x', headers: [['Content-Encoding', 'gzip']] }, 415],
    [
      'RFC 4028 9: a session interval below its least',
      {
        headers: [
          ['Supported', 'timer'],
          ['Session-Expires', '60'],
        ],
      },
      422,
    ],
    ['RFC 3261 12.2.2: a BYE of no dialog', { method: 'BYE' }, 481],
    ['RFC 3261 12.2.2: an INVITE within a dialog it does not have', { toTag: 'gone' }, 481],
    ['RFC 3261 21.4.26: what is no session description', { body: 'v=nonsense' }, 488],
  ] as const)('%s', (_, parts, status) => {
    const { far, network } = ready();
    far.send(parts);
    expect(far.statuses.at(-1)).toBe(status);
    network.run(200_000);
    expect(far.statuses.filter((each) => each >= 200)).toHaveLength(1);
  });

  it('says with the refusal what it could have taken', () => {
    const { far } = ready();
    far.send({ method: 'SUBSCRIBE' });
    expect(far.last(405).values('Allow')).toContain('PRACK');
    far.send({ headers: [['Require', '100rel, magic']] });
    expect(far.last(420).header('Unsupported')).toBe('magic');
    far.send({ body: 'x', contentType: 'text/plain' });
    expect(far.last(415).header('Accept')).toBe('application/sdp');
    far.send({ body: 'x', headers: [['Content-Encoding', 'gzip']] });
    expect(far.last(415).header('Accept-Encoding')).toBe('identity');
    far.send({
      headers: [
        ['Supported', 'timer'],
        ['Session-Expires', '60'],
      ],
    });
    expect(far.last(422).header('Min-SE')).toBe('90');
  });

  it('SIP-50 / RFC 3261 8.2: looks at the URI before merged requests, and at Require before the body', () => {
    const { far } = ready();
    far.send({ callId: 'forked', requestUri: 'urn:service:sos' });
    far.send({ callId: 'forked', requestUri: 'urn:service:sos' });
    far.send({ headers: [['Require', 'magic']], body: 'x', contentType: 'text/plain' });
    expect(far.statuses.filter((status) => status > 100)).toEqual([416, 416, 420]);
  });

  it('SIP-50 / RFC 3261 20.11: takes a part that it cannot read where that is optional', () => {
    const { far } = ready({ answer: 'ring' });
    const sdp = `--b\r\nContent-Type: application/sdp\r\n\r\n${plainOffer}\r\n`;
    const other = (handling: string) =>
      `--b\r\nContent-Type: text/plain\r\nContent-Disposition: session;handling=${handling}\r\n\r\nx\r\n--b--\r\n`;
    const contentType = 'multipart/mixed;boundary=b';
    far.send({ body: sdp + other('required'), contentType });
    far.send({ body: sdp + other('optional'), contentType });
    expect(far.statuses.filter((status) => status > 100)).toEqual([415, 180]);
  });

  it('RFC 3261 8.2.2.2: the same INVITE on a second way is 482', () => {
    const { far } = ready({ answer: 'ring' });
    far.send({ callId: 'forked', body: plainOffer });
    far.send({ callId: 'forked', body: plainOffer });
    expect(far.statuses.filter((status) => status > 100)).toEqual([180, 482]);
  });

  it('RFC 3261 11.2: OPTIONS tells what it can, or that it is busy', () => {
    const { far } = ready();
    far.send({ method: 'OPTIONS' });
    expect(far.last(200).values('Supported')).toEqual(['100rel', 'precondition', 'timer']);
    far.send({ body: plainOffer });
    far.send({ method: 'OPTIONS' });
    expect(far.statuses.at(-1)).toBe(486);
  });

  it('leaves a stray ACK alone', () => {
    const { far, network } = ready();
    far.send({ method: 'ACK', toTag: 'gone' });
    network.run(1000);
    expect(far.responses).toEqual([]);
  });
});

describe('a UE is called', () => {
  it('by a plain SIP phone: 180 and 200 with the answer, RTP, BYE', () => {
    const { far, outcomes, network } = ready({ ringMs: 300 });
    far.send({ body: plainOffer });
    expect(far.statuses).toEqual([180, 200]);
    expect(far.last(180).has('RSeq')).toBe(false);
    expect(far.last(200).body).toContain('m=audio 49152 RTP/AVP 104');
    expect(far.last(200).body).not.toContain('qos');
    expect(far.last(200).has('Require')).toBe(false);
    far.ack(far.last(200));
    network.run(1000);
    far.request('BYE');
    expect(far.statuses.at(-1)).toBe(200);
    expect(outcomes).toMatchObject([{ success: true, state: 'released' }]);
    expect(outcomes[0]!.media!.sent).toBeGreaterThan(40);
  });

  it('RFC 3262 3: a caller with 100rel gets a reliable 180, which is repeated until its PRACK', () => {
    const { far, network } = ready({ ringMs: 8000 });
    far.send({ body: plainOffer, headers: [['Supported', '100rel']] });
    network.run(6000);
    expect(network.sent('180 INVITE')).toHaveLength(3);
    far.prack(far.last(180));
    expect(far.statuses.at(-1)).toBe(200);
    far.request('PRACK', { headers: [['RAck', '1 1 INVITE']] });
    expect(far.statuses.at(-1)).toBe(481);
    network.run(2000);
    expect(network.sent('180 INVITE')).toHaveLength(3);
    expect(far.last(200).body).toContain('m=audio'); // not in the 200 to PRACK
  });

  it('CALL-26 / RFC 3262 3: without PRACK it refuses with 504', () => {
    const { far, network, outcomes } = ready({ ringMs: 400_000 });
    far.send({ body: plainOffer, headers: [['Require', '100rel']] });
    network.run(140_000);
    expect(far.statuses.at(-1)).toBe(504);
    expect(outcomes).toMatchObject([{ success: false, status: 504 }]);
  });

  it('RFC 3312 8: a caller whose resources never come gets 580', () => {
    const { far, network, outcomes } = ready();
    const lines = ['curr:qos local none', 'curr:qos remote none', 'des:qos mandatory local sendrecv'];
    const offer = plainOffer + lines.map((line) => `a=${line}\r\n`).join('');
    far.send({ body: offer, headers: [['Supported', '100rel, precondition']] });
    far.prack(far.last(183));
    network.run(160_000);
    expect(far.statuses.at(-1)).toBe(580);
    expect(outcomes).toMatchObject([{ success: false, status: 580 }]);
  });

  it('CALL-20, RFC 3312 8: a precondition that the caller calls failed is 580 at once', () => {
    const { far, outcomes } = ready();
    const lines = ['curr:qos local none', 'curr:qos remote none', 'des:qos failure remote sendrecv'];
    const offer = plainOffer + lines.map((line) => `a=${line}\r\n`).join('');
    far.send({ body: offer, headers: [['Supported', '100rel, precondition']] });
    expect(far.statuses.filter((status) => status > 100)).toEqual([580]);
    expect(outcomes).toMatchObject([{ success: false, status: 580 }]);
  });

  it('RFC 3261 13.3.1: an INVITE without offer gets one in the 200, and the ACK answers it', () => {
    const { far, network, outcomes } = ready({ ringMs: 100 });
    far.send({});
    expect(far.last(200).body).toContain('m=audio 49152 RTP/AVP 104 102');
    far.ack(far.last(200), plainOffer);
    network.run(1000);
    far.request('BYE');
    expect(outcomes).toMatchObject([{ success: true }]);
    expect(outcomes[0]!.media!.sent).toBeGreaterThan(40);
  });

  it('RFC 3261 13.2.2.4: an ACK without the answer ends the call', () => {
    const { far, network, outcomes } = ready({ ringMs: 100 });
    far.send({});
    far.ack(far.last(200));
    network.run(1000);
    expect(far.received.map(({ message }) => message.method)).toContain('BYE');
    expect(outcomes).toMatchObject([{ success: false, state: 'released' }]);
    expect(outcomes[0]!.reason).toContain('no answer to the offer');
  });

  it('RFC 3261 15.1.2: a BYE that crosses its own ends the call, although its own is never answered', () => {
    const { far, network, outcomes } = ready({ ringMs: 100 });
    far.answersBye = false;
    far.send({});
    far.ack(far.last(200));
    network.run(1000);
    expect(outcomes).toEqual([]);
    far.request('BYE');
    network.run(1000);
    expect(far.statuses.at(-1)).toBe(200);
    expect(outcomes).toMatchObject([{ state: 'released' }]);
  });

  it('RFC 3261 9.2: CANCEL while it rings is 487', () => {
    const { far, outcomes } = ready({ answer: 'ring' });
    far.send({ body: plainOffer });
    far.cancel();
    expect(far.statuses.at(-1)).toBe(487);
    expect(outcomes).toMatchObject([{ success: false, status: 487 }]);
  });

  it('RFC 3261 15: BYE in the early dialog is answered, and the INVITE 487', () => {
    const { far } = ready({ answer: 'ring' });
    far.send({ body: plainOffer });
    far.request('BYE', {}, far.last(180));
    expect([...far.statuses.slice(-2)].sort()).toEqual([200, 487]);
  });

  it('RFC 4028 9: the session timer comes back as it was asked for', () => {
    const { far } = ready({ ringMs: 100 });
    far.send({
      body: plainOffer,
      headers: [
        ['Supported', 'timer'],
        ['Session-Expires', '1200;refresher=uas'],
      ],
    });
    expect(far.last(200).header('Session-Expires')).toBe('1200;refresher=uas');
  });
});

describe('in a call', () => {
  function talking() {
    const lab = ready({ ringMs: 100 });
    lab.far.send({ body: plainOffer });
    lab.far.ack(lab.far.last(200));
    return lab;
  }

  it('CALL-50 / RFC 3261 14.2: a re-INVITE to hold is answered recvonly, and its ACK ends the repetition', () => {
    const { far, network } = talking();
    far.request('INVITE', { body: `${plainOffer}a=sendonly\r\n` });
    const held = far.last(200);
    expect(held.cseq).toMatchObject({ sequence: 2, method: 'INVITE' });
    expect(held.body).toContain('a=recvonly');
    expect(held.body).toMatch(/^o=- \d+ 2 /m);
    far.ack(held);
    network.run(5000);
    expect(network.sent('200 INVITE')).toHaveLength(2);
  });

  it('RFC 3264 8.4: a connection address of 0.0.0.0 holds as well: nothing is sent', () => {
    const { far, network, ue } = talking();
    const sent = () => network.wire.filter(({ from, summary }) => from === '10.0.0.11' && summary === '?').length;
    far.request('INVITE', { body: plainOffer.replace('c=IN IP4 10.0.0.1', 'c=IN IP4 0.0.0.0') });
    far.ack(far.last(200));
    const before = sent();
    network.run(400);
    expect(sent()).toBe(before);
    far.request('INVITE', { body: plainOffer });
    far.ack(far.last(200));
    network.run(400);
    expect(sent()).toBeGreaterThan(before + 10);
    expect(ue.state).toBe('serving');
  });

  it('RFC 6337 5.3: while it holds it asks for nothing, whatever it is offered, and when it is to offer', () => {
    const { far, network, handles } = talking();
    network.onRequest = (server) => {
      const parts = { headers: [['Contact', '<sip:far@10.0.0.1:5060>']] as const, contentType: 'application/sdp' };
      if (server.message.method === 'INVITE') server.reply(200, { ...parts, body: `${plainOffer}a=recvonly\r\n` });
      return true;
    };
    expect(network.outcome((done) => handles[0]!.hold(done))).toMatchObject({ success: true });
    expect(handles[0]!.state).toBe('held');
    const answerTo = (direction: string): string => {
      far.request('INVITE', { body: `${plainOffer}a=${direction}\r\n` });
      far.ack(far.last(200));
      return /a=(sendrecv|sendonly|recvonly|inactive)/.exec(far.last(200).body)![1]!;
    };
    expect(['sendrecv', 'recvonly', 'sendonly', 'inactive'].map(answerTo)).toEqual([
      'sendonly',
      'sendonly',
      'inactive',
      'inactive',
    ]);
    far.request('INVITE');
    expect(far.last(200).body).toContain('a=sendonly');
  });

  it('CALL-51: a re-INVITE without offer gets a full one, whose answer the ACK brings', () => {
    const { far, outcomes } = talking();
    far.request('INVITE');
    expect(far.last(200).body).toContain('m=audio 49152 RTP/AVP 104 102');
    far.ack(far.last(200), plainOffer);
    far.request('BYE');
    expect(outcomes).toMatchObject([{ success: true }]);
  });

  it('RFC 3311 5.2: UPDATE refreshes, with and without a description; one it cannot take is 488', () => {
    const { far } = talking();
    far.request('UPDATE', {
      headers: [
        ['Supported', 'timer'],
        ['Session-Expires', '600;refresher=uac'],
      ],
    });
    expect(far.last(200).header('Session-Expires')).toBe('600;refresher=uac');
    far.request('UPDATE', { body: plainOffer });
    expect(far.last(200).body).toContain('m=audio');
    far.request('UPDATE', { body: plainOffer.replaceAll('AMR-WB', 'G729') });
    expect(far.statuses.at(-1)).toBe(488);
    far.request('BYE');
    expect(far.statuses.at(-1)).toBe(200);
  });

  it('SIP-52 / RFC 3261 12.2.2: a CSeq that does not rise is 500', () => {
    const { far } = talking();
    far.request('UPDATE');
    far.request('UPDATE', { cseq: 2 });
    expect(far.statuses.at(-1)).toBe(500);
  });
});

describe('a UE calls', () => {
  const target = 'sip:far@example.com';

  /** The INVITE as it arrived, and what the caller makes of the answers. */
  function calling(answer: (server: ServerRequest, network: NetworkSide) => void, holdForMs = 1000) {
    const network = new NetworkSide();
    const ue = network.ue(1);
    network.registered(ue);
    const far = new FarCaller(network);
    const collect = network.onRequest;
    network.onRequest = (server) => {
      if (server.message.method === 'INVITE') answer(server, network);
      else if (server.message.method === 'PRACK') server.reply(200);
      return collect(server);
    };
    const outcome = network.outcome<CallOutcome>((done) => ue.call(target, { holdForMs }, done));
    return { network, outcome, ue, far };
  }

  const contact = [['Contact', '<sip:far@10.0.0.1:5060>']] as const;
  const described = { headers: contact, body: plainOffer, contentType: 'application/sdp' };
  const methods = (far: FarCaller) => far.received.map(({ message }) => message.method);

  function expectFree(network: NetworkSide, ue: UeNode): void {
    network.run(300_000);
    expect(ue.instanceCount).toBe(2);
  }

  it('a plain SIP phone: 180, 200 with the answer', () => {
    const { outcome, network, ue } = calling((server) => {
      server.reply(180, { headers: contact });
      server.reply(200, described);
    });
    expect(outcome).toMatchObject({ success: true });
    expect(outcome.ringingAfterMs).toBeDefined();
    expectFree(network, ue);
  });

  it('RFC 3261 13.2.2.4: a 200 without an answer, or without audio in it, is acknowledged and released', () => {
    for (const parts of [{ headers: contact }, { ...described, body: plainOffer.replaceAll('AMR-WB', 'G729') }]) {
      const { outcome, far, network, ue } = calling((server) => server.reply(200, parts));
      expect(outcome).toMatchObject({ success: false, state: 'released' });
      expect(outcome.reason).toContain('no audio that ue1 can use');
      expect(methods(far)).toEqual(['INVITE', 'ACK', 'BYE']);
      expectFree(network, ue);
    }
  });

  it('SIP-55 / RFC 3261 13.2.2.4: of two callees that answer one is kept, the other acknowledged and released', () => {
    const { outcome, far, network, ue } = calling((server) => {
      server.reply(200, { ...described, toTag: 'one' });
      server.reply(200, { ...described, toTag: 'two' });
    });
    expect(outcome).toMatchObject({ success: true });
    const sent = far.received.map(({ message }) => `${message.method} ${message.toTag ?? ''}`);
    expect(sent.slice(1)).toEqual(['ACK one', 'ACK two', 'BYE two', 'BYE one']);
    expectFree(network, ue);
  });

  it('SIP-55: two callees answer in reliable 183s; the one whose 200 comes is talked to', () => {
    const reliable = (toTag: string) => ({
      ...described,
      toTag,
      headers: [...contact, ['Require', '100rel'], ['RSeq', '7']] as const,
      body: plainOffer.replace('audio 6000', toTag === 'one' ? 'audio 6002' : 'audio 6004'),
    });
    const { outcome, far, network } = calling((server) => {
      server.reply(183, reliable('one'));
      server.reply(183, reliable('two'));
      server.reply(200, { headers: contact, toTag: 'two' });
    });
    expect(outcome).toMatchObject({ success: true });
    expect(methods(far).filter((method) => method === 'PRACK')).toHaveLength(2);
    expect(network.wire.some(({ from, summary }) => from === '10.0.0.11' && summary === '?')).toBe(true);
  });

  it('RFC 3262 4: a repeated reliable response is acknowledged once, one out of turn not at all', () => {
    const parts = (sequence: number) => ({
      ...described,
      headers: [...contact, ['Require', '100rel'], ['RSeq', String(sequence)]] as const,
    });
    const { far } = calling((server) => {
      for (const sequence of [5, 5, 9, 6]) server.reply(183, parts(sequence));
      server.reply(200, { headers: contact });
    });
    const racks = far.received.flatMap(({ message }) => message.header('RAck') ?? []);
    expect(racks).toEqual(['5 1 INVITE', '6 1 INVITE']);
  });

  it('RFC 3261 9.1: a 200 that crosses the CANCEL is acknowledged and released', () => {
    let invite: ServerRequest | undefined;
    const { outcome, far, network, ue } = calling((server) => {
      invite = server;
      server.reply(180, { headers: contact });
      server.onCancel(() => server.reply(200, described));
    });
    expect(invite!.finalStatus).toBe(200);
    expect(outcome).toMatchObject({ success: false, state: 'failed' });
    expect(outcome.reason).toContain('nobody answered within 30 s');
    expectFree(network, ue);
    expect(methods(far)).toEqual(['INVITE', 'ACK', 'BYE']);
  });

  it('RFC 3261 14.2: a re-INVITE while its own INVITE is under way is 491', () => {
    const statuses: number[] = [];
    const { outcome } = calling((server, network) => {
      const dialog = dialogFromRequest(server.message, server.localTag);
      server.reply(180, { headers: contact });
      const reinvite = inDialogRequest({ ...dialog, routeSet: [] }, 'INVITE', { headers: contact });
      network.simulation.clock.setTimer(100, () => {
        network.sip.sendRequest(reinvite, network.sip.nextHop(reinvite), {
          onResponse: ({ status }) => {
            statuses.push(status);
            server.reply(200, described);
          },
          onTimeout: () => {},
          onTransportError: () => {},
        });
      });
    });
    expect(statuses).toEqual([491]);
    expect(outcome).toMatchObject({ success: true });
  });
});
