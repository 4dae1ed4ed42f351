/** A session description as the fields of a golden trace: whole where it is new, by its name where it is carried on. */
import type { NodeAddresses } from './node-addresses.js';
import type { Roles } from './roles.js';

export class SdpLines {
  readonly #shown = new Set<string>();
  /** The first version of each session (RFC 4566 5.2: a change counts on). */
  readonly #versions = new Map<string, bigint>();

  constructor(
    private readonly roles: Roles,
    private readonly addresses: NodeAddresses,
  ) {}

  fields(body: string, fromNode: string): readonly string[] {
    const name = this.roles.name('sdp', body, fromNode);
    if (this.#shown.has(name)) return [`sdp: ${name}`];
    this.#shown.add(name);
    const lines = body.split(/\r?\n/).filter((line) => line !== '');
    return [`sdp: ${name}`, ...lines.map((line) => this.#line(line, fromNode))];
  }

  #line(line: string, fromNode: string): string {
    if (line.startsWith('o=')) return this.#origin(line, fromNode);
    if (line.startsWith('m=')) return line.replace(/ ([1-9]\d*)(?=[ /])/, ' <port>');
    if (line.startsWith('a=rtcp:')) return line.replace(/:\d+/, ':<port>');
    return this.#addresses(line);
  }

  #origin(line: string, fromNode: string): string {
    const [user, session, version, ...address] = line.split(' ');
    const name = this.roles.name('session', `${user} ${session}`, fromNode);
    if (version === undefined || !/^\d+$/.test(version)) return line;
    const first = this.#versions.get(name) ?? BigInt(version);
    this.#versions.set(name, first);
    return this.#addresses(`${user} ${name} +${BigInt(version) - first} ${address.join(' ')}`);
  }

  #addresses(line: string): string {
    return line.replace(/(IP[46] )(\S+)/, (_, kind: string, address: string) => {
      return `${kind}${this.addresses.nodeAt(address, undefined)}`;
    });
  }
}
