/** Milenage with everything between its input and its output laid open, for teaching. Octet by octet after TS 35.206 4.1. */
import { encryptBlock, expandKey } from './aes128.js';
import { type MilenageConstants, standardConstants } from './milenage.js';

export interface MilenageSteps {
  /** E_K(RAND xor OPc). */
  readonly temp: Buffer;
  /** SQN || AMF || SQN || AMF. */
  readonly in1: Buffer;
  /** OUT1 to OUT5, whole. */
  readonly out: readonly Buffer[];
}

/** All values have the lengths of {@link MilenageKey}. */
export function milenageSteps(
  { k, opc, constants = standardConstants }: { k: Buffer; opc: Buffer; constants?: MilenageConstants | undefined },
  { rand, sqn, amf }: { rand: Buffer; sqn: Buffer; amf: Buffer },
): MilenageSteps {
  const roundKeys = expandKey(k);
  const encrypt = (input: Buffer): Buffer => {
    const block = Int32Array.from({ length: 4 }, (_, word) => input.readInt32BE(4 * word));
    encryptBlock(roundKeys, block);
    const output = Buffer.alloc(16);
    block.forEach((value, word) => {
      output.writeInt32BE(value, 4 * word);
    });
    return output;
  };
  const temp = encrypt(xor(rand, opc));
  const in1 = Buffer.concat([sqn, amf, sqn, amf]);
  const out = constants.r.map((bits, index) => {
    const c = constants.c[index]!;
    const input = index === 0 ? xor(temp, rotate(xor(in1, opc), bits)) : rotate(xor(temp, opc), bits);
    return xor(encrypt(xor(input, c)), opc);
  });
  return { temp, in1, out };
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((octet, index) => octet ^ b[index]!));
}

/** To the left, cyclically. */
function rotate(block: Buffer, bits: number): Buffer {
  const value = BigInt(`0x${block.toString('hex')}`);
  const turned = BigInt.asUintN(128, (value << BigInt(bits)) | (value >> BigInt(128 - bits)));
  return Buffer.from(turned.toString(16).padStart(32, '0'), 'hex');
}
