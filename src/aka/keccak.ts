/** The permutation Keccak-f[1600] (FIPS 202 3.3) on 25 lanes of 64 bits, each held as two 32-bit words. */

const roundCount = 24;

/** Iota's constants as (low, high) pairs, from the shift register rc(t) of FIPS 202 3.2.5. */
const roundConstants = new Int32Array(2 * roundCount);
/** Where the lanes go in pi, in the order of the walk of rho, and by how much each turns. */
const walk = new Uint8Array(24);
const turns = new Uint8Array(24);

function buildTables(): void {
  let x = 1;
  let y = 0;
  for (let t = 0; t < 24; t++) {
    turns[t] = (((t + 1) * (t + 2)) / 2) % 64; // FIPS 202 3.2.2
    [x, y] = [y, (2 * x + 3 * y) % 5]; // FIPS 202 3.2.2, 3.2.3
    walk[t] = x + 5 * y;
  }
  let register = 1;
  for (let round = 0; round < roundCount; round++) {
    for (let j = 0; j <= 6; j++) {
      const bit = (1 << j) - 1; // FIPS 202 3.2.5: bit 2^j - 1 of the lane
      if (register & 1) roundConstants[2 * round + (bit >> 5)]! |= 1 << (bit & 31);
      register = ((register << 1) ^ (register & 0x80 ? 0x171 : 0)) & 0xff;
    }
  }
}
buildTables();

// One set of scratch words for all calls: nothing here is re-entered.
const parity = new Int32Array(10);

/** Permutes `state`, 50 words: lane n has its low word at 2n and its high one at 2n + 1. */
export function keccakF1600(state: Int32Array): void {
  for (let round = 0; round < roundCount; round++) {
    theta(state);
    rhoAndPi(state);
    chi(state);
    state[0]! ^= roundConstants[2 * round]!;
    state[1]! ^= roundConstants[2 * round + 1]!;
  }
}

function theta(state: Int32Array): void {
  for (let x = 0; x < 10; x++) {
    parity[x] = state[x]! ^ state[x + 10]! ^ state[x + 20]! ^ state[x + 30]! ^ state[x + 40]!;
  }
  for (let x = 0; x < 10; x += 2) {
    const before = x === 0 ? 8 : x - 2;
    const after = x === 8 ? 0 : x + 2;
    const low = parity[after]!;
    const high = parity[after + 1]!;
    const d0 = parity[before]! ^ ((low << 1) | (high >>> 31));
    const d1 = parity[before + 1]! ^ ((high << 1) | (low >>> 31));
    for (let y = x; y < 50; y += 10) {
      state[y]! ^= d0;
      state[y + 1]! ^= d1;
    }
  }
}

function rhoAndPi(state: Int32Array): void {
  let low = state[2]!;
  let high = state[3]!;
  for (let t = 0; t < 24; t++) {
    const at = 2 * walk[t]!;
    const turn = turns[t]!;
    const short = turn & 31;
    // A turn by 32 and more is one of the halves exchanged. None is 0 or 32.
    const first = turn < 32 ? low : high;
    const second = turn < 32 ? high : low;
    low = state[at]!;
    high = state[at + 1]!;
    state[at] = (first << short) | (second >>> (32 - short));
    state[at + 1] = (second << short) | (first >>> (32 - short));
  }
}

function chi(state: Int32Array): void {
  for (let y = 0; y < 50; y += 10) {
    for (let half = y; half < y + 2; half++) {
      const a = state[half]!;
      const b = state[half + 2]!;
      const c = state[half + 4]!;
      const d = state[half + 6]!;
      const e = state[half + 8]!;
      state[half] = a ^ (~b & c);
      state[half + 2] = b ^ (~c & d);
      state[half + 4] = c ^ (~d & e);
      state[half + 6] = d ^ (~e & a);
      state[half + 8] = e ^ (~a & b);
    }
  }
}
