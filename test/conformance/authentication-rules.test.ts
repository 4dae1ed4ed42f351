/** The rules of schemes, vectors and identity sets over traces: each one is kept by a good run, and broken in another one. */
import { DiameterMessage } from '../../src/conformance/diameter-message.js';
import { akaRules } from '../../src/conformance/rules/aka.js';
import { authenticationRules } from '../../src/conformance/rules/authentication.js';
import { identitySetRules } from '../../src/conformance/rules/identity-sets.js';
import { scscfRegistrationRules } from '../../src/conformance/rules/registration-scscf.js';
import type { MessageRecord } from '../../src/environment/index.js';
import { changeDiameter } from '../../src/faults/change/diameter-change.js';
import { firstNumberHighest } from './avp-edits.js';
import { octets } from './body-edits.js';
import { type EditedProof, expectBrokenBy, expectBrokenIn, expectKept, type PlantedProof } from './proof.js';

const rules = [...authenticationRules, ...akaRules, ...scscfRegistrationRules, ...identitySetRules];
const home = 'ims.mnc001.mcc001.3gppnetwork.org';
const hash = '0123456789abcdef0123456789abcdef';
const gruu = `sip:+15550100001@${home};gr`;

const planted: readonly PlantedProof[] = [
  ['REG-40', 'registered', { change: 'MAR', set: { 'SIP-Auth-Data-Item.SIP-Authentication-Scheme': 'SIP Digest' } }],
  [
    'REG-42',
    'secondVersion',
    { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.algorithm': 'AKAv1-MD5' } },
  ],
  ['REG-42', 'digest', { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.algorithm': 'SHA-256' } }],
  ['REG-42', 'digest', { change: '401 REGISTER', from: 'scscf1', set: { 'WWW-Authenticate.realm': 'example.org' } }],
  ['AKA-32', 'secondVersion', { change: 'REGISTER', from: 'ue1', nth: 2, set: { 'Authorization.response': hash } }],
  ['AKA-36', 'networkProven', { change: '200 REGISTER', from: 'scscf1', set: { 'Authentication-Info.rspauth': hash } }],
  ['REG-45', 'gruus', { change: '200 REGISTER', from: 'scscf1', set: { 'Contact.pub-gruu': `"${gruu}"` } }],
  [
    'REG-45',
    'gruus',
    { change: '200 REGISTER', from: 'scscf1', nth: 2, set: { 'Contact.pub-gruu': `"${gruu}=other"` } },
  ],
  ['REG-45', 'gruus', { change: '200 REGISTER', from: 'scscf1', set: { 'Contact.temp-gruu': '"sip:a@b"' } }],
  ['REG-46', 'severalFlows', { change: '200 REGISTER', from: 'scscf1', set: { Require: null } }],
  [
    'REG-83',
    'identitySets',
    { change: '200 REGISTER', from: 'scscf1', set: { 'P-Associated-URI': `<sip:a-!.*!@${home}>` } },
  ],
  ['CX-PPR', 'pushed', { change: 'PPR', set: { 'User-Name': null } }],
  ['CX-PPR', 'pushed', { change: 'PPR', set: { 'User-Data': 'nothing' } }],
  ['CX-PPR', 'pushed', { change: 'PPR', set: { 'User-Data': null } }],
];

/** Another text of another length in a SIP message. */
function text(search: string, replacement: string): (record: MessageRecord) => Partial<MessageRecord> {
  return ({ bytes }) => ({ bytes: Buffer.from(bytes.toString('latin1').replaceAll(search, replacement), 'latin1') });
}

const recorded: readonly EditedProof[] = [
  [
    'REG-44',
    'secured',
    { message: 'REGISTER', from: 'icscf1', nth: 5, set: { 'Authorization.integrity-protected': 'no' } },
  ],
  ['REG-40', 'address', { message: 'MAA', nth: -1, alter: octets('Early-IMS-Security', 'Early-IMS-Surprise') }],
  ['AKA-35', 'registered', { message: 'REGISTER', from: 'icscf1', nth: 2, set: { 'Authorization.response': hash } }],
  ['AKA-35', 'digest', { message: 'REGISTER', from: 'icscf1', nth: -1, set: { 'Authorization.response': hash } }],
  ['AKA-13', 'resynchronised', { message: 'MAA', nth: 2, alter: randOfFirst }],
  ['AKA-24', 'severalVectors', { message: 'MAA', set: { 'SIP-Auth-Data-Item.SIP-Item-Number': null } }],
  ['AKA-24', 'severalVectors', { message: 'MAA', alter: firstNumberHighest }],
  ['REG-46', 'severalFlows', { message: 'REGISTER', from: 'icscf1', nth: 2, alter: text(';ob>', '>') }],
  ['REG-82', 'identitySets', { message: 'SAA', alter: withoutProfileBorder }],
];

/** RAND of the first vector in place of that of the second one. */
function randOfFirst(record: MessageRecord, records: readonly MessageRecord[]): Partial<MessageRecord> {
  const first = records.find(({ summary }) => summary.startsWith('MAA'))!;
  const at = ({ bytes }: MessageRecord) => bytes.indexOf(authenticateHead) + authenticateHead.length;
  const bytes = Buffer.from(record.bytes);
  first.bytes.copy(bytes, at(record), at(first), at(first) + 16);
  return { bytes };
}

/** SIP-Authenticate, 609, V and M, of 44 octets, vendor 10415. */
const authenticateHead = Buffer.from('00000261c000002c000028af', 'hex');

/** The border between two identities becomes one between two service profiles. */
function withoutProfileBorder({ bytes }: MessageRecord): Partial<MessageRecord> {
  const document = DiameterMessage.read(bytes)!.avps.text('User-Data')!;
  const at = document.indexOf('<PublicIdentity>', document.indexOf('AliasIdentityGroupID'));
  const text = `${document.slice(0, at)}</ServiceProfile><ServiceProfile>${document.slice(at)}`;
  const changed = changeDiameter(bytes, { 'User-Data': text });
  if (!Buffer.isBuffer(changed)) throw new Error('there is no profile');
  return { bytes: changed };
}

describe('the rules of authentication and identity sets', () => {
  it.each(planted)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(recorded)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(planted)('%s is broken by a fault (%s, %j)', (rule, flow, fault) => expectBrokenBy(fault, rule, flow, rules));
  it.each(recorded)('%s is broken in a trace (%s, %j)', (rule, flow, edit) => expectBrokenIn(edit, rule, flow, rules));
});
