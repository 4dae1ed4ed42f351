import type { PacketFault } from '../../../src/environment/index.js';
import { diameterMessage, rtpPacket } from '../../trace/sample-run.js';
import { FakeLab } from './fake-lab.js';
import { refused } from './fake-ue.js';
import {
  act,
  beginFile,
  call,
  callIs,
  cause,
  media,
  message,
  noMessage,
  order,
  parallel,
  reference,
  register,
  registrationIs,
  state,
  wait,
} from './written-steps.js';

beforeEach(beginFile);

const ok = (lab: FakeLab, fault?: PacketFault) => lab.sip('pcscf1', 'ue1', 'SIP/2.0 200 OK', '1 REGISTER', fault);
const dropped: PacketFault = { name: 'drop 200 REGISTER', effect: 'dropped' };

describe('a message', () => {
  const granted = { message: '200 REGISTER', from: ['pcscf1'], to: ['ue1'] };

  it('that came since the last do step began counts', () => {
    const lab = new FakeLab();
    lab.at(40, () => ok(lab));
    const verdict = lab.run([register('ue1'), message(granted)]);
    expect(verdict).toMatchObject({ passed: true, durationMs: 50 });
  });

  it('is waited for, no longer than needed', () => {
    const lab = new FakeLab();
    lab.at(700, () => ok(lab));
    const verdict = lab.run([register('ue1'), message(granted)]);
    expect(verdict).toMatchObject({ passed: true, durationMs: 700 });
  });

  it('from before the last do step counts with since: start only, and is named', () => {
    const lab = new FakeLab();
    lab.at(40, () => ok(lab));
    const steps = [register('ue1'), wait(100)];
    expect(lab.run([...steps, message(granted, { since: 'start' })]).passed).toBe(true);
    const again = new FakeLab();
    again.at(40, () => ok(again));
    const verdict = again.run([...steps, message(granted)]);
    expect(verdict.passed).toBe(false);
    expect(verdict.explanation).toContain(
      'note      message 2 at 0.040 s was like it, before that; since: start counts it too',
    );
  });

  it('that did not come: the nearest one says what differs', () => {
    const lab = new FakeLab();
    lab.at(40, () => ok(lab));
    const verdict = lab.run(
      [register('ue1'), message({ ...granted, with: { Contact: { contains: 'tcp' } } }, { rule: 'REG-24' })],
      {
        clauseOf: (rule) => (rule === 'REG-24' ? 'TS 24.229 5.4.1.2.2F' : undefined),
      },
    );
    expect(verdict.sentence).toBe(
      "step 2: 200 REGISTER from pcscf1 to ue1 with Contact containing 'tcp' did not come within 2 s: " +
        'the nearest, 200 OK (REGISTER) at 0.040 s (message 2), had Contact <sip:127.0.2.1:5060> (REG-24, TS 24.229 5.4.1.2.2F)',
    );
    expect(verdict.explanation).toEqual([
      "step      2 of 2: expect 200 REGISTER from pcscf1 to ue1 with Contact containing 'tcp'",
      '          scenarios/s.yaml:5:5',
      "expected  200 REGISTER from pcscf1 to ue1 with Contact containing 'tcp' within 2 s",
      "          counted from 0.000 s, where 'register ue1' began",
      'rule      REG-24, TS 24.229 5.4.1.2.2F',
      'nearest   200 OK (REGISTER) from pcscf1 to ue1 at 0.040 s (message 2)',
      "            ✗ Contact  expected  containing 'tcp'",
      '                       but was   <sip:127.0.2.1:5060>',
      'messages     0.000  ue1 → pcscf1  REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org',
      '             0.040  pcscf1 → ue1  200 OK (REGISTER)',
    ]);
  });

  it('of another kind is near where it has the method, and a cause goes before it', () => {
    const refuse = (lab: FakeLab) => lab.sip('pcscf1', 'ue1', 'SIP/2.0 403 Forbidden', '1 REGISTER');
    const lab = new FakeLab();
    lab.at(30, () => refuse(lab));
    const verdict = lab.run([register('ue1'), message(granted)]);
    expect(verdict.sentence).toMatch(/: 403 Forbidden \(REGISTER\) came instead, at 0.030 s \(message 2\)$/);
    expect(verdict.explanation.join('\n')).toMatch(/✗ status {2}expected {2}200\n {19,}but was {3}403$/m);
    const told = new FakeLab();
    told.at(30, () => refuse(told));
    told.at(31, () => told.cause('hss1', 'the subscriber is barred', 'TS 29.228 6.1.1'));
    expect(told.run([register('ue1'), message(granted)]).sentence).toMatch(
      /: the subscriber is barred \(TS 29.228 6.1.1\)$/,
    );
  });

  it('of Diameter with another result is near, one that nothing resembles is not', () => {
    const answer = (lab: FakeLab) =>
      lab.packet(
        'hss1',
        'icscf1',
        diameterMessage({ command: 300, request: false, experimental: 5001 }),
        undefined,
        'tcp',
      );
    const lab = new FakeLab();
    lab.at(10, () => answer(lab));
    expect(lab.run([wait(20), message({ message: 'UAA 2001' }, { withinMs: 0 })]).sentence).toMatch(
      /^step 2: UAA 2001 did not come: UAA 5001 .* came instead, at 0.010 s/,
    );
    const other = new FakeLab();
    other.at(10, () => answer(other));
    expect(other.run([wait(20), message({ message: 'INVITE' })]).sentence).toBe(
      'step 2: INVITE did not come within 2 s: nothing like it among the 1 messages that came',
    );
    expect(new FakeLab().run([message({ message: 'INVITE' })]).sentence).toMatch(/: no message came at all$/);
  });

  it('that a fault dropped has not come, and the explanation says so', () => {
    const lab = new FakeLab();
    lab.at(40, () => ok(lab, dropped));
    const verdict = lab.run([register('ue1'), message(granted)]);
    expect(verdict.sentence).toMatch(
      /: 200 OK \(REGISTER\) at 0.040 s \(message 2\) was it, and the fault 'drop 200 REGISTER' kept it from leaving$/,
    );
    expect(verdict.explanation.join('\n')).toMatch(/200 OK \(REGISTER\), dropped by the fault 'drop 200 REGISTER'/);
  });

  it('that its link lost has not come, and the explanation says so', () => {
    const lab = new FakeLab();
    lab.at(40, () => ok(lab, { name: 'link loss', effect: 'lost' }));
    const verdict = lab.run([register('ue1'), message(granted)]);
    expect(verdict.sentence).toMatch(/: 200 OK \(REGISTER\) at 0.040 s \(message 2\) was it, and its link lost it$/);
    expect(verdict.explanation.join('\n')).toMatch(/200 OK \(REGISTER\), lost \(link loss\)$/m);
  });

  it('is counted: the whole time is waited where there is a maximum', () => {
    const twice = (lab: FakeLab) => {
      lab.at(40, () => ok(lab));
      lab.at(900, () => ok(lab));
    };
    const run = (count: { min: number; max: number }) => {
      const lab = new FakeLab();
      twice(lab);
      return lab.run([register('ue1'), message(granted, { count })]);
    };
    expect(run({ min: 2, max: 2 })).toMatchObject({ passed: true, durationMs: 2_050 });
    expect(run({ min: 2, max: Number.POSITIVE_INFINITY })).toMatchObject({ passed: true, durationMs: 900 });
    expect(run({ min: 1, max: 1 }).sentence).toMatch(
      /was to come once: it came twice, at 0.040 s \(message 2\), at 0.900 s \(message 3\)$/,
    );
    expect(run({ min: 3, max: 4 }).sentence).toMatch(/was to come 3 to 4 times within 2 s: it came twice, at 0.040/);
  });

  it('that is not to come fails as soon as it comes', () => {
    const lab = new FakeLab();
    lab.at(500, () => ok(lab));
    expect(lab.run([register('ue1'), noMessage({ message: '200 INVITE' })])).toMatchObject({
      passed: true,
      durationMs: 2_050,
    });
    const other = new FakeLab();
    other.at(500, () => ok(other));
    const verdict = other.run([register('ue1'), noMessage(granted)]);
    expect(verdict.sentence).toBe(
      'step 2: 200 REGISTER from pcscf1 to ue1 was not to come: it came at 0.500 s (message 2)',
    );
    expect(verdict.durationMs).toBe(500);
  });

  it('of RTP is counted by the packet and kept once', () => {
    const lab = new FakeLab();
    for (let i = 0; i < 50; i++) lab.at(i * 20, () => lab.packet('ue1', 'ue2', rtpPacket(i, 7)));
    const rtp = { message: 'RTP', from: ['ue1'], to: ['ue2'] };
    const some = message(rtp, { count: { min: 20, max: Number.POSITIVE_INFINITY } });
    expect(lab.run([wait(100), some])).toMatchObject({ passed: true, durationMs: 380 });
    expect(lab.observer.messages.end).toBe(1);
    expect(lab.run([wait(2_000), noMessage(rtp)]).sentence).toMatch(/it came 30 times, at 0.400 s \(message 21\)$/);
  });

  it('gives values to later steps', () => {
    const lab = new FakeLab();
    lab.at(40, () => ok(lab));
    const verdict = lab.run([
      register('ue1'),
      message(granted, { capture: { 'Call-ID': 'callid', Contact: 'contact' } }),
      message({ message: 'REGISTER', with: { 'Call-ID': reference('callid') } }),
      act({
        do: 'inject',
        from: 'ue1',
        to: 'pcscf1',
        protocol: 'udp',
        message: `BYE ${reference('contact')} SIP/2.0\nCall-ID: ${reference('callid')}\n`,
      }),
    ]);
    expect(verdict.passed).toBe(true);
    expect(lab.faults.done[0]).toMatch(/BYE <sip:127.0.2.1:5060> SIP\/2.0\r\nCall-ID: c1@127.0.2.1\r\n\r\n$/);
  });

  it('that has nothing to capture fails the step, and so does a name that nobody captured', () => {
    const lab = new FakeLab();
    lab.at(40, () => ok(lab));
    expect(lab.run([register('ue1'), message(granted, { capture: { 'Service-Route': 'route' } })]).sentence).toBe(
      'step 2: 200 OK (REGISTER) came (message 2): it has no Service-Route to capture as route',
    );
    const other = new FakeLab();
    other.at(40, () => ok(other));
    const captured = message(granted, { capture: { 'Call-ID': 'callid' } });
    const steps = [register('ue1'), captured, message({ message: '200', with: { 'Call-ID': reference('calid') } })];
    expect(other.run(steps).sentence).toMatch(/\$\{calid\} stands for nothing: did you mean 'callid'\?$/);
  });

  it('that makes no sense is told as such', () => {
    expect(new FakeLab().run([message({ message: 'REGISTRE' })]).sentence).toMatch(
      /^step 1: the expected message makes no sense: .*did you mean 'REGISTER'\?/,
    );
  });
});

