import { FakeLab } from './fake-lab.js';
import { refused } from './fake-ue.js';
import {
  act,
  beginFile,
  call,
  callIs,
  control,
  parallel,
  reference,
  register,
  registration,
  registrationIs,
  wait,
} from './written-steps.js';

beforeEach(beginFile);

describe('registrations', () => {
  it('run one after the other, with timings, progress and a sentence', () => {
    const lab = new FakeLab();
    const verdict = lab.run([register('ue1', 'ue2'), registration('deregister', ['ue1'])]);
    expect(verdict).toMatchObject({
      passed: true,
      sentence: 'all 2 steps went as they should',
      durationMs: 150,
      explanation: [],
    });
    expect(verdict.registrations).toEqual([
      { ue: 'ue1', durationMs: 50 },
      { ue: 'ue2', durationMs: 50 },
    ]);
    expect(verdict.steps).toEqual([
      {
        number: '1',
        step: 'register ue1, ue2',
        place: { where: 'scenarios/s.yaml:4:5', key: '' },
        startedAfterMs: 0,
        durationMs: 100,
        passed: true,
      },
      {
        number: '2',
        step: 'de-register ue1',
        place: { where: 'scenarios/s.yaml:5:5', key: '' },
        startedAfterMs: 100,
        durationMs: 50,
        passed: true,
      },
    ]);
    expect(lab.progress).toEqual(verdict.steps);
  });

  it('run at once, and at a pace', () => {
    const lab = new FakeLab();
    expect(lab.run([registration('register', ['ue1', 'ue2'], { atOnce: true })]).durationMs).toBe(50);
    expect(lab.run([registration('register', ['ue1', 'ue2'], { atOnce: true, paceMs: 20 })]).durationMs).toBe(70);
    expect(lab.run([registration('register', ['ue1', 'ue2'], { paceMs: 200 })]).durationMs).toBe(250);
  });

  it('ask for a time, and refresh', () => {
    const lab = new FakeLab();
    lab.run([registration('register', ['ue1'], { expires: 600 }), registration('reregister', ['ue1'])]);
    expect(lab.ue('ue1')!.asked).toEqual(['register 600', 'reregister']);
  });

  it('fail with the deepest cause that a node named, else with what the UE knows', () => {
    const lab = new FakeLab({ ue1: { registration: refused } });
    expect(lab.run([register('ue1')]).sentence).toBe('step 1: ue1 could not register: the network answered 403');
    lab.at(10, () => lab.cause('pcscf1', 'the S-CSCF answered 403.', 'RFC 3261 21.4.4'));
    lab.at(20, () => lab.cause('hss1', 'K or OPc differ from those of the SIM.', 'TS 33.102 6.3'));
    expect(lab.run([register('ue1')]).sentence).toBe(
      'step 1: ue1 could not register: K or OPc differ from those of the SIM (TS 33.102 6.3)',
    );
  });

  it('go on where the next step about the UE judges', () => {
    const lab = new FakeLab({ ue1: { registration: refused }, ue2: {} });
    const verdict = lab.run([register('ue1'), register('ue2'), registrationIs('ue1', 'failed', { status: 403 })]);
    expect(verdict.passed).toBe(true);
    const unjudged = lab.run([register('ue1'), register('ue1'), registrationIs('ue1', 'failed')]);
    expect(unjudged.sentence).toBe('step 1: ue1 could not register: the network answered 403');
  });

  it('end at their bound when nothing comes', () => {
    const lab = new FakeLab({ ue1: { registration: 'silent' } });
    lab.at(0, () => lab.state('ue1', 'registration', '', 'notRegistered'));
    lab.at(1, () => lab.state('ue1', 'registration', 'notRegistered', 'registering.awaitingResponse'));
    const verdict = lab.run([register('ue1')]);
    expect(verdict.sentence).toMatch(/^step 1: register ue1 \(not done after 40 s\): no node has said why/);
    expect(verdict.durationMs).toBe(40_000);
    expect(verdict.explanation).toContain(
      'states    ue1 registration: 0.000 notRegistered → 0.001 registering.awaitingResponse',
    );
  });
});

