/** Messages that nobody should send, for the tests of nodes under attack. */

export interface Target {
  /** Numeric, in brackets where it is IPv6. */
  readonly host: string;
  readonly domain: string;
  /** Via's sent-by: where answers go. */
  readonly sentBy: string;
}

let sequence = 0;

function text(lines: readonly string[], body = ''): string {
  return [...lines, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

/** Well-formed requests of every kind that a node may get from outside. */
export function wellFormed({ host, domain, sentBy }: Target): readonly string[] {
  const head = (method: string, uri: string, toTag = ''): string[] => {
    sequence++;
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bKh${sequence};rport`,
      'Max-Forwards: 70',
      `From: "An attacker" <sip:evil@${domain}>;tag=h${sequence}`,
      `To: <sip:001010000000001@${domain}>${toTag}`,
      `Call-ID: hostile-${sequence}@${sentBy}`,
      `CSeq: ${sequence} ${method}`,
      `Contact: <sip:evil@${sentBy}>;+sip.instance="<urn:uuid:x>"`,
    ];
  };
  const authorization = `Authorization: Digest username="001010000000001@${domain}",realm="${domain}",uri="sip:${domain}",nonce="abc",response="0123",algorithm=AKAv1-MD5`;
  return [
    text([...head('REGISTER', `sip:${domain}`), 'Expires: 3600', authorization, 'P-Visited-Network-ID: "x"']),
    text([...head('REGISTER', `sip:${domain}`).slice(0, -1), 'Contact: *', 'Expires: 0', authorization]),
    text([...head('INVITE', `sip:+15550100001@${domain}`), `Route: <sip:orig-0000@${host};lr>`], 'v=0\r\n'),
    text([...head('INVITE', 'tel:+15550100001'), `Route: <sip:term-0000@${host};lr>, <sip:mo-1-a@${host};lr>`]),
    text([...head('BYE', `sip:x@${host}`, ';tag=b'), `Route: <sip:mt-1-abc@${host};lr>`]),
    text(head('ACK', `sip:x@${host}`, ';tag=b')),
    text(head('CANCEL', `sip:x@${host}`)),
    text(head('OPTIONS', `sip:${host}`)),
    text([...head('SUBSCRIBE', `sip:${domain}`), 'Event: reg']),
    text(['SIP/2.0 200 OK', ...head('INVITE', 'sip:x').slice(1)]),
    text([
      'SIP/2.0 180 Ringing',
      `Via: SIP/2.0/UDP ${host}:5060;branch=z9hG4bK0000`,
      ...head('INVITE', 'sip:x').slice(1),
    ]),
  ];
}

/** A line in place of the one that begins so; added in front of Content-Length where there is none. */
function withLine(message: string, name: string, line: string): string {
  const pattern = new RegExp(`^${name}:.*\r\n`, 'm');
  if (pattern.test(message)) return message.replace(pattern, () => `${line}\r\n`);
  return message.replace('Content-Length:', () => `${line}\r\nContent-Length:`);
}

/** Requests with one thing that is wrong, odd, or too much of it. */
export function odd(target: Target): readonly string[] {
  const { host, domain } = target;
  const lines: readonly (readonly [name: string, line: string])[] = [
    ['Contact', 'Contact: <sip:evil@192.0.2.66?Subject=boom&X=y>'],
    ['Contact', 'Contact: <mailto:evil@example.org>'],
    ['Contact', 'Contact: <sip:evil@[2001:db8::dead]:65535;transport=sctp;maddr=192.0.2.1>;expires=4294967295;q=0.000'],
    ['Contact', `Contact: <sip:${'x'.repeat(5000)}@h>`],
    ['Contact', 'Contact: <sip:a@b>, <sip:c@d>, *'],
    ['Contact', `Contact: ${Array.from({ length: 60 }, (_, i) => `<sip:c${i}@h>`).join(', ')}`],
    ['Expires', 'Expires: 99999999999999999999'],
    ['Expires', 'Expires: -1'],
    ['Authorization', 'Authorization: Digest'],
    ['Authorization', 'Authorization: Digest username="'],
    ['Authorization', 'Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['Authorization', `Authorization: Digest username="${'\\"'.repeat(2000)}",nonce="${'A'.repeat(20_000)}"`],
    [
      'Authorization',
      'Authorization: Digest username="a",username="b",integrity-protected="yes",integrity-protected=yes',
    ],
    ['To', `To: <sip:%00%0d%0a@${domain}>`],
    ['To', `To: <sip:${domain}>`],
    ['To', 'To: <tel:+1-(555).0100001;phone-context=x>'],
    ['To', `To: "${'é'.repeat(400)}" <sip:x@${domain}>;tag=`],
    ['From', 'From: sip:noquotes@h;tag=1;tag=2'],
    ['Route', `Route: <sip:${host};lr>, <sip:${host};lr>, <sip:orig-x@${host};lr>`],
    ['Route', `Route: <sip:${host}>`],
    ['Route', `Route: <sip:term-x@${host};lr;maddr=${host}>`],
    ['P-Visited-Network-ID', 'P-Visited-Network-ID: "'],
    ['P-Visited-Network-ID', `P-Visited-Network-ID: "${'v'.repeat(30_000)}"`],
    ['P-Preferred-Identity', 'P-Preferred-Identity: <sip:x@y'],
    ['P-Access-Network-Info', 'P-Access-Network-Info: ;;;network-provided;,,;'],
    ['Session-Expires', 'Session-Expires: 99999999999'],
    ['Proxy-Require', `Proxy-Require: ${'a,'.repeat(500)}b`],
    ['Path', 'Path: <sip:evil@192.0.2.66;lr>, not an address'],
    ['Via', `Via: SIP/2.0/UDP 0.0.0.0:0;branch=z9hG4bK${'b'.repeat(4000)}`],
    ['Via', 'Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKx;maddr=239.255.255.1;ttl=255'],
    ['Via', `Via: SIP/2.0/UDP ${host}:5060;branch=z9hG4bKself`],
    ['Max-Forwards', 'Max-Forwards: 256'],
    ['Content-Length', 'Content-Length: 1000000'],
    ['Content-Length', 'Content-Length: -5'],
  ];
  const bases = wellFormed(target);
  return [bases[0]!, bases[2]!, bases[3]!, bases[4]!].flatMap((base) =>
    lines.map(([name, line]) => withLine(base, name, line)),
  );
}

/** SIP-11: beyond what is read of a message, and within it, so that the hops behind get it as well. */
export function oversized(target: Target): { readonly tooMuch: string[]; readonly justNotTooMuch: string[] } {
  const [register] = wellFormed(target);
  const many = (line: (i: number) => string, count: number): string =>
    withLine(register!, 'X-None', Array.from({ length: count }, (_, i) => line(i)).join('\r\n'));
  return {
    tooMuch: [many((i) => `X-${i}: y`, 300), many((i) => `Via: SIP/2.0/UDP 192.0.2.${i};branch=z9hG4bK${i}`, 80)],
    justNotTooMuch: [
      many((i) => `X-${i}: y`, 244),
      many((i) => `Via: SIP/2.0/UDP 192.0.2.${i};branch=z9hG4bK${i}`, 69),
      many(() => `X-Long: ${'a'.repeat(64_000)}`, 1),
      many((i) => (i === 0 ? 'X-Folded: y' : ` ${'folded '.repeat(80)}`), 100),
    ],
  };
}

export interface RandomSource {
  uint32(): number;
  bytes(length: number): Buffer;
}

/** The message with a few octets changed, dropped or doubled, or cut short. */
export function mutated(message: string, random: RandomSource): Buffer {
  let octets = Buffer.from(message, 'latin1');
  for (let changes = 1 + (random.uint32() % 4); changes > 0; changes--) {
    const at = random.uint32() % octets.length;
    switch (random.uint32() % 5) {
      case 0:
        octets[at] = random.uint32() & 0xff;
        break;
      case 1:
        octets = Buffer.concat([octets.subarray(0, at), octets.subarray(Math.min(at + 5, octets.length))]);
        break;
      case 2:
        octets = Buffer.concat([octets.subarray(0, at), octets.subarray(Math.max(0, at - 20))]);
        break;
      case 3:
        octets[at] = '\r\n;,<>"\\@:%= '.charCodeAt(random.uint32() % 13);
        break;
      default:
        octets = octets.subarray(0, at + 1);
    }
  }
  return Buffer.from(octets);
}

/** A Diameter header. */
function diameterHeader(length: number, flags: number, command: number, application: number, version = 1): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt32BE(length, 0);
  header[0] = version;
  header.writeUInt32BE(command, 4);
  header[4] = flags;
  header.writeUInt32BE(application, 8);
  header.writeUInt32BE(0x1234_5678, 12);
  header.writeUInt32BE(0x8765_4321, 16);
  return header;
}

/** What a Diameter port may be sent by somebody who does not mean well. */
export function hostileDiameter(random: RandomSource): readonly (readonly [what: string, octets: Buffer])[] {
  // Origin-Host of length 0: an AVP that never ends a loop over AVPs (RFC 6733 4.1: at least 8).
  const zeroLength = Buffer.from('0000010840000000', 'hex');
  const short = Buffer.from('0000010840000007', 'hex');
  const beyond = Buffer.from('00000108400000ff61626364', 'hex');
  const cer = (avps: Buffer): Buffer => Buffer.concat([diameterHeader(20 + avps.length, 0x80, 257, 0), avps]);
  return [
    ['an AVP of length zero', cer(zeroLength)],
    ['an AVP shorter than its header', cer(short)],
    ['an AVP longer than the message', cer(beyond)],
    ['a CER without AVPs', cer(Buffer.alloc(0))],
    ['random octets', random.bytes(4096)],
    ['another version', Buffer.concat([diameterHeader(20, 0x80, 257, 0, 2)])],
    ['a length under 20', diameterHeader(4, 0x80, 257, 0)],
    ['a length that is no multiple of four', Buffer.concat([diameterHeader(21, 0x80, 257, 0), Buffer.alloc(1)])],
    ['the longest message there can be', diameterHeader(0xff_fffc, 0x80, 257, 0)],
    ['a request before any CER', Buffer.concat([diameterHeader(28, 0xc0, 300, 16_777_216), zeroLength])],
    ['an answer before any CER', diameterHeader(20, 0x00, 300, 16_777_216)],
    ['SIP', Buffer.from('REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bKx\r\n\r\n')],
    ['half a header', diameterHeader(20, 0x80, 257, 0).subarray(0, 9)],
  ];
}
