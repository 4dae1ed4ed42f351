/** Draws a ladder as SVG: a column a node, an arrow a message, state changes beside their lifelines, steps as bands. */
import { type ArrowEvent, type LadderEvent, type NoteEvent, type StateEvent, withMediaCount } from './ladder-event.js';
import { fittingLabel, wrapped } from './ladder-page.js';
import { isLost } from './loss.js';
import { escaped } from './markup.js';

export interface LadderDrawingOptions {
  readonly title: string;
  /** The columns from left to right; what is between others is not drawn. */
  readonly nodes: readonly string[];
  readonly events: readonly LadderEvent[];
  /** How many events came after these. */
  readonly omittedCount: number;
  /** Where a message is told in full, by its id; without it arrows lead nowhere. */
  readonly messageLink?: ((id: number) => string | undefined) | undefined;
}

/** Lengths in pixels. */
const ROW = 22;
const HEAD = 34;
const TIME = 76;
const MARGIN = 70;
const GAPS = { wide: 190, narrow: 120, wideMax: 7 };
const CHARACTER = 6.7;
const SMALL_CHARACTER = 6.1;

const STYLE = `
svg.ladder{background:#fff;color:#1a1f29;font:11px ui-monospace,Menlo,Consolas,monospace}
.ladder text{fill:currentColor;stroke:none}.ladder .name{font-weight:bold;font-size:12px}.ladder .time{fill:#6b7280}
.ladder .life{stroke:#c5cad3}.ladder .band{fill:#eef1f6}.ladder .band-text{font-weight:bold}.ladder .state{font-size:10px;fill:#8a5a00}
.ladder .dot{fill:#d99a1c}.ladder .ground{fill:#fff}.ladder .fault{fill:#b3261e}.ladder .note{fill:#444c5a}
.ladder .arrow{fill:none;stroke:currentColor;stroke-width:1.4}.ladder .response{stroke-dasharray:5 3}.ladder .filled{fill:currentColor;stroke:currentColor}
.ladder .request{color:#0b6bcb}.ladder .provisional{color:#4a90c4}.ladder .success{color:#1c7c3c}.ladder .challenge{color:#a86a00}
.ladder .failure{color:#b3261e}.ladder .diameter{color:#8a3ab0}.ladder .media{color:#2b57c8}.ladder a:hover .arrow{stroke-width:3}
@media (prefers-color-scheme:dark){svg.ladder{background:#14171d;color:#dfe3ea}.ladder .life{stroke:#3a414d}.ladder .band{fill:#232833}.ladder .ground{fill:#14171d}
.ladder .state{fill:#e0b252}.ladder .note{fill:#b9c0cc}.ladder .fault,.ladder .failure{color:#ff8a80}.ladder .fault{fill:#ff8a80}.ladder .request{color:#6db3f2}
.ladder .provisional{color:#8ec5ea}.ladder .success{color:#6fcf8b}.ladder .challenge{color:#f0b64a}.ladder .diameter{color:#d29af0}.ladder .media{color:#8ba8ff}}`;

