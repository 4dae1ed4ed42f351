/** The rules of the security agreement and its associations over traces: each one is kept by a good run, and broken in another one. */
import { associationLifeRules } from '../../src/conformance/rules/association-life.js';
import { associationRules } from '../../src/conformance/rules/associations.js';
import { pcscfRegistrationRules } from '../../src/conformance/rules/registration-pcscf.js';
import { securityAgreementRules } from '../../src/conformance/rules/security-agreement.js';
import type { MessageRecord, TraceRecord } from '../../src/environment/index.js';
import { edited, judge } from './faulted.js';
import { brokenIn } from './handmade.js';
import { type EditedProof, expectBrokenIn, expectKept, goodRun } from './proof.js';

const rules = [...securityAgreementRules, ...associationRules, ...associationLifeRules, ...pcscfRegistrationRules];

type Alter = (record: MessageRecord) => Partial<MessageRecord>;

const text =
  (search: RegExp, replacement: string): Alter =>
  ({ bytes }) => {
    const before = bytes.toString('latin1');
    if (!search.test(before)) throw new Error(`there is no ${search}`);
    return { bytes: Buffer.from(before.replace(search, replacement), 'latin1') };
  };
const clear: Alter = () => ({ protection: undefined });
const fromPort =
  (port: number): Alter =>
  ({ from }) => ({ from: { ...from, port } });
const later =
  (ms: number): Alter =>
  ({ time }) => ({ time: time + ms });

const first = { message: 'REGISTER', from: 'ue1', nth: 1 } as const;
const answer = { message: 'REGISTER', from: 'ue1', nth: 2 } as const;
const renewal = { message: 'REGISTER', from: 'ue1', nth: 3 } as const;
const nextAnswer = { message: 'REGISTER', from: 'ue1', nth: 4 } as const;
const challenge = { message: '401 REGISTER', from: 'pcscf1', to: 'ue1' } as const;
const invite = { message: 'INVITE', from: 'ue1' } as const;
const verify = /Security-Verify: ipsec-3gpp;[^\r]*/;

