/** Session timers of UE calls: RFC 4028; spec CALL-27. */
import type { CallHandle, CallOutcome } from '../../../src/ims/ue/index.js';
import { FarCaller, plainOffer } from './far-caller.js';
import { NetworkSide } from './network-side.js';

const [first, second] = ['10.0.0.11', '10.0.0.12'];

describe('a call between two UEs', () => {
  function talking() {
    const network = new NetworkSide();
    const [ue1, ue2] = [network.ue(1), network.ue(2)];
    network.registered(ue1, ue2);
    const outcomes: CallOutcome[] = [];
    ue2.onIncomingCallEnded((outcome) => outcomes.push(outcome));
    const done = (outcome: CallOutcome): void => void outcomes.push(outcome);
    const handle = ue1.call(ue2.publicIdentity, { holdForMs: undefined }, done)!;
    network.simulation.run({ until: () => network.sent('ACK', first).length > 0, forMs: 10_000 });
    return { network, ue1, ue2, handle, outcomes };
  }

  it('RFC 4028 7.2, 7.4: the caller refreshes at half time with UPDATE without description, again and again', () => {
    const { network, handle, outcomes } = talking();
    const answeredAt = network.sent('200 INVITE', second)[0]!.at;
    network.wire.length = 0;
    network.run(1_850_000);
    const updates = network.sent('UPDATE', first);
    expect(updates.map(({ at }) => Math.round((at - answeredAt) / 1000))).toEqual([900, 1800]);
    for (const { text } of updates) {
      expect(text).toContain('Session-Expires: 1800;refresher=uac');
      expect(text).toContain('Supported: timer');
      expect(text).toContain('Contact: ');
      expect(text).toContain('Content-Length: 0');
    }
    expect(network.sent('200 UPDATE', second)[0]!.text).toContain('Session-Expires: 1800;refresher=uac');
    expect(handle.state).toBe('talking');
    handle.hangUp();
    network.run(10_000);
    expect(outcomes).toMatchObject([{ success: true }, { success: true }]);
  });

  it('RFC 4028 10, CALL-27: without an answer to its refresh the caller ends the call 32 s before it expires', () => {
    const { network, outcomes } = talking();
    const answeredAt = network.sent('200 INVITE', second)[0]!.at;
    network.onRequest = ({ message }) => message.method === 'UPDATE';
    network.wire.length = 0;
    network.run(1_900_000);
    const byes = [...network.sent('BYE', first), ...network.sent('BYE', second)];
    expect(byes.map(({ at }) => Math.round((at - answeredAt) / 1000))).toEqual([1768, 1768]);
    expect(outcomes).toHaveLength(2);
    expect(outcomes.every(({ success }) => !success)).toBe(true);
    expect(outcomes.map(({ reason }) => reason)).toContain(
      'ue1 ended the call before its session timer ran out: its refresh was not answered',
    );
    expect(network.notes.map(({ what }) => what)).toContain('cause.sessionExpired');
  });

  it('a hold refreshes too, and leaves the roles as they were (RFC 4028 7.4)', () => {
    const { network, handle } = talking();
    network.run(600_000);
    network.wire.length = 0;
    network.outcome((done) => handle.hold(done));
    expect(network.sent('INVITE', first)[0]!.text).toContain('Session-Expires: 1800;refresher=uac');
    network.run(899_000);
    expect(network.sent('UPDATE')).toEqual([]);
    network.run(5000);
    expect(network.sent('UPDATE', first)).toHaveLength(1);
  });
});

