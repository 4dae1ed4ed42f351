/**
 * SIP messages: parse and forward. CPU time of this process, each candidate interleaved with the control round by round,
 * medians; the control is what one would write with `split` and regular expressions.
 */
import { createRequire } from 'node:module';
import { Parser } from 'sip.js/lib/core/messages/parser.js';
import { parseMessage } from '../../src/sip/message/index.js';

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

const candidates: readonly Candidate[] = [
  {
    name: 'imslab',
    note: 'octets to octets: parse, drop own Route, add Via and Path, change Max-Forwards and Request-URI; the control does the same, unchecked',
    iterations: 4000,
    run(bytes) {
      const message = parseMessage(bytes);
      if (message.kind !== 'request') throw new Error('not a request');
      const edit = message
        .edit()
        .requestUri(nextHop)
        .removeFirst('Route')
        .prepend('Via', inserted.via)
        .prepend('Path', inserted.path);
      return Buffer.from(edit.set('Max-Forwards', String(message.maxForwards! - 1)).text(), 'latin1').length;
    },
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

/** The control: split into lines, names by regular expression into a map, edited, joined. */
function forwardBySplitting(bytes: Buffer): number {
  const [head, ...bodies] = bytes.toString('latin1').split('\r\n\r\n');
  const lines = head!.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const start = /^(\S+) (\S+) (SIP\/2\.0)$/.exec(lines[0]!)!;
  const headers: { name: string; value: string }[] = [];
  for (const line of lines.slice(1)) {
    const [, name, value] = /^([^\s:]+)\s*:\s*(.*)$/.exec(line)!;
    headers.push({ name: name!.toLowerCase(), value: value! });
  }
  for (const name of ['via', 'from', 'to', 'call-id', 'cseq']) {
    if (!headers.some((header) => header.name === name)) throw new Error(`no ${name}`);
  }
  const route = headers.findIndex((header) => header.name === 'route');
  if (route !== -1) headers.splice(route, 1);
  headers.unshift({ name: 'path', value: inserted.path }, { name: 'via', value: inserted.via });
  const hops = headers.find((header) => header.name === 'max-forwards')!;
  hops.value = String(Number(hops.value) - 1);
  const text = `${start[1]} ${nextHop} ${start[3]}\r\n${headers.map(({ name, value }) => `${name}: ${value}`).join('\r\n')}`;
  return Buffer.from(`${text}\r\n\r\n${bodies.join('\r\n\r\n')}`, 'latin1').length;
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
const control: Candidate = { name: 'control', note: '', iterations: 4000, run: forwardBySplitting };

/** Each candidate in turn with the control, so that what it leaves to the garbage collector burdens no other. */
function measure(kind: string, bytes: Buffer): SipBenchmarkRow[] {
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
