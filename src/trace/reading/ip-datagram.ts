/** Headers of IPv4 (RFC 791) and IPv6 (RFC 8200), and datagrams put together from fragments. */

export interface IpDatagram {
  /** Source and destination, in hexadecimal digits. */
  readonly addresses: string;
  /** The number of the transport protocol, or of a tunnel. */
  readonly protocol: number;
  readonly payload: Buffer;
}

interface Piece extends IpDatagram {
  /** Undefined in a datagram that is whole. */
  readonly fragment?: { readonly id: number; readonly offset: number; readonly isLast: boolean } | undefined;
}

const FRAGMENT_HEADER = 44;
const AUTHENTICATION_HEADER = 51;
/** Hop-by-hop options, routing, destination options, mobility: their length counts units of eight octets. */
const extensionHeaders: ReadonlySet<number> = new Set([0, 43, 60, 135, AUTHENTICATION_HEADER]);

/** RFC 8200 4.5: a datagram that is not whole after 60 s is given up, and its number may be another one's. */
const WAITING_MAX_MS = 60_000;
const WAITING_MAX = 1_000;
/** Of one datagram, each of eight octets at least. */
const PIECES_MAX = 8_192;
/** Of one datagram, which has 64 KB at most and may come twice, in other pieces. */
const OCTETS_MAX = 1 << 17;

interface Waiting {
  readonly since: number;
  readonly pieces: Piece[];
  octetCount: number;
}

/** Time is that of the capture, in ms. */
export class FragmentAssembler {
  /** In the order in which their first fragments came. */
  readonly #waiting = new Map<string, Waiting>();

  /** The datagram that `packet` is, or completes; undefined where it is a fragment that does not, or no IP packet. */
  push(packet: Buffer, time: number): IpDatagram | undefined {
    const piece = readIp(packet);
    if (piece?.fragment === undefined) return piece;
    const key = `${piece.addresses} ${piece.protocol} ${piece.fragment.id}`;
    const waiting = this.#waiting.get(key) ?? { since: time, pieces: [], octetCount: 0 };
    const { pieces } = waiting;
    if (pieces.length >= PIECES_MAX || waiting.octetCount > OCTETS_MAX) return undefined;
    const { offset } = piece.fragment;
    if (pieces.some((each) => each.fragment!.offset === offset && covers(each, piece))) return undefined;
    // A piece of the file goes when it has been read.
    pieces.push({ ...piece, payload: Buffer.from(piece.payload) });
    waiting.octetCount += piece.payload.length;
    const whole = assembled(pieces, waiting.octetCount);
    if (whole === undefined) this.#waiting.set(key, waiting);
    else this.#waiting.delete(key);
    return whole;
  }

  /** Of datagrams that wait too long for a fragment at this time, or all of them, what there is from their beginning on. */
  takeIncomplete(time = Number.POSITIVE_INFINITY): readonly IpDatagram[] {
    const taken: IpDatagram[] = [];
    for (const [key, { since, pieces }] of this.#waiting) {
      if (time - since <= WAITING_MAX_MS && this.#waiting.size <= WAITING_MAX) break;
      this.#waiting.delete(key);
      taken.push({ ...pieces[0]!, payload: beginning(pieces) });
    }
    return taken;
  }
}

function covers(one: Piece, other: Piece): boolean {
  return one.payload.length >= other.payload.length && (one.fragment!.isLast || !other.fragment!.isLast);
}

function assembled(pieces: readonly Piece[], octetCount: number): IpDatagram | undefined {
  const last = pieces.find(({ fragment }) => fragment!.isLast);
  if (last === undefined) return undefined;
  const length = last.fragment!.offset + last.payload.length;
  // To put it together for each fragment anew would take the longer the more there are.
  if (octetCount < length) return undefined;
  const payload = beginning(pieces);
  return payload.length < length ? undefined : { ...last, payload };
}

function beginning(pieces: readonly Piece[]): Buffer {
  const parts: Buffer[] = [];
  let end = 0;
  for (const { fragment, payload } of pieces.toSorted((a, b) => a.fragment!.offset - b.fragment!.offset)) {
    const { offset } = fragment!;
    if (offset > end) break;
    if (offset + payload.length <= end) continue;
    parts.push(payload.subarray(end - offset));
    end = offset + payload.length;
  }
  return Buffer.concat(parts);
}

function readIp(packet: Buffer): Piece | undefined {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4) return readIpv4(packet);
  return version === 6 ? readIpv6(packet) : undefined;
}

function readIpv4(packet: Buffer): Piece | undefined {
  const headerLength = (packet[0]! & 0x0f) * 4;
  if (headerLength < 20 || packet.length < headerLength) return undefined;
  const { length, flags, id } = {
    length: packet.readUInt16BE(2),
    flags: packet.readUInt16BE(6),
    id: packet.readUInt16BE(4),
  };
  const offset = (flags & 0x1fff) * 8;
  const hasMore = (flags & 0x2000) !== 0;
  return {
    addresses: packet.toString('hex', 12, 20),
    protocol: packet[9]!,
    // 0 where the network card cuts segments later (TSO).
    payload: packet.subarray(headerLength, length === 0 ? packet.length : length),
    fragment: hasMore || offset > 0 ? { id, offset, isLast: !hasMore } : undefined,
  };
}

function readIpv6(packet: Buffer): Piece | undefined {
  if (packet.length < 40) return undefined;
  const length = packet.readUInt16BE(4);
  const end = length === 0 ? packet.length : 40 + length;
  const addresses = packet.toString('hex', 8, 40);
  let fragment: Piece['fragment'];
  let protocol = packet[6]!;
  let at = 40;
  while (at + 8 <= packet.length) {
    const [next, units] = [packet[at]!, packet[at + 1]!];
    if (protocol === FRAGMENT_HEADER) {
      const flags = packet.readUInt16BE(at + 2);
      fragment = { id: packet.readUInt32BE(at + 4), offset: flags & 0xfff8, isLast: (flags & 1) === 0 };
      at += 8;
    } else if (extensionHeaders.has(protocol)) {
      at += protocol === AUTHENTICATION_HEADER ? (units + 2) * 4 : (units + 1) * 8; // RFC 4302 2.2
    } else break;
    protocol = next;
    // What follows the first octets of a fragmented payload is no header.
    if (fragment !== undefined && fragment.offset > 0) break;
  }
  return { addresses, protocol, payload: packet.subarray(at, end), fragment };
}
