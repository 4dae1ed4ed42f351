/**
 * What a trace shows of a SIP message. Reads the header lines itself and never fails, because a trace must also show
 * the messages that the parser refuses.
 */
import { detached } from '../sip/message/text.js';

export interface SipSummary {
  /** `REGISTER sip:ims.example`, `NOTIFY sip:ue1 (reg: active)`, `401 Unauthorized (REGISTER)`. */
  readonly summary: string;
  readonly startLine: string;
  readonly callId: string | undefined;
  /** `1 REGISTER`. */
  readonly cseq: string | undefined;
}

const START_LINE_MAX = 512;
const CONTROL_CHARACTERS = /\p{Cc}/gu;
const PRINTABLE = /^[ -~]*$/;

export function summariseSip(bytes: Buffer): SipSummary {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
  const lineEnd = head.indexOf('\r\n');
  const startLine = printable(lineEnd < 0 ? head : head.slice(0, lineEnd));
  const cseq = headerValue(head, 'cseq', undefined);
  const about = isOfEvents(startLine) ? eventOf(head) : '';
  return {
    summary: kept(`${summary(startLine, cseq)}${about}`),
    startLine,
    callId: headerValue(head, 'call-id', 'i'),
    cseq,
  };
}

/** Records and ladders keep summaries, which are few: each once, and without the message that it was read from. */
const keptSummaries = new Map<string, string>();
const keptMax = 1_000;

function kept(text: string): string {
  const known = keptSummaries.get(text);
  if (known !== undefined) return known;
  if (keptSummaries.size >= keptMax) keptSummaries.clear();
  const copy = detached(text);
  keptSummaries.set(copy, copy);
  return copy;
}

function summary(startLine: string, cseq: string | undefined): string {
  if (!startLine.startsWith('SIP/')) {
    const version = startLine.lastIndexOf(' SIP/');
    return version < 0 ? startLine : startLine.slice(0, version);
  }
  const status = startLine.slice(startLine.indexOf(' ') + 1);
  const method = cseq?.slice(cseq.lastIndexOf(' ') + 1);
  return method === undefined ? status : `${status} (${method})`;
}

/** RFC 6665, RFC 3903. */
function isOfEvents(startLine: string): boolean {
  return startLine.startsWith('NOTIFY ') || startLine.startsWith('SUBSCRIBE ') || startLine.startsWith('PUBLISH ');
}

/** ` (reg: active)`: the event package and, of NOTIFY, the state of the subscription; empty where neither is said. */
function eventOf(head: string): string {
  const parts = [headerValue(head, 'event', 'o'), headerValue(head, 'subscription-state', undefined)];
  const words = parts.flatMap((value) => (value === undefined ? [] : [printable(value.split(';', 1)[0]!)]));
  return words.length === 0 ? '' : ` (${words.join(': ')})`;
}

/** A peer's text must not reach a terminal with control characters, nor fill a page. */
function printable(text: string): string {
  const shown = text.slice(0, START_LINE_MAX);
  return (PRINTABLE.test(shown) ? shown : shown.replace(CONTROL_CHARACTERS, '?')).trim();
}

/** The first value of a header, `name` and `compact` in lower case. */
function headerValue(head: string, name: string, compact: string | undefined): string | undefined {
  for (let at = head.indexOf('\r\n'); at >= 0; ) {
    const next = head.indexOf('\r\n', at + 2);
    if (mayBegin(head.charCodeAt(at + 2), name, compact)) {
      const colon = head.indexOf(':', at);
      const end = next < 0 ? head.length : next;
      if (colon >= 0 && colon < end) {
        const found = head
          .slice(at + 2, colon)
          .trim()
          .toLowerCase();
        if (found === name || found === compact) return head.slice(colon + 1, end).trim();
      }
    }
    at = next;
  }
  return undefined;
}

/** Most lines are of other headers, which their first letter tells; blanks before a name are passed over. */
function mayBegin(first: number, name: string, compact: string | undefined): boolean {
  const letter = first | 0x20;
  return letter === name.charCodeAt(0) || letter === compact?.charCodeAt(0) || !(first > 0x20 && first < 0x7f);
}
