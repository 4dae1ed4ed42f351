/** The ladder of a whole run, drawn after its end as text or as Markdown. */
import type { TraceRecord } from '../environment/index.js';
import { type LadderDrawingOptions, ladderSvg } from './ladder-drawing.js';
import { type LadderEvent, LadderEvents, type StateEvent, withMediaCount } from './ladder-event.js';
import { LadderPage } from './ladder-page.js';
import type { MediaRecord } from './media-record.js';
import { mermaidDiagram, PARTICIPANTS_MAX } from './mermaid.js';
import type { SummaryCheck } from './run-summary.js';

export interface LadderFormat {
  /** Characters a line. */
  readonly width: number;
  readonly colours: boolean;
}

/** A ladder of more events is not read by anyone; the trace has them all. */
const EVENTS_MAX = 20_000;
/** Of a picture: a browser draws some ten things an event. */
const DRAWN_MAX = 3_000;
const DOCUMENT_FORMAT: LadderFormat = { width: 120, colours: false };

/** Collects what the ladder draws. Use `listener` with a collector, or call it with the records of a file. */
export class Ladder {
  readonly #order: readonly string[];
  readonly #maker = new LadderEvents();
  readonly #events: LadderEvent[] = [];
  #omittedCount = 0;

  /** `order`: the nodes from left to right; those that the records add come after them. */
  constructor(order: readonly string[]) {
    this.#order = order;
  }

  readonly listener = (record: TraceRecord | MediaRecord): void => {
    if (this.#events.length === EVENTS_MAX) {
      if (this.#maker.passes(record)) this.#omittedCount += 1;
      return;
    }
    const event = this.#maker.of(record);
    if (event !== undefined) this.#events.push(event);
  };

  text({ width, colours }: LadderFormat): string {
    const page = new LadderPage({ nodes: this.#participants(), width, colours });
    const lines = [...page.header()];
    for (let at = 0; at < this.#events.length; ) {
      const event = this.#events[at]!;
      if (event.kind === 'state') {
        const states = statesOfOneMoment(this.#events, at);
        lines.push(...page.states(states));
        at += states.length;
        continue;
      }
      if (event.kind === 'arrow') lines.push(page.arrow(withMediaCount(event)));
      else lines.push(...page.note(event));
      at += 1;
    }
    if (this.#omittedCount > 0) lines.push(`… and ${this.#omittedCount} more`);
    return `${lines.join('\n')}\n`;
  }

  /** `ladder.md`: the verdict, the flow as a Mermaid diagram, and the flow as text. */
  markdown(title: string, checks: readonly SummaryCheck[]): string {
    const rows = checks.map(({ check, passed, detail }) => {
      return `| ${cell(check)} | ${passed ? 'passed' : '**failed**'} | ${cell(detail)} |`;
    });
    const table = rows.length === 0 ? [] : ['| check | verdict | |', '|---|---|---|', ...rows, ''];
    const diagram = mermaidDiagram(this.#participants(), this.#events);
    return [
      `# ${title}`,
      '',
      ...table,
      'Solid arrows are requests, dotted ones responses; SIP and RTP have filled heads, Diameter open ones.',
      '',
      '```mermaid',
      diagram,
      '```',
      '',
      '```text',
      `${this.text(DOCUMENT_FORMAT)}\`\`\``,
      '',
    ].join('\n');
  }

  /** `ladder.svg`. */
  svg(title: string): string {
    return ladderSvg(this.drawing(title));
  }

  /** What a picture of it shows: the first nodes and events. */
  drawing(title: string): LadderDrawingOptions {
    const nodes = this.#participants().slice(0, PARTICIPANTS_MAX);
    const events = this.#events.slice(0, DRAWN_MAX);
    return { title, nodes, events, omittedCount: this.#events.length - events.length + this.#omittedCount };
  }

  /** Who took part, in the given order, then in that of their first message. */
  #participants(): string[] {
    const seen = new Set<string>();
    for (const event of this.#events) {
      if (event.kind !== 'arrow') continue;
      seen.add(event.from);
      seen.add(event.to);
    }
    const known = this.#order.filter((name) => seen.delete(name));
    return [...known, ...seen];
  }
}

/** The ladder of these records as text, one line an event. */
export function renderLadder(
  records: readonly (TraceRecord | MediaRecord)[],
  nodes: readonly string[],
  format: LadderFormat = DOCUMENT_FORMAT,
): string {
  const ladder = new Ladder(nodes);
  records.forEach(ladder.listener);
  return ladder.text(format);
}

/** The run of state changes that begins at `start`: they share lines. */
function statesOfOneMoment(events: readonly LadderEvent[], start: number): StateEvent[] {
  const states: StateEvent[] = [];
  for (let at = start; at < events.length; at += 1) {
    const event = events[at]!;
    if (event.kind !== 'state' || event.time !== events[start]!.time) break;
    states.push(event);
  }
  return states;
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|');
}
