/** The ladder while the run goes on, a line at a time. */
import type { TraceRecord } from '../environment/index.js';
import { type ArrowEvent, LadderEvents, type NoteEvent, type StateEvent } from './ladder-event.js';
import { LadderPage, type LadderPageOptions } from './ladder-page.js';
import type { MediaRecord } from './media-record.js';

/** The names are written again after so many lines: about a screen. */
const HEADER_EVERY_LINES = 40;
/** … and after a step's rule, unless they stand just above. */
const HEADER_AFTER_STEP_LINES = 15;

export class LiveLadder {
  readonly #page: LadderPage;
  readonly #print: (line: string) => void;
  readonly #events = new LadderEvents();
  #states: StateEvent[] = [];
  #linesSinceHeader = HEADER_EVERY_LINES;

  /** `print` gets lines without their ends. */
  constructor(options: LadderPageOptions, print: (line: string) => void) {
    this.#page = new LadderPage(options);
    this.#print = print;
  }

  readonly listener = (record: TraceRecord | MediaRecord): void => {
    const event = this.#events.of(record);
    if (event?.kind === 'state') this.#hold(event);
    else if (event !== undefined) {
      this.flush();
      this.#draw(event);
    }
  };

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
