/** What a run leaves and shows: the capture, the trace and the ladder. */

export { Capture } from './capture.js';
export { type RecordListener, TraceCollector, type TraceCollectorOptions } from './collector.js';
export { diameterLines } from './diameter-lines.js';
export { FileSink } from './file-sink.js';
export { Ladder, type LadderFormat, renderLadder } from './ladder.js';
export { LADDER_ORDER } from './ladder-event.js';
export type { LadderPageOptions } from './ladder-page.js';
export { LiveLadder } from './live-ladder.js';
export type { MediaRecord } from './media-record.js';
export { NodeTable, type TraceNode } from './node-table.js';
export type { ByteSink } from './pcapng.js';
export { printable } from './printable.js';
export {
  type CapturedMessage,
  type CapturedMessages,
  type CapturedSip,
  nothingOf,
  readCapturedMessages,
  readCapturedSip,
} from './reading/captured-messages.js';
export { recordsOf, spokenMessages } from './reading/captured-records.js';
export { isPacketFile } from './reading/packet-file.js';
export { Report } from './report.js';
export { bareSummary, type RunSummary } from './run-summary.js';
export { TraceFile } from './trace-file.js';
export { isoTime, traceLine } from './trace-line.js';
export { type FileRecord, readTrace, TraceReadError } from './trace-reader.js';
