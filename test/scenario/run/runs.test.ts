import type { Finding } from '../../../src/conformance/rule.js';
import type { Fault } from '../../../src/faults/fault.js';
import type { Scenario } from '../../../src/scenario/model.js';
import { FakeLab } from './fake-lab.js';
import { refused } from './fake-ue.js';
import {
  act,
  beginFile,
  call,
  callIs,
  cause,
  control,
  kept,
  media,
  message,
  noMessage,
  order,
  parallel,
  register,
  registrationIs,
  state,
  wait,
} from './written-steps.js';

beforeEach(beginFile);

const drop: Fault = {
  name: 'drop 200 REGISTER',
  pattern: { message: '200 REGISTER', from: ['pcscf1'] },
  nth: [1],
  action: { do: 'drop' },
};

describe('faults of a scenario', () => {
  it('are in force from the beginning, and struck', () => {
    const lab = new FakeLab();
    lab.at(20, () => lab.faults.counts.set(drop.name, 1));
    const verdict = lab.run([register('ue1')], { scenario: { faults: [drop] } });
    expect(verdict).toMatchObject({ passed: true, faults: [{ name: drop.name, struck: 1 }] });
    expect(lab.faults.faults).toEqual([drop]);
  });

  it('that met no message fail it, with what came nearest', () => {
    const lab = new FakeLab();
    lab.at(30, () => lab.sip('pcscf1', 'ue1', 'SIP/2.0 401 Unauthorized', '1 REGISTER'));
    const verdict = lab.run([register('ue1')], { scenario: { faults: [drop] } });
    expect(verdict.passed).toBe(false);
    expect(verdict.sentence).toBe(
      "the fault 'drop 200 REGISTER' met no message: 401 Unauthorized (REGISTER) came instead, at 0.030 s (message 2)",
    );
    expect(verdict.explanation.slice(0, 5)).toEqual([
      'expected  200 REGISTER from pcscf1, the 1st of them',
      '          in force from 0.000 s',
      'nearest   401 Unauthorized (REGISTER) from pcscf1 to ue1 at 0.030 s (message 2)',
      '            ✗ status  expected  200',
      '                      but was   401',
    ]);
  });

  it('that were to strike a later one than came', () => {
    const lab = new FakeLab();
    lab.at(30, () => lab.sip('pcscf1', 'ue1', 'SIP/2.0 200 OK', '1 REGISTER'));
    const verdict = lab.run([register('ue1')], { scenario: { faults: [{ ...drop, nth: [2, 3] }] } });
    expect(verdict.sentence).toBe(
      "the fault 'drop 200 REGISTER' met no message: only 1 of the 2 messages '200 REGISTER' came",
    );
  });

  it('that were to strike what another fault had taken', () => {
    const lab = new FakeLab();
    lab.at(30, () => lab.sip('pcscf1', 'ue1', 'SIP/2.0 200 OK', '1 REGISTER', { name: 'a', effect: 'dropped' }));
    const verdict = lab.run([register('ue1'), wait(100)], { scenario: { faults: [{ ...drop, nth: 'every' }] } });
    expect(verdict.sentence).toBe(
      "the fault 'drop 200 REGISTER' met no message: its 200 REGISTER had already been taken by the fault 'a'",
    );
  });

  it('that could do nothing to what they met fail it, unless they did to another one', () => {
    const lab = new FakeLab();
    lab.at(30, () => {
      lab.sip('pcscf1', 'ue1', 'SIP/2.0 200 OK', '1 REGISTER');
      lab.faults.idles.set(drop.name, { count: 1, why: 'there is no Pathh' });
    });
    const scenario = { faults: [{ ...drop, action: { do: 'corrupt', field: 'Pathh' } as const }] };
    const verdict = lab.run([register('ue1'), wait(100)], { scenario });
    expect(verdict.sentence).toBe("the fault 'drop 200 REGISTER' could not corrupt 200 REGISTER: there is no Pathh");
    expect(verdict.explanation.at(-1)).toBe(
      'faults    drop 200 REGISTER: never struck; could do nothing once: there is no Pathh',
    );
    const partly = new FakeLab();
    const why = 'changed Subject, but found no Path in 200 REGISTER';
    partly.at(30, () => partly.faults.counts.set(drop.name, 1));
    partly.at(31, () => partly.faults.idles.set(drop.name, { count: 1, why, missed: ['Path'] }));
    const half = partly.run([register('ue1'), wait(100)], { scenario });
    expect(half.sentence).toBe(`the fault 'drop 200 REGISTER' met only some of its fields: ${why}`);
    expect(half.explanation.at(-1)).toBe(`faults    drop 200 REGISTER: struck once; could not do all once: ${why}`);
    const other = new FakeLab();
    other.at(30, () => other.faults.counts.set(drop.name, 1));
    other.at(31, () => other.faults.idles.set(drop.name, { count: 2, why: 'there is no Pathh' }));
    expect(other.run([register('ue1'), wait(100)], { scenario }).passed).toBe(true);
  });

  it('are planted and cleared by steps, and what they struck is kept', () => {
    const lab = new FakeLab();
    const plant = act({ do: 'fault', as: 'f1', fault: drop });
    lab.at(20, () => lab.faults.counts.set(drop.name, 2));
    const verdict = lab.run([plant, register('ue1'), act({ do: 'clear-fault', fault: 'f1' })]);
    expect(verdict).toMatchObject({ passed: true, faults: [{ name: drop.name, struck: 2 }] });
    expect(lab.faults.faults).toEqual([]);
    expect(verdict.steps[0]!.step).toBe('fault drop 200 REGISTER');
    expect(lab.run([plant, act({ do: 'clear-fault', fault: 'f2' })]).sentence).toBe(
      "step 2: nothing could be cleared: no fault 'f2' is in force; did you mean 'f1'?",
    );
    expect(lab.run([plant, plant]).sentence).toMatch(/a fault of the name 'drop 200 REGISTER' is in force already$/);
  });
});