const proofs: readonly EditedProof[] = [
  ['REG-11', 'secured', { ...first, set: { 'Proxy-Require': null } }],
  ['AKA-40', 'secured', { ...first, alter: text(/;alg=hmac-sha-1-96;ealg=aes-cbc/, ';alg=null;ealg=aes-cbc') }],
  ['AKA-40', 'secured', { ...challenge, alter: text(/;alg=[^;\r]*/, '') }],
  ['AKA-41', 'secured', { ...first, alter: text(/spi-c=\d+/, 'spi-c=17') }],
  ['AKA-41', 'secured', { ...challenge, alter: text(/spi-c=\d+;spi-s=\d+/, 'spi-c=777;spi-s=777') }],
  ['AKA-42', 'secured', { ...first, alter: text(/port-c=\d+/, 'port-c=9') }],
  [
    'AKA-42',
    'secured',
    { ...challenge, alter: text(/;alg=[^;\r]*;ealg=[^;\r]*/, ';alg=hmac-md5-96;ealg=des-ede3-cbc') },
  ],
  ['AKA-43', 'secured', { ...answer, alter: text(verify, 'Security-Verify: ipsec-3gpp;alg=null;ealg=aes-gcm') }],
  ['AKA-43', 'secured', { ...answer, alter: text(/(Security-Client: .*?spi-c=)\d+/, '$1300') }],
  ['AKA-44', 'secured', { ...invite, set: { 'Security-Verify': null } }],
  ['AKA-44', 'secured', { ...invite, set: { 'Proxy-Require': null } }],
  ['AKA-44', 'secured', { message: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'Security-Verify': 'ipsec-3gpp' } }],
  ['AKA-56', 'secured', { message: '401 REGISTER', from: 'pcscf1', set: { 'Security-Server.mod': 'UDP-enc-tun' } }],
  ['AKA-50', 'secured', { ...invite, alter: fromPort(5060) }],
  ['AKA-51', 'secured', { ...invite, alter: fromPort(49_152) }],
  ['AKA-52', 'secured', { ...invite, alter: clear }],
  ['AKA-52', 'secured', { message: 'INVITE', from: 'pcscf1', to: 'ue2', alter: clear }],
  ['REG-76', 'securedEnd', { message: 'NOTIFY', from: 'pcscf1', to: 'ue1', nth: -1, alter: clear }],
  ['AKA-53', 'secured', { ...answer, alter: later(300_000) }],
  ['AKA-54', 'challengedAgain', { message: 'INVITE', from: 'ue1', nth: 2, alter: fromPort(49_153) }],
  ['AKA-55', 'secured', { ...renewal, alter: text(/port-s=\d+/g, 'port-s=7') }],
  ['AKA-55', 'challengedAgain', { ...challenge, nth: 2, alter: text(/port-s=\d+/, 'port-s=7') }],
  ['REG-12', 'secured', { ...answer, alter: clear }],
  ['REG-14', 'secured', { ...invite, alter: text(/Via: ([^:]*):\d+/, 'Via: $1:5060') }],
  [
    'REG-19',
    'secured',
    { message: '200 REGISTER', from: 'pcscf1', to: 'ue1', alter: ({ to }) => ({ to: { ...to, port: 49_153 } }) },
  ],
  [
    'REG-21',
    'secured',
    { message: 'REGISTER', from: 'pcscf1', nth: 3, set: { 'Authorization.integrity-protected': 'no' } },
  ],
  ['REG-23', 'secured', { ...challenge, alter: () => ({ protection: 'esp' }) }],
  ['REG-24', 'secured', { ...answer, alter: text(verify, 'Security-Verify: ipsec-3gpp;alg=null;ealg=aes-gcm') }],
  ['REG-24', 'secured', { ...answer, alter: clear }],
  ['REG-25', 'secured', { message: '200 REGISTER', from: 'pcscf1', to: 'ue1', alter: clear }],
  ['REG-70', 'secured', { message: 'INVITE', from: 'ue1', nth: 2, alter: fromPort(49_154) }],
  ['REG-71', 'challengedAgain', { ...nextAnswer, alter: fromPort(49_153) }],
];

describe('the rules of the security agreement', () => {
  it.each(proofs)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(proofs)('%s is broken in a trace (%s, %j)', (rule, flow, edit) => expectBrokenIn(edit, rule, flow, rules));

  it('AKA-54, REG-70 / TS 33.203 7.4: a UE that has not got the 200 goes on over the set of before', async () => {
    const { facts, records } = await goodRun('challengedAgain', rules);
    const lost: Alter = () => ({ fault: { name: 'link loss', effect: 'lost' } });
    const unheard = edited(records, { message: '200 REGISTER', from: 'pcscf1', to: 'ue1', nth: 2, alter: lost });
    const found = (trace: readonly TraceRecord[]) =>
      judge(facts, trace, rules).findings.flatMap(({ rule, sentence }) => (/sent INVITE/.test(sentence) ? [rule] : []));
    const goesOn = { message: 'INVITE', from: 'ue1', nth: 2, alter: fromPort(49_153) } as const;
    expect(found(edited(records, goesOn))).toContain('AKA-54');
    expect(found(edited(unheard, goesOn))).toEqual([]);
    expect(found(unheard)).toEqual(['AKA-54']);
  });

  it.each([
    [421, 'Require: sec-agree'],
    [494, 'Security-Server: ipsec-3gpp;alg=hmac-sha-1-96;spi-c=300;spi-s=301;port-c=1;port-s=2'],
  ])('REG-22: a %d says what it wants', (status, header) => {
    const refused = (headers: readonly string[]) =>
      brokenIn(
        [
          ['ue1', 'pcscf1', 'REGISTER', {}],
          ['pcscf1', 'ue1', `${status} REGISTER`, { headers }],
        ],
        { rules: securityAgreementRules },
      );
    expect(refused([header])).toEqual([]);
    expect(refused([])).toEqual(['REG-22']);
  });
});