describe('calls', () => {
  it('are waited for where no later step speaks of them', () => {
    const verdict = new FakeLab().run([call('c1')]);
    expect(verdict).toMatchObject({ passed: true, durationMs: 2_800 });
    expect(verdict.calls).toEqual([
      expect.objectContaining({
        as: 'c1',
        from: 'ue1',
        to: 'ue2',
        ended: true,
        ringingAfterMs: 300,
        answeredAfterMs: 800,
      }),
    ]);
    expect(verdict.calls[0]!.media.map(({ at, report }) => [at, report.received])).toEqual([
      ['ue1', 100],
      ['ue2', 100],
    ]);
  });

  it('are controlled by name: rung, answered, held, resumed, hung up', () => {
    const verdict = new FakeLab().run([
      call('c1', { holdForMs: undefined, answer: 'ring' }),
      callIs('c1', 'ringing'),
      control('answer', 'c1'),
      callIs('c1', 'talking'),
      control('hold', 'c1'),
      callIs('c1', 'held'),
      control('resume', 'c1', { ue: 'ue2' }),
      callIs('c1', 'talking'),
      control('hang-up', 'c1', { ue: 'ue2' }),
      callIs('c1', 'released'),
    ]);
    expect(verdict).toMatchObject({ passed: true, sentence: 'all 10 steps went as they should' });
    expect(verdict.steps.map(({ step }) => step).slice(5, 9)).toEqual([
      'expect call c1 is held',
      'ue2: resume c1',
      'expect call c1 is talking',
      'ue2: hang up c1',
    ]);
  });

  it('an answer waits until the call has reached the callee', () => {
    const verdict = new FakeLab().run([
      call('c1', { answer: 'ring' }),
      control('answer', 'c1'),
      callIs('c1', 'released'),
    ]);
    expect(verdict.passed).toBe(true);
    expect(verdict.steps.map(({ durationMs }) => durationMs)).toEqual([0, 300, 2_000]);
  });

  it('are rejected and cancelled', () => {
    const rejected = new FakeLab().run([
      call('c1', { answer: 'ring' }),
      control('reject', 'c1', { status: 480 }),
      callIs('c1', 'failed', { status: 480 }),
    ]);
    expect(rejected.passed).toBe(true);
    const cancelled = new FakeLab().run([call('c1'), control('cancel', 'c1'), callIs('c1', 'failed', { status: 487 })]);
    expect(cancelled.passed).toBe(true);
  });

  it('a callee that is busy fails the call, and what was to be done in it', () => {
    const lab = new FakeLab();
    expect(lab.run([call('c1', { answer: 'busy' })]).sentence).toBe(
      'step 1: ue1 could not talk to ue2: the callee is busy',
    );
    expect(lab.run([call('c1', { answer: 'busy' }), control('answer', 'c1')]).sentence).toBe(
      'step 2: ue2 could not answer c1: the call had ended: the callee is busy',
    );
  });

  it('a control that is never possible ends at its bound', () => {
    const lab = new FakeLab({ ue1: {}, ue2: { answer: 'deaf' } });
    const verdict = lab.run([call('c1'), control('answer', 'c1', { timeoutMs: 5_000 })]);
    expect(verdict).toMatchObject({ passed: false, durationMs: 5_000 });
    expect(verdict.sentence).toMatch(/^step 2: answer c1 \(not done after 5 s\)/);
  });

  it('a hold that the other side refuses, and one that it never answers', () => {
    const refusal = { success: false, status: 488, reason: 'ue2 answered 488', clause: undefined };
    const steps = [
      call('c1', { holdForMs: undefined }),
      callIs('c1', 'talking'),
      control('hold', 'c1', { timeoutMs: 9_000 }),
    ];
    expect(new FakeLab({ ue1: { hold: refusal }, ue2: {} }).run(steps).sentence).toBe(
      'step 3: the call c1 could not be put on hold: ue2 answered 488',
    );
    expect(new FakeLab({ ue1: { hold: 'silent' }, ue2: {} }).run(steps).sentence).toMatch(
      /hold c1 \(not done after 9 s\)/,
    );
  });

  it('names that nobody has are told with the nearest', () => {
    const lab = new FakeLab();
    expect(lab.run([call('c1'), callIs('c1', 'talking'), callIs('c2', 'talking')]).sentence).toBe(
      "step 3: there is no call 'c2': did you mean 'c1'?",
    );
    expect(lab.run([control('answer', 'c1')]).sentence).toBe("step 1: there is no call 'c1': none has begun by then");
    expect(lab.run([call('c1', { from: 'ue7' })]).sentence).toMatch(/has no UE 'ue7': did you mean 'ue1'\?$/);
    expect(lab.run([call('c1', { to: 'ue7' })]).sentence).toMatch(/ue1 cannot call ue7: it is neither/);
    expect(lab.run([call('c1'), control('answer', 'c1', { ue: 'hss1' })]).sentence).toBe(
      'step 2: hss1 cannot answer c1: its ends in this lab are ue1 and ue2',
    );
  });
});

