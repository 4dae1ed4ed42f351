/** Runs in which a fault may be planted, written as a line of a table; what the rules given find in them. */
import { ConformanceRun } from '../../src/conformance/conformance-run.js';
import type { ConformanceResult, LabFacts, Rule } from '../../src/conformance/index.js';
import type { MessageRecord, TraceRecord } from '../../src/environment/index.js';
import { changeDiameter } from '../../src/faults/change/diameter-change.js';
import { changeSip } from '../../src/faults/change/sip-change.js';
import { type Fault, type FaultAction, FaultLayer, type FieldChanges } from '../../src/faults/index.js';
import { IpsecLayer } from '../../src/ipsec/index.js';
import { simulatedWorld } from '../../src/lab/world.js';
import { compilePattern } from '../../src/selection/index.js';
import { findTopology } from '../../src/topology/find-file.js';
import { loadLab } from '../../src/topology/load.js';
import { RunningLab } from '../../src/topology/running-lab.js';
import { parseOverride } from '../../src/topology/source.js';
import { NodeTable, TraceCollector } from '../../src/trace/index.js';
import { Driver, factsOf } from './simulated.js';

/** A fault as a scenario writes it: the action's name with the message, and where. */
export interface FaultLine {
  readonly change?: string;
  readonly drop?: string;
  readonly replace?: string;
  readonly answer?: string;
  readonly delay?: string;
  readonly duplicate?: string;
  readonly reorder?: string;
  readonly from?: string;
  readonly to?: string;
  readonly nth?: number | 'every';
  readonly set?: FieldChanges;
  readonly status?: number;
  /** Made of the text that leaves. */
  readonly message?: string;
}

export function faultOf(line: FaultLine, name: string): Fault {
  const { from, to, nth = 1 } = line;
  return {
    name,
    pattern: {
      message: line.change ?? line.drop ?? line.replace ?? line.answer ?? line.delay ?? line.duplicate ?? line.reorder,
      ...(from === undefined ? {} : { from: [from] }),
      ...(to === undefined ? {} : { to: [to] }),
    },
    nth: nth === 'every' ? nth : [nth],
    action: actionOf(line),
  };
}

function actionOf(line: FaultLine): FaultAction {
  const { change, replace, answer, set, status, message } = line;
  if (change !== undefined) return { do: 'change', set: set! };
  if (line.delay !== undefined) return { do: 'delay', byMs: 3_000 };
  if (line.duplicate !== undefined) return { do: 'duplicate', afterMs: 50 };
  if (line.reorder !== undefined) return { do: 'reorder', holdMaxMs: 2_000 };
  if (replace !== undefined) return { do: 'replace', bytes: Buffer.from(message!, 'latin1') };
  return answer === undefined ? { do: 'drop' } : { do: 'answer', status };
}

export interface Flow {
  /** `volte` where absent. */
  readonly topology?: string;
  drive(driver: Driver): Promise<void>;
  /** `key=value`, as on the command line. */
  readonly set?: readonly string[];
  /** Without these the rule would have nothing to look at. */
  readonly faults?: readonly FaultLine[];
}

export interface FlowRun extends ConformanceResult {
  readonly facts: LabFacts;
  readonly records: readonly TraceRecord[];
  /** How often each planted fault struck. */
  struck(name: string): number;
}

/** Plays a flow in the simulated network, with one more fault of the name `planted`, if any. */
export async function play(flow: Flow, rules: readonly Rule[], planted?: FaultLine): Promise<FlowRun> {
  const { world, lab } = simulatedWorld(
    loadLab(findTopology(flow.topology ?? 'volte'), (flow.set ?? []).map(parseOverride)),
    7,
  );
  const nodes = new NodeTable(
    lab.nodes.map(({ name, listen }) => ({ name, addresses: listen.map(({ address }) => address) })),
  );
  const facts = factsOf(lab);
  const conformance = new ConformanceRun(facts, rules);
  const records: TraceRecord[] = [];
  const collector = new TraceCollector({
    nodes,
    listeners: [conformance.listener, (record) => records.push(record)],
  });
  const layer = new FaultLayer({ clock: world.clock, nameOf: (endpoint) => nodes.nameOf(endpoint) });
  const ipsec = new IpsecLayer({ onInstalled: () => {} });
  world.attach(collector, ipsec.before(layer.before(collector.tap)));
  const running = new RunningLab(lab, {
    clock: world.clock,
    environmentFor: (name) => layer.environmentFor(name, ipsec.environmentFor(name, world.environmentFor(name))),
    hostMode: 'compiled',
  });
  const failure = await world.perform<object | undefined>((done) => running.start(done));
  if (failure !== undefined) throw new Error(JSON.stringify(failure));
  flow.faults?.forEach((line, index) => {
    layer.add(faultOf(line, `needed ${index}`));
  });
  if (planted !== undefined) layer.add(faultOf(planted, 'planted'));
  await flow.drive(new Driver(lab, running, world));
  await world.perform<undefined>((done) => running.stop(() => done(undefined)));
  return { facts, records, struck: (name) => layer.struck(name), ...conformance.finish() };
}

/** What the rules find in records. */
export function judge(facts: LabFacts, records: readonly TraceRecord[], rules: readonly Rule[]): ConformanceResult {
  const conformance = new ConformanceRun(facts, rules);
  for (const record of records) conformance.listener(record);
  return conformance.finish();
}

/** How a record of a message becomes another one: fields of the message, or what stands beside them. */
export interface Edit {
  readonly message: string;
  readonly from?: string;
  readonly to?: string;
  /** From 1; the last one where negative. */
  readonly nth?: number;
  readonly set?: FieldChanges;
  alter?(record: MessageRecord, records: readonly MessageRecord[]): Partial<MessageRecord>;
}

/** The trace as it would be had a node sent that: for what no fault on the wire makes a node do. */
export function edited(records: readonly TraceRecord[], edit: Edit): readonly TraceRecord[] {
  const pattern = compilePattern({
    message: edit.message,
    ...(edit.from === undefined ? {} : { from: [edit.from] }),
    ...(edit.to === undefined ? {} : { to: [edit.to] }),
  });
  const messages = records.filter((record) => record.kind === 'message');
  const found = messages.filter((record) => pattern.matches(record));
  const { nth = 1 } = edit;
  const chosen = found.at(nth < 0 ? nth : nth - 1);
  if (chosen === undefined) throw new Error(`there is no such message: ${pattern.describe()}`);
  const change = chosen.protocol === 'diameter' ? changeDiameter : changeSip;
  const bytes = edit.set === undefined ? chosen.bytes : change(chosen.bytes, edit.set);
  if (!Buffer.isBuffer(bytes)) throw new Error('whyNot' in bytes ? bytes.whyNot : `no ${bytes.missed.join(', ')}`);
  const changed: MessageRecord = { ...chosen, bytes, ...edit.alter?.(chosen, messages) };
  return records.map((record) => (record === chosen ? changed : record)).sort((a, b) => a.time - b.time);
}
