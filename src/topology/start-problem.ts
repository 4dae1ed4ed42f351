/** Why a node could not start, said in terms of the topology file. */
import type { StartFailure } from '../node/node.js';
import { hostPort } from '../sip/message/index.js';
import type { Lab } from './lab.js';
import type { Problem } from './problem.js';

const REASONS: Readonly<
  Record<string, (name: string, wanted: string) => { readonly what: string; readonly mend: string }>
> = {
  EADDRINUSE: (name, wanted) => ({
    what: 'is in use by another program',
    // ESP has this port and no other (RFC 3948 2.1).
    mend: wanted.endsWith(':4500')
      ? `stop that program, or give ${name} another address here`
      : `stop that program, or give ${name} another port or address here`,
  }),
  EADDRNOTAVAIL: () => ({
    what: 'is no address of this machine',
    mend: 'use an address that it has (127.0.0.1, or one that `ip address` lists)',
  }),
  EACCES: () => ({ what: 'may not be used without privileges', mend: 'use a port of 1024 or above' }),
  EMFILE: () => ({
    what: 'cannot be opened: this process has as many sockets and files open as it may',
    mend: 'allow more (`ulimit -n`; a UE takes one for each listen point), let a pool listen for UDP alone (listen: [udp://127.0.16.1:5060]), take fewer UEs, or run it with --simulated',
  }),
  EAFNOSUPPORT: () => ({ what: 'cannot be used, this machine has no IPv6', mend: 'use an IPv4 address' }),
};

/** The listen entry that could not be bound, and what to do about it. */
export function startProblem({ node, wanted, code, message }: StartFailure, lab: Lab): Problem {
  const entries = lab.nodes.find(({ name }) => name === node)?.listen ?? [];
  const entry =
    entries.find(({ protocol, address, port }) => wanted === listenText(protocol, address, port)) ?? entries[0];
  const { what, mend } = REASONS[code]?.(node, wanted) ?? {
    what: `cannot be bound (${message})`,
    mend: 'check the address',
  };
  return { where: entry?.where ?? lab.file, key: entry?.key ?? `nodes.${node}`, what: `${wanted} ${what}`, mend };
}

export function listenText(protocol: string, address: string, port: number): string {
  return `${protocol}://${hostPort(address, port)}`;
}
