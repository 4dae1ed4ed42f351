/**
 * One record as one line of `trace.jsonl`. Times are ISO 8601 in UTC with microseconds, endpoints `address:port`, and
 * the keys come in one order, so that equal runs give equal files.
 */
import type { MessageRecord, TimerRecord, TraceRecord, TransitionRecord } from '../environment/index.js';
import { endpointText } from './endpoint.js';
import { jsonValue } from './json-value.js';
import { rtpSource } from './rtp-summary.js';
import { diameterSummaryOf, sipSummaryOf } from './summaries.js';

/** Many records have one time, and writing it costs more than all their other words. */
let lastTime = Number.NaN;
let lastIsoTime = '';

/** `2026-11-22T12:00:00.000250Z` of milliseconds since the Unix epoch. */
export function isoTime(time: number): string {
  if (time !== lastTime) {
    lastIsoTime = writtenTime(time);
    lastTime = time;
  }
  return lastIsoTime;
}

function writtenTime(time: number): string {
  const microseconds = Math.round(time * 1000);
  const milliseconds = Math.floor(microseconds / 1000);
  const rest = String(microseconds - milliseconds * 1000).padStart(3, '0');
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z`;
}

/** The inverse of `isoTime`. NaN for what is no time. */
export function parseIsoTime(text: string): number {
  return Date.parse(`${text.slice(0, 23)}Z`) + Number(text.slice(23, -1) || 0) / 1000;
}

/** A line without its end. Messages carry what identifies them instead of their octets, which the capture has. */
export function traceLine(record: TraceRecord): string {
  switch (record.kind) {
    case 'message':
      return messageLine(record);
    case 'transition':
      return transitionLine(record);
    case 'timer':
      return timerLine(record);
    case 'effect': {
      const { kind, node, actor, machine, effect, params, message } = record;
      return line(record, { kind, node, actor, machine, effect, params: jsonValue(params), message });
    }
    case 'fault': {
      const { kind, node, what, clause, detail } = record;
      return line(record, { kind, node, what, clause, detail: jsonValue(detail) });
    }
    case 'note': {
      const { kind, node, what, text, clause } = record;
      return line(record, { kind, node, what, text, clause });
    }
  }
}

function line({ time }: TraceRecord, fields: object): string {
  return JSON.stringify({ time: isoTime(time), ...fields });
}

// Messages, transitions and timers are nearly all of a trace: their lines are put together piece by piece.

function transitionLine(record: TransitionRecord): string {
  const { time, node, actor, machine, event, from, to, effects, message, context } = record;
  const instance = `"node":${word(node)},"actor":${JSON.stringify(actor)},"machine":${word(machine)}`;
  const change = `"event":${word(event)},"from":${word(from)},"to":${word(to)},"effects":[${words(effects)}]`;
  const json = context === undefined ? undefined : jsonValue(context);
  const more = `${optional('message', message)}${optional('context', json)}`;
  return `{"time":"${isoTime(time)}","kind":"transition",${instance},${change}${more}}`;
}

function timerLine({ time, node, actor, machine, timer }: TimerRecord): string {
  const instance = `"node":${word(node)},"actor":${JSON.stringify(actor)},"machine":${word(machine)}`;
  return `{"time":"${isoTime(time)}","kind":"timer",${instance},"timer":${word(timer)}}`;
}

function messageLine(record: MessageRecord): string {
  const { time, id, protocol, transport, fromNode, toNode, summary, sentIn, protection, late, fault } = record;
  const ends = `"from":"${endpointText(record.from)}","to":"${endpointText(record.to)}"`;
  const nodes = `"fromNode":${word(fromNode)},"toNode":${word(toNode)}`;
  const head = `"id":${id},"protocol":"${protocol}","transport":"${transport}",${ends},${nodes}`;
  const told = `"summary":${JSON.stringify(summary)}${optional('sentIn', sentIn)}`;
  const more = `${optional('protection', protection)}${optional('late', late)}${optional('fault', fault)}`;
  return `{"time":"${isoTime(time)}","kind":"message",${head},${told}${more}${identification(record)}}`;
}

function identification({ protocol, bytes }: MessageRecord): string {
  switch (protocol) {
    case 'sip': {
      const { startLine, callId, cseq } = sipSummaryOf(bytes);
      return `,"startLine":${JSON.stringify(startLine)}${optional('callId', callId)}${optional('cseq', cseq)}`;
    }
    case 'diameter': {
      const { sessionId, hopByHop, endToEnd } = diameterSummaryOf(bytes);
      return `${optional('sessionId', sessionId)},"hopByHop":${hopByHop},"endToEnd":${endToEnd}`;
    }
    case 'rtp':
      return optional('ssrc', rtpSource(bytes));
    default:
      return '';
  }
}

function optional(key: string, value: unknown): string {
  return value === undefined ? '' : `,"${key}":${JSON.stringify(value)}`;
}

/** Nodes, machines, states, events and effects: there are few, and each is written often. */
const writtenWords = new Map<string, string>();
const wordsMax = 20_000;

function word(text: string): string {
  let written = writtenWords.get(text);
  if (written === undefined) {
    written = JSON.stringify(text);
    if (writtenWords.size >= wordsMax) writtenWords.clear();
    writtenWords.set(text, written);
  }
  return written;
}

function words(texts: readonly string[]): string {
  let list = '';
  for (const text of texts) list += list === '' ? word(text) : `,${word(text)}`;
  return list;
}