describe('a call of a peer that is not of its kind', () => {
  /** The far caller asks for a session timer, in which the UE refreshes, or not. */
  function called(refresher: 'uac' | 'uas', allow: string) {
    const network = new NetworkSide();
    const ue = network.ue(1, { ringMs: 100 });
    network.registered(ue);
    const handles: CallHandle[] = [];
    const outcomes: CallOutcome[] = [];
    ue.onIncomingCall((handle) => handles.push(handle));
    ue.onIncomingCallEnded((outcome) => outcomes.push(outcome));
    const far = new FarCaller(network);
    far.send({
      body: plainOffer,
      headers: [
        ['Supported', 'timer'],
        ['Session-Expires', `120;refresher=${refresher}`],
        ['Allow', allow],
      ],
    });
    far.ack(far.last(200));
    return { network, ue, far, handle: handles[0]!, outcomes };
  }

  it('RFC 4028 9: as refresher the callee refreshes with re-INVITE where the peer takes no UPDATE, the description as it was', () => {
    const { network, handle } = called('uas', 'INVITE, ACK, BYE, CANCEL');
    network.wire.length = 0;
    network.onRequest = (server) => {
      if (server.message.method !== 'INVITE') return true;
      const headers = [
        ['Contact', '<sip:far@10.0.0.1:5060>'],
        ['Session-Expires', '120;refresher=uac'],
      ] as const;
      server.reply(200, { headers, body: plainOffer, contentType: 'application/sdp' });
      return true;
    };
    network.run(200_000);
    const invites = network.sent('INVITE', first);
    expect(invites).toHaveLength(3);
    expect(invites[0]!.text).toContain('Session-Expires: 120;refresher=uac');
    expect(invites[0]!.text).toMatch(/^o=- \d+ 1 /m);
    expect(network.sent('ACK', first)).toHaveLength(3);
    expect(handle.state).toBe('talking');
  });

  it('RFC 4028 10: a peer that does not refresh: BYE a third before the end', () => {
    const { network, outcomes } = called('uac', 'INVITE, ACK, BYE, UPDATE');
    const answeredAt = network.sent('200 INVITE', first)[0]!.at;
    network.run(120_000);
    expect(Math.round((network.sent('BYE', first)[0]!.at - answeredAt) / 1000)).toBe(88);
    expect(outcomes).toMatchObject([{ success: false }]);
    expect(outcomes[0]!.reason).toContain('the other side did not refresh it');
  });

  it('a peer that refreshes is talked to on; one that leaves the timer out of its UPDATE keeps its role', () => {
    const { network, far, handle } = called('uac', 'INVITE, ACK, BYE, UPDATE');
    network.run(50_000);
    far.request('UPDATE', { headers: [['Supported', 'timer']] });
    expect(far.last(200).header('Session-Expires')).toBe('120;refresher=uac');
    network.run(80_000);
    expect(handle.state).toBe('talking');
    network.run(10_000);
    expect(handle.state).toBe('released');
  });

  it('RFC 4028 7.3, 7.4: 422 raises the interval at once, and Min-SE stands in what follows', () => {
    const { network } = called('uas', 'INVITE, ACK, BYE, UPDATE');
    const asked: (string | undefined)[] = [];
    const least: (string | undefined)[] = [];
    network.onRequest = (server) => {
      if (server.message.method !== 'UPDATE') return true;
      asked.push(server.message.header('Session-Expires'));
      least.push(server.message.header('Min-SE'));
      const headers = [['Contact', '<sip:far@10.0.0.1:5060>']] as const;
      if (asked.length === 1) server.reply(422, { headers: [...headers, ['Min-SE', '600']] });
      else server.reply(200, { headers: [...headers, ['Session-Expires', '600;refresher=uac']] });
      return true;
    };
    network.run(70_000);
    expect(asked).toEqual(['120;refresher=uac', '600;refresher=uac']);
    network.run(300_000);
    expect(asked).toHaveLength(3);
    expect(least).toEqual([undefined, '600', '600']);
  });

  // RFC 4320 4.2: no 408 comes for UPDATE.
  it.each([
    [481, 'UPDATE', 'INVITE, ACK, BYE, UPDATE'],
    [481, 'INVITE', 'INVITE, ACK, BYE'],
    [408, 'INVITE', 'INVITE, ACK, BYE'],
  ])('SIP-54 / RFC 4028 10, RFC 3261 12.2.1.2: %i to a refresh by %s ends the call', (status, method, allow) => {
    const { network, outcomes } = called('uas', allow);
    network.onRequest = (server) => {
      server.reply(server.message.method === method ? status : 200);
      return true;
    };
    network.run(65_000);
    expect(network.sent('BYE', first)).toHaveLength(1);
    expect(outcomes).toMatchObject([{ success: false }]);
    expect(outcomes[0]!.reason).toContain(`its refresh was answered ${status}`);
  });
});
