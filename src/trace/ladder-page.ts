/** Lays a ladder out for a terminal: a column a node, an arrow a line, state changes under their node. */
import pc from 'picocolors';
import type { ArrowEvent, ArrowTone, LadderEvent, NoteEvent, StateEvent } from './ladder-event.js';
import { LadderRow, type Style } from './ladder-row.js';
import { isLost } from './loss.js';

export interface LadderPageOptions {
  /** The columns from left to right. */
  readonly nodes: readonly string[];
  /** Characters a line. */
  readonly width: number;
  /** Whether to write ANSI colours; who calls decides by NO_COLOR and the terminal. */
  readonly colours: boolean;
}

type Colours = ReturnType<typeof pc.createColors>;

const TIME_WIDTH = 8;
const GAP_MAX = 26;
/** Closer than this, arrows cannot carry a label: lines are then written as `from → to  label`. */
const GAP_MIN = 9;
const LIFELINE = '│';
/** The head of an arrow that did not get there. */
const LOST = '✗';

/** The strokes of an arrow; without colours they alone tell the protocols apart. */
const STROKES = {
  sip: { line: '─', right: '▶', left: '◀' },
  diameter: { line: '╌', right: '▷', left: '◁' },
  rtp: { line: '═', right: '▶', left: '◀' },
} as const;

export class LadderPage {
  readonly #nodes: readonly string[];
  /** Name → column, from 0: a pool of UEs makes thousands of them. */
  readonly #columns: ReadonlyMap<string, number>;
  readonly #width: number;
  readonly #colours: Colours;
  readonly #tones: Readonly<Record<ArrowTone, Style>>;
  /** Whether columns fit; otherwise every event becomes a line of text. */
  readonly hasColumns: boolean;
  readonly #firstColumn: number;
  readonly #gap: number;
  #origin: number | undefined;
  #lastTime = '';

