/** Which of the messages that came is nearest to the one that was expected, and how it differs. */
import type { Mismatch } from '../../selection/index.js';
import { isLost } from '../../trace/loss.js';
import type { Wanted } from './failure.js';
import type { LoggedMessage, MessageLog } from './message-log.js';

export interface NearMessage {
  /** The last of those that are alike. */
  readonly message: LoggedMessage;
  /** Empty: it is the one, and a fault kept it from leaving or its link lost it. */
  readonly mismatches: readonly Mismatch[];
  /** Whether it is of the kind that was expected, such as a 200 to REGISTER. */
  readonly isOfKind: boolean;
  /** Others that differ in the same way. */
  readonly othersCount: number;
}

const NEAREST_MAX = 3;

/** What a mismatch is called that makes a message one of another kind. */
const KINDS: ReadonlySet<string> = new Set(['protocol', 'method', 'status', 'command', 'result']);

/** The right kind first, then by the number of differences, then the last. Much farther ones than the best are left out. */
export function nearestMessages(wanted: Wanted, log: MessageLog): readonly NearMessage[] {
  const found = new Map<string, NearMessage>();
  for (const message of log.since(wanted.since)) {
    const near = compare(wanted, message);
    if (near === undefined) continue;
    const { fromNode, toNode, summary } = message.record;
    const differences = near.mismatches.map(({ what, actual }) => `${what} ${actual}`).join();
    const key = `${fromNode} ${toNode} ${summary} ${differences}`;
    const alike = found.get(key);
    found.set(key, { ...near, othersCount: alike === undefined ? 0 : alike.othersCount + 1 });
  }
  const all = [...found.values()].sort(nearer);
  const best = all[0]?.mismatches.length ?? 0;
  return all
    .filter(({ mismatches }) => mismatches.length <= best + 1 && (best > 1 || !isElsewhere(mismatches)))
    .slice(0, NEAREST_MAX);
}

/** On another hop altogether. */
function isElsewhere(mismatches: readonly Mismatch[]): boolean {
  return mismatches.some(({ what }) => what === 'from') && mismatches.some(({ what }) => what === 'to');
}

function nearer(a: NearMessage, b: NearMessage): number {
  if (a.isOfKind !== b.isOfKind) return a.isOfKind ? -1 : 1;
  return a.mismatches.length - b.mismatches.length || b.message.position - a.message.position;
}

function compare(wanted: Wanted, message: LoggedMessage): NearMessage | undefined {
  const { record } = message;
  const mismatches = wanted.pattern.mismatches(record);
  // What matches and came has been counted.
  if (mismatches.length === 0 && !isLost(record.fault?.effect)) return undefined;
  const ofKind = mismatches.filter(({ what }) => KINDS.has(what));
  const [only] = ofKind;
  if (only === undefined) return { message, mismatches, isOfKind: true, othersCount: 0 };
  if (ofKind.length > 1 || !isRelated(only)) return undefined;
  return isElsewhere(mismatches) ? undefined : { message, mismatches, isOfKind: false, othersCount: 0 };
}

/** A response to the same method with another status, an answer to the same command with another result. */
function isRelated({ what, actual }: Mismatch): boolean {
  return (what === 'status' || what === 'result') && actual !== undefined;
}
