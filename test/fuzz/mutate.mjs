/** Mangles octets, the same way in each run with one seed. */

/** xorshift32: small, fast, and good enough to find what breaks. */
export function seededRandom(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Octets at which parsers decide. */
const EDGES = [
  0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x2c, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x40, 0x5b, 0x5c, 0x5d, 0x7f, 0x80,
  0xff,
];
const LENGTH_MAX = 70_000;

const MUTATIONS = [
  (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, random) => withOctet(bytes, random, random(256)),
  (bytes, random) => withOctet(bytes, random, EDGES[random(EDGES.length)]),
  (bytes, random) => withOctet(bytes, random, 1 << random(8), (old, bit) => old ^ bit),
  (bytes, random) => insert(bytes, random(bytes.length + 1), Buffer.from([EDGES[random(EDGES.length)]])),
  (bytes, random) => remove(bytes, random),
  // A piece twice, or many times.
  (bytes, random) => {
    const start = random(bytes.length + 1);
    const piece = bytes.subarray(start, start + 1 + random(64));
    return insert(bytes, start, Buffer.concat(Array(1 + random(200)).fill(piece)));
  },
  // A piece of the message somewhere else.
  (bytes, random) => {
    const start = random(bytes.length + 1);
    return insert(bytes, random(bytes.length + 1), bytes.subarray(start, start + random(40)));
  },
  (_bytes, random) => Buffer.from(Array.from({ length: random(200) }, () => random(256))),
];

export function mutate(original, random) {
  let bytes = original;
  for (let count = 1 + random(4); count > 0; count--) {
    bytes = MUTATIONS[random(MUTATIONS.length)](bytes, random).subarray(0, LENGTH_MAX);
  }
  return Buffer.from(bytes);
}

function withOctet(bytes, random, value, combine = (_old, next) => next) {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  const at = random(copy.length);
  copy[at] = combine(copy[at], value);
  return copy;
}

function insert(bytes, at, piece) {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

function remove(bytes, random) {
  const start = random(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + random(8))]);
}