describe('parallel branches', () => {
  it('run at once and end with the last', () => {
    const verdict = new FakeLab().run([
      parallel([wait(100), register('ue1')], [wait(400)], []),
      registrationIs('ue1', 'registered'),
    ]);
    expect(verdict).toMatchObject({ passed: true, durationMs: 400 });
    expect(verdict.steps.map(({ number, startedAfterMs, durationMs }) => [number, startedAfterMs, durationMs])).toEqual(
      [
        ['1.1.1', 0, 100],
        ['1.1.2', 100, 50],
        ['1.2.1', 0, 400],
        ['1', 0, 400],
        ['2', 400, 0],
      ],
    );
  });

  it('fail with the first that fails', () => {
    const lab = new FakeLab({ ue1: { registration: refused }, ue2: {} });
    const verdict = lab.run([parallel([register('ue1')], [wait(10_000), register('ue2')])]);
    expect(verdict).toMatchObject({ passed: false, durationMs: 50 });
    expect(verdict.sentence).toBe('step 1.1.1: ue1 could not register: the network answered 403');
    expect(verdict.explanation[0]).toBe('step      1.1.1 of 1: register ue1');
  });

  it('nested ones, and a call that another branch speaks of', () => {
    const verdict = new FakeLab().run([
      parallel(
        [call('c1', { holdForMs: undefined, answer: 'ring' })],
        [wait(500), parallel([control('answer', 'c1')], [wait(1)]), control('hang-up', 'c1')],
      ),
      callIs('c1', 'released'),
    ]);
    expect(verdict).toMatchObject({ passed: true });
    expect(verdict.steps.map(({ number }) => number)).toEqual([
      '1.1.1',
      '1.2.1',
      '1.2.2.1.1',
      '1.2.2.2.1',
      '1.2.2',
      '1.2.3',
      '1',
      '2',
    ]);
  });

  it('what two of them fail at one moment is told once', () => {
    const lab = new FakeLab({ ue1: { registration: refused }, ue2: { registration: refused } });
    let verdicts = 0;
    lab.begin([parallel([register('ue1')], [register('ue2')])], {}, () => {
      verdicts += 1;
    });
    lab.simulation.runUntilIdle();
    expect(verdicts).toBe(1);
  });
});

