/** The rules of Cx and of the base protocol over traces: each one is kept by a good run, and broken by a fault. */
import { cxHssRules } from '../../src/conformance/rules/cx-hss.js';
import { cxMessageRules } from '../../src/conformance/rules/cx-messages.js';
import { diameterBaseRules } from '../../src/conformance/rules/diameter-base.js';
import type { MessageRecord } from '../../src/environment/index.js';
import { distinctIdentity } from '../../src/ims/subscription/subscriber.js';
import { formatUserData } from '../../src/ims/subscription/user-data.js';
import { readField } from '../../src/selection/index.js';
import { flags } from './avp-edits.js';
import { edited, judge } from './faulted.js';
import {
  type EditedProof,
  expectBrokenBy,
  expectBrokenIn,
  expectBrokenLive,
  expectKept,
  goodRun,
  type PlantedProof,
} from './proof.js';

const rules = [...cxMessageRules, ...cxHssRules, ...diameterBaseRules];

const other = 'sip:192.0.2.77';
/** For an S-CSCF that has not said that it knows such sets. */
const sharedCriteria = formatUserData({
  privateIdentity: '001010000000001@example.org',
  serviceProfiles: [{ publicIdentities: [distinctIdentity('tel:+15550100001')], filterCriteria: [], sharedSets: [7] }],
  readerHasSharedSets: true,
});

const planted: readonly PlantedProof[] = [
  ['CX-HEAD', 'registered', { change: 'UAR', set: { 'Auth-Session-State': null } }],
  ['CX-HEAD', 'registered', { change: 'UAR', set: { 'Destination-Realm': null } }],
  ['CX-HEAD', 'registered', { change: 'MAA', set: { 'Origin-Host': null } }],
  ['CX-HEAD', 'registered', { change: 'SAR', set: { 'Vendor-Specific-Application-Id.Vendor-Id': 1 } }],
  ['CX-UAR', 'registered', { change: 'UAR', set: { 'Visited-Network-Identifier': null } }],
  ['CX-UAR', 'registered', { change: 'UAR', set: { 'User-Name': 'sip:001010000000001@example.org' } }],
  ['CX-UAR', 'registered', { change: 'UAR', set: { 'Public-Identity': '001010000000001@example.org' } }],
  ['CX-UAR', 'registered', { change: 'UAR', set: { 'User-Authorization-Type': 3 } }],
  ['CX-UAA', 'registered', { change: 'UAA', nth: 2, set: { 'Server-Name': null } }],
  ['CX-UAA', 'registered', { change: 'UAA', nth: 2, set: { 'Server-Name': other } }],
  ['CX-MAR', 'registered', { change: 'MAR', set: { 'SIP-Number-Auth-Items': null } }],
  ['CX-MAR', 'registered', { change: 'MAR', set: { 'SIP-Number-Auth-Items': 0 } }],
  ['CX-MAR', 'registered', { change: 'MAR', set: { 'Server-Name': 'scscf1' } }],
  ['CX-MAR', 'registered', { change: 'MAR', set: { 'SIP-Auth-Data-Item.SIP-Authentication-Scheme': null } }],
  ['CX-MAA', 'registered', { change: 'MAA', set: { 'SIP-Number-Auth-Items': 2 } }],
  ['CX-MAA', 'registered', { change: 'MAA', set: { 'User-Name': 'other@example.org' } }],
  ['CX-MAA', 'registered', { change: 'MAA', set: { 'SIP-Auth-Data-Item.SIP-Authentication-Scheme': 'SIP Digest' } }],
  ['CX-SAR', 'registered', { change: 'SAR', set: { 'User-Data-Already-Available': null } }],
  ['CX-SAR', 'registered', { change: 'SAR', set: { 'Public-Identity': null } }],
  ['CX-SAR', 'registered', { change: 'SAR', set: { 'User-Name': null } }],
  ['CX-SAR', 'registered', { change: 'SAR', set: { 'Server-Assignment-Type': 13 } }],
  ['CX-SAA', 'registered', { change: 'SAA', set: { 'User-Data': null } }],
  ['CX-SAA', 'registered', { change: 'SAA', nth: 2, set: { 'User-Data': '<x/>' } }],
  ['CX-SAA', 'registered', { change: 'SAA', set: { 'User-Data': sharedCriteria } }],
  ['CX-LIR', 'call', { change: 'LIR', set: { 'Public-Identity': null } }],
  ['CX-LIR', 'call', { change: 'LIR', set: { 'User-Authorization-Type': 0 } }],
  ['CX-LIA', 'call', { change: 'LIA', set: { 'Server-Name': null } }],
  ['CX-LIA', 'call', { change: 'LIA', set: { 'Server-Name': other } }],
  ['CX-RTR', 'terminated', { change: 'RTR', set: { 'User-Name': null } }],
  ['CX-RTR', 'terminated', { change: 'RTR', set: { 'Deregistration-Reason.Reason-Code': 1, 'Public-Identity': null } }],
  ['CX-RTR', 'terminated', { change: 'RTA', set: { 'Result-Code': 2002 } }],
  [
    'CX-RTR',
    'terminated',
    { change: 'RTA', set: { 'Identity-with-Emergency-Registration.User-Name': 'a@example.org' } },
  ],
  ['CX-RESULT', 'registered', { change: 'UAA', set: { 'Result-Code': 2001 } }],
  ['CX-RESULT', 'registered', { change: 'MAA', set: { 'Result-Code': null } }],
  ['CX-RESULT', 'registered', { change: 'UAA', set: { 'Experimental-Result.Vendor-Id': 1 } }],
  ['CX-RESULT', 'registered', { change: 'UAA', set: { 'Experimental-Result.Experimental-Result-Code': 2003 } }],
  ['CX-60', 'reconnected', { change: 'CER', from: 'icscf1', set: { 'Product-Name': null } }],
  ['CX-60', 'reconnected', { change: 'CER', from: 'icscf1', set: { 'Vendor-Specific-Application-Id': null } }],
  ['CX-62', 'reconnected', { change: 'DWR', set: { 'Origin-Host': null } }],
  ['CX-62', 'reconnected', { change: 'DWA', set: { 'Result-Code': null } }],
  ['CX-63', 'reconnected', { change: 'DWA', set: { 'Origin-State-Id': 1 } }],
  ['CX-66', 'repeatedCxRequest', { change: 'UAA', nth: 3, set: { result: 5001 } }],
  ['CX-67', 'registered', { change: 'UAA', set: { 'end-to-end': 7 } }],
  ['CX-67', 'registered', { change: 'UAA', set: { 'Session-Id': 'other;1;2' } }],
  ['CX-ROUTING', 'registered', { change: 'UAR', set: { 'Destination-Realm': 'example.org' } }],
  ['CX-ROUTING', 'registered', { change: 'SAR', set: { 'Destination-Host': 'hss9.example.org' } }],
];

