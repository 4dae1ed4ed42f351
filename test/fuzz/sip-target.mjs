/** The SIP parser: whatever comes, it gives a message or an error, and every reading of a message works. */
import assert from 'node:assert/strict';
import { parseMessage, parseUri, SipParseError, StreamFramer } from '../../dist/sip/message/index.js';

const crlf = (lines) => Buffer.from(lines.join('\r\n'), 'latin1');

export const name = 'SIP parser';

export const seeds = [
  crlf([
    'REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0',
    'Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKa;rport, SIP/2.0/TCP 192.0.2.1;received=192.0.2.9',
    'Max-Forwards: 70',
    'f: "A \\"B\\" C" <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=1',
    'To: sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org',
    'Call-ID: a@b',
    'CSeq: 1 REGISTER',
    'Contact: <sip:001@192.0.2.1:5060;transport=udp>;expires=600;+sip.instance="<urn:gsma:imei:35622410-483840-0>"',
    'Authorization: Digest username="u", realm="r", nonce="AA==", uri="sip:r", response="", algorithm=AKAv1-MD5',
    'Supported: path,',
    ' gruu',
    'Path: <sip:t@192.0.2.2;lr>,<sip:u@192.0.2.3;lr>',
    'Content-Length: 0',
    '',
    '',
  ]),
  crlf([
    'INVITE tel:+1-555-0100;phone-context=x SIP/2.0',
    'v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb',
    'Route: <sip:orig@192.0.2.3;lr;a=%41>',
    'From: <sip:a%20b@[::1]:5060;x?y=z>;tag=2',
    't: <tel:+15550100>',
    'i: c',
    'CSeq: 2147483647 INVITE',
    'Max-Forwards: 0',
    'c: application/sdp',
    'l: 5',
    '',
    'v=0\r\n',
  ]),
  crlf([
    'SIP/2.0 183 Session Progress',
    'Via: SIP/2.0/UDP a.b;branch=z9hG4bKc',
    'From: <sip:a@b>;tag=3',
    'To: <sip:c@d>;tag=4',
    'Call-ID: d',
    'CSeq: 3 INVITE',
    'RSeq: 1',
    'Require: 100rel',
    'Content-Length: 0',
    '',
    '',
  ]),
];

export function run(bytes, random) {
  const parsed = parseMessage(bytes);
  assert(parsed instanceof SipParseError || parsed.kind === 'request' || parsed.kind === 'response');
  if (parsed.kind === 'error') {
    assert.equal(typeof parsed.reason, 'string');
    // In the text with all line ends as CRLF.
    assert(parsed.offset >= 0 && parsed.offset <= 2 * bytes.length + 2);
    if (parsed.message !== undefined) readAll(parsed.message);
  } else {
    readAll(parsed);
    const again = parseMessage(Buffer.from(parsed.text, 'latin1'));
    assert.notEqual(again.kind, 'error', 'a message that was taken is taken again');
    assert.equal(again.text, parsed.text);
  }
  parseUri(bytes.toString('latin1'));
  stream(bytes, random);
}

function readAll(message) {
  for (const key of [
    'callId',
    'cseq',
    'from',
    'to',
    'fromTag',
    'toTag',
    'vias',
    'topVia',
    'contacts',
    'routes',
    'recordRoutes',
    'path',
    'serviceRoute',
    'maxForwards',
    'expires',
    'contentType',
    'body',
    'uri',
    'method',
  ]) {
    void message[key];
  }
  for (const header of ['Via', 'Contact', 'Supported', 'Authorization', 'X-Unknown']) {
    message.header(header);
    message.headers(header);
    message.values(header);
    message.has(header);
  }
  message
    .edit()
    .prepend('Via', 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx')
    .removeFirst('Route')
    .set('Max-Forwards', '69')
    .text();
}

/** The same octets as a stream, in pieces of any size. */
function stream(bytes, random) {
  const framer = new StreamFramer();
  for (let at = 0; at < bytes.length && !framer.isBroken; ) {
    const end = at + 1 + random(bytes.length);
    for (const item of framer.feed(bytes.subarray(at, end))) assert.equal(typeof item.kind, 'string');
    at = end;
  }
}
