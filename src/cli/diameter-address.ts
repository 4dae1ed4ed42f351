/** HOST:PORT on the command line. */
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { Endpoint } from '../environment/index.js';
import { StartError, UsageError } from '../lab/errors.js';
import { isIpv6, isLoopback, readHost } from '../topology/numeric-address.js';

/** RFC 6733 2.1 */
const DIAMETER_PORT = 3868;

interface HostPort {
  readonly host: string;
  readonly port: number | undefined;
}

function split(text: string, option: string): HostPort {
  const match = /^(\[[^\]]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  const bare = match === null && readHost(`[${text}]`) !== undefined;
  if (match === null || Number(match[2] ?? 0) > 65_535) {
    const mend = bare
      ? `put an IPv6 address in [ ]: [${text}]:${DIAMETER_PORT}`
      : `write it like 127.0.1.4:${DIAMETER_PORT}`;
    throw new UsageError(`${option} ${text}: is no address with a port; ${mend}`);
  }
  return { host: match[1]!, port: match[2] === undefined ? undefined : Number(match[2]) };
}

/** A host by its address or name. Throws UsageError for what is no address, StartError for a name that nobody knows. */
export async function readTarget(text: string, option: string): Promise<Endpoint> {
  const { host, port = DIAMETER_PORT } = split(text, option);
  if (port === 0) throw new UsageError(`${option} ${text}: has the port 0; use 1 to 65535`);
  const numeric = readHost(host);
  if (numeric !== undefined) return { address: numeric, port };
  try {
    return { address: (await lookup(host)).address, port };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new StartError(`${option} ${text}: the host cannot be found (${code}); check its name, or give its address`);
  }
}

/** An address of this machine; port 0: any. */
export function readLocal(text: string, option: string, defaultPort: number): Endpoint {
  const { host, port = defaultPort } = split(text, option);
  const address = readHost(host === 'localhost' ? '127.0.0.1' : host);
  if (address === undefined) {
    throw new UsageError(
      `${option} ${text}: ${host} is no numeric address; use one of this machine, such as 127.0.0.1`,
    );
  }
  return { address, port };
}

/** From where to reach `to`, where nobody says. */
export function sourceFor({ address }: Endpoint): Endpoint {
  const isSix = isIpv6(address);
  if (isLoopback(address)) return { address: isSix ? '::1' : '127.0.0.1', port: 0 };
  return { address: isSix ? '::' : '0.0.0.0', port: 0 };
}

/** For Host-IP-Address: the address itself, or those of this machine where it is the wildcard. */
export function hostAddresses(address: string): readonly string[] {
  if (address !== '0.0.0.0' && address !== '::') return [address];
  const own = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ internal, address: one }) => !internal && isIpv6(one) === isIpv6(address) && !one.includes('%'))
    .map((entry) => entry.address);
  return own.length > 0 ? own : [isIpv6(address) ? '::1' : '127.0.0.1'];
}