describe('messages of UEs', () => {
  const text = (fields: object = {}) => act({ do: 'message', from: 'ue1', to: 'ue2', text: 'hello', ...fields });

  it('pass with any 2xx, or with the status that is awaited', () => {
    const lab = new FakeLab();
    expect(lab.run([text()]).passed).toBe(true);
    expect(lab.ue('ue1')!.texts).toEqual([`${lab.ue('ue2')!.publicIdentity}: hello`]);
    expect(lab.run([text({ status: 202 })]).passed).toBe(true);
  });

  it('fail with another', () => {
    const message = { success: false, status: 404, reason: 'icscf1 answered 404', clause: undefined };
    const lab = new FakeLab({ ue1: { message }, ue2: {} });
    expect(lab.run([text()]).sentence).toBe('step 1: the message of ue1 did not reach ue2: icscf1 answered 404');
    expect(lab.run([text({ status: 404 })]).passed).toBe(true);
    expect(lab.run([text({ status: 480 })]).sentence).toMatch(/was to be answered with 480: icscf1 answered 404/);
  });
});

describe('power and coverage', () => {
  it('TS 24.229 5.1.1.6: power-off de-registers, then the node is gone; power-on registers', () => {
    const lab = new FakeLab();
    const verdict = lab.run([
      register('ue1'),
      act({ do: 'power-off', ue: ['ue1'] }),
      registrationIs('ue1', 'not-registered'),
      act({ do: 'power-on', ue: ['ue1'] }),
      registrationIs('ue1', 'registered'),
    ]);
    expect(verdict.passed).toBe(true);
    expect(lab.done).toEqual(['stop ue1', 'start ue1']);
    expect(lab.ue('ue1')!.asked).toEqual(['register', 'deregister', 'register']);
  });

  it('what is asked of a UE that is off fails at once', () => {
    const lab = new FakeLab();
    lab.at(10, () => lab.sip('ue1', 'pcscf1', 'OPTIONS sip:x SIP/2.0', '1 OPTIONS'));
    const verdict = lab.run([wait(1_000), act({ do: 'power-off', ue: ['ue1'] }), register('ue1')]);
    expect(verdict.sentence).toBe('step 3: ue1 does not run: it was powered off at 1.005 s and not started since');
    expect(verdict.durationMs).toBe(1_005);
  });

  it('without coverage its links are cut', () => {
    const lab = new FakeLab();
    lab.run([act({ do: 'lose-coverage', ue: ['ue1', 'ue2'] }), act({ do: 'regain-coverage', ue: ['ue1'] })]);
    expect(lab.faults.done).toEqual(['cut ue1|', 'cut ue2|', 'heal ue1|']);
  });
});

