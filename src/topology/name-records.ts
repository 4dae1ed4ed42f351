/** What a DNS would say: records of the topology, and what RFC 3263 makes of them. NAPTR RFC 3403, SRV RFC 2782; SIP-26. */
import { z } from 'zod';
import { bracketed } from '../address-octets.js';
import type { TransportProtocol } from '../environment/index.js';
import type { Destination, SipProtocol } from '../sip/index.js';
import { readHost } from './numeric-address.js';
import { refuse, scalar, strict } from './scalars.js';

/** A domain name, in which labels may begin with `_` (RFC 2782). Lower case. */
const recordName = scalar((value): string => {
  if (typeof value !== 'string' || value.length > 253 || !/^(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]*$/i.test(value)) {
    refuse(value, 'is no domain name', 'write it in full, like _sip._udp.ims.mnc001.mcc001.3gppnetwork.org');
  }
  return value.toLowerCase();
});

const numericAddress = scalar((value): string => {
  const address = typeof value === 'string' ? readHost(bracketed(value)) : undefined;
  return address ?? refuse(value, 'is no numeric address', 'write an IPv4 or IPv6 address');
});

/** RFC 3263 4.1, by their transports. */
const services = { 'SIP+D2U': 'udp', 'SIP+D2T': 'tcp' } as const satisfies Record<string, TransportProtocol>;

const uint16 = z.int().min(0).max(65_535);

/** All that stands at one name. */
const nameRecords = strict({
  naptr: z
    .array(
      strict({
        service: z.enum(Object.keys(services) as [keyof typeof services, ...(keyof typeof services)[]]),
        order: uint16.optional(),
        preference: uint16.optional(),
        replacement: recordName,
      }),
    )
    .min(1)
    .optional(),
  srv: z
    .array(
      strict({
        target: recordName,
        priority: uint16.optional(),
        weight: uint16.optional(),
        port: z.int().min(1).max(65_535),
      }),
    )
    .min(1)
    .optional(),
  addresses: z.array(numericAddress).min(1).optional(),
});
export type NameRecords = z.infer<typeof nameRecords>;
type SrvRecord = NonNullable<NameRecords['srv']>[number];

export const namesSection = z.record(recordName, nameRecords);
export type Names = Readonly<Record<string, NameRecords>>;

/** Addresses of a host without records, by port and transport. */
export type HostLookup = (
  host: string,
  port: number | undefined,
  transport: string | undefined,
) => readonly Destination[];

const SIP_PORT = 5060;

/** RFC 3263 4 for one client. */
export class NameTable {
  readonly #servers = new Map<string, WeightedServers>();

  constructor(
    private readonly names: Names,
    private readonly reaches: (address: string) => boolean,
    private readonly host: HostLookup,
    /** What the client can send over, likeliest first. */
    private readonly own: readonly SipProtocol[],
  ) {}

  /** Where requests for the host go, in the order in which they are tried. Undefined: no record says anything of it. */
  resolve(host: string, port: number | undefined, transport: string | undefined): readonly Destination[] | undefined {
    if (transport !== undefined && transport !== 'udp' && transport !== 'tcp') return undefined; // no record is of it
    const protocol = transport;
    if (port === undefined) {
      for (const { transport: chosen, name } of this.#services(host, protocol)) {
        const destinations = this.#inOrder(name).flatMap(({ target, port: own }) =>
          this.#targetAt(target, own, chosen),
        );
        if (destinations.length > 0) return destinations;
      }
    }
    return this.#addresses(host, port ?? SIP_PORT, protocol ?? this.#fallback);
  }

  /** Wherever requests for the host may go, by any transport, in no order; no server's turn passes. */
  all(host: string, port: number | undefined): readonly Destination[] | undefined {
    const found =
      port !== undefined
        ? []
        : this.#services(host, undefined).flatMap(({ transport, name }) =>
            (this.names[name]?.srv ?? []).flatMap((record) => this.#targetAt(record.target, record.port, transport)),
          );
    return found.length > 0 ? found : this.#addresses(host, port ?? SIP_PORT, this.#fallback);
  }

  /** 4.1: the transports that may be used, likeliest first, and where their servers stand. */
  #services(host: string, wanted: 'udp' | 'tcp' | undefined): readonly { transport: 'udp' | 'tcp'; name: string }[] {
    const naptr = wanted === undefined ? this.names[host]?.naptr : undefined; // a URI that says its transport needs none
    if (naptr === undefined) {
      const transports = wanted === undefined ? (['udp', 'tcp'] as const).filter(this.#isOwn) : [wanted];
      return transports.map((transport) => ({ transport, name: `_sip._${transport}.${host}` }));
    }
    return naptr
      .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0) || (a.preference ?? 0) - (b.preference ?? 0))
      .map(({ service, replacement }) => ({ transport: services[service], name: replacement }))
      .filter(({ transport }) => this.#isOwn(transport));
  }

  /** 4.1: services over what the client does not have are passed over. */
  readonly #isOwn = (transport: 'udp' | 'tcp'): boolean => this.own.includes(transport);

  /** Where neither URI nor record says it. */
  get #fallback(): 'udp' | 'tcp' {
    return this.own[0] === 'tcp' ? 'tcp' : 'udp';
  }

  #inOrder(name: string): readonly SrvRecord[] {
    let servers = this.#servers.get(name);
    if (servers === undefined) {
      const records = this.names[name]?.srv;
      if (records === undefined) return [];
      servers = new WeightedServers(records);
      this.#servers.set(name, servers);
    }
    return servers.next();
  }

  #targetAt(target: string, port: number, transport: 'udp' | 'tcp'): readonly Destination[] {
    return this.#addresses(target, port, transport) ?? this.host(target, port, transport);
  }

  #addresses(host: string, port: number, protocol: 'udp' | 'tcp'): readonly Destination[] | undefined {
    return this.names[host]?.addresses
      ?.filter((address) => this.reaches(address))
      .map((address) => ({ protocol, endpoint: { address, port } }));
  }
}

/**
 * The servers of one name. RFC 2782: by priority, and within one as often first as their weights say. Taken in turn, not
 * drawn: so a run is the same each time.
 */
class WeightedServers {
  readonly #groups: readonly { readonly record: SrvRecord; credit: number }[][];

  constructor(records: readonly SrvRecord[]) {
    const priorities = [...new Set(records.map(({ priority = 0 }) => priority))].toSorted((a, b) => a - b);
    this.#groups = priorities.map((wanted) =>
      records.filter(({ priority = 0 }) => priority === wanted).map((record) => ({ record, credit: 0 })),
    );
  }

  next(): readonly SrvRecord[] {
    return this.#groups.flatMap((group) => {
      if (group.length === 1) return [group[0]!.record];
      let total = 0;
      for (const each of group) {
        const { weight = 0 } = each.record;
        each.credit += weight;
        total += weight;
      }
      const order = group.toSorted((a, b) => b.credit - a.credit);
      order[0]!.credit -= total;
      return order.map(({ record }) => record);
    });
  }
}
