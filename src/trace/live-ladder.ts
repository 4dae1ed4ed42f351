/** The ladder while the run goes on, a line at a time. */
import type { TraceRecord } from '../environment/index.js';
import { type ArrowEvent, LadderEvents, type NoteEvent, type StateEvent } from './ladder-event.js';
import { LadderPage, type LadderPageOptions } from './ladder-page.js';
import type { MediaRecord } from './media-record.js';

/** The names are written again after so many lines: about a screen. */
const HEADER_EVERY_LINES = 40;
/** … and after a step's rule, unless they stand just above. */
const HEADER_AFTER_STEP_LINES = 15;

export interface LiveLadderOptions extends LadderPageOptions {
  /** Events drawn of one step of a scenario: what more a crowd does is counted. All where absent. */
  readonly stepMax?: number | undefined;
}

export class LiveLadder {
  readonly #page: LadderPage;
  readonly #stepMax: number;
  /** Events of this step that were drawn, and those that were not. */
  #drawnCount = 0;
  #omittedCount = 0;
  readonly #print: (line: string) => void;
  readonly #events = new LadderEvents();
  #states: StateEvent[] = [];
  #linesSinceHeader = HEADER_EVERY_LINES;

  /** `print` gets lines without their ends. */
  constructor(options: LiveLadderOptions, print: (line: string) => void) {
    this.#page = new LadderPage(options);
    this.#stepMax = options.stepMax ?? Number.POSITIVE_INFINITY;
    this.#print = print;
  }

  readonly listener = (record: TraceRecord | MediaRecord): void => {
    const beginsStep = record.kind === 'note' && record.node === '';
    if (beginsStep) this.endStep();
    else if (this.#drawnCount >= this.#stepMax) {
      if (this.#events.passes(record)) this.#omittedCount += 1;
      return;
    }
    const event = this.#events.of(record);
    if (event === undefined) return;
    this.#drawnCount += 1;
    if (event.kind === 'state') this.#hold(event);
    else {
      this.flush();
      this.#draw(event);
    }
  };

  /** Prints what is held back of this step, and how much of it was not drawn. */
  endStep(): void {
    this.flush();
    if (this.#omittedCount > 0) this.#line(`        … and ${this.#omittedCount} more; trace.jsonl has them all`);
    this.#drawnCount = 0;
    this.#omittedCount = 0;
  }

  /** Prints the state changes that wait for others of the same moment. */
  readonly flush = (): void => {
    if (this.#states.length === 0) return;
    const states = this.#states;
    this.#states = [];
    this.#beginLine();
    for (const line of this.#page.states(states)) this.#line(line);
  };

  /** State changes of one moment share lines: they wait until the current turn ends or something else happens. */
  #hold(event: StateEvent): void {
    const first = this.#states[0];
    if (first !== undefined && first.time !== event.time) this.flush();
    if (this.#states.length === 0) queueMicrotask(this.flush);
    this.#states.push(event);
  }

  #draw(event: ArrowEvent | NoteEvent): void {
    if (event.kind === 'arrow') {
      this.#beginLine();
      this.#line(this.#page.arrow(event));
      return;
    }
    for (const line of this.#page.note(event)) this.#line(line);
    if (this.#page.isAboutRun(event) && this.#linesSinceHeader > HEADER_AFTER_STEP_LINES)
      this.#linesSinceHeader = HEADER_EVERY_LINES;
  }

  #beginLine(): void {
    if (this.#linesSinceHeader < HEADER_EVERY_LINES) return;
    this.#linesSinceHeader = 0;
    for (const line of this.#page.header()) this.#print(line);
  }

  #line(line: string): void {
    this.#linesSinceHeader += 1;
    this.#print(line);
  }
}