describe('a run always ends', () => {
  it('at the bound of the scenario, with the step that was going on', () => {
    const verdict = new FakeLab().run([parallel([wait(3_600_000)]), wait(1)], { scenario: { timeoutMs: 600_000 } });
    expect(verdict).toMatchObject({ passed: false, durationMs: 600_000 });
    expect(verdict.sentence).toBe('the scenario was not done after 10 min: step 1.1.1 (wait 1 h) was going on');
    expect(verdict.steps.map(({ number, passed }) => [number, passed])).toEqual([
      ['1', false],
      ['1.1.1', false],
    ]);
  });

  const pattern = { message: 'INVITE' };
  const endless = [
    ['registration', register('ue1')],
    ['call', call('c1')],
    ['message of a UE', act({ do: 'message', from: 'ue1', to: 'ue2', text: 'x' })],
    ['power-off', act({ do: 'power-off', ue: ['ue1'] })],
    ['stop', act({ do: 'stop', node: 'hss1' })],
    ['network-deregister', act({ do: 'network-deregister', node: 'hss1', ue: 'ue1', reason: 'server-change' })],
    ['change-profile', act({ do: 'change-profile', node: 'hss1', ue: 'ue1', bar: ['tel:+1'], unbar: [] })],
    ['node expected', kept('hss1', { subscriptions: [0, 0] })],
    ['wait', wait(10_000)],
    ['parallel', parallel([wait(10_000)], [message(pattern)])],
    ['message', message(pattern)],
    ['no-message', noMessage(pattern)],
    ['order', order([pattern])],
    ['state', state('ue1', 'registration', 'registered')],
    ['registration expected', registrationIs('ue1', 'registered')],
    ['cause', cause('x')],
  ] as const;

  it.each(endless)('%s: an abort gives a verdict with what has passed, once, and leaves nothing behind', (_, step) => {
    const lab = new FakeLab({ ue1: { registration: 'silent', message: 'silent' }, ue2: { answer: 'deaf' } });
    lab.stopsNodes = false;
    const sentences: string[] = [];
    const run = lab.begin([wait(1), step], {}, (verdict) => {
      sentences.push(verdict.sentence);
      expect(verdict).toMatchObject({ passed: false, explanation: [] });
      expect(verdict.steps[0]).toMatchObject({ number: '1', passed: true });
    });
    lab.at(2, () => run.abort('it was interrupted'));
    lab.simulation.run({ forMs: 3 });
    run.abort('again');
    lab.simulation.runUntilIdle();
    expect(sentences).toHaveLength(1);
    expect(lab.observer.onChange.size).toBe(0);
  });

  it('an abort during call control and media', () => {
    for (const step of [control('answer', 'c1'), callIs('c1', 'released'), media('c1', 'both-ways')]) {
      const lab = new FakeLab({ ue1: {}, ue2: { answer: 'ring' } });
      let sentence = '';
      const run = lab.begin([call('c1'), step], {}, (verdict) => {
        sentence = verdict.sentence;
        expect(verdict.calls[0]).toMatchObject({ as: 'c1', ended: false });
      });
      lab.at(100, () => run.abort('it was interrupted'));
      lab.simulation.runUntilIdle();
      expect(sentence).toBe('it was interrupted');
    }
  });
});

