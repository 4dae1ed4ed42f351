import { play } from './simulated.js';

const everything = `
name: everything
steps:
  - { do: register, ue: [ue1, ue2] }
  - { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1, with: { Contact.expires: { min: 600 } }, capture: { callid: Call-ID }, since: start }
  - { expect: message, message: REGISTER, with: { Call-ID: "\${callid}" }, since: start }
  - { expect: order, since: start, messages: [ { message: UAR }, { message: MAR }, { message: 401 REGISTER }, { message: SAR } ] }
  - { expect: state, node: ue1, machine: registration, is: registered }
  - { do: call, from: ue1, to: ue2, as: c1, hold-for: until-released, answer: ring }
  - { expect: call, as: c1, is: ringing }
  - { do: answer, as: c1 }
  - { expect: call, as: c1, is: talking }
  - { expect: media, as: c1, is: both-ways, within: 1s, packets: 20 }
  - { expect: message, message: RTP, from: ue1, to: ue2, count: { min: 20 }, since: start }
  - { do: hold, as: c1 }
  - { expect: call, as: c1, is: held }
  - { do: resume, as: c1 }
  - { do: hang-up, as: c1, ue: ue2 }
  - { expect: call, as: c1, is: released }
  - { do: call, from: ue2, to: ue1, as: c2, answer: ring }
  - { do: cancel, as: c2 }
  - { expect: call, as: c2, is: failed, status: 487 }
  - { do: call, from: ue2, to: ue1, as: c3, answer: ring }
  - { do: reject, as: c3, status: 480 }
  - { expect: call, as: c3, is: failed, status: 480 }
  - { do: message, from: ue1, to: ue2, text: hello }
  - { do: reregister, ue: ue1 }
  - { do: network-deregister, node: hss1, ue: ue1, reason: permanent-termination }
  - { expect: state, node: scscf1, machine: registration, is: terminated }
  - parallel:
      - { do: lose-coverage, ue: ue1 }
      - { do: wait, for: 1s }
  - { do: regain-coverage, ue: ue1 }
  - { do: power-off, ue: ue2 }
  - { expect: registration, ue: ue2, is: not-registered }
  - { do: crash, node: scscf1 }
  - { do: start, node: scscf1 }
  - { do: power-on, ue: ue2 }
  - { expect: registration, ue: ue2, is: registered }
  - { do: step-clock, node: hss1, by: 1h }
  - { do: inject, from: ue1, to: pcscf1, message: "OPTIONS sip:pcscf1 SIP/2.0" }
checks: []
`;

describe('the nodes themselves', () => {
  it('take every step, and two runs with one seed are equal to the byte', async () => {
    const once = await play(everything);
    expect(once).toMatchObject({ passed: true, sentence: 'all 36 steps went as they should' });
    expect(await play(everything)).toEqual(once);
  });

  it('RFC 3261 17.2.2: a 200 that was lost once comes again', async () => {
    const verdict = await play(`
name: lost-200
faults:
  - { drop: 200 REGISTER, from: pcscf1, to: ue1 }
steps:
  - { do: register, ue: ue1 }
  - { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }
  - { expect: message, message: REGISTER, from: ue1, to: pcscf1, count: 3 }
`);
    expect(verdict).toMatchObject({ passed: true, faults: [{ struck: 1 }] });
  });

  it('a failure is told with the message that came nearest and the path of the machine', async () => {
    const verdict = await play(`
name: granted-too-long
steps:
  - { do: register, ue: ue1 }
  - { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1, with: { Contact.expires: { max: 600 } } }
`);
    expect(verdict.sentence).toMatch(
      /the nearest, 200 OK \(REGISTER\) at 0.\d+ s \(message \d+\), had Contact.expires 600000$/,
    );
    const text = verdict.explanation.join('\n');
    expect(text).toContain('✗ Contact.expires  expected  at most 600');
    expect(text).toMatch(/states {4}.*notRegistered → .*\n(.*\n)?.*ue1 registration: .* → \d\.\d+ registered/);
  });

  it('a scenario that is to fail passes with the cause that it names', async () => {
    const verdict = await play(
      `
name: wrong-k
steps:
  - { do: register, ue: ue1 }
verdict: { passed: false, sentence: "/K or OPc differ/" }
`,
      { set: ['nodes.ue1.sim.k=00112233445566778899aabbccddeeff'] },
    );
    expect(verdict.passed).toBe(true);
    expect(verdict.sentence).toMatch(
      /^it failed as it was to: step 1: ue1 could not register: ue1 refused the challenge: K or OPc/,
    );
  });

  it('an HSS that crashed is named behind what it brought about', async () => {
    const verdict = await play(`
name: no-hss
steps:
  - { do: crash, node: hss1 }
  - { do: register, ue: ue1 }
`);
    expect(verdict.sentence).toMatch(/^step 2: ue1 could not register: icscf1: for .* UAR was not answered by the HSS/);
    expect(verdict.explanation.at(-1)).toMatch(/^down {6}hss1, crashed at 0\.\d+ s$/);
  });

  it('what a fault did elsewhere is shown beside the messages of the nodes concerned', async () => {
    const verdict = await play(`
name: lost-invite
faults:
  - { drop: INVITE, from: scscf1, to: pcscf1, nth: every }
steps:
  - { do: register, ue: [ue1, ue2] }
  - { do: call, from: ue1, to: ue2, as: c1 }
  - { expect: call, as: c1, is: ringing, within: 3s }
`);
    expect(verdict.sentence).toMatch(/^step 3: the call c1 was to be ringing within 3 s: it is setup since 0\.\d+ s$/);
    expect(verdict.explanation.join('\n')).toMatch(
      /scscf1 → pcscf1 {2}INVITE .*, dropped by the fault 'drop every INVITE/,
    );
  });

  it('a scenario that never ends ends at its bound', async () => {
    const verdict = await play(`
name: aborted
steps:
  - { do: register, ue: [ue1, ue2] }
  - { do: call, from: ue1, to: ue2, as: c1, hold-for: until-released }
  - { expect: call, as: c1, is: talking }
  - { expect: call, as: c1, is: released, within: 1h }
timeout: 5s
`);
    expect(verdict.sentence).toBe(
      'the scenario was not done after 5 s: step 4 (expect call c1 is released) was going on',
    );
    expect(verdict.steps.map(({ passed }) => passed)).toEqual([true, true, true, false]);
  });
});
