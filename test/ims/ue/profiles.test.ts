/** The handsets of profiles/ue, each in a whole network: what comes of it, and what the verdict says. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Verdict } from '../../../src/scenario/run/verdict.js';
import { play } from '../../scenario/run/simulated.js';

const folder = resolve(__dirname, '../../../profiles/ue');
const names = readdirSync(folder).map((file) => file.replace(/\.yaml$/, ''));

function register(profile: string, steps: readonly string[] = []): Promise<Verdict> {
  const all = ['- { do: register, ue: ue1 }', ...steps].map((step) => `  ${step}`).join('\n');
  return play(`name: with-${profile}\nsteps:\n${all}\n`, { set: [`nodes.ue1.profile=ue/${profile}`] });
}

it.each(names)('%s says in a comment what it plays', (name) => {
  const [schema, comment] = readFileSync(resolve(folder, `${name}.yaml`), 'utf8').split('\n');
  expect(schema).toBe('# yaml-language-server: $schema=../../docs/schemas/ue-profile.schema.json');
  expect(comment).toMatch(/^# [A-Z].*\.$/);
});

describe('handsets that get in all the same', () => {
  it.each([
    ['sqn-ahead', '- { expect: message, message: REGISTER, from: ue1, to: pcscf1, count: 3 }'],
    ['sqn-behind', '- { expect: message, message: REGISTER, from: ue1, to: pcscf1, count: 3 }'],
    ['expires-600000', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
    ['mixed-transports', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
    ['no-rport', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
    ['contact-without-user', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
    ['upper-case-response', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
    ['tel-identity', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
    ['new-call-id', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
    ['forged-integrity-protected', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
    ['register-races-deregister', '- { expect: message, message: 200 REGISTER, from: pcscf1, to: ue1 }'],
  ])('%s', async (name, step) => {
    expect((await register(name, [step])).sentence).toBe('all 2 steps went as they should');
  });
});

describe('handsets that do not: the verdict names the cause and the next thing to check', () => {
  it.each([
    ['op-as-opc', /the network uses the OP configured at the UE where OPc belongs: enter OP as OP in the HSS/],
    ['wrong-k', /refused the challenge: K or OPc differ .*: compare K and OPc of the SIM/],
    ['wrong-amf', /AUTS of 001010000000001 does not verify/],
    ['xor-sim', /XOR/],
  ])('%s', async (name, sentence) => {
    const verdict = await register(name);
    expect(verdict.passed).toBe(false);
    expect(verdict.sentence).toMatch(sentence);
  });
});

describe('the other schemes, as the subscriber has them', () => {
  const scheme = (imsi: string): Promise<Verdict> =>
    play(
      'name: with-scheme\nsteps:\n  - { do: register, ue: ue1 }\n  - { expect: message, message: 200 REGISTER, to: ue1 }\n',
      {
        set: ['nodes.hss1.subscribers=subscribers/schemes', `nodes.ue1.imsi=${imsi}`, 'nodes.ue2.imsi=001010000000001'],
      },
    );

  it('SIP Digest with MD5 and SHA-256', async () => {
    expect((await scheme('001010000000002')).sentence).toBe('all 2 steps went as they should');
    expect((await scheme('001010000000003')).sentence).toBe('all 2 steps went as they should');
  });

  it('TUAK and the XOR test algorithm', async () => {
    expect((await scheme('001010000000006')).sentence).toBe('all 2 steps went as they should');
    expect((await scheme('001010000000007')).sentence).toBe('all 2 steps went as they should');
  });

  it('GIBA from another address than the network has given: refused, and said why', async () => {
    const { sentence } = await scheme('001010000000004');
    expect(sentence).toMatch(/ue1 could not register: .*address/);
  });
});
