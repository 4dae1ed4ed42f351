/** The rules of registration and AKA over traces: each one is kept by a good run, and broken by a fault. */
import { akaRules } from '../../src/conformance/rules/aka.js';
import { registeredUeRules } from '../../src/conformance/rules/registered-ue.js';
import { icscfRegistrationRules } from '../../src/conformance/rules/registration-icscf.js';
import { pcscfRegistrationRules } from '../../src/conformance/rules/registration-pcscf.js';
import { scscfRegistrationRules } from '../../src/conformance/rules/registration-scscf.js';
import { ueRegistrationRules } from '../../src/conformance/rules/registration-ue.js';
import { readField } from '../../src/selection/index.js';
import { avpsOf } from './avp-edits.js';
import { edited, type Flow, judge, play } from './faulted.js';
import { flows } from './flows.js';
import {
  type EditedProof,
  expectBrokenBy,
  expectBrokenIn,
  expectBrokenLive,
  expectKept,
  goodRun,
  type PlantedProof,
} from './proof.js';

const rules = [
  ...ueRegistrationRules,
  ...registeredUeRules,
  ...pcscfRegistrationRules,
  ...icscfRegistrationRules,
  ...scscfRegistrationRules,
  ...akaRules,
];

const home = 'ims.mnc001.mcc001.3gppnetwork.org';
const temporary = `sip:001010000000001@${home}`;
/** RAND and AUTN of nobody. */
const strangeNonce = Buffer.alloc(32, 7).toString('base64');
const key = '0123456789abcdef0123456789abcdef';

