/**
 * One record as one line of `trace.jsonl`. Times are ISO 8601 in UTC with microseconds, endpoints `address:port`, and
 * the keys come in one order, so that equal runs give equal files.
 */
import { summariseDiameter } from '../diameter/codec/summary.js';
import type { MessageRecord, TraceRecord } from '../environment/index.js';
import { endpointText } from './endpoint.js';
import { jsonValue } from './json-value.js';
import { rtpSource } from './rtp-summary.js';
import { summariseSip } from './sip-summary.js';

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
  return JSON.stringify({ time: isoTime(record.time), ...fields(record) });
}

function fields(record: TraceRecord): object {
  switch (record.kind) {
    case 'message':
      return messageFields(record);
    case 'transition': {
      const { kind, node, actor, machine, event, from, to, effects, message, context } = record;
      return { kind, node, actor, machine, event, from, to, effects, message, context: jsonValue(context) };
    }
    case 'effect': {
      const { kind, node, actor, machine, effect, params, message } = record;
      return { kind, node, actor, machine, effect, params: jsonValue(params), message };
    }
    case 'timer': {
      const { kind, node, actor, machine, timer } = record;
      return { kind, node, actor, machine, timer };
    }
    case 'fault': {
      const { kind, node, what, clause, detail } = record;
      return { kind, node, what, clause, detail: jsonValue(detail) };
    }
    case 'note': {
      const { kind, node, what, text, clause } = record;
      return { kind, node, what, text, clause };
    }
  }
}

function messageFields(record: MessageRecord): object {
  const { kind, id, protocol, transport, fromNode, toNode, summary, sentIn, protection, late, fault } = record;
  const from = endpointText(record.from);
  const to = endpointText(record.to);
  return {
    kind,
    id,
    protocol,
    transport,
    from,
    to,
    fromNode,
    toNode,
    summary,
    sentIn,
    protection,
    late,
    fault,
    ...identification(record),
  };
}

function identification({ protocol, bytes }: MessageRecord): object {
  switch (protocol) {
    case 'sip': {
      const { startLine, callId, cseq } = summariseSip(bytes);
      return { startLine, callId, cseq };
    }
    case 'diameter': {
      const { sessionId, hopByHop, endToEnd } = summariseDiameter(bytes);
      return { sessionId, hopByHop, endToEnd };
    }
    case 'rtp':
      return { ssrc: rtpSource(bytes) };
    default:
      return {};
  }
}
