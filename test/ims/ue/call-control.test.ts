/** What a scenario does with a call while it lasts: spec CALL-50, CALL-51, SIP-53; TS 24.610 4.5.2.1; RFC 3264 8.4; RFC 6337 5.3. */
import type { CallHandle, CallOutcome, CallState, RequestOutcome, UeNode } from '../../../src/ims/ue/index.js';
import { type NetworkSettings, NetworkSide } from './network-side.js';

const [first, second] = ['10.0.0.11', '10.0.0.12'];

interface End {
  readonly ue: UeNode;
  handle: CallHandle | undefined;
  readonly states: CallState[];
  outcome: CallOutcome | undefined;
}

class Talk {
  readonly network: NetworkSide;
  readonly caller: End;
  readonly callee: End;

  constructor(settings: NetworkSettings = {}, call: Parameters<NetworkSide['ue']>[1] = {}) {
    this.network = new NetworkSide(settings);
    const off = { datagramSizeMax: undefined };
    const ends = [this.network.ue(1, {}, off), this.network.ue(2, call, off)].map(
      (ue): End => ({ ue, handle: undefined, states: [], outcome: undefined }),
    );
    [this.caller, this.callee] = ends as [End, End];
    this.network.registered(this.caller.ue, this.callee.ue);
    this.callee.ue.onIncomingCall((handle) => follow(this.callee, handle));
    this.callee.ue.onIncomingCallEnded((outcome) => {
      this.callee.outcome = outcome;
    });
  }

  begin(holdForMs?: number): this {
    const done = (outcome: CallOutcome): void => {
      this.caller.outcome = outcome;
    };
    follow(this.caller, this.caller.ue.call(this.callee.ue.publicIdentity, { holdForMs }, done));
    return this;
  }

  until(condition: () => boolean, forMs = 240_000): this {
    this.network.simulation.run({ until: condition, forMs });
    expect(condition()).toBe(true);
    return this;
  }

  talking(): this {
    return this.begin().until(() => this.states.every((state) => state === 'talking'));
  }

  get states(): (CallState | undefined)[] {
    return [this.caller.handle?.state, this.callee.handle?.state];
  }

  get outcomes(): (CallOutcome | undefined)[] {
    return [this.caller.outcome, this.callee.outcome];
  }

  ended(): this {
    return this.until(() => this.outcomes.every((outcome) => outcome !== undefined));
  }

  do(end: End, what: 'hold' | 'resume'): RequestOutcome {
    return this.network.outcome((done) => end.handle![what](done));
  }

  /** Who hears anything in a second: caller, callee. */
  heard(): boolean[] {
    this.network.run(200);
    const counts = () => [this.caller, this.callee].map(({ handle }) => handle!.media()!.received);
    const before = counts();
    this.network.run(1000);
    return counts().map((count, index) => count > before[index]! + 10);
  }

  directions(summary: string): string[] {
    return this.network.wire
      .filter((message) => message.summary === summary && message.text.includes('m=audio'))
      .filter(({ from }) => from !== this.network.address)
      .map(({ text }) => /a=(sendrecv|sendonly|recvonly|inactive)/.exec(text)![1]!);
  }
}

function follow(end: End, handle: CallHandle | undefined): void {
  end.handle = handle!;
  end.states.push(handle!.state);
  handle!.onState((state) => end.states.push(state));
}

