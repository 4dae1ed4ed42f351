/** The sink of a run's records and packets: what happened, in order, to whoever listens. */
import type { Endpoint, MessageRecord, Packet, PacketTap, Trace, TraceRecord } from '../environment/index.js';
import type { Capture } from './capture.js';
import { connectionKey } from './endpoint.js';
import { keptOctets } from './kept-octets.js';
import { isLost } from './loss.js';
import { isMedia } from './message-kind.js';
import { MessageRecords } from './message-records.js';
import type { NodeTable } from './node-table.js';
import { StreamFramer } from './stream-framer.js';
import { isSupporting } from './supporting-machines.js';

const carriers = { esp: ', in ESP', tls: ', over TLS' } as const;

/** More messages than these are not under way at once in a lab; lost ones must not pile up. */
const underWayMax = 2_000;

/** Called synchronously for each record; a record's parts must not be changed. */
export type RecordListener = (record: TraceRecord) => void;

export interface TraceCollectorOptions {
  readonly nodes: NodeTable;
  readonly inspecting?: boolean;
  readonly capture?: Capture;
  readonly listeners: readonly RecordListener[];
}

/** The two directions of a stream, each cut into messages by itself. */
interface StreamFramers {
  readonly opener: Endpoint;
  readonly fromOpener: StreamFramer;
  readonly toOpener: StreamFramer;
  /** Its octets travel in records. */
  isSecured: boolean;
}

/**
 * Give it to the environment as its trace, and `tap` to the network. It makes a message record of each packet (of a
 * stream: of each message, whatever the pieces) and passes it on among the records that nodes write.
 */
export class TraceCollector implements Trace {
  readonly inspecting: boolean;
  readonly tap: PacketTap = (packet) => this.#packet(packet);
  readonly #records: MessageRecords;
  readonly #capture: Capture | undefined;
  readonly #listeners: readonly RecordListener[];
  readonly #streams = new Map<string, StreamFramers>();
  /** Messages on their way, by their octets: ids in order of sending. */
  readonly #underWay = new Map<string, number[]>();
  #cause: number | undefined;
  #acting: string | undefined;

  constructor({ nodes, inspecting = false, capture, listeners }: TraceCollectorOptions) {
    this.inspecting = inspecting;
    this.#records = new MessageRecords(nodes);
    this.#capture = capture;
    this.#listeners = listeners;
  }

  get acting(): string | undefined {
    return this.#acting;
  }

  /** A transaction or peer that acts for a procedure does not take its place: the procedure is who sends. */
  set acting(actor: string | undefined) {
    if (actor !== undefined && this.#acting !== undefined && isSupporting(actor) && !isSupporting(this.#acting)) return;
    this.#acting = actor;
  }

  get cause(): number | undefined {
    return this.#cause;
  }

  takeUp(message: string | undefined): void {
    this.#cause = undefined;
    const ids = message === undefined ? undefined : this.#underWay.get(message);
    if (message === undefined || ids === undefined) return;
    this.#cause = ids.shift();
    if (ids.length === 0) this.#underWay.delete(message);
  }

  /** A retransmission has the octets of its original: the first to arrive counts as the first that was sent. */
  #expect(bytes: Buffer, id: number): void {
    const message = bytes.toString('latin1');
    const ids = this.#underWay.get(message);
    if (ids !== undefined) {
      ids.push(id);
      return;
    }
    this.#underWay.set(message, [id]);
    if (this.#underWay.size <= underWayMax) return;
    const [oldest] = this.#underWay.keys();
    this.#underWay.delete(oldest!); // lost, or gone to a node outside
  }

  write(record: TraceRecord): void {
    for (const listener of this.#listeners) listener(record);
  }

  #packet(packet: Packet): void {
    const messages = this.#messages(packet);
    this.#capture?.write(packet, messages.length === 0 ? undefined : messages.map(comment).join('; '));
    for (const message of messages) this.write(message);
  }

  #messages(packet: Packet): MessageRecord[] {
    if (packet.protocol === 'udp') {
      return packet.kind === 'data' ? [this.#record(packet, copyOf(packet.bytes))] : [];
    }
    const key = connectionKey(packet.from, packet.to);
    if (packet.kind === 'close') this.#streams.delete(key);
    if (packet.kind !== 'data') return [];
    const stream = this.#stream(key, packet);
    if (packet.carrier !== undefined) stream.isSecured = true;
    const protection = stream.isSecured ? 'tls' : undefined;
    return framerOf(stream, packet)
      .push(packet.bytes)
      .map((bytes) => this.#record(packet, keptOctets(bytes), protection));
  }

  #stream(key: string, { from }: Packet): StreamFramers {
    let stream = this.#streams.get(key);
    if (stream === undefined) {
      stream = { opener: from, fromOpener: new StreamFramer(), toOpener: new StreamFramer(), isSecured: false };
      this.#streams.set(key, stream);
    }
    return stream;
  }

  #record(
    { time, protocol: transport, from, to, fault, carrier, late }: Packet,
    bytes: Buffer,
    streamed?: 'tls',
  ): MessageRecord {
    const protection = streamed ?? (carrier === undefined ? undefined : 'esp');
    const record = this.#records.of({
      time,
      transport,
      from,
      to,
      bytes,
      sentIn: this.acting,
      protection,
      late,
      fault,
    });
    const { id, protocol } = record;
    const arrives = !isLost(fault?.effect) && (protocol === 'sip' || protocol === 'diameter');
    if (arrives) this.#expect(bytes, id);
    return record;
  }
}

/** Media come in floods of which nearly nothing is kept. */
function copyOf(bytes: Buffer): Buffer {
  return isMedia(bytes) ? Buffer.from(bytes) : keptOctets(bytes);
}

function framerOf({ opener, fromOpener, toOpener }: StreamFramers, { from }: Packet): StreamFramer {
  return from.address === opener.address && from.port === opener.port ? fromOpener : toOpener;
}

/** `message 12: UAR, icscf1 to hss1, sent in …`: what the capture shows beside the packet; media go without. */
function comment({ id, protocol, summary, fromNode, toNode, sentIn, protection, fault }: MessageRecord): string {
  if (protocol === 'rtp' && fault === undefined) return '';
  const text = `message ${id}: ${summary}, ${fromNode} to ${toNode}${protection === undefined ? '' : carriers[protection]}`;
  const sender = sentIn === undefined ? text : `${text}, sent in ${sentIn}`;
  if (fault === undefined) return sender;
  return `${sender}; ${fault.effect}${fault.effect === 'lost' ? '' : ' by fault'}: ${fault.name}`;
}
