/** The 2G values of a 3G vector (TS 33.102 6.8.1.2; AKA-04). */

/** c3: Kc = CK1 xor CK2 xor IK1 xor IK2, 8 octets. CK and IK have 16 octets. */
export function kcOf(ck: Buffer, ik: Buffer): Buffer {
  return folded(Buffer.concat([ck, ik]), 8);
}

/** c2: SRES = the 32-bit parts of RES xored, RES being filled up with zeros. */
export function sresOf(res: Buffer): Buffer {
  return folded(res, 4);
}

function folded(octets: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let i = 0; i < octets.length; i++) out[i % length]! ^= octets[i]!;
  return out;
}