/** What no fault makes a node do. */
const recorded: readonly EditedProof[] = [
  ['CX-HEAD', 'registered', { message: 'UAR', alter: flags((bits) => bits & ~0x40) }],
  ['CX-UAR', 'registered', { message: 'UAR', alter: () => ({ fromNode: 'scscf1' }) }],
  ['CX-RESULT', 'registered', { message: 'MAA', alter: flags((bits) => bits | 0x20) }],
  ['REG-62', 'refreshed', { message: 'SAR', nth: 2, set: { 'Server-Name': other } }],
  [
    'CX-64',
    'lateCxAnswer',
    {
      message: 'UAR',
      nth: 2,
      alter: ({ bytes }, records) => {
        const first = records.find(({ summary }) => summary === 'UAR')!;
        const copy = Buffer.from(bytes);
        first.bytes.copy(copy, 12, 12, 16); // RFC 6733 3: Hop-by-Hop Identifier
        return { bytes: copy };
      },
    },
  ],
  ['CX-65', 'registered', { message: 'UAR', alter: flags((bits) => bits | 0x10) }],
  [
    'CX-65',
    'registered',
    {
      message: 'UAR',
      nth: 2,
      alter: ({ bytes }, records) => {
        const again = Buffer.from(records.find(({ summary }) => summary === 'UAR')!.bytes);
        bytes.copy(again, 12, 12, 16); // sent before, and now with another Hop-by-Hop Identifier
        return { bytes: again };
      },
    },
  ],
  ['CX-67', 'registered', { message: 'UAA', alter: flags((bits) => bits | 0x10) }],
  ['CX-67', 'registered', { message: 'UAA', alter: flags((bits) => bits & ~0x40) }],
];

/** The first line of each rule. */
const live = planted.filter(([rule], index) => planted.findIndex(([first]) => first === rule) === index);

describe('the rules of Cx', () => {
  it.each(planted)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(recorded)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(planted)('%s is broken by a fault (%s, %j)', (rule, flow, fault) => expectBrokenBy(fault, rule, flow, rules));
  it.each(recorded)('%s is broken in a trace (%s, %j)', (rule, flow, edit) => expectBrokenIn(edit, rule, flow, rules));
  it.each(live)('%s is broken in a running lab (%s, %j)', (rule, flow, fault) =>
    expectBrokenLive(fault, rule, flow, rules),
  );

  it('CX-ROUTING is kept by a name in capitals with the dot of the root (RFC 6733 4.3.1)', async () => {
    const { facts, records } = await goodRun('registered', rules);
    const sar = records.find((record) => record.kind === 'message' && record.summary === 'SAR');
    const said = (name: string): string => `${readField(sar as MessageRecord, name)[0]!.toUpperCase()}.`;
    const set = { 'Destination-Realm': said('Destination-Realm'), 'Destination-Host': said('Destination-Host') };
    const { findings } = judge(facts, edited(records, { message: 'SAR', set }), rules);
    expect(findings).toEqual([]);
  });

  it('each has its line', () => {
    const proven = new Set([...planted, ...recorded].map(([rule]) => rule));
    expect(rules.map(({ id }) => id).filter((id) => !proven.has(id))).toEqual([]);
  });
});
