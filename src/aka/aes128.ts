/**
 * AES-128 encryption of single blocks (FIPS 197) with T-tables, for Milenage.
 *
 * Not constant-time: table look-ups depend on the key. This project simulates networks and holds no secrets worth a
 * timing attack; a cached native cipher costs about three times as much a block.
 */

const sbox = new Uint8Array(256);
/** Round tables: SubBytes, ShiftRows' octet and MixColumns' column in one word, one table an octet position. */
const table0 = new Int32Array(256);
const table1 = new Int32Array(256);
const table2 = new Int32Array(256);
const table3 = new Int32Array(256);

/** Multiplication by x in GF(2^8), FIPS 197 4.2.1. */
function timesX(octet: number): number {
  return ((octet << 1) ^ (octet & 0x80 ? 0x11b : 0)) & 0xff;
}

function buildTables(): void {
  // Walks the field with the generator 3 = x + 1 and its inverse side by side, so that `inverse` is 1 / element.
  let element = 1;
  let inverse = 1;
  do {
    element ^= timesX(element);
    inverse ^= inverse << 1;
    inverse ^= inverse << 2;
    inverse ^= inverse << 4;
    inverse &= 0xff;
    if (inverse & 0x80) inverse ^= 0x09;
    const spread = inverse | (inverse << 8); // makes the 8-bit rotations of the affine map plain shifts
    sbox[element] = (inverse ^ (spread >> 4) ^ (spread >> 5) ^ (spread >> 6) ^ (spread >> 7) ^ 0x63) & 0xff;
  } while (element !== 1);
  sbox[0] = 0x63;
  for (let octet = 0; octet < 256; octet++) {
    const s = sbox[octet]!;
    const s2 = timesX(s);
    const word = (s2 << 24) | (s << 16) | (s << 8) | (s2 ^ s);
    table0[octet] = word;
    table1[octet] = (word >>> 8) | (word << 24);
    table2[octet] = (word >>> 16) | (word << 16);
    table3[octet] = (word >>> 24) | (word << 8);
  }
}
buildTables();

/** The 44 round key words of a 16-octet key (FIPS 197 5.2). */
export function expandKey(key: Buffer): Int32Array {
  if (key.length !== 16) throw new RangeError(`an AES-128 key has 16 octets, not ${key.length}`);
  const words = new Int32Array(44);
  for (let i = 0; i < 4; i++) words[i] = key.readInt32BE(4 * i);
  let roundConstant = 1;
  for (let i = 4; i < 44; i++) {
    let word = words[i - 1]!;
    if (i % 4 === 0) {
      word =
        (sbox[(word >>> 16) & 0xff]! << 24) |
        (sbox[(word >>> 8) & 0xff]! << 16) |
        (sbox[word & 0xff]! << 8) |
        sbox[word >>> 24]!;
      word ^= roundConstant << 24;
      roundConstant = timesX(roundConstant);
    }
    words[i] = words[i - 4]! ^ word;
  }
  return words;
}

/** Encrypts the block held in four big-endian words, in place. */
export function encryptBlock(roundKeys: Int32Array, block: Int32Array): void {
  let a = block[0]! ^ roundKeys[0]!;
  let b = block[1]! ^ roundKeys[1]!;
  let c = block[2]! ^ roundKeys[2]!;
  let d = block[3]! ^ roundKeys[3]!;
  let at = 4;
  for (; at < 40; at += 4) {
    const e = column(a, b, c, d) ^ roundKeys[at]!;
    const f = column(b, c, d, a) ^ roundKeys[at + 1]!;
    const g = column(c, d, a, b) ^ roundKeys[at + 2]!;
    d = column(d, a, b, c) ^ roundKeys[at + 3]!;
    a = e;
    b = f;
    c = g;
  }
  block[0] = lastColumn(a, b, c, d) ^ roundKeys[40]!;
  block[1] = lastColumn(b, c, d, a) ^ roundKeys[41]!;
  block[2] = lastColumn(c, d, a, b) ^ roundKeys[42]!;
  block[3] = lastColumn(d, a, b, c) ^ roundKeys[43]!;
}

function column(a: number, b: number, c: number, d: number): number {
  return table0[a >>> 24]! ^ table1[(b >>> 16) & 0xff]! ^ table2[(c >>> 8) & 0xff]! ^ table3[d & 0xff]!;
}

/** The last round has no MixColumns (FIPS 197 5.1). */
function lastColumn(a: number, b: number, c: number, d: number): number {
  return (sbox[a >>> 24]! << 24) | (sbox[(b >>> 16) & 0xff]! << 16) | (sbox[(c >>> 8) & 0xff]! << 8) | sbox[d & 0xff]!;
}
