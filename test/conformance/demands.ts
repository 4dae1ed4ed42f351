/** One demand of a rule that has several, and what breaks it alone. */
import type { Finding } from '../../src/conformance/rule.js';
import type { MessageRecord, TraceRecord } from '../../src/environment/index.js';
import { type Edit, edited } from './faulted.js';
import type { FlowName } from './flows.js';

/** `besides`: rules that this cannot but break too, because they ask for the same in other words. */
export type Demand<TChange> = [rule: string, words: string, flow: FlowName, change: TChange, ...besides: string[]];

export function expectAccused(
  findings: readonly Finding[],
  rule: string,
  words: string,
  besides: readonly string[],
): void {
  const own = findings.filter((each) => each.rule === rule).map(({ sentence }) => sentence);
  expect(own.filter((sentence) => sentence.includes(words))).not.toEqual([]);
  const others = findings.filter((each) => each.rule !== rule);
  expect(others.filter((each) => !besides.includes(each.rule)).map((each) => `${each.rule}: ${each.sentence}`)).toEqual(
    [],
  );
  expect(new Set(others.map((each) => each.rule))).toEqual(new Set(besides));
}

/** The copies of a SIP message on the hops behind the first one get what that one gets. */
export function throughout(records: readonly TraceRecord[], edit: Edit): readonly TraceRecord[] {
  const changed = edited(records, edit);
  const [chosen] = changed.filter((record) => !records.includes(record));
  const { alter } = edit;
  if (chosen?.kind !== 'message' || chosen.protocol !== 'sip' || alter === undefined) return changed;
  const original = records.find((record) => record.kind === 'message' && record.id === chosen.id) as MessageRecord;
  const messages = records.filter((record) => record.kind === 'message');
  return changed.map((record) =>
    record.kind === 'message' && record.id > chosen.id && idOf(record) === idOf(original)
      ? { ...record, ...alter(record, messages) }
      : record,
  );
}

/** Call-ID, CSeq and what it is. */
function idOf({ bytes }: MessageRecord): string {
  const text = bytes.toString('latin1');
  const isResponse = text.startsWith('SIP/2.0 ');
  return (
    [/^Call-ID: .*$/m, /^CSeq: .*$/m].map((line) => line.exec(text)?.[0]).join() + (isResponse ? text.slice(8, 11) : '')
  );
}
