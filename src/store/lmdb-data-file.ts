/**
 * What LMDB's data file says of itself, before LMDB maps it into memory: a damaged one would end the process without a word, or
 * look like one with fewer subscribers. The pages of its trees are looked at, not the texts in them: who reads those finds out.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
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

/** A page begins with its number, its transaction, its kind, and how far its list of nodes and its nodes go. */
const pageHead = 24;
const branchPage = 1;
const leafPage = 2;
/** The first of those that have one long value. */
const overflowPage = 4;
/** A node begins with the size of its value (or its child), its flags and the size of its key. */
const nodeHead = 8;
const valueElsewhere = 1;
const treeWithin = 2;
/** In the value of a node with a tree. */
const rootOffset = 40;

/** Others write meanwhile: what is found while they do may be half of two states. */
const looks = 3;

/** Whether there is something in the folder. */
export function hasData(folder: string): boolean {
  return (statSync(join(folder, 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Of a folder with data; one plain phrase, undefined where nothing is seen. */
export function damageOf(folder: string): string | undefined {
  // The file has the order of the machine, and the offsets are read in that of nearly all.
  if (endianness() !== 'LE') return undefined;
  const descriptor = openSync(join(folder, 'data.mdb'), 'r');
  try {
    for (let look = 0; look < looks; look++) {
      const file = new DataFile(descriptor);
      const damage = file.damage();
      // What a transaction has written stays as it is until the next one is there.
      if (damage === undefined || new DataFile(descriptor).transaction === file.transaction) return damage;
    }
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

class DataFile {
  readonly #size: number;
  readonly #meta: Meta | undefined;

  constructor(private readonly descriptor: number) {
    this.#size = fstatSync(descriptor).size;
    const first = metaIn(this.#read(0, metaSize));
    const second = first && metaIn(this.#read(first.pageSize, metaSize));
    this.#meta = second && (second.transaction > first.transaction ? second : first);
  }

  get transaction(): bigint | undefined {
    return this.#meta?.transaction;
  }

  damage(): string | undefined {
    if (this.#meta === undefined) return 'data.mdb is no file of LMDB, or its beginning is damaged';
    const { pageSize, roots } = this.#meta;
    const octets = Buffer.alloc(pageSize);
    const pages = [...roots];
    // Of damaged trees one may lead back to itself.
    let left = this.#size / pageSize;
    for (let page = pages.pop(); page !== undefined; page = pages.pop()) {
      // The last pages of a whole file may be missing: what was freed before it was written.
      if ((page + 1) * pageSize > this.#size) return 'data.mdb is cut off';
      readSync(this.descriptor, octets, 0, pageSize, page * pageSize);
      const below = pagesBelow(octets, page);
      if (below === undefined || --left < 0) return `data.mdb is damaged (page ${page})`;
      for (const each of below) pages.push(each);
    }
    return undefined;
  }

  #read(position: number, length: number): Buffer {
    const octets = Buffer.allocUnsafe(length);
    return octets.subarray(0, readSync(this.descriptor, octets, 0, length, position));
  }
}

/** Of a page of a tree; undefined where it is none. */
function pagesBelow(octets: Buffer, number: number): readonly number[] | undefined {
  const kind = octets.readUInt16LE(18);
  const listEnd = pageHead + octets.readUInt16LE(20);
  const nodesStart = pageHead + octets.readUInt16LE(22);
  if (octets.readBigUInt64LE(0) !== BigInt(number)) return undefined;
  if (kind === overflowPage) return [];
  if (kind !== branchPage && kind !== leafPage) return undefined;
  if (listEnd > nodesStart || nodesStart > octets.length) return undefined;
  const pages: number[] = [];
  for (let at = pageHead; at < listEnd; at += 2) {
    const node = pageHead + octets.readUInt16LE(at);
    if (node < nodesStart || node + nodeHead > octets.length) return undefined;
    const page = kind === branchPage ? childOf(octets, node) : pageOf(octets, node);
    if (page === undefined) return undefined;
    if (page !== none) pages.push(page);
  }
  return pages;
}

const none = -1;

function childOf(octets: Buffer, node: number): number {
  return octets.readUIntLE(node, 6);
}

/** Of a leaf's node: where its tree or its value begins; `none` where it has all of it here, undefined where it cannot be. */
function pageOf(octets: Buffer, node: number): number | undefined {
  const flags = octets.readUInt16LE(node + 4);
  const value = node + nodeHead + octets.readUInt16LE(node + 6);
  if ((flags & valueElsewhere) !== 0) return value + 8 > octets.length ? undefined : pageAt(octets, value);
  if (value + octets.readUInt32LE(node) > octets.length) return undefined;
  if ((flags & treeWithin) === 0) return none;
  return value + rootOffset + 8 > octets.length ? undefined : pageAt(octets, value + rootOffset);
}

function pageAt(octets: Buffer, offset: number): number {
  const page = octets.readBigUInt64LE(offset);
  return page === noPage ? none : Number(page);
}

function metaIn(octets: Buffer): Meta | undefined {
  if (octets.length < metaSize || octets.readUInt32LE(0x18) !== magic) return undefined;
  return {
    pageSize: octets.readUInt32LE(0x30),
    transaction: octets.readBigUInt64LE(0x98),
    roots: [pageAt(octets, 0x58), pageAt(octets, 0x88)].filter((page) => page !== none),
  };
}