describe('nodes', () => {
  it('stop, start, restart and crash', () => {
    const lab = new FakeLab();
    const node = (verb: string) => act({ do: verb, node: 'hss1' });
    const verdict = lab.run([node('stop'), node('start'), node('restart'), node('crash'), node('start')]);
    expect(verdict.passed).toBe(true);
    expect(lab.done).toEqual(['stop hss1', 'start hss1', 'stop hss1', 'start hss1', 'crash hss1', 'start hss1']);
  });

  it('cannot do what their state does not allow', () => {
    const node = (verb: string, name = 'hss1') => act({ do: verb, node: name });
    expect(new FakeLab().run([node('start')]).sentence).toBe('step 1: hss1 cannot start: it runs already');
    expect(new FakeLab().run([node('crash'), node('stop')]).sentence).toMatch(
      /^step 2: hss1 does not run: it was crashed at 0.000 s and not started since$/,
    );
    expect(new FakeLab().run([node('crash', 'hhs1')]).sentence).toMatch(/has no node 'hhs1': did you mean 'hss1'\?$/);
  });

  it('that cannot start again say why, and one that does not stop is waited for no longer than its bound', () => {
    const lab = new FakeLab();
    lab.startFailure = { node: 'hss1', wanted: 'tcp://127.0.9.4:3868', code: 'EADDRINUSE', message: 'in use' };
    const steps = [act({ do: 'restart', node: 'hss1' })];
    expect(lab.run(steps).sentence).toMatch(
      /hss1 could not start: tcp:\/\/127.0.9.4:3868 is in use by another program/,
    );
    lab.startFailure = undefined;
    lab.stopsNodes = false;
    expect(new FakeLab().run(steps).passed).toBe(true);
    expect(lab.run([act({ do: 'stop', node: 'scscf1' })]).sentence).toMatch(/stop scscf1 \(not done after 40 s\)/);
  });

  it('change a setting while they run', () => {
    const lab = new FakeLab();
    expect(lab.run([act({ do: 'set', node: 'ue2', key: 'call.answer', value: 'busy' })]).passed).toBe(true);
    expect(lab.done).toEqual(['set ue2 call.answer "busy"']);
    expect(lab.run([act({ do: 'set', node: 'ue2', key: 'call.anwser', value: 'busy' })]).sentence).toBe(
      "step 1: call.anwser of ue2 cannot be set: there is no key 'call.anwser'",
    );
  });

  it('TS 29.228 6.1.3: the HSS ends a registration', () => {
    const lab = new FakeLab();
    const end = (reason: string) => act({ do: 'network-deregister', node: 'hss1', ue: 'ue1', reason });
    expect(lab.run([end('permanent-termination')]).passed).toBe(true);
    expect(lab.run([end('server-change')]).sentence).toBe(
      'step 1: hss1 could not de-register ue1: scscf1 answered 5012',
    );
  });

  it('TS 24.229 5.4.1.5: an S-CSCF ends a registration, and says whether the UE may come back', () => {
    const lab = new FakeLab();
    const end = (comeBack: boolean) =>
      act({ do: 'network-deregister', node: 'scscf1', ue: 'ue1', reason: 'permanent-termination', comeBack });
    const verdict = lab.run([end(false), end(true)]);
    expect(verdict.steps.map(({ step }) => step)).toEqual([
      'scscf1 de-registers ue1 (not to come back)',
      'scscf1 de-registers ue1 (it may come back)',
    ]);
    expect(lab.done).toEqual(['network-deregister scscf1 ue1 false', 'network-deregister scscf1 ue1 true']);
  });

  it('TS 24.229 5.4.1.6: an S-CSCF has a UE authenticate again', () => {
    const lab = new FakeLab();
    const again = (ue: string) => act({ do: 'reauthenticate', node: 'scscf1', ue, withinMs: 60_000 });
    expect(lab.run([again('ue1')]).steps[0]!.step).toBe('scscf1 has ue1 authenticate again within 60 s');
    expect(lab.run([again('ue2')]).sentence).toBe(
      'step 1: scscf1 could not have ue2 authenticate again: ue2 is not registered there',
    );
    expect(lab.done).toEqual(['reauthenticate scscf1 ue1 60000', 'reauthenticate scscf1 ue2 60000']);
    expect(lab.run([act({ do: 'crash', node: 'scscf1' }), again('ue1')]).sentence).toMatch(/scscf1 does not run/);
  });

  it('TS 29.228 6.2.2: an HSS changes a profile', () => {
    const lab = new FakeLab();
    const change = { do: 'change-profile', node: 'hss1', bar: ['tel:+1'], unbar: [], services: undefined };
    const verdict = lab.run([
      act({ ...change, ue: 'ue1' }),
      act({ ...change, ue: 'ue2', bar: [], services: ['mmtel'] }),
    ]);
    expect(verdict.steps.map(({ step }) => step)).toEqual([
      'hss1 changes the profile of ue1: bar tel:+1',
      'hss1 changes the profile of ue2: services mmtel',
    ]);
    expect(verdict.sentence).toBe('step 2: hss1 could not change the profile of ue2: scscf1 answered 5009');
    expect(lab.run([act({ do: 'crash', node: 'hss1' }), act({ ...change, ue: 'ue1' })]).sentence).toMatch(
      /hss1 does not run/,
    );
  });

  it('a node that crashes while a step waits on it is named when the step ends at its bound', () => {
    const lab = new FakeLab({ ue1: { registration: 'silent' } });
    lab.at(1, () => lab.sip('ue1', 'pcscf1', 'REGISTER sip:x SIP/2.0', '1 REGISTER'));
    const verdict = lab.run([parallel([register('ue1')], [wait(2_000), act({ do: 'crash', node: 'ue1' })])]);
    expect(verdict.sentence).toBe(
      'step 1.1.1: register ue1 (not done after 40 s): ue1 does not run, it was crashed at 2.000 s and not started since',
    );
  });
});

