/** That a rule is kept by a good run, and broken by a fault: one line of a table each. */
import type { Rule } from '../../src/conformance/index.js';
import type { TraceRecord } from '../../src/environment/index.js';
import { type Edit, edited, type FaultLine, type FlowRun, judge, play } from './faulted.js';
import { type FlowName, flows } from './flows.js';

export type PlantedProof = readonly [rule: string, flow: FlowName, fault: FaultLine];
export type EditedProof = readonly [rule: string, flow: FlowName, edit: Edit];

const goodRuns = new Map<FlowName, Promise<FlowRun>>();

/** Each flow is played once for all rules. */
export function goodRun(name: FlowName, rules: readonly Rule[]): Promise<FlowRun> {
  let run = goodRuns.get(name);
  if (run === undefined) {
    run = play(flows[name], rules);
    goodRuns.set(name, run);
  }
  return run;
}

export async function expectKept(rule: string, flow: FlowName, rules: readonly Rule[]): Promise<void> {
  const { findings, applied } = await goodRun(flow, rules);
  expect(findings).toEqual([]);
  expect(applied.get(rule) ?? 0).toBeGreaterThan(0);
}

/** The fault is applied to what was recorded: nothing that follows is different. */
export function expectBrokenBy(fault: FaultLine, rule: string, flow: FlowName, rules: readonly Rule[]): Promise<void> {
  return expectBrokenIn(asEdit(fault), rule, flow, rules);
}

function asEdit({ change, replace, message = '', ...where }: FaultLine): Edit {
  if (change !== undefined) return { message: change, ...where, nth: Number(where.nth ?? 1) };
  return { message: replace!, ...where, nth: 1, alter: () => ({ bytes: Buffer.from(message, 'latin1') }) };
}

/** The fault is planted, and the nodes make of it what they can. */
export async function expectBrokenLive(fault: FaultLine, rule: string, flow: FlowName, rules: readonly Rule[]) {
  const { findings, struck } = await play(flows[flow], rules, fault);
  expect(struck('planted')).toBeGreaterThan(0);
  const found = findings.filter((finding) => finding.rule === rule);
  expect(found.map((finding) => finding.fault)).toContain('planted');
}

export async function expectBrokenIn(edit: Edit, rule: string, flow: FlowName, rules: readonly Rule[]) {
  const { facts, records } = await goodRun(flow, rules);
  const changed = edited(records, edit);
  const accused = judge(facts, changed, rules).findings.filter((finding) => finding.rule === rule);
  expect(accused).not.toEqual([]);
  const parties = partiesOf(records, changed);
  expect(accused.filter(({ node }) => !parties.has(node)).map(({ sentence }) => sentence)).toEqual([]);
}

/** Of the message that was changed: who sends it, who did, and who takes it. Nobody else can have broken a rule. */
function partiesOf(records: readonly TraceRecord[], changed: readonly TraceRecord[]): ReadonlySet<string> {
  const both = [records.filter((each) => !changed.includes(each)), changed.filter((each) => !records.includes(each))];
  return new Set(both.flat().flatMap((each) => (each.kind === 'message' ? [each.fromNode, each.toNode] : [])));
}
