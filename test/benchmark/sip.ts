/**
 * SIP messages: parse and forward. CPU time of this process, each candidate interleaved with the control round by round,
 * medians; the control is what one would write with `split` and regular expressions.
 */
import { createRequire } from 'node:module';
import { Parser } from 'sip.js/lib/core/messages/parser.js';
import { parseMessage } from '../../src/sip/message/index.js';
import { markedVia } from '../../src/sip/transport/via-route.js';

export interface SipBenchmarkRow {
  readonly name: string;
  /** Microseconds of CPU a message. */
  readonly micros: number;
  /** The same for the control, in the same rounds. */
  readonly controlMicros: number;
  /** micros / controlMicros. */
  readonly ratio: number;
  readonly note: string;
}

interface Candidate {
  readonly name: string;
  readonly note: string;
  readonly iterations: number;
  run(bytes: Buffer): number;
}

const jssip = createRequire(import.meta.url)('jssip/lib/Parser') as {
  parseMessage(data: string, ua: object): { data: string };
};
const silent = { error() {}, warn() {}, log() {}, debug() {} };

const inserted = {
  via: 'SIP/2.0/UDP 127.0.1.1:5060;branch=z9hG4bK0000002a5f3c9d1be0',
  path: '<sip:term@pcscf1.ims.example:5060;lr>',
};
const nextHop = 'sip:icscf1.ims.mnc001.mcc001.3gppnetwork.org';

/** Where the message came from: the proxy notes it in the top Via where that asks for it. */
const source = { address: '127.0.2.1', port: 5060 };

/** Octets to octets: what a proxy does with a request. */
function forward(bytes: Buffer): Buffer {
  const message = parseMessage(bytes);
  if (message.kind !== 'request') throw new Error('not a request');
  const editor = message.edit();
  const received = markedVia(message.topVia, source.address, source.port);
  if (received !== undefined) editor.replaceFirst('Via', received);
  editor
    .requestUri(nextHop)
    .removeFirst('Route')
    .prepend('Via', inserted.via)
    .prepend('Path', inserted.path)
    .set('Max-Forwards', String(message.maxForwards! - 1));
  return Buffer.from(editor.text(), 'latin1');
}

const candidates: readonly Candidate[] = [
  {
    name: 'imslab',
    note: 'octets to octets: parse and check, note the source in Via, drop own Route, add Via and Path, change Max-Forwards and Request-URI; the control puts out the same octets',
    iterations: 4000,
    run: (bytes) => forward(bytes).length,
  },
  {
    name: 'jssip',
    note: 'parse only: it has no forwarding',
    iterations: 100,
    run: (bytes) => jssip.parseMessage(bytes.toString('latin1'), {}).data.length,
  },
  {
    name: 'sip.js',
    note: 'parse only: it has no forwarding',
    iterations: 20,
    run: (bytes) => Parser.parseMessage(bytes.toString('latin1'), silent as never)!.data.length,
  },
];

interface Line {
  readonly name: string;
  readonly lower: string;
  value: string;
}

/**
 * The control, as one writes it with `split` and regular expressions: lines, names and values, checks of what a proxy must
 * not pass on (RFC 3261 16.3 item 1), the same edits, and all lines joined again.
 */