/** A whole document, which a browser and an image viewer open by itself. */
export function ladderSvg(options: LadderDrawingOptions): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new LadderDrawing(options).whole()}\n`;
}

/** Of a time, in seconds since the first event: `0.051`. */
export function secondsSince(events: readonly LadderEvent[], time: number): string {
  return ((time - (events[0]?.time ?? time)) / 1000).toFixed(3);
}

/** For a page: the names, to stay in sight, and what is below them. */
export function ladderParts(options: LadderDrawingOptions): { readonly head: string; readonly body: string } {
  const drawing = new LadderDrawing(options);
  return { head: drawing.head(), body: drawing.body() };
}

class LadderDrawing {
  readonly #columns: ReadonlyMap<string, number>;
  readonly #width: number;
  readonly #rows: string[] = [];
  #y = 0;
  #lastTime = '';

  constructor(private readonly options: LadderDrawingOptions) {
    const { nodes } = options;
    const gap = nodes.length > GAPS.wideMax ? GAPS.narrow : GAPS.wide;
    const first = TIME + MARGIN;
    this.#columns = new Map(nodes.map((name, index) => [name, first + index * gap]));
    this.#width = first + Math.max(1, nodes.length - 1) * gap + MARGIN + 60;
    this.#drawAll();
  }

  whole(): string {
    const inner = `<g transform="translate(0,${HEAD})">${this.#content()}</g>${this.#names()}`;
    return this.#svg(HEAD + this.#y, `<title>${escaped(this.options.title)}</title>${inner}`);
  }

  head(): string {
    return this.#svg(HEAD, this.#names());
  }

  body(): string {
    return this.#svg(this.#y, this.#content());
  }

  #svg(height: number, content: string): string {
    const size = `width="${this.#width}" height="${height}" viewBox="0 0 ${this.#width} ${height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" class="ladder" ${size} role="img"><style>${STYLE}</style>${content}</svg>`;
  }

  #names(): string {
    return [...this.#columns].map(([name, x]) => text(x, HEAD - 14, name, 'name', 'middle')).join('');
  }

  /** Lifelines lie below everything. */
  #content(): string {
    const lives = [...this.#columns.values()].map(
      (x) => `<line class="life" x1="${x}" y1="0" x2="${x}" y2="${this.#y}"/>`,
    );
    return [...lives, ...this.#rows].join('\n');
  }

  #drawAll(): void {
    const { events, omittedCount } = this.options;
    for (let at = 0; at < events.length; ) {
      const event = events[at]!;
      if (event.kind === 'state') {
        let end = at + 1;
        while (events[end]?.kind === 'state' && events[end]!.time === event.time) end += 1;
        this.#states(events.slice(at, end) as readonly StateEvent[]);
        at = end;
        continue;
      }
      if (event.kind === 'arrow') this.#arrow(withMediaCount(event));
      else this.#note(event);
      at += 1;
    }
    if (omittedCount > 0)
      this.#row(text(TIME, ROW / 2 + 4, `… and ${omittedCount} more; trace.jsonl has them all`, 'note'));
    this.#y += ROW / 2;
  }

  #row(content: string, height = ROW): void {
    this.#rows.push(`<g transform="translate(0,${this.#y})">${content}</g>`);
    this.#y += height;
  }

  #arrow(event: ArrowEvent): void {
    const from = this.#columns.get(event.from);
    const to = this.#columns.get(event.to);
    if (from === undefined || to === undefined) return;
    const drawn = from === to ? loop(from, event) : straight(from, to, event);
    const full = `<title>${escaped(`${event.from} → ${event.to}: ${event.labels[0] ?? ''}`)}</title>`;
    const link = this.options.messageLink?.(event.message);
    const arrow = `<g class="${event.tone}">${full}${drawn}</g>`;
    this.#row(this.#time(event.time) + (link === undefined ? arrow : `<a href="${escaped(link)}">${arrow}</a>`));
  }

  /** Those that do not overlap share a row. */
  #states(events: readonly StateEvent[]): void {
    let taken: (readonly [number, number])[] = [];
    let content = '';
    const flush = (): void => {
      if (content !== '') this.#row(content);
      taken = [];
      content = '';
    };
    for (const event of events) {
      const x = this.#columns.get(event.node);
      if (x === undefined) continue;
      const label = `${event.machine} ${event.state}`;
      const length = label.length * SMALL_CHARACTER + 10;
      const span = x + length < this.#width ? ([x - 4, x + length] as const) : ([x - length, x + 4] as const);
      if (taken.some(([start, end]) => span[0] <= end && start <= span[1])) flush();
      if (content === '') content = this.#time(event.time);
      taken.push(span);
      const isRight = span[1] > x + 4;
      const ground = `<rect class="ground" x="${round(isRight ? x + 6 : span[0])}" y="4" width="${round(length - 10)}" height="14"/>`;
      const told = text(isRight ? x + 8 : x - 8, 15, label, 'state', isRight ? 'start' : 'end');
      content += `${ground}<circle class="dot" cx="${x}" cy="11" r="4"/>${told}`;
    }
    flush();
  }

  /** What is about the run is a band; a fault or a note of a node is a sentence. */
  #note({ time, node, text: words, isFault }: NoteEvent): void {
    if (!isFault && !this.#columns.has(node)) {
      const band = `<rect class="band" x="0" y="1" width="${this.#width}" height="${ROW - 2}"/>`;
      this.#row(band + this.#time(time) + text(TIME, 15, words, 'band-text'));
      return;
    }
    const about = node === '' || words.startsWith(node) ? words : `${node}: ${words}`;
    const lines = wrapped(`${isFault ? '✗' : '▪'} ${about}`, Math.floor((this.#width - TIME - 10) / CHARACTER));
    const height = 8 + lines.length * 14;
    const ground = `<rect class="ground" x="${TIME - 4}" y="2" width="${this.#width - TIME}" height="${height - 4}"/>`;
    const told = lines.map((line, index) => text(TIME, 15 + 14 * index, line, isFault ? 'fault' : 'note'));
    this.#row(ground + this.#time(time) + told.join(''), height);
  }

  /** Seconds since the first event, where the row before has another. */
  #time(time: number): string {
    const seconds = secondsSince(this.options.events, time);
    if (seconds === this.#lastTime) return '';
    this.#lastTime = seconds;
    return text(TIME - 12, 15, seconds, 'time', 'end');
  }
}

function straight(from: number, to: number, event: ArrowEvent): string {
  const direction = to > from ? 1 : -1;
  const end = to - direction * 3;
  const label = fittingLabel(event.labels, Math.floor((Math.abs(to - from) - 16) / CHARACTER));
  const line = `<path class="arrow${event.isResponse ? ' response' : ''}" d="M${from} 17H${end}"/>`;
  return line + head(end, direction, event) + text((from + to) / 2, 12, label, undefined, 'middle');
}

/** A message that a node sends to itself: an S-CSCF that serves both ends of a call does. */
function loop(x: number, event: ArrowEvent): string {
  const line = `<path class="arrow${event.isResponse ? ' response' : ''}" d="M${x} 5h16v12H${x + 3}"/>`;
  return line + head(x + 3, -1, event) + text(x + 22, 15, fittingLabel(event.labels, 24));
}

/** SIP and RTP have filled heads, Diameter open ones; what did not get there ends in a cross. */
function head(x: number, direction: number, { protocol, fault }: ArrowEvent): string {
  if (isLost(fault)) return `<path class="arrow" d="M${x - 5} 12l10 10m0 -10l-10 10"/>`;
  const back = -8 * direction;
  if (protocol === 'diameter') return `<path class="arrow" d="M${x + back} 13L${x} 17L${x + back} 21"/>`;
  return `<path class="filled" d="M${x} 17l${back} -4v8z"/>`;
}

function text(
  x: number,
  y: number,
  words: string,
  style?: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  const styled = style === undefined ? '' : ` class="${style}"`;
  const anchored = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${round(x)}" y="${y}"${styled}${anchored}>${escaped(words)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
