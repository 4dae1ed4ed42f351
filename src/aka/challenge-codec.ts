/** How AKA values travel in the digest headers (RFC 3310 3.2, 3.4). */

/** RAND || AUTN of the nonce in the making: nothing keeps it. */
const nonceOctets = Buffer.alloc(32);

/** nonce = base64(RAND || AUTN), 16 octets each (AKA-30). */
export function encodeNonce(rand: Buffer, autn: Buffer): string {
  if (rand.length !== 16 || autn.length !== 16) throw new RangeError('RAND and AUTN have 16 octets each');
  nonceOctets.set(rand, 0);
  nonceOctets.set(autn, 16);
  return nonceOctets.toString('base64');
}

/** RAND and AUTN (16 octets each); server data after them is left out. Undefined: not base64, or too short. */
export function decodeNonce(text: string): { rand: Buffer; autn: Buffer } | undefined {
  const octets = decodeBase64(text);
  if (octets === undefined || octets.length < 32) return undefined;
  return { rand: octets.subarray(0, 16), autn: octets.subarray(16, 32) };
}

/** The `auts` parameter, 20 characters (AKA-33). */
export function encodeAuts(auts: Buffer): string {
  return auts.toString('base64');
}

/** 14 octets, or undefined: then the answer is 403 (AKA-33). */
export function decodeAuts(text: string): Buffer | undefined {
  const octets = decodeBase64(text);
  return octets?.length === 14 ? octets : undefined;
}

/** Node's decoder skips what is not base64: a shorter result than the text promises shows that. */
function decodeBase64(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64');
  return octets.length === Buffer.byteLength(text, 'base64') ? octets : undefined;
}
