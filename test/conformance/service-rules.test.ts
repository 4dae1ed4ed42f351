/** The rules of application servers over traces: each one is kept by a good run, and broken by a fault. */
import { serviceRules } from '../../src/conformance/rules/services.js';
import { edited, judge } from './faulted.js';
import { expectBrokenBy, expectKept, goodRun, type PlantedProof } from './proof.js';

const unknownCase = '<sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org>;sescase=both';

const planted: readonly PlantedProof[] = [
  ['CX-55', 'throughServers', { change: 'INVITE', from: 'scscf1', to: 'as1', set: { 'P-Served-User': null } }],
  ['CX-55', 'throughServers', { change: 'INVITE', from: 'scscf1', to: 'as2', set: { 'P-Served-User': unknownCase } }],
  [
    'CX-55',
    'throughServers',
    { change: 'INVITE', from: 'scscf1', to: 'icscf1', set: { 'P-Served-User': unknownCase } },
  ],
  [
    'CALL-03',
    'throughServers',
    { change: 'INVITE', from: 'scscf1', to: 'as1', set: { Route: '<sip:as1.invalid;lr>' } },
  ],
];

describe('the rules of application servers', () => {
  it.each(planted)('%s is kept by a good run (%s)', (rule, flow) => expectKept(rule, flow, serviceRules));
  it.each(planted)('%s is broken by a fault (%s, %j)', (rule, flow, fault) =>
    expectBrokenBy(fault, rule, flow, serviceRules),
  );

  it('CALL-03 is broken by one identifier for two requests', async () => {
    const { facts, records } = await goodRun('throughServers', serviceRules);
    const set = { Route: '<sip:as1.invalid;lr>, <sip:same@scscf1.invalid;lr>' };
    const once = edited(records, { message: 'INVITE', from: 'scscf1', to: 'as1', set });
    expect(judge(facts, once, serviceRules).findings).toEqual([]);
    const twice = edited(once, { message: 'INVITE', from: 'scscf1', to: 'as2', set });
    expect(judge(facts, twice, serviceRules).findings.map(({ rule }) => rule)).toEqual(['CALL-03']);
  });

  it('CX-55, CALL-03: a server of the operator that is no node is one all the same', async () => {
    const { facts, records } = await goodRun('throughServers', serviceRules);
    const own = { ...facts, roleOf: (node: string) => (node === 'as1' ? undefined : facts.roleOf(node)) };
    expect(judge(own, records, serviceRules).findings).toEqual([]);
    const alone = { message: 'INVITE', from: 'scscf1', to: 'as1', set: { Route: '<sip:as1.invalid;lr>' } };
    expect(judge(own, edited(records, alone), serviceRules).findings.map(({ rule }) => rule)).toEqual(['CX-55']);
  });

  it('each has its line', () => {
    const proven = new Set(planted.map(([rule]) => rule));
    expect(serviceRules.map(({ id }) => id).filter((id) => !proven.has(id))).toEqual([]);
  });
});
