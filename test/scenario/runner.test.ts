import type { CallOutcome, RegistrationOutcome } from '../../src/ims/ue/ue.js';
import { FakeLab, media, registered, released } from './fake-lab.js';

const registerAndCall = `
name: register-and-call
steps:
  - { do: register, ue: [ue1, ue2] }
  - { do: call, from: ue1, to: ue2, as: c1, media: [audio], hold-for: 2s }
  - { expect: call, is: released, as: c1 }
  - { do: deregister, ue: [ue1, ue2] }
checks: [no-retransmission, media-both-ways, no-fault]
`;

const refused: RegistrationOutcome = {
  success: false,
  status: 403,
  expires: undefined,
  reason: 'the network answered 403',
  clause: undefined,
};
const busy: CallOutcome = {
  ...released,
  success: false,
  state: 'failed',
  status: 486,
  reason: 'the callee is busy',
  answeredAfterMs: undefined,
  media: undefined,
};

describe('a scenario that goes well', () => {
  it('passes with timings and checks', () => {
    const verdict = new FakeLab({ ue1: {}, ue2: {} }).run(registerAndCall);
    expect(verdict).toMatchObject({
      passed: true,
      sentence: 'all 4 steps went as they should',
      durationMs: 2 * 50 + 2800 + 2 * 50,
    });
    expect(verdict.registrations).toEqual([
      { ue: 'ue1', durationMs: 50 },
      { ue: 'ue2', durationMs: 50 },
    ]);
    expect(verdict.calls).toEqual([
      {
        ended: true,
        as: 'c1',
        from: 'ue1',
        to: 'ue2',
        ringingAfterMs: 300,
        answeredAfterMs: 800,
        media: [
          { at: 'ue1', report: media },
          { at: 'ue2', report: media },
        ],
      },
    ]);
    expect(verdict.checks.map(({ passed }) => passed)).toEqual([true, true, true]);
    expect(verdict.steps.map(({ step, passed }) => [step, passed])).toEqual([
      ['register ue1, ue2', true],
      ['ue1 calls ue2', true],
      ['expect call c1 is released', true],
      ['de-register ue1, ue2', true],
    ]);
  });

  it('goes on during a call that a later step judges', () => {
    const lab = new FakeLab({ ue1: {}, ue2: {} });
    const verdict = lab.run(`
name: n
steps:
  - { do: call, from: ue1, to: ue2, as: c1, hold-for: 5s }
  - { do: wait, for: 1s }
  - { do: stop, node: scscf1 }
  - { do: start, node: scscf1 }
  - { expect: call, is: released, as: c1 }
`);
    expect(verdict).toMatchObject({ passed: true, durationMs: 5800 });
    expect(verdict.steps.map(({ durationMs }) => durationMs)).toEqual([0, 1000, 0, 0, 4800]);
  });

  it('writes its steps and its verdict into the trace', () => {
    const lab = new FakeLab({ ue1: {}, ue2: {} });
    lab.run(registerAndCall);
    const notes = lab.records.flatMap((record) => (record.kind === 'note' ? [record.text] : []));
    expect(notes[0]).toBe('register ue1, ue2');
    expect(notes.at(-1)).toBe('passed: all 4 steps went as they should');
  });
});

describe('a scenario that fails says why in one sentence', () => {
  it('with the reason of the UE when no node named a cause', () => {
    const verdict = new FakeLab({ ue1: { registration: refused }, ue2: {} }).run(registerAndCall);
    expect(verdict).toMatchObject({
      passed: false,
      sentence: 'step 1: ue1 could not register: the network answered 403',
    });
  });

  it('with the cause of the node deepest in the network', () => {
    const lab = new FakeLab({ ue1: { registration: refused }, ue2: {} });
    const verdict = lab.run(registerAndCall, () => {
      lab.cause('ue1', 'cause.registrationRefused', 'ue1 was answered 403');
      lab.cause('icscf1', 'cause.userUnknown', 'icscf1: the HSS does not know sip:x.');
      lab.cause('pcscf1', 'cause.refused', 'pcscf1 relayed 403');
    });
    expect(verdict.sentence).toBe('step 1: ue1 could not register: icscf1: the HSS does not know sip:x');
  });

  it('with what the UE found out by itself before anything else', () => {
    const lab = new FakeLab({ ue1: { registration: refused }, ue2: {} });
    const verdict = lab.run(registerAndCall, () => {
      lab.cause('scscf1', 'cause.wrongResponse', 'scscf1 was given no response');
      lab.cause('ue1', 'cause.macFailure', 'ue1: the MAC of the challenge is wrong, K or OPc differ');
    });
    expect(verdict.sentence).toContain('the MAC of the challenge is wrong');
  });

  it('not with causes of an earlier step', () => {
    const lab = new FakeLab({ ue1: { call: busy }, ue2: {} });
    const verdict = lab.run(registerAndCall, () => lab.cause('hss1', 'cause.resynchronised', 'old news'));
    expect(verdict).toMatchObject({ passed: false, sentence: 'step 3: ue1 could not talk to ue2: the callee is busy' });
  });

  it.each([
    [
      'a registration',
      { ue1: { registration: 'silent' }, ue2: {} },
      'step 1: register ue1, ue2 (not done after 40 s): no node has said why; see the last message in the ladder, or give the step a longer timeout',
    ],
    [
      'a call',
      { ue1: { call: 'silent' }, ue2: {} },
      'step 3: expect call c1 is released (not done after 40 s): no node has said why; see the last message in the ladder, or give the step a longer timeout',
    ],
  ] as const)('after its bound when nothing comes of %s', (_what, behaviours, sentence) => {
    expect(new FakeLab(behaviours).run(registerAndCall)).toMatchObject({ passed: false, sentence });
  });

  it('when it is interrupted', () => {
    const verdict = new FakeLab({ ue1: { registration: 'silent' }, ue2: {} }).run(registerAndCall, (run) =>
      run.abort('it was interrupted'),
    );
    expect(verdict).toMatchObject({ passed: false, sentence: 'it was interrupted' });
  });

  it('and does not judge a call that was going on when it was interrupted', () => {
    const lab = new FakeLab({ ue1: { call: 'silent' }, ue2: {} });
    const verdict = lab.run(registerAndCall, (run) => {
      lab.simulation.run({
        until: () => lab.records.some((record) => 'text' in record && /^expect/.test(record.text)),
      });
      run.abort('it was interrupted');
    });
    expect(verdict.calls).toMatchObject([{ as: 'c1', ended: false }]);
  });
});

