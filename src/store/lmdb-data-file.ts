/** What LMDB's data file says of itself, before LMDB maps it into memory: a damaged one would end the process without a word. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';

/** The two pages at the beginning of the file, of which the one with the higher transaction counts. Offsets of lmdb-js 3. */
interface Meta {
  readonly pageSize: number;
  readonly transaction: bigint;
  /** Of the free list and of the data, where there is something in them. */
  readonly roots: readonly number[];
}

const magic = 0xbeefc0de;
const metaSize = 0xa0;
const noPage = 0xffff_ffff_ffff_ffffn;

/** Others write meanwhile: what is found once may be half of two states. */
const looks = 3;

/** Whether there is something in the folder. */
export function hasData(folder: string): boolean {
  return (statSync(join(folder, 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Of a folder with data; one plain phrase, undefined where nothing is seen: beginning and roots are looked at. */
export function damageOf(folder: string): string | undefined {
  // The file has the order of the machine, and the offsets are read in that of nearly all.
  if (endianness() !== 'LE') return undefined;
  let damage: string | undefined;
  for (let look = 0; look < looks; look++) {
    damage = damageSeen(join(folder, 'data.mdb'));
    if (damage === undefined) return undefined;
  }
  return damage;
}

function damageSeen(file: string): string | undefined {
  const descriptor = openSync(file, 'r');
  try {
    const read = (position: number, length: number): Buffer => {
      const octets = Buffer.alloc(length);
      return octets.subarray(0, readSync(descriptor, octets, 0, length, position));
    };
    const first = metaIn(read(0, metaSize));
    const second = first && metaIn(read(first.pageSize, metaSize));
    if (first === undefined || second === undefined) return 'data.mdb is no file of LMDB, or its beginning is damaged';
    const { pageSize, roots } = second.transaction > first.transaction ? second : first;
    const { size } = statSync(file);
    // The last pages of a whole file may be missing: what was freed before it was written.
    if (roots.some((root) => (root + 1) * pageSize > size)) return 'data.mdb is cut off';
    // A page begins with its number.
    const isWrong = (root: number): boolean => read(root * pageSize, 8).readBigUInt64LE() !== BigInt(root);
    return roots.some(isWrong) ? 'data.mdb is damaged' : undefined;
  } finally {
    closeSync(descriptor);
  }
}

function metaIn(octets: Buffer): Meta | undefined {
  if (octets.length < metaSize || octets.readUInt32LE(0x18) !== magic) return undefined;
  const root = (offset: number): readonly number[] => {
    const page = octets.readBigUInt64LE(offset);
    return page === noPage ? [] : [Number(page)];
  };
  return {
    pageSize: octets.readUInt32LE(0x30),
    transaction: octets.readBigUInt64LE(0x98),
    roots: [...root(0x58), ...root(0x88)],
  };
}
