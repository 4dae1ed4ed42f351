/** What a link puts before an IP packet, by LINKTYPE_… of tcpdump.org. */

const ETHERNET = 1;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const PPPOE_SESSION = 0x8864;
/** IEEE 802.1Q, 802.1ad, and what switches used before it. */
const vlanTags: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);

/** How long the header is, and where in it the EtherType stands; without one the IP packet follows at once. */
interface LinkHeader {
  readonly length: number;
  readonly typeAt?: number;
}

const rawIp: LinkHeader = { length: 0 };
const linkHeaders: ReadonlyMap<number, LinkHeader> = new Map([
  [0, { length: 4 }], // BSD loopback: the address family in the byte order of the machine
  [ETHERNET, { length: 14, typeAt: 12 }],
  [12, rawIp],
  [14, rawIp],
  [101, rawIp],
  [108, { length: 4 }], // OpenBSD loopback
  [113, { length: 16, typeAt: 14 }], // Linux cooked v1: "any"
  [228, rawIp],
  [229, rawIp],
  [276, { length: 20, typeAt: 0 }], // Linux cooked v2
]);

/** The IP packet in a frame; undefined where there is none, or the link is not known. */
export function ipPacketOf(linkType: number | undefined, frame: Buffer): Buffer | undefined {
  const header = linkType === undefined ? undefined : linkHeaders.get(linkType);
  if (header === undefined || frame.length <= header.length) return undefined;
  const payload = frame.subarray(header.length);
  if (header.typeAt === undefined) return payload;
  return afterEtherType(frame.readUInt16BE(header.typeAt), payload);
}

export function isKnownLink(linkType: number | undefined): boolean {
  return linkType !== undefined && linkHeaders.has(linkType);
}

function afterEtherType(type: number, payload: Buffer): Buffer | undefined {
  if (type === IPV4 || type === IPV6) return payload;
  if (vlanTags.has(type) && payload.length > 4) return afterEtherType(payload.readUInt16BE(2), payload.subarray(4));
  // RFC 2516 4: six octets of PPPoE, two of PPP's protocol.
  return type === PPPOE_SESSION ? payload.subarray(8) : undefined;
}