describe('expectations', () => {
  const expecting = (step: string, expectation: string) => `name: n\nsteps:\n  - ${step}\n  - ${expectation}\n`;
  const call = '{ do: call, from: ue1, to: ue2, as: c1 }';
  const register = '{ do: register, ue: ue1 }';

  it.each([
    [expecting(call, '{ expect: call, is: failed, as: c1 }'), true],
    [expecting(call, '{ expect: call, is: failed, as: c1, status: 486 }'), true],
    [expecting(call, '{ expect: call, is: failed, as: c1, status: 480 }'), false],
    [expecting(call, '{ expect: call, is: released, as: c1 }'), false],
    [expecting(register, '{ expect: registration, ue: ue1, is: failed, status: 403 }'), true],
    [expecting(register, '{ expect: registration, ue: ue1, is: registered }'), false],
  ])('%s', (text, passed) => {
    expect(new FakeLab({ ue1: { registration: refused, call: busy }, ue2: {} }).run(text).passed).toBe(passed);
  });

  it('a call that nobody judges must succeed', () => {
    const verdict = new FakeLab({ ue1: { call: busy }, ue2: {} }).run(`name: n\nsteps:\n  - ${call}\n`);
    expect(verdict.sentence).toBe('step 1: ue1 could not talk to ue2: the callee is busy');
  });
});

describe('checks', () => {
  it('no-retransmission: the same octets over UDP twice', () => {
    const lab = new FakeLab({ ue1: {}, ue2: {} });
    const message = {
      kind: 'message',
      time: 0,
      id: 1,
      protocol: 'sip',
      transport: 'udp',
      fromNode: 'ue1',
      toNode: 'pcscf1',
      sentIn: undefined,
      from: { address: '192.0.2.1', port: 5060 },
      to: { address: '192.0.2.2', port: 5060 },
      summary: 'REGISTER',
      bytes: Buffer.from('REGISTER …'),
    } as const;
    const verdict = lab.run(registerAndCall, () => {
      lab.trace.write(message);
      lab.trace.write({ ...message, id: 2, bytes: Buffer.from('other') });
      lab.trace.write({ ...message, id: 3 });
    });
    expect(verdict).toMatchObject({
      passed: false,
      sentence: 'check no-retransmission: 1 SIP message left twice, the first from ue1 to pcscf1: REGISTER',
    });
  });

  it('RFC 3261 17.1.2.2: a copy counts for as long as timer F of a UE runs, and is forgotten then', () => {
    const lab = new FakeLab({ ue1: {}, ue2: {} });
    const message = {
      kind: 'message',
      id: 1,
      protocol: 'sip',
      transport: 'udp',
      fromNode: 'ue1',
      toNode: 'pcscf1',
      sentIn: undefined,
      from: { address: '192.0.2.1', port: 5060 },
      to: { address: '192.0.2.2', port: 5060 },
      summary: 'REGISTER',
      bytes: Buffer.from('REGISTER …'),
    } as const;
    const at = (seconds: number): void => lab.trace.write({ ...message, time: 1_000_000 + 1000 * seconds });
    at(0);
    lab.trace.write({ ...message, time: 1_100_000, bytes: Buffer.from('other') });
    at(128); // the last copy that timer F allows
    expect(lab.observer.retransmissions.length).toBe(1);
    at(128 + 2 * 128); // nothing of the old ones is kept
    expect(lab.observer.retransmissions.length).toBe(1);
  });

  it('media-both-ways: each end must have received', () => {
    const deaf = { ...released, media: { ...media, received: 0 } };
    const verdict = new FakeLab({ ue1: {}, ue2: { incoming: deaf } }).run(registerAndCall);
    expect(verdict).toMatchObject({ passed: false, sentence: 'check media-both-ways: ue2 received no RTP in c1' });
  });

  it('no-fault: names the first one with its clause', () => {
    const lab = new FakeLab({ ue1: {}, ue2: {} });
    const verdict = lab.run(registerAndCall, () =>
      lab.trace.write({
        kind: 'fault',
        time: 0,
        node: 'pcscf1',
        what: 'sip.malformed',
        clause: 'RFC 3261 7.3',
        detail: undefined,
      }),
    );
    expect(verdict.sentence).toBe('check no-fault: 1 fault traced, the first at pcscf1: sip.malformed (RFC 3261 7.3)');
  });

  it('all hold where all went well', () => {
    expect(registered.success).toBe(true);
    expect(new FakeLab({ ue1: {}, ue2: {} }).run(registerAndCall).checks.every(({ passed }) => passed)).toBe(true);
  });
});
