/**
 * The flow of a scenario as text: one line a message, with everything that stands in it but what is made up anew in each
 * run. Two runs that mean the same give the same text, whatever their seeds, addresses and times.
 */
import type { MessageRecord, TraceRecord } from '../../environment/index.js';
import { DiameterLines } from './diameter-line.js';
import { NodeAddresses } from './node-addresses.js';
import { type Hop, type Passage, Passages } from './passages.js';
import { Roles } from './roles.js';
import { SipLines } from './sip-line.js';

/** Between what is said of a message. */
export const SEPARATOR = ' | ';
/** Lines that begin with it are for readers and not compared. */
export const REMARK = '#';
/** The other headers and the body are as one hop before. */
const AS_BEFORE = '…';

/** Notes of the scenario's runner: what was before the first step and comes after the verdict is the lab's own. */
const STEP_NOTE = 'scenario.step';
const VERDICT_NOTE = 'scenario.verdict';

/** A peer's watch (RFC 3539) follows the clock, not the scenario. */
const WATCHDOG = /^DW[RA]\b/;

/** Hear of a run with `listener`, then ask for `text`. */
export class GoldenTrace {
  readonly #order: (Passage | string)[] = [];
  readonly #passages = new Passages();
  readonly #media = new Set<string>();
  readonly #addresses = new NodeAddresses();
  #isOn = false;

  readonly listener = (record: TraceRecord): void => {
    if (record.kind === 'note') this.#note(record.what, record.text);
    else if (record.kind === 'message') this.#message(record);
  };

  #note(what: string, text: string): void {
    if (what === VERDICT_NOTE) this.#isOn = false;
    if (what !== STEP_NOTE) return;
    this.#isOn = true;
    this.#order.push(`${REMARK} ${text}`);
  }

  #message(record: MessageRecord): void {
    this.#addresses.learn(record.from, record.fromNode);
    this.#addresses.learn(record.to, record.toNode);
    if (!this.#isOn) return;
    if (record.protocol === 'rtp') this.#media.add(`${way(record)}  ${record.summary.split(' seq ', 1)[0]}`);
    if (record.protocol !== 'sip' && record.protocol !== 'diameter') return;
    if (record.protocol === 'diameter' && WATCHDOG.test(record.summary)) return;
    const passage = this.#passages.add(record);
    if (passage !== undefined) this.#order.push(passage);
  }

  /** `title` is a remark in the first line. */
  text(title: string): string {
    const writer = new PassageWriter(this.#addresses);
    const lines = this.#order.flatMap((entry) => (typeof entry === 'string' ? [entry] : writer.lines(entry)));
    // When a stream starts beside the signalling is a matter of delays, so the streams stand at the end.
    return [`${REMARK} ${title}`, ...lines, ...[...this.#media].sort(), ''].join('\n');
  }
}

class PassageWriter {
  readonly #roles = new Roles();
  readonly #sip: SipLines;
  readonly #diameter: DiameterLines;

  constructor(addresses: NodeAddresses) {
    this.#sip = new SipLines(this.#roles, addresses);
    this.#diameter = new DiameterLines(this.#roles, addresses);
  }

  lines(passage: Passage): readonly string[] {
    const sent = new Set<string>();
    let before: SipFields | undefined;
    return passage.map(({ record, text }) => {
      // What its link lost was sent all the same: the next seed loses another one.
      const struck = record.fault?.effect === 'lost' ? record.fault.injected : record.fault;
      const fault = struck === undefined ? [] : [`fault: ${struck.effect}, ${struck.name}`];
      const key = `${way(record)} ${record.bytes.toString('latin1')}`;
      const isAgain = sent.has(key);
      sent.add(key);
      if (text === undefined) {
        const [head, ...fields] = this.#diameter.fields(record);
        return line(record, head!, isAgain ? ['again'] : fields, fault);
      }
      const head = this.#sip.head(record);
      if (isAgain) return line(record, head, ['again'], fault);
      const fields = this.#fields({ record, text });
      const shown = before === undefined ? fields.all : changes(before, fields);
      before = fields;
      return line(record, head, shown, fault);
    });
  }

  #fields({ record, text }: Hop): SipFields {
    const headers = this.#sip.headers(text!, record.fromNode);
    const body = this.#sip.body(text!, record.fromNode);
    return { headers, body: text!.body, all: [...[...headers].map(([name, value]) => `${name}: ${value}`), ...body] };
  }
}

interface SipFields {
  readonly headers: ReadonlyMap<string, string>;
  /** As it was sent. */
  readonly body: string;
  readonly all: readonly string[];
}

/** What a hop did to the message. */
function changes(before: SipFields, now: SipFields): readonly string[] {
  const removed = [...before.headers.keys()].filter((name) => !now.headers.has(name));
  const fields = now.all.filter((field, index) => {
    const isHeader = index < now.headers.size;
    return isHeader ? !before.all.includes(field) : now.body !== before.body;
  });
  const bodyIsGone = now.body === '' && before.body !== '';
  return [AS_BEFORE, ...fields, ...removed.map((name) => `no ${name}`), ...(bodyIsGone ? ['no body'] : [])];
}

function way({ fromNode, toNode }: MessageRecord): string {
  return `${fromNode} → ${toNode}`;
}

/** A field must not look like two, nor a line like two lines. */
function line(record: MessageRecord, head: string, fields: readonly string[], fault: readonly string[]): string {
  return [`${way(record)}  ${head}`, ...fields, ...fault]
    .map((text) => text.replace(/[\r\n]+/g, ' ').replaceAll(SEPARATOR, ' ¦ '))
    .join(SEPARATOR);
}