describe('a call lasts until somebody ends it', () => {
  it.each(['caller', 'callee'] as const)('the %s hangs up: states of both ends', (who) => {
    const talk = new Talk().talking();
    talk.network.run(60_000);
    expect(talk.states).toEqual(['talking', 'talking']);
    expect(talk[who].handle!.hangUp()).toBe(true);
    talk.ended();
    expect(talk.caller.states).toEqual(['setup', 'ringing', 'talking', 'released']);
    expect(talk.callee.states).toEqual(['setup', 'ringing', 'talking', 'released']);
    expect(talk.outcomes).toMatchObject([{ success: true }, { success: true }]);
    expect(talk.caller.handle!.callId).toBe(talk.callee.handle!.callId);
    expect(talk.network.sent('BYE', who === 'caller' ? first : second)).toHaveLength(1);
    expect(talk.caller.handle!.hangUp()).toBe(false);
    talk.network.run(300_000);
    expect([talk.caller.ue.instanceCount, talk.callee.ue.instanceCount]).toEqual([2, 2]);
  });

  it('the callee answers when it is told to, not before it rings, and only once', () => {
    const talk = new Talk({}, { answer: 'ring' }).begin();
    talk.until(() => talk.callee.handle !== undefined);
    expect(talk.callee.handle!.answer()).toBe(false);
    talk.until(() => talk.states.every((state) => state === 'ringing'));
    talk.network.run(5000);
    expect(talk.caller.handle!.answer()).toBe(false);
    expect(talk.callee.handle!.answer()).toBe(true);
    talk.until(() => talk.states.every((state) => state === 'talking'));
    expect(talk.callee.handle!.answer()).toBe(false);
    expect(talk.heard()).toEqual([true, true]);
  });

  it.each([486, 480, 603, 500])('RFC 3261 13.3.1.3: the callee rejects with %i, before or while it rings', (status) => {
    for (const state of ['setup', 'ringing'] as const) {
      const talk = new Talk({}, { answer: 'ring' }).begin();
      talk.until(() => talk.callee.handle?.state === state);
      expect(talk.caller.handle!.reject(status)).toBe(false);
      expect(talk.callee.handle!.reject(200)).toBe(false);
      expect(talk.callee.handle!.reject(status)).toBe(true);
      talk.ended();
      expect(talk.outcomes).toMatchObject([
        { success: false, state: 'failed', status },
        { success: false, state: 'failed', status },
      ]);
      expect(talk.states).toEqual(['failed', 'failed']);
      expect(talk.callee.handle!.reject(status)).toBe(false);
    }
  });

  it('SIP-36 / RFC 3261 9: the caller cancels: 487', () => {
    const talk = new Talk({}, { answer: 'ring' }).begin();
    talk.until(() => talk.caller.handle!.state === 'ringing');
    expect(talk.callee.handle!.cancel()).toBe(false);
    expect(talk.caller.handle!.cancel()).toBe(true);
    expect(talk.caller.handle!.cancel()).toBe(false);
    talk.ended();
    expect(talk.outcomes).toMatchObject([
      { status: 487, reason: 'ue1 hung up before an answer came' },
      { status: 487 },
    ]);
    expect(talk.states).toEqual(['failed', 'failed']);
  });

  it('RFC 3261 15: a callee that hangs up before the ACK came sends BYE after it', () => {
    const talk = new Talk();
    let held = 0;
    talk.network.onRequest = (server) => server.isAck && held++ < 1;
    talk.begin().until(() => talk.network.sent('200 INVITE', second).length > 0);
    expect(talk.callee.handle!.hangUp()).toBe(true);
    talk.network.run(1000);
    expect(talk.network.sent('BYE')).toEqual([]);
    talk.ended();
    expect(talk.network.sent('BYE', second)).toHaveLength(1);
  });

  it('answerNextCall: once, whatever the profile says', () => {
    const talk = new Talk();
    talk.callee.ue.answerNextCall('busy');
    expect(talk.begin(100).ended().caller.outcome).toMatchObject({ status: 486 });
    talk.caller.outcome = undefined;
    talk.begin(100).until(() => talk.caller.outcome !== undefined);
    expect(talk.caller.outcome).toMatchObject({ success: true });
  });

  it('reconfigure: what the profile says counts from the next call on', () => {
    const talk = new Talk();
    talk.callee.ue.reconfigure(talk.network.config(2, { answer: 'decline' }));
    expect(talk.begin(100).ended().caller.outcome).toMatchObject({ status: 603 });
  });
});