describe('an order', () => {
  const play = (lab: FakeLab, ...statuses: number[]) => {
    for (const [index, status] of statuses.entries()) {
      lab.at(100 * (index + 1), () => lab.sip('pcscf1', 'ue1', `SIP/2.0 ${status} X`, '1 INVITE'));
    }
  };
  const wanted = [{ message: '183 INVITE' }, { message: '180 INVITE' }, { message: '200 INVITE' }];

  it('may have others between', () => {
    const lab = new FakeLab();
    play(lab, 100, 183, 100, 180, 180, 200);
    expect(lab.run([order(wanted)])).toMatchObject({ passed: true, durationMs: 600 });
  });

  it('that is broken says which came too early, or is missing', () => {
    const lab = new FakeLab();
    play(lab, 180, 183, 200);
    const verdict = lab.run([order(wanted)]);
    expect(verdict.sentence).toBe(
      'step 1: 180 INVITE did not come after 183 X (INVITE) (message 2) within 2 s: it came before, at 0.100 s (message 1)',
    );
    expect(verdict.explanation.slice(2, 6)).toEqual([
      'expected  1. 183 INVITE: came at 0.200 s, message 2',
      '          2. 180 INVITE: missing',
      '          3. 200 INVITE: not looked for',
      '          counted from 0.000 s, the beginning of the scenario',
    ]);
    const other = new FakeLab();
    play(other, 183, 180, 486);
    expect(other.run([order(wanted)]).sentence).toMatch(
      /200 INVITE did not come after 180 X \(INVITE\) \(message 2\) within 2 s: 486 X \(INVITE\) came instead/,
    );
  });
});

