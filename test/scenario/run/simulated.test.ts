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

  it('a fault that has changed what a node complains of is named before its complaint', async () => {
    const verdict = await play(`
name: damaged
faults:
  - { corrupt: 401 REGISTER, field: WWW-Authenticate.nonce.autn, to: ue1, nth: every, as: bad-autn }
steps:
  - { do: register, ue: ue1 }
`);
    expect(verdict.sentence).toMatch(
      /^step 1: ue1 could not register: the fault 'bad-autn' changed 401 Unauthorized \(REGISTER\) from pcscf1 to ue1; then: ue1 refused the challenge: K or OPc/,
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

  it('SIP stays among the messages while RTP flows, and the counts are true', async () => {
    const { explanation } = await play(`
name: held
steps:
  - { do: register, ue: [ue1, ue2] }
  - { do: call, from: ue1, to: ue2, as: c1, hold-for: 5s }
  - { expect: call, as: c1, is: held, within: 3s }
`);
    const text = explanation.join('\n');
    expect(text).toMatch(/ue1 → pcscf1 {2}INVITE /);
    expect(text.match(/RTP AMR-WB/g)).toHaveLength(2);
    expect(text).toMatch(/ue2 → ue1 +RTP AMR-WB seq \d+ \(\d+ times, and RTCP once\)/);
    expect(text).toMatch(/\n +and \d+ between other nodes/);
    expect(text).not.toContain('sessionTimer');
  });

  it('a message that was not to come is never among those left out', async () => {
    const { explanation } = await play(`
name: no-mar
steps:
  - { do: register, ue: ue1 }
  - { expect: no-message, message: MAR, within: 100ms }
`);
    expect(explanation.join('\n')).toMatch(/scscf1 → hss1 {4}MAR\n +… 6 more …/);
  });

  it.each([
    ['field: X-Foo', 'there is no X-Foo'],
    ['field: WWW-Authenticate.nonce.autn, bit: 3000', 'there is no bit 3000: the last is 127'],
  ])('a fault that cannot be applied fails it: %s', async (where, why) => {
    const verdict = await play(`
name: in-vain
faults:
  - { corrupt: 401 REGISTER, ${where} }
steps:
  - { do: register, ue: ue1 }
`);
    expect(verdict.sentence).toBe(`the fault 'corrupt 401 REGISTER' could not corrupt 401 REGISTER: ${why}`);
    expect(verdict.faults).toEqual([{ name: 'corrupt 401 REGISTER', struck: 0 }]);
  });

  it('RFC 3310 3.2: a part that no nonce has is refused, with the one that was meant', async () => {
    const verdict = play(`
name: aunt
faults:
  - { corrupt: 401 REGISTER, field: WWW-Authenticate.nonce.aunt }
steps:
  - { do: register, ue: ue1 }
`);
    await expect(verdict).rejects.toThrow("a nonce has no aunt; did you mean 'autn'?");
  });

  it('TS 24.229 7.7: a UE that waits for timer F needs a longer step', async () => {
    const verdict = await play(`
name: cut-off
steps:
  - { do: register, ue: ue1 }
  - { do: cut, between: [pcscf1, icscf1] }
  - { do: reregister, ue: ue1, timeout: 15s }
`);
    expect(verdict.sentence).toBe(
      'step 3: re-register ue1 (not done after 15 s): ue1 is still registering; timer F of a UE is 128 s: give the step timeout: 3min',
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