describe('the expected verdict', () => {
  const failing = () => new FakeLab({ ue1: { registration: refused } });

  it('passes where the failure is the one that it says', () => {
    const verdict = failing().run([register('ue1')], {
      scenario: { verdict: { passed: false, sentence: '/answered 403/' } },
    });
    expect(verdict.passed).toBe(true);
    expect(verdict.sentence).toBe('it failed as it was to: step 1: ue1 could not register: the network answered 403');
    expect(verdict.steps[0]!.passed).toBe(false);
    const any = failing().run([register('ue1')], { scenario: { verdict: { passed: false, sentence: undefined } } });
    expect(any.passed).toBe(true);
  });

  it('fails where it is another, or none', () => {
    const scenario = { verdict: { passed: false, sentence: '/K or OPc/' } };
    expect(failing().run([register('ue1')], { scenario }).sentence).toBe(
      'it was to fail with /K or OPc/, and failed otherwise: step 1: ue1 could not register: the network answered 403',
    );
    const passing = new FakeLab().run([register('ue1')], { scenario });
    expect(passing.passed).toBe(false);
    expect(passing.sentence).toBe('it was to fail with /K or OPc/, and passed: the step went as it should');
  });

  const finding: Finding = {
    rule: 'SIP-42',
    clause: 'RFC 3261 16.6',
    sentence: 'the P-CSCF sent Max-Forwards 71.',
    node: 'pcscf1',
    time: Date.UTC(2026, 0, 1),
    message: 7,
    fault: undefined,
  };
  const judged = (findings: readonly Finding[], sentence: string | undefined, more: Partial<Scenario> = {}) =>
    failing().run([register('ue1')], {
      scenario: { verdict: { passed: false, sentence }, checks: ['ts24229', 'invariants'], ...more },
      conformance: { finish: () => ({ findings, applied: new Map(), leftOutCount: 0, cutShortCount: 0 }) },
    });

  it('covers no broken rule that neither its sentence nor an exception names', () => {
    const verdict = judged([finding, finding], '/answered 403/');
    expect(verdict.passed).toBe(false);
    expect(verdict.sentence).toBe(
      'it failed as it was to, but there is more: check ts24229: pcscf1: the P-CSCF sent Max-Forwards 71 ' +
        '(SIP-42, RFC 3261 16.6, message 7) (step 1: ue1 could not register: the network answered 403)',
    );
    expect(verdict.explanation.join('\n')).toContain('rules     0.000 s  pcscf1: the P-CSCF sent Max-Forwards 71');
    expect(judged([finding], undefined).passed).toBe(false);
    expect(judged([finding, { ...finding, rule: 'SIP-43' }], '/answered 403/').sentence).toContain(
      '; and 1 more (step',
    );
  });

  it('passes where exceptions, faults or its sentence name the broken rules', () => {
    expect(judged([finding], '/answered 403/', { exceptions: { 'SIP-42': 'meant' } }).passed).toBe(true);
    expect(judged([{ ...finding, fault: 'change REGISTER' }], '/answered 403/').passed).toBe(true);
    expect(judged([finding], '/answered 403|SIP-42/').passed).toBe(true);
  });

  it('may be a broken rule, and then covers no other one', () => {
    const broken = (findings: readonly Finding[], sentence: string | undefined) =>
      new FakeLab().run([wait(1)], {
        scenario: { verdict: { passed: false, sentence }, checks: ['ts24229'] },
        conformance: { finish: () => ({ findings, applied: new Map(), leftOutCount: 0, cutShortCount: 0 }) },
      });
    expect(broken([finding, finding], '/Max-Forwards 71/').passed).toBe(true);
    expect(broken([finding, finding], undefined).passed).toBe(true);
    expect(
      broken([finding, { ...finding, rule: 'SIP-43', sentence: 'No Path.' }], '/Max-Forwards 71/').sentence,
    ).toContain('but there is more: check ts24229: pcscf1: No Path (SIP-43');
  });

  it('covers no broken invariant, no failed check and no fault that met nothing', () => {
    const lab = failing();
    lab.breaches = ['scscf1 and scscf2 both serve sip:a'];
    const scenario = { verdict: { passed: false, sentence: '/403/' }, checks: ['invariants'] } as const;
    expect(lab.run([register('ue1')], { scenario }).sentence).toContain(
      'but there is more: check invariants: scscf1 and',
    );
    const faulty = { verdict: { passed: false, sentence: '/403/' }, faults: [drop] };
    expect(failing().run([register('ue1')], { scenario: faulty }).sentence).toContain(
      "but there is more: the fault 'drop 200 REGISTER' met no message",
    );
    const checks = ['media-both-ways', 'no-fault'] as const;
    const noisy = new FakeLab();
    const fault = {
      kind: 'fault',
      time: 0,
      node: 'pcscf1',
      what: 'rubbish',
      clause: undefined,
      detail: undefined,
    } as const;
    noisy.at(1, () => noisy.collector.write(fault));
    const unheard = { verdict: { passed: false, sentence: '/no call was answered/' }, checks };
    expect(noisy.run([wait(5)], { scenario: unheard }).sentence).toContain(
      'but there is more: check no-fault: 1 fault',
    );
    expect(new FakeLab().run([wait(5)], { scenario: unheard }).passed).toBe(true);
  });

  it('a fault that met nothing may be what is expected', () => {
    const scenario = { verdict: { passed: false, sentence: undefined }, faults: [drop] };
    expect(new FakeLab().run([wait(5)], { scenario }).passed).toBe(true);
  });

  it('never excuses an abort', () => {
    const lab = new FakeLab();
    let passed: boolean | undefined;
    const scenario = { verdict: { passed: false, sentence: undefined } };
    const run = lab.begin([wait(10)], { scenario }, (verdict) => {
      passed = verdict.passed;
    });
    run.abort('it was interrupted');
    expect(passed).toBe(false);
  });
});