describe('hold (CALL-50)', () => {
  it.each([
    ['caller', [false, true]],
    ['callee', [true, false]],
  ] as const)(
    'TS 24.610 4.5.2.1: the %s holds and resumes; media stops in the held direction and starts again',
    (who, heard) => {
      const talk = new Talk().talking();
      expect(talk.heard()).toEqual([true, true]);
      talk.network.wire.length = 0;
      expect(talk.do(talk[who], 'hold')).toMatchObject({ success: true, status: 200 });
      talk.until(() => talk.states.every((state) => state === 'held'));
      expect(talk.directions('INVITE')).toEqual(['sendonly']);
      expect(talk.directions('200 INVITE')).toEqual(['recvonly']);
      expect(talk.heard()).toEqual(heard);
      talk.network.wire.length = 0;
      expect(talk.do(talk[who], 'resume')).toMatchObject({ success: true, status: 200 });
      talk.until(() => talk.states.every((state) => state === 'talking'));
      expect(talk.directions('INVITE')).toEqual(['sendrecv']);
      expect(talk.directions('200 INVITE')).toEqual(['sendrecv']);
      expect(talk.heard()).toEqual([true, true]);
      talk.caller.handle!.hangUp();
      talk.ended();
      expect(talk.outcomes).toMatchObject([{ success: true }, { success: true }]);
      for (const outcome of talk.outcomes) expect(outcome!.media!.problems).toEqual([]);
      expect(talk.network.notes).toEqual([]);
    },
  );

  it('RFC 3264 8: sess-version rises with each offer and answer that changes something; no preconditions any more', () => {
    const talk = new Talk().talking();
    talk.network.wire.length = 0;
    talk.do(talk.caller, 'hold');
    talk.do(talk.caller, 'resume');
    const versions = (summary: string, from: string) =>
      talk.network.sent(summary, from).map(({ text }) => Number(/^o=- \d+ (\d+) /m.exec(text)![1]));
    const [offered, answered] = [versions('INVITE', first), versions('200 INVITE', second)];
    expect(offered[1]).toBe(offered[0]! + 1);
    expect(answered[1]).toBe(answered[0]! + 1);
    expect(talk.network.wire.some(({ text }) => text.includes('a=curr:qos'))).toBe(false);
  });

  it('TS 24.610 4.5.2.1, RFC 6337 5.3: both hold: inactive; who resumes first only hears, then both talk', () => {
    const talk = new Talk().talking();
    talk.do(talk.caller, 'hold');
    talk.network.wire.length = 0;
    talk.do(talk.callee, 'hold');
    expect([talk.directions('INVITE'), talk.directions('200 INVITE')]).toEqual([['inactive'], ['inactive']]);
    expect(talk.heard()).toEqual([false, false]);
    talk.network.wire.length = 0;
    talk.do(talk.caller, 'resume');
    expect([talk.directions('INVITE'), talk.directions('200 INVITE')]).toEqual([['recvonly'], ['sendonly']]);
    expect(talk.heard()).toEqual([true, false]);
    expect(talk.states).toEqual(['held', 'held']);
    talk.do(talk.callee, 'resume');
    expect(talk.heard()).toEqual([true, true]);
    expect(talk.states).toEqual(['talking', 'talking']);
  });

  it('RFC 3261 14.1: offers that cross get 491; each side tries again after its own time', () => {
    const talk = new Talk().talking();
    talk.network.wire.length = 0;
    const outcomes: RequestOutcome[] = [];
    for (const { handle } of [talk.caller, talk.callee]) handle!.hold((outcome) => outcomes.push(outcome));
    const beganAt = talk.network.simulation.clock.now();
    talk.until(() => outcomes.length === 2);
    expect(outcomes).toMatchObject([{ success: true }, { success: true }]);
    expect(
      [talk.network.sent('491 INVITE', first), talk.network.sent('491 INVITE', second)].map(({ length }) => length),
    ).toEqual([1, 1]);
    // The owner of the Call-ID waits 2.1 to 4 s.
    expect(talk.network.simulation.clock.now() - beganAt).toBeGreaterThan(2100);
    expect(talk.network.simulation.clock.now() - beganAt).toBeLessThan(4200);
    expect(talk.heard()).toEqual([false, false]);
  });

  it('asking twice is one request; the opposite of what is under way has to wait', () => {
    const talk = new Talk().talking();
    talk.network.wire.length = 0;
    const outcomes: RequestOutcome[] = [];
    const note = (outcome: RequestOutcome): void => void outcomes.push(outcome);
    talk.caller.handle!.hold(note);
    talk.caller.handle!.hold(note);
    talk.caller.handle!.resume(note);
    expect(outcomes).toMatchObject([{ success: false, reason: 'ue1 waits for the answer to its hold' }]);
    talk.until(() => outcomes.length === 3);
    expect(outcomes.slice(1)).toMatchObject([{ success: true }, { success: true }]);
    expect(talk.do(talk.caller, 'hold')).toMatchObject({ success: true });
    expect(talk.network.sent('INVITE', first)).toHaveLength(1);
  });

  it('is not possible before the answer, nor after the end; what waits for it is told', () => {
    const talk = new Talk({}, { answer: 'ring' }).begin();
    talk.until(() => talk.caller.handle!.state === 'ringing');
    expect(talk.do(talk.caller, 'hold')).toMatchObject({ success: false, reason: 'ue1 is not talking in this call' });
    talk.callee.handle!.answer();
    talk.until(() => talk.states.every((state) => state === 'talking'));
    const outcomes: RequestOutcome[] = [];
    talk.caller.handle!.hold((outcome) => outcomes.push(outcome));
    talk.caller.handle!.hangUp();
    expect(outcomes).toMatchObject([{ success: false, reason: 'the call is over' }]);
    talk.ended();
    expect(talk.do(talk.callee, 'hold')).toMatchObject({ success: false });
    talk.network.run(300_000);
    expect([talk.caller.ue.instanceCount, talk.callee.ue.instanceCount]).toEqual([2, 2]);
  });

  it.each([
    [488, 'talking'],
    [500, 'talking'],
    [481, 'released'],
    [408, 'released'],
  ] as const)('SIP-54 / RFC 3261 14.1: refused with %i, the call is %s', (status, state) => {
    const talk = new Talk().talking();
    talk.network.onRequest = (server) => {
      if (server.message.method !== 'INVITE') return false;
      server.reply(status);
      return true;
    };
    expect(talk.do(talk.caller, 'hold')).toMatchObject({ success: false, status });
    talk.until(() => talk.caller.handle!.state === state);
    if (state === 'talking') expect(talk.heard()).toEqual([true, true]);
    else expect(talk.caller.outcome).toMatchObject({ success: false, clause: 'RFC 3261 §14.1' });
  });

  it('a 491 each time is given up after some tries', () => {
    const talk = new Talk().talking();
    talk.network.wire.length = 0;
    talk.network.onRequest = (server) => {
      if (server.message.method === 'INVITE') server.reply(491);
      return server.message.method === 'INVITE';
    };
    expect(talk.do(talk.caller, 'hold')).toMatchObject({ success: false, status: 491 });
    expect(talk.network.sent('INVITE', first).length).toBe(6);
    expect(talk.caller.handle!.state).toBe('talking');
  });

  it.each(['compiled', 'interpreted'] as const)('over IPv6, %s', (mode) => {
    const talk = new Talk({ ipv6: true, mode }).talking();
    expect(talk.do(talk.callee, 'hold')).toMatchObject({ success: true });
    expect(talk.heard()).toEqual([true, false]);
    expect(talk.do(talk.callee, 'resume')).toMatchObject({ success: true });
    expect(talk.heard()).toEqual([true, true]);
  });

  it.each(Array.from({ length: 10 }, (_, seed) => seed + 1))(
    'SIP-53: loss, duplication and reordering cost time, not the hold (seed %i)',
    (seed) => {
      const talk = new Talk({ seed }).talking();
      talk.network.simulation.links.setDefaults({ loss: 0.15, duplication: 0.15, reordering: 0.15, jitterMs: 3 });
      for (const what of ['hold', 'resume'] as const) {
        for (const end of [talk.caller, talk.callee]) expect(talk.do(end, what)).toMatchObject({ success: true });
      }
      talk.until(() => talk.states.every((state) => state === 'talking'));
      expect(talk.heard()).toEqual([true, true]);
      talk.callee.handle!.hangUp();
      talk.ended();
      talk.network.run(400_000);
      expect([talk.caller.ue.instanceCount, talk.callee.ue.instanceCount]).toEqual([2, 2]);
    },
  );
});