describe('a state', () => {
  it('is met now, later, by a parent, and by what was passed through since the step began', () => {
    const lab = new FakeLab();
    lab.at(10, () => lab.state('ue1', 'registration', 'notRegistered', 'registering.awaitingResponse'));
    lab.at(40, () => lab.state('ue1', 'registration', 'registering.awaitingResponse', 'registered'));
    lab.at(300, () => lab.state('ue1', 'registration', 'registered', 'deregistering'));
    const verdict = lab.run([
      register('ue1'),
      state('ue1', 'registration', 'registering'),
      state('ue1', 'registration', 'registered'),
      state('ue1', 'registration', 'deregistering', { actor: 'a1' }),
    ]);
    expect(verdict).toMatchObject({ passed: true, durationMs: 300 });
  });

  it('of an instance from before says nothing where another has moved since', () => {
    const lab = new FakeLab();
    lab.at(10, () => lab.state('ue1', 'call', 'talking', 'released', 'call 1'));
    lab.at(110, () => lab.state('ue1', 'call', 'setup', 'talking', 'call 2'));
    const verdict = lab.run([wait(100), wait(100), state('ue1', 'call', 'released')]);
    expect(verdict.sentence).toBe('step 3: call of ue1 was to be released within 2 s: it is talking since 0.110 s');
    expect(verdict.explanation).toContain('states    ue1 call: 0.110 talking');
  });

  it('that never comes says where the machine is, or that there is none', () => {
    const lab = new FakeLab();
    lab.at(10, () => lab.state('ue1', 'registration', 'notRegistered', 'refused'));
    expect(lab.run([wait(20), state('ue1', 'registration', 'registered', { withinMs: 0 })]).sentence).toBe(
      'step 2: registration of ue1 was to be registered: it is refused since 0.010 s',
    );
    expect(lab.run([state('ue1', 'registartion', 'registered')]).sentence).toMatch(
      /ue1 has had no such machine; did you mean 'registration'\?$/,
    );
    expect(lab.run([state('ue2', 'registration', 'registered')]).sentence).toMatch(/: nothing has happened in ue2$/);
    expect(lab.run([state('ue1', 'registration', 'x', { actor: 'sip:' })]).sentence).toMatch(
      /: ue1 has no registration with 'sip:' in its name$/,
    );
  });

  it('of a node that crashed while it was waited for', () => {
    const lab = new FakeLab();
    lab.at(10, () => lab.state('scscf1', 'registration', '', 'registered'));
    const verdict = lab.run([
      parallel([state('scscf1', 'registration', 'notRegistered')], [wait(500), act({ do: 'crash', node: 'scscf1' })]),
    ]);
    expect(verdict.sentence).toBe(
      'step 1.1.1: registration of scscf1 was to be notRegistered within 2 s: scscf1 does not run, it was crashed at 0.500 s and not started since',
    );
  });
});

