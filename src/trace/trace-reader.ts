/** Reads `trace.jsonl` back into records, for ladders and checks after the run. */
import type { Endpoint, MessageRecord, TraceRecord } from '../environment/index.js';
import type { MediaRecord } from './media-record.js';
import { parseIsoTime } from './trace-line.js';

/** A line of the file that is no record: the message names the line and what is wrong with it. */
export class TraceReadError extends Error {
  constructor(
    readonly line: number,
    reason: string,
  ) {
    super(`line ${line}: ${reason}`);
  }
}

/** What a line of the file holds. */
export type FileRecord = TraceRecord | MediaRecord;

const NO_OCTETS = Buffer.alloc(0);
/** The keys that each kind of line must have, as text. */
const REQUIRED: Readonly<Record<FileRecord['kind'], readonly string[]>> = {
  message: ['protocol', 'transport', 'from', 'to', 'fromNode', 'toNode', 'summary'],
  transition: ['node', 'actor', 'machine', 'event', 'from', 'to'],
  effect: ['node', 'actor', 'machine', 'effect'],
  timer: ['node', 'actor', 'machine', 'timer'],
  fault: ['node', 'what'],
  note: ['node', 'what', 'text'],
  media: ['fromNode', 'toNode'],
};

/**
 * The records of a trace; messages have no octets. Lines of unknown kinds are passed over, and so is a last line that
 * a killed run left unfinished. Throws `TraceReadError`.
 */
export function readTrace(text: string): FileRecord[] {
  const records: FileRecord[] = [];
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    if (line === '') return;
    const isLast = index === lines.length - 1;
    const record = readLine(line, index + 1, isLast);
    if (record !== undefined) records.push(record);
  });
  return records;
}

function readLine(line: string, number: number, isLast: boolean): FileRecord | undefined {
  const value = parse(line, number, isLast);
  if (value === undefined) return undefined;
  const time = parseIsoTime(String(value.time));
  if (Number.isNaN(time)) throw new TraceReadError(number, 'no "time" such as "2026-01-31T12:00:00.000000Z"');
  const required: readonly string[] | undefined = REQUIRED[value.kind as FileRecord['kind']];
  if (required === undefined) return undefined;
  const missing = required.find((key) => typeof value[key] !== 'string');
  if (missing !== undefined) throw new TraceReadError(number, `a ${String(value.kind)} needs "${missing}" as text`);
  if (value.kind === 'message') return message(value, time);
  return { effects: [], ...value, time } as unknown as FileRecord;
}

function parse(line: string, number: number, isLast: boolean): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    if (isLast) return undefined;
  }
  throw new TraceReadError(number, 'not a JSON object');
}

function message(value: Record<string, unknown>, time: number): MessageRecord {
  const from = endpoint(String(value.from));
  const to = endpoint(String(value.to));
  return { sentIn: undefined, id: 0, ...value, time, from, to, bytes: NO_OCTETS } as unknown as MessageRecord;
}

function endpoint(text: string): Endpoint {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon);
  return { address: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(text.slice(colon + 1)) };
}
