/** `report.html`: a run on one page that needs nothing else, to be read by whoever asks why. */
import type { MessageRecord, TraceRecord, TransitionRecord } from '../environment/index.js';
import { diameterLines } from './diameter-lines.js';
import type { Ladder } from './ladder.js';
import { ladderParts, secondsSince } from './ladder-drawing.js';
import type { LadderEvent } from './ladder-event.js';
import { isLost } from './loss.js';
import type { MediaRecord } from './media-record.js';
import { procedureClause } from './procedure-clauses.js';
import { type PathOfMachine, type ReportedMessage, reportPage } from './report-page.js';
import type { RunSummary } from './run-summary.js';
import { SUPPORTING_MACHINES } from './supporting-machines.js';

/** A page of more is slow to open; the capture has them all. */
const MESSAGES_MAX = 2_000;
/** Instances of machines. */
const PATHS_MAX = 500;
/** States of one. */
const STATES_MAX = 200;

export interface ReportOptions {
  /** Undefined for what the topology does not have. */
  readonly roleOf: (node: string) => string | undefined;
}

/** While it goes on. */
interface Path extends PathOfMachine {
  readonly steps: { event: string; to: string }[];
  omittedCount: number;
}

/** Collects what the page shows. Use `listener` with a collector. */
export class Report {
  readonly #messages: MessageRecord[] = [];
  readonly #paths = new Map<string, Path>();
  #omittedMessages = 0;
  #hasMorePaths = false;

  constructor(private readonly options: ReportOptions) {}

  readonly listener = (record: TraceRecord | MediaRecord): void => {
    if (record.kind === 'transition') this.#transition(record);
    else if (record.kind === 'message' && (record.protocol === 'sip' || record.protocol === 'diameter')) {
      if (this.#messages.length < MESSAGES_MAX) this.#messages.push(record);
      else this.#omittedMessages += 1;
    }
  };

  page(summary: RunSummary, ladder: Ladder): string {
    const shown = new Set(this.#messages.map(({ id }) => id));
    const messageLink = (id: number): string | undefined => (shown.has(id) ? `#m${id}` : undefined);
    const drawing = ladder.drawing(summary.title);
    return reportPage({
      summary,
      ladder: ladderParts({ ...drawing, messageLink }),
      messageLink,
      messages: this.#messages.map((record) => this.#reported(record, drawing.events)),
      omittedMessages: this.#omittedMessages,
      paths: [...this.#paths.values()],
      hasMorePaths: this.#hasMorePaths,
    });
  }

  #transition({ node, machine, actor, event, from, to }: TransitionRecord): void {
    if (SUPPORTING_MACHINES.has(machine)) return;
    const key = `${node} ${actor} ${machine}`;
    let path = this.#paths.get(key);
    if (path === undefined) {
      if (this.#paths.size === PATHS_MAX) {
        this.#hasMorePaths = true;
        return;
      }
      path = { node, machine, actor, from, steps: [], omittedCount: 0 };
      this.#paths.set(key, path);
    }
    if (from === to) return;
    if (path.steps.length < STATES_MAX) path.steps.push({ event, to });
    else path.omittedCount += 1;
  }

  #reported(record: MessageRecord, events: readonly LadderEvent[]): ReportedMessage {
    const { id, time, protocol, fromNode, toNode, summary, sentIn, protection, fault } = record;
    const remarks = [
      ...(sentIn === undefined ? [] : [`sent in ${sentIn}`]),
      ...(protection === undefined ? [] : [`in ${protection.toUpperCase()}`]),
      ...(fault === undefined ? [] : [`${fault.effect}: ${fault.name}`]),
    ];
    return {
      id,
      after: secondsSince(events, time),
      ends: `${fromNode} → ${toNode}`,
      summary,
      clause: procedureClause(protocol, summary, this.options.roleOf(toNode)),
      remarks,
      isLost: isLost(fault?.effect),
      text: decoded(record),
    };
  }
}

/** SIP is text; a Diameter message has its AVPs by name. */
function decoded({ protocol, bytes, from, to, transport }: MessageRecord): string {
  const ends = `${from.address} port ${from.port} → ${to.address} port ${to.port}, ${transport.toUpperCase()}`;
  const body = protocol === 'diameter' ? diameterLines(bytes).lines.join('\n') : bytes.toString('utf8');
  return `${ends}\n\n${body.replaceAll('\r\n', '\n')}`;
}