describe('a call', () => {
  it('that ended otherwise fails at once', () => {
    const lab = new FakeLab();
    const busy = lab.run([call('c1', { answer: 'busy' }), callIs('c1', 'talking')]);
    expect(busy).toMatchObject({ durationMs: 300 });
    expect(busy.sentence).toBe('step 2: the call c1 was to be talking within 10 s: the callee is busy');
    expect(busy.explanation).toContain('call c1   0.000 setup → 0.300 failed');
    expect(lab.run([call('c1'), callIs('c1', 'failed')]).sentence).toBe('step 2: the call c1 was to fail: released');
    expect(lab.run([call('c1', { answer: 'busy' }), callIs('c1', 'failed', { status: 480 })]).sentence).toMatch(
      /was to fail with 480: the callee is busy/,
    );
  });

  it('that goes on says since when', () => {
    const lab = new FakeLab();
    const verdict = lab.run([call('c1', { holdForMs: undefined }), callIs('c1', 'released', { withinMs: 3_000 })]);
    expect(verdict.sentence).toBe('step 2: the call c1 was to be released within 3 s: it is talking since 0.800 s');
  });
});

describe('a registration', () => {
  it('is what the last one came to', () => {
    const lab = new FakeLab();
    expect(lab.run([register('ue1'), registrationIs('ue1', 'registered', { status: 200 })]).passed).toBe(true);
    expect(lab.run([registrationIs('ue2', 'not-registered')]).passed).toBe(true);
    expect(lab.run([registrationIs('ue2', 'registered')]).sentence).toBe(
      'step 1: the registration of ue2 was to be registered within 2 s: none was tried',
    );
    expect(lab.run([register('ue1'), registrationIs('ue1', 'failed')]).sentence).toBe(
      'step 2: the registration of ue1 was to be failed within 2 s: registered',
    );
    const other = new FakeLab({ ue1: { registration: refused } });
    expect(other.run([register('ue1'), registrationIs('ue1', 'failed', { status: 500 })]).sentence).toBe(
      'step 2: the registration of ue1 was to be failed with 500 within 2 s: the network answered 403',
    );
  });

  it('may be that of several, and all of them have to be so', () => {
    const lab = new FakeLab();
    lab.run([register('ue1')]);
    expect(lab.run([registrationIs(['ue2', 'ue1'], 'registered')]).sentence).toBe(
      'step 1: the registration of ue2 was to be registered within 2 s: none was tried',
    );
    expect(lab.run([register('ue2'), registrationIs(['ue1', 'ue2'], 'registered')]).passed).toBe(true);
    expect(lab.run([registrationIs(['ue1', 'ue2'], 'not-registered')]).sentence).toMatch(
      /^step 1: the registration of ue1, and those of 1 more were to be not-registered within 2 s: /,
    );
  });
});

