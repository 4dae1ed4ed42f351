/** A capture of whatever network as records of a trace: what is in it, who is who, and what could not be read. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type InferredNode, inferNetwork } from '../conformance/index.js';
import type { Endpoint, MessageRecord } from '../environment/index.js';
import { UsageError } from '../lab/errors.js';
import { traceNodes } from '../lab/recorder.js';
import type { Lab } from '../topology/lab.js';
import {
  type CapturedMessage,
  NodeTable,
  nothingOf,
  readCapturedMessages,
  recordsOf,
  spokenMessages,
} from '../trace/index.js';
import { espTableBeside, openOctets, refuseForeignFormat } from './octets-file.js';

export interface ReadCapture {
  /** As given, or what was found beside it; `stdin`. */
  readonly file: string;
  readonly packetCount: number;
  /** Whole messages of SIP and Diameter; the id of a record is its place here, from 1. */
  readonly messages: readonly CapturedMessage[];
  readonly records: readonly MessageRecord[];
  /** Those of the topology, then whoever else was seen. */
  readonly nodes: readonly InferredNode[];
  /** Domains that UEs register at, the most frequent first. */
  readonly homes: readonly string[];
  /** All of it could be read. */
  readonly isComplete: boolean;
  /** What of it could not be read, and how to capture it better. */
  readonly shortcomings: readonly string[];
}

/** What a run leaves its packets in. */
const CAPTURE = 'capture.pcapng';

/**
 * @param given a pcap or pcapng, the folder of a run, or the trace.jsonl of one; `-`: stdin
 * @param lab says who is who; what it does not name is inferred
 * Throws UsageError where there is no capture.
 */
export function readCapture(given: string, lab?: Lab): ReadCapture {
  const file = captureOf(given);
  const where = file === '-' ? 'stdin' : file;
  const { start, pieces } = openOctets(file, 'a capture (pcap or pcapng)');
  if (start.length === 0) throw new UsageError(`${where}: is empty; give a capture (pcap or pcapng)`);
  refuseForeignFormat(start, where);
  const captured = readCapturedMessages(pieces, espTableBeside(file));
  if (captured === undefined)
    throw new UsageError(
      `${where}: is no capture: it begins with ${start.toString('hex', 0, 4)} at offset 0, a pcap with a1b2c3d4 or a1b23c4d ` +
        'in either byte order, a pcapng with 0a0d0d0a; save it as one of these',
    );
  const { messages, copyCount } = spokenMessages(captured.messages);
  const wire = messages.map(({ from, to, transport, octets: bytes }) => ({ from, to, transport, bytes }));
  const inferred = inferNetwork(wire);
  const nodes = lab === undefined ? inferred.nodes : withTopology(lab, inferred.nodes);
  const homes = lab === undefined ? inferred.homes : [lab.home];
  const copies =
    copyCount === 0 ? [] : [`${copyCount} messages were there twice, as of another interface: each is looked at once`];
  const elsewhere = lab === undefined ? [] : ofAnotherTopology(lab, wire);
  const nothing = messages.length === 0 ? [nothingOf('SIP or Diameter', captured.packetCount)] : [];
  return {
    file: where,
    packetCount: captured.packetCount,
    messages,
    records: recordsOf(messages, new NodeTable(nodes)),
    nodes,
    homes,
    isComplete: captured.shortcomings.length === 0,
    shortcomings: [...captured.shortcomings, ...copies, ...elsewhere, ...nothing],
  };
}

/** A topology of which nobody is in the capture names nobody, and hides what could be inferred. */
function ofAnotherTopology(
  lab: Lab,
  wire: readonly { readonly from: Endpoint; readonly to: Endpoint }[],
): readonly string[] {
  const seen = new Set(wire.flatMap(({ from, to }) => [from.address, to.address]));
  if (seen.size === 0 || listenAddresses(lab).some((address) => seen.has(address))) return [];
  return [
    `${lab.file} names no address of this capture (${[...seen].slice(0, 4).join(', ')}): give the topology of this network, or none`,
  ];
}

function listenAddresses(lab: Lab): readonly string[] {
  return lab.nodes.flatMap(({ listen }) => listen.map(({ address }) => address));
}

/** Where both name an address the topology is right. */
function withTopology(lab: Lab, inferred: readonly InferredNode[]): readonly InferredNode[] {
  const roles = new Map(lab.nodes.map(({ name, role }) => [name, role]));
  const named = traceNodes(lab).map(({ name, addresses }): InferredNode => {
    const role = roles.get(name);
    // Rules are for who asks and who answers; agents between them change nothing.
    return {
      name,
      role: role === 'dra' || role === 'slf' ? undefined : role,
      addresses,
      reason: `named in ${lab.file}`,
    };
  });
  const table = new NodeTable(named);
  const hosts = new Set(listenAddresses(lab));
  const others = inferred.flatMap((node) => {
    const addresses = node.addresses.filter((address) => !hosts.has(address) && !hosts.has(withoutPort(address)));
    if (addresses.length === 0) return [];
    return [{ ...node, addresses, name: table.has(node.name) ? addresses[0]! : node.name }];
  });
  return [...named, ...others];
}

function withoutPort(address: string): string {
  return /^\[?([^\]]+?)\]?:\d+$/.exec(address)?.[1] ?? address;
}

/** Whether a file holds no lines of a trace. */
export function isCapture(file: string): boolean {
  return file === '-' || firstOctets(file) !== '{';
}

function captureOf(given: string): string {
  if (given === '-') return given;
  const folder = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true ? given : undefined;
  if (folder === undefined && (!existsSync(given) || isCapture(given))) return given;
  const beside = join(folder ?? dirname(given), CAPTURE);
  if (existsSync(beside)) return beside;
  throw new UsageError(
    folder === undefined
      ? `${given}: is a trace, which keeps no headers; give the ${CAPTURE} of the same run`
      : `${given}: has no ${CAPTURE}; give the folder of a run, or a capture (pcap or pcapng)`,
  );
}

function firstOctets(file: string): string {
  const octets = Buffer.alloc(1);
  const descriptor = openSync(file, 'r');
  try {
    return octets.toString('latin1', 0, readSync(descriptor, octets));
  } finally {
    closeSync(descriptor);
  }
}
