/**
 * Room for the octets of messages, one after the other in large pieces. A trace keeps messages for long: in Node's own pool each
 * would keep what was made beside it, and alone each would cost more than it holds.
 */

const PIECE_LENGTH = 65_536;
/** A quarter of a piece at most is left unused. */
const SHARED_MAX = PIECE_LENGTH / 4;

let piece = Buffer.alloc(0);
let used = 0;

/** A copy that nobody changes. */
export function keptOctets(bytes: Buffer): Buffer {
  const { length } = bytes;
  if (length > SHARED_MAX) return Buffer.from(bytes);
  if (used + length > piece.length) {
    piece = Buffer.allocUnsafeSlow(PIECE_LENGTH);
    used = 0;
  }
  const kept = piece.subarray(used, used + length);
  bytes.copy(kept);
  used += length;
  return kept;
}
