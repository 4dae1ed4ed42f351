import type { Endpoint, PacketFault, StreamHandlers, TransportProtocol } from '../environment/index.js';
import { messageProtocol } from '../trace/message-kind.js';
import type { FaultyNode } from './faulty-node.js';
import { messageTitle } from './message-title.js';
import { NodeStream } from './node-stream.js';

/** Octets from a node as they are: no fault is asked about them. Returns why they cannot be sent. */
export function injectOctets(
  node: FaultyNode,
  to: Endpoint,
  protocol: TransportProtocol,
  bytes: Buffer,
): string | undefined {
  const { name, interception } = node;
  const toNode = interception.nameOf(to);
  if (interception.cuts.between(name, toNode)) return `the link between ${name} and ${toNode} is cut`;
  const fault: PacketFault = { name: `injected by the scenario at ${name}`, effect: 'injected' };
  const marked = interception.marks.mark(bytes, fault);
  const whyNot = protocol === 'udp' ? sendDatagram(node, to, marked) : writeStream(node, to, marked);
  if (whyNot !== undefined) return whyNot;
  const title = messageTitle({ protocol: messageProtocol(bytes, protocol), fromNode: name, toNode, bytes });
  node.note('fault.injected', `fault: injected ${title} to ${toNode}`);
  return undefined;
}

function sendDatagram(node: FaultyNode, to: Endpoint, bytes: Buffer): string | undefined {
  for (const socket of node.datagrams) {
    if (!isSameFamily(socket.local, to)) continue;
    socket.sendPlain(bytes, to);
    return undefined;
  }
  return `${node.name} has no UDP socket that could reach ${to.address}`;
}

/** Over a connection that it has with that endpoint, else over a new one from an address of its own. */
function writeStream(node: FaultyNode, to: Endpoint, bytes: Buffer): string | undefined {
  for (const stream of node.streams) {
    if (!stream.isOpen || stream.remote.address !== to.address || stream.remote.port !== to.port) continue;
    stream.writePlain(bytes);
    return undefined;
  }
  const own = [...node.listeners, ...node.datagrams, ...node.streams].find(({ local }) => isSameFamily(local, to));
  if (own === undefined) return `${node.name} has no address that could reach ${to.address}`;
  const stream = new NodeStream(node, { address: own.local.address, port: 0 }, to);
  stream.connect(silence);
  stream.writePlain(bytes);
  return undefined;
}

function isSameFamily(a: Endpoint, b: Endpoint): boolean {
  return a.address.includes(':') === b.address.includes(':');
}

/** Nobody listens to what comes back. */
const silence: StreamHandlers = {
  onOpen: () => undefined,
  onData: () => undefined,
  onClose: () => undefined,
};
