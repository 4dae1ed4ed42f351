import { play } from './played.js';

/** What goes wrong in labs, and that the verdict says so: the right answers on the wire, one sentence for people. */
const register = '  - { do: register, ue: [ue1, ue2] }';
const call = '  - { do: call, from: ue1, to: ue2, as: c1, hold-for: 200ms }';

describe('the shipped scenario', () => {
  it.each(['volte', 'volte-ipv6', 'volte-two-scscf'])('passes on %s', async (topology) => {
    const { verdict, instancesLeft } = await play(undefined, { topology });
    expect(verdict).toMatchObject({ passed: true, sentence: 'all 4 steps went as they should' });
    expect(instancesLeft).toBe(0);
  });

  it('passes with machines interpreted, with the same messages', async () => {
    const compiled = await play(undefined);
    const interpreted = await play(undefined, { inspect: true });
    expect(interpreted.verdict.passed).toBe(true);
    expect(interpreted.messages).toEqual(compiled.messages);
  });

  it('REG-60: sends each UE to the S-CSCF that has its capabilities', async () => {
    const { messages } = await play(undefined, { topology: 'volte-two-scscf' });
    const servers = messages.filter((message) => /^icscf1 → scscf\d REGISTER/.test(message));
    expect(servers.filter((message) => message.includes('scscf1')).length).toBeGreaterThan(0);
    expect(servers.filter((message) => message.includes('scscf2')).length).toBeGreaterThan(0);
    expect(messages.some((message) => message.startsWith('scscf1 → icscf1 INVITE'))).toBe(true);
    expect(messages.some((message) => message.startsWith('icscf1 → scscf2 INVITE'))).toBe(true);
  });
});

describe('the card', () => {
  it('AKA-11: a wrong K is found by the UE', async () => {
    const { verdict, messages } = await play(register, { set: ['nodes.ue1.sim.k=00112233445566778899aabbccddeeff'] });
    expect(verdict.passed).toBe(false);
    expect(verdict.sentence).toMatch(/^step 1: ue1 could not register: ue1 refused the challenge: K or OPc differ/);
    expect(messages.filter((message) => message.includes('401')).length).toBeGreaterThan(0);
  });

  it('AKA-11: a wrong OPc is found by the UE', async () => {
    const { verdict } = await play(register, { set: ['nodes.ue1.sim.opc=00112233445566778899aabbccddeeff'] });
    expect(verdict.sentence).toMatch(/K or OPc differ/);
  });

  it('AKA-01: an OP in the place of OPc is called by its name', async () => {
    const { verdict } = await play(register, { set: ['nodes.ue2.sim.opc=ff53bade17df5d4e793073ce9d7579fa'] });
    expect(verdict.sentence).toMatch(/configured as OPc at the UE is an OP/);
  });

  it.each([
    ['ahead of the HSS', 'nodes.ue1.sim.sqn=0x200000000000'],
    ['behind the HSS by more than Delta', 'nodes.ue1.sim.sqn=0'],
  ])('AKA-12, AKA-13: an SQN %s is resynchronised, and the UE registers', async (_what, set) => {
    const { verdict, messages } = await play(register, { set: [set] });
    expect(verdict).toMatchObject({ passed: true });
    const challenges = messages.filter((message) => message === 'pcscf1 → ue1 401 Unauthorized (REGISTER)');
    expect(challenges).toHaveLength(2);
  });

  it('REG-32: a UE that the HSS does not know is refused with 403', async () => {
    const key = '00112233445566778899aabbccddeeff';
    const set = ['nodes.ue1.imsi=001010000000099', `nodes.ue1.sim.k=${key}`, `nodes.ue1.sim.opc=${key}`];
    const { verdict, messages } = await play(register, { set });
    expect(verdict.sentence).toMatch(/^step 1: ue1 could not register: hss1: .*no such identity is provisioned/);
    expect(messages).toContainEqual(expect.stringMatching(/^hss1 → icscf1 UAA 5001 .*USER_UNKNOWN$/));
    expect(messages).toContain('pcscf1 → ue1 403 Forbidden (REGISTER)');
  });
});

describe('a node that is down', () => {
  it('REG-32: without the HSS the I-CSCF answers 480', async () => {
    const { verdict, messages } = await play(`  - { do: stop, node: hss1 }\n${register}`);
    expect(verdict.sentence).toMatch(/^step 2: ue\d could not register: .*HSS/);
    expect(messages).toContain('pcscf1 → ue1 480 Temporarily Unavailable (REGISTER)');
  });

  it('REG-32: without an S-CSCF the I-CSCF answers 504', async () => {
    const { verdict, messages } = await play(`  - { do: stop, node: scscf1 }\n${register}`);
    expect(verdict.sentence).toMatch(/^step 2: ue\d could not register: .*S-CSCF/);
    expect(messages.some((message) => message.startsWith('pcscf1 → ue1 504'))).toBe(true);
  });

  it('without the P-CSCF the UE gets no answer, and the step ends all the same', async () => {
    const { verdict } = await play(`  - { do: stop, node: pcscf1 }\n${register}`);
    expect(verdict.passed).toBe(false);
    expect(verdict.sentence).toMatch(/^step 2: /);
  });

  it('a call to a UE that has gone without a word fails', async () => {
    const { verdict, messages } = await play(`${register}\n  - { do: stop, node: ue2 }\n${call}`);
    expect(verdict.passed).toBe(false);
    // Dialled at its number, as before it went, not at the temporary identity of a UE that starts anew.
    expect(messages).toContainEqual(expect.stringMatching(/^ue1 → pcscf1 INVITE sip:\+15550100002@/));
    expect(verdict.sentence).not.toContain('barred');
  });
});

describe('the callee', () => {
  it('is not registered: 480', async () => {
    const { verdict, messages } = await play(
      `  - { do: register, ue: ue1 }\n  - { do: call, from: ue1, to: "sip:+15550100002@ims.mnc001.mcc001.3gppnetwork.org", as: c1 }`,
    );
    expect(verdict.sentence).toMatch(/^step 2: ue1 could not talk to .*not registered/);
    expect(messages).toContain('pcscf1 → ue1 480 Temporarily Unavailable (INVITE)');
  });

  it('is unknown: 404', async () => {
    const { verdict, messages } = await play(
      `  - { do: register, ue: ue1 }\n  - { do: call, from: ue1, to: "sip:+15559999999@ims.mnc001.mcc001.3gppnetwork.org", as: c1 }`,
    );
    expect(verdict.sentence).toMatch(/no such identity is provisioned/);
    expect(messages).toContain('pcscf1 → ue1 404 Not Found (INVITE)');
  });

  it('is busy: 486, and an expectation may say so', async () => {
    const set = ['nodes.ue2.call.answer=busy'];
    const { verdict, messages } = await play(`${register}\n${call}`, { set });
    expect(verdict.sentence).toMatch(/^step 2: ue1 could not talk to ue2: .*486|busy/i);
    expect(messages).toContain('pcscf1 → ue1 486 Busy Here (INVITE)');
    const expected = await play(`${register}\n${call}\n  - { expect: call, as: c1, is: failed, status: 486 }`, { set });
    expect(expected.verdict.passed).toBe(true);
  });

  it('never answers: the step ends at its bound', async () => {
    const { verdict } = await play(`${register}\n${call}`, { set: ['nodes.ue2.call.answer=ring'] });
    expect(verdict.passed).toBe(false);
  });
});