describe('media', () => {
  const talk = [call('c1', { holdForMs: undefined }), callIs('c1', 'talking')];

  it('flow both ways, one way, or not', () => {
    expect(new FakeLab().run([...talk, media('c1', 'both-ways', { packetsMin: 90 })])).toMatchObject({
      passed: true,
      durationMs: 2_800,
    });
    const oneWay = () => new FakeLab({ ue1: { hears: false }, ue2: {} });
    expect(oneWay().run([...talk, media('c1', 'one-way')]).passed).toBe(true);
    const deaf = new FakeLab({ ue1: { hears: false }, ue2: { hears: false } });
    expect(deaf.run([...talk, media('c1', 'silent')]).passed).toBe(true);
    expect(oneWay().run([...talk, media('c1', 'both-ways')]).sentence).toBe(
      'step 3: the media of c1 were to be both-ways for 2 s: ue1 received 0 RTP packets, ue2 received 100 RTP packets',
    );
  });

  it('of a call that ends meanwhile', () => {
    const verdict = new FakeLab().run([
      call('c1', { holdForMs: 100 }),
      callIs('c1', 'talking'),
      media('c1', 'both-ways', { packetsMin: 50 }),
    ]);
    expect(verdict.sentence).toBe(
      'step 3: the media of c1 were to be both-ways, at least 50 packets for 2 s: ue1 received 5 RTP packets, ue2 received 5 RTP packets; the call had released at 0.900 s',
    );
  });
});

describe('a cause', () => {
  it('is met by one that a node named since the last do step', () => {
    const lab = new FakeLab();
    lab.at(10, () => lab.cause('hss1', 'K or OPc differ', 'TS 33.102 6.3'));
    expect(lab.run([wait(20), cause('/K or OPc/', 'hss1'), cause('/TS 33.102/')]).passed).toBe(true);
    const verdict = lab.run([wait(20), cause('/K or OPc/')]);
    expect(verdict.sentence).toBe('step 2: a cause /K or OPc/ was to be named within 2 s: no node named any');
    expect(lab.run([cause('/(/')]).sentence).toMatch(
      /^step 1: the expected cause makes no sense: \/\(\/ is no regular/,
    );
    lab.at(10, () => lab.cause('ue1', 'SQN out of range'));
    expect(lab.run([wait(20), cause('/K or OPc/')]).sentence).toMatch(/: ue1 named 'SQN out of range'$/);
  });
});