describe('checks', () => {
  const finding: Finding = {
    rule: 'REG-45',
    clause: 'TS 24.229 5.2.2.1',
    sentence: 'the P-CSCF added no Path.',
    node: 'pcscf1',
    time: Date.UTC(2026, 0, 1),
    message: 7,
    fault: undefined,
  };
  const run = (findings: readonly Finding[], exceptions = {}) =>
    new FakeLab().run([register('ue1')], {
      scenario: { checks: ['ts24229'], exceptions },
      conformance: {
        finish: () => ({ findings, applied: new Map([['REG-45', 3]]), leftOutCount: 0, cutShortCount: 0 }),
      },
    });

  it('ts24229 fails with a finding, names its clause and lists it', () => {
    const verdict = run([finding, { ...finding, message: 9 }]);
    expect(verdict.sentence).toBe(
      'check ts24229: pcscf1: the P-CSCF added no Path (REG-45, TS 24.229 5.2.2.1, message 7); 1 more finding',
    );
    expect(verdict.explanation).toEqual([
      'rules     0.000 s  pcscf1: the P-CSCF added no Path (REG-45, TS 24.229 5.2.2.1, message 7)',
      '          0.000 s  pcscf1: the P-CSCF added no Path (REG-45, TS 24.229 5.2.2.1, message 9)',
    ]);
    expect(verdict.findings).toHaveLength(2);
  });

  it('ts24229 says how many UEs nobody has looked at', () => {
    const verdict = new FakeLab().run([register('ue1')], {
      scenario: { checks: ['ts24229'] },
      conformance: {
        finish: () => ({ findings: [], applied: new Map([['REG-45', 3]]), leftOutCount: 9_000, cutShortCount: 0 }),
      },
    });
    const why = '9000 UEs not looked at, as too many others were under way';
    expect(verdict.checks[0]).toMatchObject({ passed: true, detail: `1 rule applied, none was broken; ${why}` });
  });

  it('ts24229 says how many UEs were compared with nothing', () => {
    const verdict = new FakeLab().run([register('ue1')], {
      scenario: { checks: ['ts24229'] },
      conformance: {
        finish: () => ({ findings: [], applied: new Map([['REG-45', 3]]), leftOutCount: 0, cutShortCount: 400 }),
      },
    });
    const why = '400 UEs not compared with what they had sent before, as too many others came in between';
    expect(verdict.checks[0]).toMatchObject({ passed: true, detail: `1 rule applied, none was broken; ${why}` });
  });

  it('ts24229 shows the message of a finding, and what the faults did', () => {
    const lab = new FakeLab();
    lab.at(5, () => lab.faults.counts.set('drop 200 REGISTER', 1));
    const verdict = lab.run([register('ue1')], {
      scenario: { checks: ['ts24229'], faults: [drop] },
      conformance: {
        finish: () => ({
          findings: [{ ...finding, message: 1 }],
          applied: new Map(),
          leftOutCount: 0,
          cutShortCount: 0,
        }),
      },
    });
    expect(verdict.explanation.slice(1)).toEqual([
      expect.stringMatching(/^ {12}REGISTER sip:\S+ from ue1 to pcscf1 at 0\.000 s \(message 1\)$/),
      'faults    drop 200 REGISTER: struck once',
    ]);
  });

  it('ts24229 excuses what a fault did and what the scenario means', () => {
    expect(run([]).checks).toEqual([{ check: 'ts24229', passed: true, detail: '1 rule applied, none was broken' }]);
    expect(run([{ ...finding, fault: 'change 200' }]).passed).toBe(true);
    expect(run([finding], { 'REG-45': 'the fault removes it' }).checks[0]!.detail).toBe(
      '1 rule applied, 1 finding meant by the scenario',
    );
  });

  it('invariants are asked after each step', () => {
    const lab = new FakeLab();
    lab.at(120, () => {
      lab.breaches = ['scscf1 and scscf2 both serve sip:a'];
    });
    const verdict = lab.run([wait(100), wait(100), wait(100)], { scenario: { checks: ['invariants'] } });
    expect(verdict.sentence).toBe('check invariants: after step 2 (wait 100 ms): scscf1 and scscf2 both serve sip:a');
    expect(verdict.checks).toEqual([expect.objectContaining({ check: 'invariants', passed: false })]);
    const fine = new FakeLab().run([wait(1)], { scenario: { checks: ['invariants'] } });
    expect(fine.checks).toEqual([{ check: 'invariants', passed: true, detail: 'all hold' }]);
  });

  it('media-both-ways, no-retransmission and no-fault', () => {
    const checks = ['media-both-ways', 'no-retransmission', 'no-fault'] as const;
    expect(new FakeLab().run([call('c1')], { scenario: { checks } }).passed).toBe(true);
    const deaf = new FakeLab({ ue1: {}, ue2: { hears: false } });
    expect(deaf.run([call('c1')], { scenario: { checks } }).sentence).toBe(
      'check media-both-ways: ue2 received no RTP in c1',
    );
    expect(new FakeLab().run([wait(1)], { scenario: { checks } }).sentence).toBe(
      'check media-both-ways: no call was answered',
    );
    const lab = new FakeLab();
    lab.run([register('ue1')]);
    expect(lab.run([register('ue1')], { scenario: { checks: ['no-retransmission'] } }).sentence).toMatch(
      /^check no-retransmission: 1 SIP message left twice, the first from ue1 to pcscf1: REGISTER/,
    );
    lab.collector.write({
      kind: 'fault',
      time: 0,
      node: 'pcscf1',
      what: 'a malformed message',
      clause: 'RFC 3261 8.2',
      detail: undefined,
    });
    expect(lab.run([wait(1)], { scenario: { checks: ['no-fault'] } }).sentence).toBe(
      'check no-fault: 1 fault traced, the first at pcscf1: a malformed message (RFC 3261 8.2)',
    );
  });
});