function forwardBySplitting(bytes: Buffer): Buffer {
  const [head, ...bodies] = bytes.toString('latin1').split('\r\n\r\n');
  const body = bodies.join('\r\n\r\n');
  const lines = head!.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const start = /^([\w.!%*+`'~-]+) ((?:sips?|tel|urn):\S+) (SIP\/2\.0)$/.exec(lines[0]!)!;
  const headers: Line[] = [];
  for (const line of lines.slice(1)) {
    const [, name, value] = /^([^\s:]+)\s*:\s*(.*)$/.exec(line)!;
    headers.push({ name: name!, lower: name!.toLowerCase(), value: value! });
  }
  const only = (name: string, shape: RegExp): RegExpExecArray => {
    const found = headers.filter(({ lower }) => lower === name);
    const match = found.length === 1 ? shape.exec(found[0]!.value) : null;
    if (match === null) throw new Error(`bad ${name}`);
    return match;
  };
  only('from', /^(?:"[^"]*"|[^"<]*)<?(?:sips?|tel|urn):[^>]+>?.*;\s*tag=[^;\s]+/);
  only('to', /^(?:"[^"]*"|[^"<]*)<?(?:sips?|tel|urn):[^>]+>?/);
  only('call-id', /^\S+$/);
  if (only('cseq', /^\d+\s+(\S+)$/)[1] !== start[1]) throw new Error('bad cseq');
  if (Number(only('content-length', /^\d+$/)[0]) !== body.length) throw new Error('bad length');
  for (const { lower, value } of headers) {
    if (/^(?:route|record-route|contact)$/.test(lower) && !/^(?:"[^"]*"|[^"<]*)<?\w+:[^>]+>?/.test(value)) {
      throw new Error(`bad ${lower}`);
    }
  }
  const top = headers.findIndex(({ lower }) => lower === 'via');
  const via = /^SIP\/2\.0\/\w+\s+([^\s;:]+)(?::\d+)?.*;\s*branch=[^;\s]+/.exec(headers[top]!.value)!;
  const asksForPort = /;\s*rport(?=;|$)/.test(headers[top]!.value);
  if (asksForPort || via[1] !== source.address) {
    headers[top]!.value = headers[top]!.value.replace(/;\s*(?:rport|received)(?:=[^;]*)?(?=;|$)/g, '');
    headers[top]!.value += `;received=${source.address}${asksForPort ? `;rport=${source.port}` : ''}`;
  }
  headers[headers.findIndex(({ lower }) => lower === 'max-forwards')]!.value = String(
    Number(only('max-forwards', /^\d+$/)[0]) - 1,
  );
  const route = headers.findIndex(({ lower }) => lower === 'route');
  if (route !== -1) headers.splice(route, 1);
  headers.splice(top, 0, { name: 'Via', lower: 'via', value: inserted.via });
  headers.unshift({ name: 'Path', lower: 'path', value: inserted.path });
  const text = `${start[1]} ${nextHop} ${start[3]}\r\n${headers.map(({ name, value }) => `${name}: ${value}`).join('\r\n')}`;
  return Buffer.from(`${text}\r\n\r\n${body}`, 'latin1');
}

const register = [
  'REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.2.1:5060;branch=z9hG4bK7d3a91c2e4f5b60718;rport',
  'Max-Forwards: 70',
  'Route: <sip:pcscf1.ims.mnc001.mcc001.3gppnetwork.org:5060;lr>',
  'From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=5f1c0a7e',
  'To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>',
  'Call-ID: 2f9d4c1e7b8a4d60a1c3@127.0.2.1',
  'CSeq: 1 REGISTER',
  'Contact: <sip:001010000000001@127.0.2.1:5060>;+sip.instance="<urn:gsma:imei:35824005-944763-0>";+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";+g.3gpp.smsip;expires=600000',
  'Expires: 600000',
  'Supported: path, gruu, sec-agree',
  'Require: sec-agree',
  'Proxy-Require: sec-agree',
  'Security-Client: ipsec-3gpp; alg=hmac-sha-1-96; ealg=null; prot=esp; mod=trans; spi-c=11111; spi-s=22222; port-c=5062; port-s=5063',
  'P-Access-Network-Info: 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=0010100010000001',
  'Authorization: Digest username="001010000000001@ims.mnc001.mcc001.3gppnetwork.org",realm="ims.mnc001.mcc001.3gppnetwork.org",nonce="",uri="sip:ims.mnc001.mcc001.3gppnetwork.org",response=""',
  'Content-Length: 0',
];

const offer = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.2.1',
  's=-',
  'c=IN IP4 127.0.2.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 104 102 105 100',
  'b=AS:49',
  'b=RS:600',
  'b=RR:2000',
  'a=rtpmap:104 AMR-WB/16000/1',
  'a=fmtp:104 mode-change-capability=2;max-red=0',
  'a=rtpmap:102 AMR/8000/1',
  'a=fmtp:102 mode-change-capability=2;max-red=0',
  'a=rtpmap:105 telephone-event/16000',
  'a=fmtp:105 0-15',
  'a=rtpmap:100 telephone-event/8000',
  'a=fmtp:100 0-15',
  'a=ptime:20',
  'a=maxptime:240',
  'a=sendrecv',
  'a=curr:qos local none',
  'a=curr:qos remote none',
  'a=des:qos mandatory local sendrecv',
  'a=des:qos optional remote sendrecv',
  '',
].join('\r\n');

const invite = [
  'INVITE sip:+15550100002@ims.mnc001.mcc001.3gppnetwork.org;user=phone SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.1.1:5060;branch=z9hG4bK0000001f5f3c9d1be0',
  'Via: SIP/2.0/UDP 127.0.2.1:5060;branch=z9hG4bK7d3a91c2e4f5b60718;rport=5060;received=127.0.2.1',
  'Max-Forwards: 69',
  'Route: <sip:orig@scscf1.ims.mnc001.mcc001.3gppnetwork.org:5060;lr;orig>',
  'Record-Route: <sip:mo@pcscf1.ims.mnc001.mcc001.3gppnetwork.org:5060;lr>',
  'From: <sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org>;tag=5f1c0a7e',
  'To: <sip:+15550100002@ims.mnc001.mcc001.3gppnetwork.org;user=phone>',
  'Call-ID: 9b1d4c1e7b8a4d60a1c3@127.0.2.1',
  'CSeq: 1 INVITE',
  'Contact: <sip:+15550100001@127.0.2.1:5060>;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";audio',
  'Accept-Contact: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"',
  'P-Asserted-Identity: "Alice" <sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org>, <tel:+15550100001>',
  'P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel',
  'P-Access-Network-Info: 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=0010100010000001',
  'P-Charging-Vector: icid-value="a1b2c3d4e5f60718"; icid-generated-at=127.0.1.1; orig-ioi=ims.mnc001.mcc001.3gppnetwork.org',
  'P-Early-Media: supported',
  'Allow: INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, MESSAGE, REFER, NOTIFY, INFO, OPTIONS',
  'Supported: 100rel, precondition, timer, histinfo',
  'Session-Expires: 1800;refresher=uac',
  'Min-SE: 90',
  'Accept: application/sdp, application/3gpp-ims+xml',
  'User-Agent: imslab benchmark',
  'Content-Type: application/sdp',
  `Content-Length: ${offer.length}`,
];

/** The lines as a message of exactly that many octets, filled up by an extension header. */
function padded(lines: readonly string[], body: string, octets: number): Buffer {
  const missing = octets - Buffer.byteLength([...lines, 'X-Padding: ', '', body].join('\r\n'), 'latin1');
  return Buffer.from([...lines, `X-Padding: ${'x'.repeat(Math.max(0, missing))}`, '', body].join('\r\n'), 'latin1');
}

/** All candidates over a REGISTER of 1.2 kB and an INVITE of 2.5 kB. Takes some seconds. */
export function sipBenchmarks(): readonly SipBenchmarkRow[] {
  return [...measure('REGISTER', padded(register, '', 1200)), ...measure('INVITE', padded(invite, offer, 2500))];
}

const rounds = 21;
const control: Candidate = {
  name: 'control',
  note: '',
  iterations: 4000,
  run: (bytes) => forwardBySplitting(bytes).length,
};

/** Each candidate in turn with the control, so that what it leaves to the garbage collector burdens no other. */
function measure(kind: string, bytes: Buffer): SipBenchmarkRow[] {
  if (!forward(bytes).equals(forwardBySplitting(bytes))) throw new Error(`the control forwards a ${kind} differently`);
  return candidates.map((candidate) => {
    const own: number[] = [];
    const controls: number[] = [];
    for (let round = -3; round < rounds; round++) {
      const micros = cpuOf(candidate, bytes);
      const controlMicros = cpuOf(control, bytes);
      if (round < 0) continue; // warming up
      own.push(micros);
      controls.push(controlMicros);
    }
    const micros = median(own);
    const controlMicros = median(controls);
    const name = `${candidate.name}: ${kind} of ${bytes.length} octets`;
    return { name, micros, controlMicros, ratio: micros / controlMicros, note: candidate.note };
  });
}

function cpuOf({ iterations, run }: Candidate, bytes: Buffer): number {
  const before = process.cpuUsage();
  for (let i = 0; i < iterations; i++) run(bytes);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / iterations;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
