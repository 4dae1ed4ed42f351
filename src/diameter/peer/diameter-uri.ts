/** DiameterURI (RFC 6733 4.3.1): `aaa://host:port;transport=tcp;protocol=diameter`. */

import { bracketed } from '../../address-octets.js';

export interface DiameterUri {
  /** A host name, or a numeric address without brackets. */
  readonly host: string;
  readonly port: number;
  /** In lower case. */
  readonly transport: string;
}

const defaultPorts: Readonly<Record<string, number>> = { aaa: 3868, aaas: 5658 };
const form = /^(aaas?):\/\/(\[[0-9a-f:.]+\]|[^:;[\]/?#\s]+)(?::(\d{1,5}))?((?:;[a-z]+=[a-z0-9+-]+)*)$/i;

/** Undefined: it is none, or names something else than Diameter. */
export function parseDiameterUri(text: string): DiameterUri | undefined {
  const [, scheme = '', host = '', digits, parameters = ''] = form.exec(text) ?? [];
  const port = digits === undefined ? defaultPorts[scheme.toLowerCase()] : Number(digits);
  if (port === undefined || port === 0 || port > 65_535) return undefined;
  const named = new Map(
    parameters
      .toLowerCase()
      .split(';')
      .slice(1)
      .map((each) => each.split('=') as [string, string]),
  );
  if ((named.get('protocol') ?? 'diameter') !== 'diameter') return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port, transport: named.get('transport') ?? 'tcp' };
}

export function formatDiameterUri({ host, port, transport }: DiameterUri): string {
  return `aaa://${bracketed(host)}:${port};transport=${transport};protocol=diameter`;
}