describe('injection', () => {
  const inject = (fields: object) => act({ do: 'inject', from: 'ue1', to: 'pcscf1', protocol: 'udp', ...fields });

  it('sends text with CRLF and an empty line after the header fields, octets as they are', () => {
    const lab = new FakeLab();
    lab.run([
      inject({ message: 'OPTIONS sip:x SIP/2.0\nCall-ID: a\n' }),
      inject({ message: Buffer.from('\r\n\r\n'), protocol: 'tcp' }),
    ]);
    expect(lab.faults.done).toEqual([
      'inject ue1 127.0.9.1:5060 udp OPTIONS sip:x SIP/2.0\r\nCall-ID: a\r\n\r\n',
      'inject ue1 127.0.9.1:5060 tcp \r\n\r\n',
    ]);
  });

  it('says why it could not, and that a capture is missing', () => {
    const lab = new FakeLab();
    lab.faults.refuses = 'ue1 does not run';
    expect(lab.run([inject({ message: 'x' })]).sentence).toBe(
      'step 1: nothing could be injected from ue1 to pcscf1: ue1 does not run',
    );
    expect(lab.run([inject({ message: `Call-ID: ${reference('callid')}\n` })]).sentence).toBe(
      `step 1: this step cannot be: inject Call-ID: ${reference('callid')} from ue1 to pcscf1 over UDP: ${reference('callid')} stands for nothing: nothing has been captured by then`,
    );
    expect(lab.run([inject({ message: 'x', to: 'pcsf1' })]).sentence).toMatch(
      /has no node 'pcsf1': did you mean 'pcscf1'/,
    );
  });
});

describe('links and clocks', () => {
  it('are cut, healed, changed and stepped', () => {
    const lab = new FakeLab();
    const verdict = lab.run([
      act({ do: 'cut', between: [['ue1'], ['pcscf1']] }),
      act({ do: 'heal', between: [['ue1'], ['pcscf1']] }),
      act({ do: 'link', between: ['ue1', 'pcscf1'], loss: 0.2, timeoutMs: undefined }),
      act({ do: 'step-clock', node: 'hss1', byMs: 3_600_000 }),
    ]);
    expect(verdict.passed).toBe(true);
    expect(verdict.steps.map(({ step }) => step)).toEqual([
      'cut ue1 – pcscf1',
      'heal ue1 – pcscf1',
      'link ue1 – pcscf1: loss 20 %',
      'set the clock of hss1 ahead by 1 h',
    ]);
    expect(lab.faults.done).toEqual(['cut ue1|pcscf1', 'heal ue1|pcscf1', 'step-clock hss1 3600000']);
    expect(lab.done).toEqual(['link ue1-pcscf1 {"loss":0.2}']);
  });

  it('sockets have no links to change, and names must exist', () => {
    const lab = new FakeLab();
    lab.setLink = undefined;
    expect(lab.run([act({ do: 'link', between: ['ue1', 'pcscf1'], loss: 1 })]).sentence).toBe(
      'step 1: the link ue1 – pcscf1 cannot be changed: sockets have no random behaviour; run it simulated',
    );
    expect(lab.run([act({ do: 'cut', between: [['ue1'], ['pcsf1']] })]).sentence).toMatch(/did you mean 'pcscf1'\?$/);
    expect(lab.run([act({ do: 'step-clock', node: 'hss2', byMs: 1 })]).sentence).toMatch(/did you mean 'hss1'\?$/);
  });
});