  constructor({ nodes, width, colours }: LadderPageOptions) {
    const c = pc.createColors(colours);
    this.#nodes = nodes;
    this.#columns = new Map(nodes.map((name, index) => [name, index]));
    this.#width = width;
    this.#colours = c;
    this.#tones = {
      request: (text) => c.bold(c.cyan(text)),
      provisional: c.cyan,
      success: (text) => c.bold(c.green(text)),
      challenge: c.yellow,
      failure: (text) => c.bold(c.red(text)),
      diameter: c.magenta,
      media: c.blue,
    };
    const first = nodes[0]?.length ?? 0;
    const last = nodes.at(-1)?.length ?? 0;
    this.#firstColumn = TIME_WIDTH + Math.ceil(first / 2);
    const span = width - 1 - Math.floor(last / 2) - this.#firstColumn;
    this.#gap = nodes.length < 2 ? 0 : Math.min(GAP_MAX, Math.floor(span / (nodes.length - 1)));
    const longest = nodes.reduce((most, { length }) => Math.max(most, length), 0);
    this.hasColumns = this.#gap >= Math.max(GAP_MIN, longest + 1);
  }

  /** The nodes' names over their lifelines. */
  header(): string[] {
    if (!this.hasColumns) return [];
    const names = new LadderRow(this.#width);
    this.#nodes.forEach((name, index) => {
      names.put(this.#column(index) - Math.floor(name.length / 2), name, this.#colours.bold);
    });
    return [names.text(), this.#lifelines().text()];
  }

  arrow(event: ArrowEvent): string {
    const from = this.#columns.get(event.from);
    const to = this.#columns.get(event.to);
    if (!this.hasColumns || from === undefined || to === undefined) return this.#listed(event);
    const row = this.#row(event);
    if (from === to) {
      this.#loop(row, event, this.#column(from));
      return row.text();
    }
    const [left, right] = [this.#column(Math.min(from, to)), this.#column(Math.max(from, to))];
    const stroke = STROKES[event.protocol];
    const tone = this.#tones[event.tone];
    const inner = right - left - 1;
    row.put(left + 1, stroke.line.repeat(inner), tone);
    const head = isLost(event.fault) ? LOST : from < to ? stroke.right : stroke.left;
    row.put(from < to ? right - 1 : left + 1, head, tone);
    const label = labelFor(event.labels, inner - 2);
    const start = left + 1 + (from < to ? 0 : 1) + Math.floor((inner - 1 - label.length) / 2);
    row.put(start, label, tone);
    return row.text();
  }

  /** A message that a node sends to itself: an S-CSCF that serves both ends of a call does. */
  #loop(row: LadderRow, { labels, tone }: ArrowEvent, column: number): void {
    const label = labelFor(labels, this.#gap - 4);
    const toRight = column + label.length + 3 < this.#width;
    row.put(toRight ? column + 1 : column - 1 - label.length, toRight ? `↺${label}` : `${label}↺`, this.#tones[tone]);
  }

  /** As many lines as it takes to write the changes beside their lifelines; those that do not overlap share one. */
  states(events: readonly StateEvent[]): string[] {
    if (!this.hasColumns) return events.map((event) => this.#listed(event));
    const lines: { row: LadderRow; taken: [number, number][] }[] = [];
    for (const event of events) {
      const index = this.#columns.get(event.node);
      if (index === undefined) continue;
      const text = ` ${event.machine} ${event.state}`;
      const column = this.#column(index);
      const toRight = column + text.length < this.#width;
      const span: [number, number] = toRight ? [column, column + text.length + 1] : [column - text.length - 1, column];
      let line = lines.at(-1);
      if (line === undefined || line.taken.some(([start, end]) => span[0] <= end && start <= span[1])) {
        line = { row: this.#row(event), taken: [] };
        lines.push(line);
      }
      line.taken.push(span);
      this.#state(line.row, event, column, toRight);
    }
    return lines.map(({ row }) => row.text());
  }

  /** A fault or a note of a node as a sentence; what is about the run, such as a step, as a rule across the page. */
  note(event: NoteEvent): string[] {
    const c = this.#colours;
    if (event.isFault) return this.#sentence(event, '✗', c.red);
    if (!this.isAboutRun(event)) return this.#sentence(event, '▪', c.white);
    const title = ` ${event.text} `;
    const rule = '─'.repeat(Math.max(2, this.#lineEnd() - TIME_WIDTH - 2 - title.length));
    return [`${c.dim(this.#time(event.time))}${c.dim('──')}${c.bold(title)}${c.dim(rule)}`];
  }

  isAboutRun({ node, isFault }: NoteEvent): boolean {
    return !isFault && !this.#columns.has(node);
  }

  #sentence({ time, node, text }: NoteEvent, mark: string, style: Style): string[] {
    const about = node === '' || text.startsWith(node) ? text : `${node}: ${text}`;
    const [first = '', ...others] = wrapped(about, Math.max(20, this.#width - TIME_WIDTH - 2));
    const indent = ' '.repeat(TIME_WIDTH + 2);
    const head = `${this.#colours.dim(this.#time(time))}${style(`${mark} ${first}`)}`;
    return [head, ...others.map((line) => indent + style(line))];
  }

  #state(row: LadderRow, { machine, state }: StateEvent, column: number, toRight: boolean): void {
    const { dim, yellow } = this.#colours;
    const text = `${machine} ${state}`;
    const start = toRight ? column + 2 : column - 1 - text.length;
    row.put(start - 1, ` ${text} `, undefined);
    row.put(column, '●', yellow);
    row.put(start, machine, dim);
    row.put(start + machine.length + 1, state, yellow);
  }

  #listed(event: ArrowEvent | StateEvent): string {
    const time = this.#colours.dim(this.#time(event.time));
    if (event.kind === 'state') return `${time}● ${event.node} ${event.machine} ${event.state}`;
    const tone = this.#tones[event.tone];
    const ends = `${event.from} → ${event.to}`.padEnd(22);
    return `${time}${ends} ${tone(labelFor(event.labels, this.#width - TIME_WIDTH - ends.length - 1))}`;
  }

  #row(event: LadderEvent): LadderRow {
    const row = this.#lifelines();
    row.put(0, this.#time(event.time), this.#colours.dim);
    return row;
  }

  #lifelines(): LadderRow {
    const row = new LadderRow(this.#width);
    for (let index = 0; index < this.#nodes.length; index += 1) {
      row.put(this.#column(index), LIFELINE, this.#colours.dim);
    }
    return row;
  }

  #column(index: number): number {
    return this.#firstColumn + index * this.#gap;
  }

  #lineEnd(): number {
    return this.hasColumns ? this.#column(this.#nodes.length - 1) + 1 : this.#width;
  }

  /** Seconds since the first event, blank where the line before has the same. */
  #time(time: number): string {
    this.#origin ??= time;
    const text = ((time - this.#origin) / 1000).toFixed(3).padStart(TIME_WIDTH - 1);
    if (text === this.#lastTime) return ' '.repeat(TIME_WIDTH);
    this.#lastTime = text;
    return `${text} `;
  }
}

/** Lines of whole words; a word longer than a line stands alone. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The longest label that fits, with blanks around it where there is room. */
function labelFor(labels: readonly string[], room: number): string {
  const label = fittingLabel(labels, room);
  return label.length + 2 <= room ? ` ${label} ` : label;
}

/** The longest label that fits. The last one is cut if need be. */
export function fittingLabel(labels: readonly string[], room: number): string {
  return labels.find(({ length }) => length <= room) ?? (labels.at(-1) ?? '').slice(0, Math.max(0, room));
}