const fromUe: readonly PlantedProof[] = [
  ['REG-01', 'registered', { change: 'REGISTER', from: 'ue1', set: { 'Authorization.username': temporary } }],
  [
    'REG-01',
    'registered',
    { change: 'REGISTER', from: 'ue1', set: { 'Authorization.username': `310260000000001@${home}` } },
  ],
  ['REG-02', 'call', { change: 'INVITE', from: 'ue1', set: { 'P-Preferred-Identity': `<${temporary}>` } }],
  [
    'REG-04',
    'registered',
    { change: 'REGISTER', from: 'ue1', set: { 'Contact."+sip.instance"': '<urn:gsma:imei:1-2-3>' } },
  ],
  ['REG-10', 'registered', { change: 'REGISTER', from: 'ue1', set: { 'Request-URI': 'sip:example.org' } }],
  ['REG-10', 'registered', { change: 'REGISTER', from: 'ue1', set: { From: '<sip:other@example.org>;tag=1' } }],
  ['REG-10', 'registered', { change: 'REGISTER', from: 'ue1', set: { 'To.tag': '1' } }],
  ['REG-10', 'registered', { change: 'REGISTER', from: 'ue1', set: { Contact: null } }],
  ['REG-10', 'registered', { change: 'REGISTER', from: 'ue1', set: { Supported: null } }],
  ['REG-10', 'registered', { change: 'REGISTER', from: 'ue1', set: { Path: '<sip:192.0.2.77;lr>' } }],
  ['REG-11', 'registered', { change: 'REGISTER', from: 'ue1', set: { Authorization: null } }],
  ['REG-11', 'registered', { change: 'REGISTER', from: 'ue1', set: { 'Authorization.response': key } }],
  ['REG-11', 'registered', { change: 'REGISTER', from: 'ue1', set: { 'Authorization.uri': 'sip:example.org' } }],
  ['REG-12', 'registered', { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.nonce': strangeNonce } }],
  ['REG-12', 'registered', { change: 'REGISTER', from: 'ue1', nth: 2, set: { CSeq: '1 REGISTER' } }],
  ['REG-12', 'registered', { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.realm': 'example.org' } }],
  ['REG-12', 'registered', { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.cnonce': null } }],
  ['REG-12', 'registered', { change: 'REGISTER', from: 'ue1', nth: 3, set: { CSeq: '9 REGISTER' } }],
  ['REG-12', 'registered', { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Call-ID': 'another' } }],
  ['REG-13', 'call', { change: 'INVITE', from: 'ue1', set: { 'P-Preferred-Identity': `<sip:stranger@${home}>` } }],
  ['REG-14', 'call', { change: 'INVITE', from: 'ue1', set: { 'Route[2]': null } }],
  ['REG-15', 'refreshed', { change: 'REGISTER', from: 'ue1', nth: 3, set: { 'Authorization.nonce': '' } }],
  ['REG-16', 'tooBrief', { change: 'REGISTER', from: 'ue1', nth: 2, set: { Expires: 40 } }],
  ['REG-18', 'registered', { change: 'REGISTER', from: 'ue1', nth: 3, set: { Contact: '*', Expires: 5 } }],
  ['AKA-31', 'registered', { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.response': key } }],
  ['AKA-33', 'resynchronised', { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.auts': 'AAAA' } }],
  ['AKA-33', 'resynchronised', { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.response': key } }],
];

const fromPcscf: readonly PlantedProof[] = [
  ['REG-20', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { Path: null } }],
  ['REG-20', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { Path: '<sip:192.0.2.1>' } }],
  ['REG-20', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { Require: null } }],
  ['REG-20', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { 'P-Visited-Network-ID': null } }],
  ['REG-20', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { 'P-Charging-Vector': null } }],
  ['REG-20', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { 'P-Charging-Vector': 'icid-value="a"' } }],
  [
    'REG-20',
    'asserting',
    { change: 'REGISTER', from: 'pcscf1', set: { 'P-Asserted-Identity': '<sip:someone@example.org>' } },
  ],
  ['REG-21', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { 'Authorization.integrity-protected': 'yes' } }],
  ['REG-21', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { 'Authorization.integrity-protected': null } }],
  ['REG-21', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { 'Authorization.username': `other@${home}` } }],
  ['REG-22', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { 'Security-Client': 'ipsec-3gpp;alg=null' } }],
  ['REG-22', 'registered', { change: 'REGISTER', from: 'pcscf1', set: { Require: 'path, sec-agree' } }],
  ['REG-23', 'registered', { change: '401 REGISTER', from: 'pcscf1', set: { 'WWW-Authenticate.ck': key } }],
  ['REG-23', 'registered', { change: '401 REGISTER', from: 'pcscf1', set: { 'WWW-Authenticate.nonce': strangeNonce } }],
  [
    'REG-23',
    'registered',
    { change: '401 REGISTER', from: 'pcscf1', set: { 'WWW-Authenticate.realm': 'example.org' } },
  ],
  ['REG-25', 'registered', { change: '200 REGISTER', from: 'pcscf1', set: { 'P-Charging-Vector': 'icid-value=1' } }],
  ['REG-25', 'registered', { change: '200 REGISTER', from: 'pcscf1', set: { 'Service-Route': null } }],
  [
    'REG-25',
    'call',
    { change: 'INVITE', from: 'pcscf1', to: 'scscf1', set: { 'P-Charging-Function-Addresses': 'ccf="192.0.2.9"' } },
  ],
];

const fromIcscf: readonly PlantedProof[] = [
  ['REG-30', 'registered', { change: 'UAR', set: { 'User-Name': `other@${home}` } }],
  ['REG-30', 'registered', { change: 'UAR', set: { 'Public-Identity': `sip:other@${home}` } }],
  ['REG-30', 'registered', { change: 'UAR', set: { 'Visited-Network-Identifier': 'example.org' } }],
  ['REG-30', 'registered', { change: 'UAR', set: { 'User-Authorization-Type': 1 } }],
  ['REG-30', 'registered', { change: 'UAR', set: { 'UAR-Flags': 1 } }],
  ['REG-31', 'registered', { change: 'REGISTER', from: 'icscf1', set: { Path: '<sip:192.0.2.77;lr>' } }],
  ['REG-31', 'registered', { change: 'REGISTER', from: 'icscf1', set: { 'Record-Route': '<sip:192.0.2.2;lr>' } }],
  ['REG-31', 'registered', { change: 'REGISTER', from: 'icscf1', set: { 'Authorization.uri': 'sip:192.0.2.3' } }],
  ['REG-31', 'registered', { change: 'REGISTER', from: 'icscf1', set: { 'Request-URI': `sip:${home}` } }],
  ['REG-31', 'registered', { change: 'REGISTER', from: 'icscf1', nth: 2, set: { 'Request-URI': 'sip:192.0.2.77' } }],
  ['REG-32', 'refused', { change: '403 REGISTER', from: 'icscf1', set: { status: 480 } }],
  ['REG-32', 'refusedWhenAskedAgain', { change: '403 REGISTER', from: 'icscf1', set: { status: 504 } }],
  ['REG-42', 'registered', { change: '401 REGISTER', from: 'icscf1', set: { 'WWW-Authenticate.ck': null } }],
];

const fromScscf: readonly PlantedProof[] = [
  ['REG-42', 'registered', { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.ik': null } }],
  [
    'REG-42',
    'registered',
    { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.realm': 'example.org' } },
  ],
  ['REG-42', 'registered', { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.algorithm': 'MD5' } }],
  ['REG-42', 'registered', { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate': null } }],
  ['REG-42', 'registered', { change: '401 REGISTER', from: 'scscf1', set: { 'To.tag': null } }],
  ['REG-45', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { Path: null } }],
  ['REG-45', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { 'Service-Route': null } }],
  ['REG-45', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { 'Service-Route': '<sip:192.0.2.3>' } }],
  ['REG-45', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { 'P-Associated-URI': null } }],
  ['REG-45', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { Contact: null } }],
  ['REG-45', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { 'Contact.expires': null } }],
  ['REG-45', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { 'P-Charging-Vector': null } }],
  ['REG-45', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { 'P-Charging-Vector': 'icid-value="b"' } }],
  ['REG-47', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { 'Contact.expires': 700_000 } }],
  ['REG-47', 'tooBrief', { change: '423 REGISTER', from: 'scscf1', set: { 'Min-Expires': null } }],
  ['REG-47', 'tooBrief', { change: '423 REGISTER', from: 'scscf1', set: { 'Min-Expires': 20 } }],
  ['REG-72', 'registered', { change: '200 REGISTER', from: 'scscf1', nth: 2, set: { 'Contact.expires': 600 } }],
  [
    'REG-80',
    'registered',
    { change: '200 REGISTER', from: 'scscf1', set: { 'P-Associated-URI': '<tel:+15550100001>' } },
  ],
  [
    'REG-80',
    'registered',
    {
      change: '200 REGISTER',
      from: 'scscf1',
      set: { 'P-Associated-URI': `<tel:+15550100001>, <sip:+15550100001@${home}>` },
    },
  ],
  ['REG-81', 'registered', { change: '200 REGISTER', from: 'scscf1', set: { 'P-Associated-URI': `<${temporary}>` } }],
  ['AKA-30', 'registered', { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.nonce': 'AAAA' } }],
  ['AKA-30', 'registered', { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.nonce': strangeNonce } }],
  ['AKA-30', 'registered', { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.ck': key } }],
  ['AKA-33', 'resynchronised', { change: 'MAR', nth: 2, set: { 'SIP-Auth-Data-Item.SIP-Authorization': '0x00' } }],
];

const fromHss: readonly PlantedProof[] = [
  ['AKA-10', 'registered', { change: 'MAA', set: { 'SIP-Auth-Data-Item.Confidentiality-Key': '0x00' } }],
  ['AKA-10', 'registered', { change: 'MAA', set: { 'SIP-Auth-Data-Item.SIP-Authorization': '0x00' } }],
  ['AKA-10', 'registered', { change: 'MAA', set: { 'SIP-Auth-Data-Item.SIP-Authenticate': '0x00' } }],
];

/** What no fault makes a node do: its messages would be refused, or it would act otherwise. */
const recorded: readonly EditedProof[] = [
  ['REG-26', 'call', { message: '200 REGISTER', from: 'pcscf1', to: 'ue1', set: { 'Contact.expires': 0 } }],
  [
    'REG-41',
    'registered',
    { message: 'REGISTER', from: 'icscf1', nth: 2, set: { 'Authorization.nonce': '', 'Authorization.response': '' } },
  ],
  [
    'REG-43',
    'registered',
    { message: 'REGISTER', from: 'icscf1', nth: 2, set: { 'Authorization.nonce': strangeNonce } },
  ],
  ['REG-43', 'registered', { message: 'SAA', set: { result: 5012 } }],
  ['REG-49', 'refreshed', { message: 'REGISTER', from: 'icscf1', nth: 4, set: { CSeq: '2 REGISTER' } }],
  ['REG-61', 'otherServer', { message: 'UAR', nth: 2, set: { 'User-Authorization-Type': 0 } }],
  ['REG-72', 'registered', { message: 'SAR', nth: 2, set: { 'Server-Assignment-Type': 2 } }],
  ['REG-72', 'registered', { message: 'SAR', nth: 2, set: { 'Server-Assignment-Type': 0 } }],
  ['AKA-15', 'registered', { message: 'MAA', nth: 2, alter: avpsOf('MAA', 'SIP-Auth-Data-Item') }],
  [
    'AKA-35',
    'refreshed',
    {
      message: '401 REGISTER',
      from: 'scscf1',
      nth: 2,
      alter: (record, records) => {
        const first = records.find(({ summary, fromNode }) => summary.startsWith('401') && fromNode === 'scscf1')!;
        const nonces = [first, record].map((each) => readField(each, 'WWW-Authenticate.nonce')[0]!);
        return { bytes: Buffer.from(record.bytes.toString('latin1').replace(nonces[1]!, nonces[0]!), 'latin1') };
      },
    },
  ],
];

const planted = [...fromUe, ...fromPcscf, ...fromIcscf, ...fromScscf, ...fromHss];

/** The first line of each rule. */
const live = planted.filter(([rule], index) => planted.findIndex(([other]) => other === rule) === index);

describe('the rules of registration', () => {
  it.each(planted)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(recorded)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(planted)('%s is broken by a fault (%s, %j)', (rule, flow, fault) => expectBrokenBy(fault, rule, flow, rules));
  it.each(recorded)('%s is broken in a trace (%s, %j)', (rule, flow, edit) => expectBrokenIn(edit, rule, flow, rules));

  it.each(live)('%s is broken in a running lab (%s, %j)', (rule, flow, fault) =>
    expectBrokenLive(fault, rule, flow, rules),
  );

  it('AKA-34: a SIM that refuses a challenge which is not of the HSS keeps it, one that takes it does not', async () => {
    const wrong = { change: '401 REGISTER', from: 'pcscf1', set: { 'WWW-Authenticate.nonce': strangeNonce } };
    const refused = await play({ ...flows.registered, faults: [wrong] }, rules);
    expect(refused.applied.get('AKA-34')).toBeGreaterThan(0);
    expect(refused.findings.filter(({ rule }) => rule === 'AKA-34')).toEqual([]);
    const taken = await play({ ...flows.registered, faults: [wrong] }, rules, {
      change: 'REGISTER',
      from: 'ue1',
      nth: 2,
      set: { 'Authorization.response': key },
    });
    expect(taken.findings).toContainEqual(expect.objectContaining({ rule: 'AKA-34', node: 'ue1', fault: 'planted' }));
  });

  it('AKA-33 is kept where the REGISTER went between an I-CSCF and an S-CSCF of others, unseen', async () => {
    const { facts, records } = await goodRun('resynchronised', rules);
    const seen = records.filter(
      (each) => each.kind !== 'message' || each.fromNode !== 'icscf1' || each.toNode !== 'scscf1',
    );
    expect(seen.length).toBeLessThan(records.length);
    const { applied, findings } = judge(facts, seen, rules);
    expect(applied.get('AKA-33')).toBeGreaterThan(0);
    expect(findings.filter(({ rule }) => rule === 'AKA-33')).toEqual([]);
  });

  it.each([
    ['begins anew after the network has ended its registration', true],
    ['does not begin anew by itself', false],
  ])('REG-15: a UE %s', async (_, isEnded) => {
    const drive: Flow['drive'] = async (driver) => {
      await driver.register('ue1');
      const order = { ue: 'ue1', reason: 'permanent-termination' } as const;
      if (isEnded) await driver.all([(done) => driver.running.networkDeregister('hss1', order, done)]);
      await driver.wait(320_000);
    };
    const { facts, records } = await play({ drive, set: ['nodes.ue1.registration.expires=600'] }, rules);
    const set = { 'Authorization.nonce': '', 'Authorization.response': '' };
    const { findings } = judge(facts, edited(records, { message: 'REGISTER', from: 'ue1', nth: 3, set }), rules);
    expect(findings.some(({ rule }) => rule === 'REG-15')).toBe(!isEnded);
  });

  it('REG-30 is kept by a visited network that has the quotes of the header (Kamailio)', async () => {
    const { facts, records } = await goodRun('registered', rules);
    const set = { 'Visited-Network-Identifier': `"${home}"` };
    const { applied, findings } = judge(facts, edited(records, { message: 'UAR', set }), rules);
    expect(applied.get('REG-30')).toBeGreaterThan(0);
    expect(findings).toEqual([]);
  });

  it('each has its line', () => {
    const proven = new Set([...planted, ...recorded].map(([rule]) => rule).concat('AKA-34'));
    // AKAv2 is not of these runs: authentication-rules.test.ts.
    expect(rules.map(({ id }) => id).filter((id) => !proven.has(id))).toEqual(['AKA-32']);
  });
});
