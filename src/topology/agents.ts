/** Diameter agents: what their lines in a topology say, with defaults filled in. */
import type { DiameterConfig, RedirectConfig } from '../ims/diameter-config.js';
import type { DraNode, Lab, LabNode, RedirectSettings } from './lab.js';
import { isIpv6 } from './numeric-address.js';
import { hostName } from './resolver.js';
import type { NodeInput } from './topology-schema.js';

type DraInput = Extract<NodeInput, { role: 'dra'; external?: false | undefined }>;

/** Redirect-Host-Usage (RFC 6733 6.13). */
const usages = {
  'dont-cache': 0,
  'all-session': 1,
  'all-realm': 2,
  'realm-and-application': 3,
  'all-application': 4,
  'all-host': 5,
  'all-user': 6,
} as const;

/** One name, or a list of them. */
export function listOf(names: string | readonly string[]): readonly string[] {
  return typeof names === 'string' ? [names] : names;
}

export function redirectSettings({
  usage = 'dont-cache',
  'cache-time': time,
}: DraInput['redirect'] = {}): RedirectSettings {
  return { usage: usages[usage], cacheSeconds: time === undefined ? undefined : Math.round(time / 1000) };
}

export function draSettings(
  { mode = 'relay', diameter, routes, redirect }: DraInput,
  home: string,
): Pick<DraNode, 'mode' | 'peers' | 'routes' | 'redirect'> {
  const peers = listOf(diameter.peers);
  const rows = routes?.map(({ realm, application, to }) => ({ realm, application, to: listOf(to) }));
  return {
    mode,
    peers,
    routes: rows ?? [{ realm: home, application: undefined, to: peers }],
    redirect: redirectSettings(redirect),
  };
}

/** The Origin-Host of a node. */
export function originHostOf(node: LabNode, home: string): string {
  return (node.external ? node.originHost : undefined) ?? hostName(node, home);
}

function hostNamed(lab: Lab, originHost: string): LabNode | undefined {
  const wanted = originHost.toLowerCase();
  return lab.nodes.find((node) => originHostOf(node, lab.home).toLowerCase() === wanted);
}

/** In the URI stands the address family that the most nodes can reach: the first that the node listens on. */
export function redirectConfig({ usage, cacheSeconds }: RedirectSettings, lab: Lab): RedirectConfig {
  return {
    usage,
    cacheSeconds,
    uriOf: (originHost) => {
      const node = hostNamed(lab, originHost);
      const port = node?.listen[0]?.port;
      return port === undefined ? undefined : `aaa://${originHost}:${port};transport=tcp;protocol=diameter`;
    },
  };
}

/** How `asking` reaches a host that a redirect names: RFC 6733 5.2 without a DNS. */
export function reachFrom(asking: LabNode, lab: Lab): NonNullable<DiameterConfig['reach']> {
  return ({ host, port, transport }) => {
    if (transport !== 'tcp') return undefined;
    for (const { address } of hostNamed(lab, host)?.listen ?? []) {
      const own = asking.listen.find((entry) => isIpv6(entry.address) === isIpv6(address));
      if (own !== undefined) return { from: { address: own.address, port: 0 }, to: { address, port } };
    }
    return undefined;
  };
}
