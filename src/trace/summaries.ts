/** Summaries of the message that is looked at: the collector and the trace file ask for those of the same one in a row. */
import { type DiameterSummary, summariseDiameter } from '../diameter/codec/summary.js';
import { type SipSummary, summariseSip } from './sip-summary.js';

let lastSip: { readonly bytes: Buffer; readonly summary: SipSummary } | undefined;
let lastDiameter: { readonly bytes: Buffer; readonly summary: DiameterSummary } | undefined;

/** The octets of a record do not change. */
export function sipSummaryOf(bytes: Buffer): SipSummary {
  if (lastSip?.bytes !== bytes) lastSip = { bytes, summary: summariseSip(bytes) };
  return lastSip.summary;
}

export function diameterSummaryOf(bytes: Buffer): DiameterSummary {
  if (lastDiameter?.bytes !== bytes) lastDiameter = { bytes, summary: summariseDiameter(bytes) };
  return lastDiameter.summary;
}
