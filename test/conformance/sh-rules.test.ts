/** The rules of Sh over traces: each one is kept by a good run, and broken by a fault. */
import { shRules as rules } from '../../src/conformance/rules/sh.js';
import type { MessageRecord } from '../../src/environment/index.js';
import { flags } from './avp-edits.js';
import {
  type EditedProof,
  expectBrokenBy,
  expectBrokenIn,
  expectBrokenLive,
  expectKept,
  type PlantedProof,
} from './proof.js';

const again =
  '<Sh-Data><RepositoryData><ServiceIndication>mmtel</ServiceIndication><SequenceNumber>1</SequenceNumber><ServiceData/></RepositoryData></Sh-Data>';

/** Expiry-Time (709) of the year 1900. */
function expired({ bytes }: MessageRecord): Partial<MessageRecord> {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(1, copy.indexOf(Buffer.from('000002c5', 'hex')) + 12);
  return { bytes: copy };
}

const planted: readonly PlantedProof[] = [
  ['SH-HEAD', 'subscriberData', { change: 'UDR', set: { 'Auth-Session-State': null } }],
  ['SH-HEAD', 'subscriberData', { change: 'PUR', set: { 'Sh-User-Data': null } }],
  ['SH-HEAD', 'subscriberData', { change: 'SNR', set: { 'Subs-Req-Type': null } }],
  ['SH-HEAD', 'subscriberData', { change: 'PNR', set: { 'User-Identity': null } }],
  ['SH-HEAD', 'subscriberData', { change: 'UDA', set: { 'Vendor-Specific-Application-Id.Auth-Application-Id': 1 } }],
  ['SH-RESULT', 'subscriberData', { change: 'SNA', set: { 'Result-Code': null } }],
];

/** What no fault makes a node do. */
const recorded: readonly EditedProof[] = [
  ['SH-HEAD', 'subscriberData', { message: 'UDR', alter: flags((bits) => bits & ~0x40) }],
  ['SH-SEQ', 'subscriberData', { message: 'PUR', nth: 3, set: { 'Sh-User-Data': again } }],
  ['SH-PNR', 'subscriberData', { message: 'SNR', set: { 'Subs-Req-Type': 1 } }],
  ['SH-EXPIRY', 'subscriberData', { message: 'SNA', alter: expired }],
];

describe('the rules of Sh', () => {
  it.each([...planted, ...recorded])('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, rules));
  it.each(planted)('%s is broken by a fault (%s, %j)', (rule, flow, fault) => expectBrokenBy(fault, rule, flow, rules));
  it.each(recorded)('%s is broken in a trace (%s, %j)', (rule, flow, edit) => expectBrokenIn(edit, rule, flow, rules));
  it.each(planted.filter(([rule]) => rule === 'SH-RESULT' || rule === 'SH-HEAD').slice(0, 1))(
    '%s is broken in a running lab (%s, %j)',
    (rule, flow, fault) => expectBrokenLive(fault, rule, flow, rules),
  );

  it('each has its line', () => {
    const proven = new Set([...planted, ...recorded].map(([rule]) => rule));
    expect(rules.map(({ id }) => id).filter((id) => !proven.has(id))).toEqual([]);
  });
});