describe('what it leaves', () => {
  it('notes for the ladder, each step and the verdict', () => {
    const lab = new FakeLab();
    const notes: string[] = [];
    lab.run([register('ue1')], {
      trace: {
        inspecting: false,
        acting: undefined,
        write: (record) => record.kind === 'note' && notes.push(`${record.what} ${record.text}`),
      },
    });
    expect(notes).toEqual(['scenario.step register ue1', 'scenario.verdict passed: the step went as it should']);
  });

  it('two runs with one seed are equal to the byte', () => {
    const once = () => {
      beginFile();
      const lab = new FakeLab({ ue1: {}, ue2: { answer: 'ring' } });
      lab.at(40, () => lab.sip('pcscf1', 'ue1', 'SIP/2.0 200 OK', '1 REGISTER'));
      return JSON.stringify(
        lab.run([
          parallel([register('ue1')], [register('ue2')]),
          call('c1', { holdForMs: undefined }),
          control('answer', 'c1'),
          media('c1', 'both-ways'),
          message({ message: '200 INVITE' }),
        ]),
      );
    };
    const first = once();
    expect(first).toContain('did not come');
    expect(once()).toBe(first);
  });
});

describe('a machine that is too busy', () => {
  const busy =
    /^this machine could not keep up, timers fired up to 1\.2 s late: retransmissions and time-outs may be its own/;
  /** What was late before the scenario began does not count. */
  const late = (...values: number[]) => ({ takeLateMs: () => values.shift()! });

  it('is told of beside the verdict, and where a step failed, in its explanation', () => {
    const passed = new FakeLab().run([register('ue1')], late(9_000, 1_234));
    expect(passed).toMatchObject({ passed: true, explanation: [] });
    expect(passed.remarks.at(-1)).toMatch(busy);
    const failed = new FakeLab({ ue1: { registration: refused } }).run([register('ue1')], late(9_000, 1_234));
    expect(failed.passed).toBe(false);
    expect(failed.explanation.at(-1)!.replace(/^machine +/, '')).toMatch(busy);
    expect(failed.remarks.filter((remark) => busy.test(remark))).toEqual([]);
  });

  it('is not told of where timers were a little late', () => {
    expect(new FakeLab().run([register('ue1')], late(9_000, 499)).remarks).toEqual([]);
  });
});
