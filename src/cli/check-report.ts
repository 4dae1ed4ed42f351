/** What `imslab check` says: text for a person, and a document for a program. */

import { bracketed } from '../address-octets.js';
import type { CheckedCapture, Finding, RegistrationStory } from '../conformance/index.js';
import type { MessageRecord } from '../environment/index.js';
import { isoTime } from '../trace/index.js';
import type { ReadCapture } from './capture-file.js';

/** Of one rule at one node; --json has them all. */
const FINDINGS_SHOWN = 3;
const STORIES_SHOWN = 20;
const NODES_SHOWN = 40;

/** Lines of text, the most telling first. */
export function checkLines(capture: ReadCapture, checked: CheckedCapture): readonly string[] {
  const { registrations, findings } = checked;
  const place = (id: number | undefined) => placeText(capture, id);
  return [
    ...headLines(capture),
    ...section('who is who', nodeLines(capture), NODES_SHOWN),
    ...section('not read', capture.shortcomings),
    ...section(
      'registrations',
      registrations.map((story) => storyLine(story, place)),
      STORIES_SHOWN,
    ),
    ...section('findings', findingLines(findings, capture)),
    '',
    ...ruleLines(checked),
  ];
}

function headLines({ file, records, packetCount }: ReadCapture): readonly string[] {
  const sip = records.filter(({ protocol }) => protocol === 'sip').length;
  const first = records[0]!.time;
  const length = ((records.at(-1)!.time - first) / 1000).toFixed(3);
  const spoken = `${counted(sip, 'SIP message')} and ${counted(records.length - sip, 'Diameter message')}`;
  return [`${file}: ${counted(packetCount, 'packet')}, ${spoken} within ${length} s from ${isoTime(first)}`];
}

function nodeLines({ nodes, records }: ReadCapture): readonly string[] {
  const seen = new Set(records.flatMap(({ fromNode, toNode }) => [fromNode, toNode]));
  const shown = nodes.filter(({ name }) => seen.has(name));
  const width = Math.max(0, ...shown.map(({ name }) => name.length));
  const named = new Set(shown.map(({ name }) => name));
  const others = [...seen].filter((name) => !named.has(name));
  return [
    ...shown.map(({ name, role, addresses, reason }) => {
      const part = role === undefined ? 'no part that is known here' : role;
      return `${name.padEnd(width)}  ${part}, ${addresses.join(' ')}: ${reason}`;
    }),
    ...(others.length === 0
      ? []
      : [`${others.join(', ')}: nothing tells which part; rules for a part are not held there`]),
  ];
}

/** With what to look at next. */
function storyLine(
  { sentence, next, clause, outcome, message }: RegistrationStory,
  place: (id: number) => string,
): string {
  const cited = clause === undefined ? '' : ` (${clause})`;
  const text = `${marks[outcome]} ${place(message)}: ${sentence}${cited}`;
  return next === undefined ? text : `${text}; ${next}`;
}

const marks: Readonly<Record<RegistrationStory['outcome'], string>> = {
  registered: '✓',
  deregistered: '✓',
  failed: '✗',
  open: '…',
};

/** Those of one rule at one node together, in the order of the first ones. */
function findingLines(findings: readonly Finding[], capture: ReadCapture): readonly string[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.rule} ${finding.node}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].flatMap((group) => {
    const [{ rule, clause, node }] = group as [Finding, ...Finding[]];
    const address = addressOf(capture, node, group[0]!.message);
    const shown = group
      .slice(0, FINDINGS_SHOWN)
      .map(({ sentence, message }) => `    ${placeText(capture, message)}: ${sentence}`);
    const rest = group.slice(FINDINGS_SHOWN).map(({ message }) => frameOf(capture, message));
    const more = rest.length === 0 ? [] : [`    and in ${rest.length === 1 ? 'frame' : 'frames'} ${shortList(rest)}`];
    return [`${rule}  ${clause}: ${node}${address}`, ...shown, ...more];
  });
}

function ruleLines({ findings, appliedCount, heldCount, leftOut }: CheckedCapture): readonly string[] {
  const left = leftOut.reduce((sum, { ids }) => sum + ids.length, 0);
  return [
    `${counted(findings.length, 'finding')}; ${heldCount} rules held, of which ${appliedCount} had something to look at; ` +
      `${left} cannot be decided from a capture:`,
    ...leftOut.map(({ why, ids }) => `  ${why}: ${ids.join(' ')}`),
  ];
}

/** `--json`. Times are ISO 8601 in UTC, frames as Wireshark counts them. */
export function checkDocument(capture: ReadCapture, checked: CheckedCapture): object {
  const { file, packetCount, records, nodes, shortcomings, homes } = capture;
  const placed = (id: number | undefined) => {
    const record = recordOf(capture, id);
    return { frame: frameOf(capture, id), time: record && isoTime(record.time) };
  };
  return {
    file,
    packetCount,
    messageCount: records.length,
    homes,
    nodes,
    notRead: shortcomings,
    registrations: checked.registrations.map(({ message, ...story }) => ({ ...story, ...placed(message) })),
    findings: checked.findings.map(({ rule, clause, sentence, node, message }) => ({
      rule,
      clause,
      sentence,
      node,
      ...placed(message),
    })),
    rules: { held: checked.heldCount, applied: checked.appliedCount, leftOut: checked.leftOut },
  };
}

function section(title: string, lines: readonly string[], max = Number.POSITIVE_INFINITY): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length > max ? [`  … and ${lines.length - max} more; --json has them all`] : [];
  return ['', title, ...lines.slice(0, max).map((line) => `  ${line}`), ...more];
}

/** `frame 12, 0.231 s` */
function placeText(capture: ReadCapture, id: number | undefined): string {
  const record = recordOf(capture, id);
  if (record === undefined) return 'capture';
  const seconds = ((record.time - capture.records[0]!.time) / 1000).toFixed(3);
  return `frame ${frameOf(capture, id)}, ${seconds} s`;
}

function recordOf({ records }: ReadCapture, id: number | undefined): MessageRecord | undefined {
  return id === undefined ? undefined : records[id - 1];
}

function frameOf({ messages }: ReadCapture, id: number | undefined): number | undefined {
  return id === undefined ? undefined : messages[id - 1]?.frame;
}

/** Where the node spoke from, or was spoken to. */
function addressOf(capture: ReadCapture, node: string, id: number | undefined): string {
  const record = recordOf(capture, id);
  const end = record?.fromNode === node ? record.from : record?.toNode === node ? record.to : undefined;
  return end === undefined ? '' : ` at ${bracketed(end.address)}:${end.port}`;
}

function shortList(frames: readonly (number | undefined)[]): string {
  const shown = frames.slice(0, 10).join(', ');
  return frames.length > 10 ? `${shown} and ${frames.length - 10} more` : shown;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
