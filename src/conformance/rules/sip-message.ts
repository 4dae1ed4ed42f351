/** What every SIP message must be in itself. RFC 3261 7, 8.1.1, 18.3, 20; SIP-01, SIP-06 to SIP-10. */
import type { MessageRecord } from '../../environment/index.js';
import type { SipParseError } from '../../sip/index.js';
import { clauseOf } from '../catalogue.js';
import type { Rule, RuleReport } from '../rule.js';
import { type isRequest, sending } from './sip-hop.js';

/** The parser says which rule or clause a malformed message breaks. */
function malformed(...broken: readonly string[]): NonNullable<Rule['malformed']> {
  return (record: MessageRecord, error: SipParseError, _, report: RuleReport) => {
    if (!broken.some((each) => error.rule === each || error.rule.startsWith(`${each}.`))) return;
    report.applies();
    report.breach(`${record.fromNode} sent ${record.toNode} a message that cannot be read: ${error.reason}`);
  };
}

const startLine: Rule = {
  id: 'SIP-01',
  clause: clauseOf('SIP-01'),
  title: 'The start line is a request or status line of SIP/2.0',
  of: ['request', 'response'],
  request: (_seen, _before, report) => report.applies(),
  response: (_seen, _before, report) => report.applies(),
  malformed: malformed('SIP-01', 'RFC 3261 7'),
};

const addresses: Rule = {
  id: 'SIP-06',
  clause: clauseOf('SIP-06'),
  title: 'From, To, Contact, Route, Record-Route and Via can be read',
  of: ['request', 'response'],
  request: (_seen, _before, report) => report.applies(),
  response: (_seen, _before, report) => report.applies(),
  malformed: malformed('RFC 3261 20'),
};

const mandatoryHeaders: Rule = {
  id: 'SIP-08',
  clause: clauseOf('SIP-08'),
  title: 'A request has To, From with tag, CSeq of its own method, Call-ID, Max-Forwards and Via',
  of: ['request'],
  request(seen, _, report) {
    report.applies();
    const { message } = seen;
    // The parser lets these two pass, for elements of RFC 2543.
    if (message.maxForwards === undefined) report.breach(`${sending(seen)} without Max-Forwards`);
    if (message.fromTag === undefined) report.breach(`${sending(seen)} without a tag in From`);
  },
  malformed: malformed('SIP-08'),
};

const numbers: Rule = {
  id: 'SIP-09',
  clause: clauseOf('SIP-09'),
  title: 'CSeq, Max-Forwards and Expires are numbers within their bounds',
  of: ['request', 'response'],
  request: (_seen, _before, report) => report.applies(),
  response(seen, _, report) {
    report.applies();
    const expires = seen.message.header('Expires');
    if (expires !== undefined && seen.message.expires === undefined) {
      report.breach(`${sending(seen)} with Expires ${expires}: it has to be seconds below 2^32`);
    }
  },
  malformed: malformed('SIP-09'),
};

const contentLength: Rule = {
  id: 'SIP-10',
  clause: clauseOf('SIP-10'),
  title: 'Content-Length is there on a stream, and counts the octets of the body',
  of: ['request', 'response'],
  request: (seen, _, report) => checkLength(seen, report),
  response: (seen, _, report) => checkLength(seen, report),
  malformed: malformed('SIP-10'),
};

function checkLength(seen: Parameters<typeof isRequest>[0], report: RuleReport): void {
  const { message, record } = seen;
  if (!message.has('Content-Length')) return;
  report.applies();
  // The parser has cut what stands behind the body; of lone line feeds it has made line ends, which are longer.
  const surplus = record.bytes.length - lineEndsBefore(record.bytes) - message.text.length;
  if (surplus > 0) {
    report.breach(`${sending(seen)} with ${surplus} octets behind its body: Content-Length has to count them`);
  }
}

/** Octets of the empty lines that may stand before a start line (RFC 3261 7.5). */
function lineEndsBefore(bytes: Buffer): number {
  let count = 0;
  while (bytes[count] === 0x0d || bytes[count] === 0x0a) count += 1;
  return count;
}

export const sipMessageRules: readonly Rule[] = [startLine, addresses, mandatoryHeaders, numbers, contentLength];
