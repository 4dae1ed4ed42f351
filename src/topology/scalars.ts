/** The values that imslab's files are made of. Each one's message is `what; how to mend it`. */
import { z } from 'zod';
import { defaultPortOf, type SipProtocol } from '../sip/index.js';
import { readHost } from './numeric-address.js';
import { shown } from './validate.js';

/** An object that refuses keys it does not know. The known ones travel in the message, for the nearest right word. */
export function strict<TShape extends z.ZodRawShape>(shape: TShape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  });
}

/** A scalar read by `parse`, which throws the message's text. */
export function scalar<TValue>(parse: (value: unknown) => TValue) {
  return z
    .custom<unknown>((value) => value !== undefined, { error: () => 'is missing; add it' })
    .transform((value, context): TValue => {
      try {
        return parse(value);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        context.issues.push({ code: 'custom', message: error.message, input: value });
        return z.NEVER;
      }
    });
}

class Refusal extends Error {}

export function refuse(value: unknown, what: string, mend: string): never {
  throw new Refusal(`${shown(value).replaceAll(';', ',')} ${what}; ${mend}`);
}

/** Digits that may have been written without quotes, as long as YAML kept them all. */
function digits(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
}

/** `udp://127.0.1.1:5060`, `tcp://[2001:db8::1]:5060`: numeric, because names would need a DNS (SIP-72). */
export interface Listen {
  readonly protocol: SipProtocol;
  readonly address: string;
  readonly port: number;
}

const LISTEN_EXAMPLE = 'write it like udp://127.0.1.1:5060 or udp://[2001:db8::1]:5060';

export const listen = scalar((value): Listen => {
  if (typeof value !== 'string') refuse(value, 'is no address', LISTEN_EXAMPLE);
  const match = /^([a-z]+):\/\/(\[[^\]]*\]|[^:/[\]]+)(?::(\d+))?$/i.exec(value);
  if (match === null) {
    const bare = /^[a-z]+:\/\/([0-9a-f]*:[0-9a-f:.]*)$/i.test(value);
    refuse(value, 'is no address', bare ? 'put an IPv6 address in [ ]: udp://[2001:db8::1]:5060' : LISTEN_EXAMPLE);
  }
  const [, scheme, host, port] = match;
  const protocol = scheme!.toLowerCase();
  if (protocol !== 'udp' && protocol !== 'tcp' && protocol !== 'tls')
    refuse(value, `has the transport '${protocol}'`, 'use udp://, tcp:// or tls://');
  const address = readHost(host!);
  if (address === undefined)
    refuse(
      value,
      `has the host ${host}, which is no numeric address`,
      'use an IPv4 address, or an IPv6 address in [ ]',
    );
  if (address === '0.0.0.0' || address === '::')
    refuse(value, 'is the wildcard address', 'name the one address that others reach it at');
  if (port === undefined) refuse(value, 'has no port', `add one: ${value}:${defaultPortOf(protocol)}`);
  const number = Number(port);
  if (number < 1 || number > 65535) refuse(value, `has the port ${port}`, 'use a port from 1 to 65535');
  return { protocol, address, port: number };
});

/** As in Expires. */
export const seconds = z.int().min(0).max(0xffff_ffff);

/** One address or a list of them. */
export const listenList = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z.array(listen).min(1),
);

/** ITU-T E.212: up to 15 digits; mobile networks use 14 or 15. */
export const imsi = scalar((value) => {
  const text = digits(value);
  if (text === undefined || !/^\d{14,15}$/.test(text)) {
    refuse(value, 'is no IMSI', 'write 14 or 15 digits in quotes, so that leading zeros stay: "001010000000001"');
  }
  return text;
});

/** E.164 with `+`. */
export const msisdn = scalar((value) => {
  if (typeof value !== 'string' || !/^\+\d{5,15}$/.test(value))
    refuse(value, 'is no international number', 'write it in quotes with a plus: "+15550100001"');
  return value;
});

/** As many octets as one of `counts` says, as hexadecimal digits. */
export function octets(...counts: readonly number[]) {
  return scalar((value): Buffer => {
    const text = digits(value);
    if (text === undefined || !counts.includes(text.length / 2) || !/^[0-9a-fA-F]*$/.test(text)) {
      const wanted = `${counts.map((count) => 2 * count).join(' or ')} hexadecimal digits`;
      refuse(value, whyNoOctets(value, wanted), `write ${wanted} in quotes`);
    }
    return Buffer.from(text, 'hex');
  });
}

function whyNoOctets(value: unknown, wanted: string): string {
  if (typeof value !== 'string') return `is not ${wanted}`;
  const place = value.search(/[^0-9a-fA-F]/);
  if (place >= 0) return `has '${value[place]}' at place ${place + 1}, which is no hexadecimal digit`;
  return `has ${value.length} characters where ${wanted} stand`;
}

/** A 48-bit sequence number: decimal, or hexadecimal with 0x. */
export const sequenceNumber = scalar((value): bigint => {
  const text = digits(value);
  if (text === undefined || !/^(0x[0-9a-fA-F]{1,12}|\d{1,15})$/.test(text)) {
    refuse(value, 'is no 48-bit sequence number', 'write it decimal, or hexadecimal like 0x100000000020');
  }
  const number = BigInt(text);
  if (number >= 1n << 48n) refuse(value, 'has more than 48 bits', 'use a value below 0x1000000000000');
  return number;
});

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };

/** `500ms`, `2s`, `4min`, `1h` → milliseconds. */
export const duration = scalar((value): number => {
  if (typeof value === 'string' && value.includes('${')) {
    refuse(
      value,
      'is not known before the scenario runs',
      'write a duration, or a parameter: only texts and fields take what a step captures',
    );
  }
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*(ms|s|min|h)$/.exec(value) : null;
  if (match === null) refuse(value, 'is no duration', 'write a number and a unit: 500ms, 2s, 4min, 1h');
  const milliseconds = Number(match[1]) * UNITS[match[2]!]!;
  if (milliseconds > 24 * 3_600_000) refuse(value, 'is longer than a day', 'use 24h or less');
  return milliseconds;
});

/** RFC 1035 2.3.1, RFC 1123 2.1: labels of up to 63 letters, digits and hyphens, a hyphen at neither end; two of them or more. */
export function isDomain(text: string): boolean {
  return (
    text.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)
  );
}

/** A domain name, lower case. */
export const domain = scalar((value) => {
  if (typeof value !== 'string' || !isDomain(value)) {
    refuse(value, 'is no domain name', 'write it like ims.mnc001.mcc001.3gppnetwork.org');
  }
  const name = value.toLowerCase();
  // A phone makes the domain of its IMSI with three digits each, so no phone would ever ask for another one (TS 23.003 13.2).
  if (name.endsWith('.3gppnetwork.org') && !/(?:^|\.)mnc\d{3}\.mcc\d{3}(?:\.pub)?\.3gppnetwork\.org$/.test(name)) {
    const mend = 'write mnc and mcc with three digits each, MNC 01 as mnc001: ims.mnc001.mcc001.3gppnetwork.org';
    refuse(value, 'is no domain of a network', mend);
  }
  return name;
});

/** A node's name becomes a host name under the home domain. */
export const nodeName = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
    'use lower-case letters, digits and hyphens, a letter first, such as pcscf1',
  );

/** How many a line stands for. */
export const poolCount = z.int().min(1).max(100_000);

/** Subscribers cost less than nodes. */
export const subscriberCount = z.int().min(1).max(10_000_000);

/** SIP-20: the size from which a request leaves over TCP; `off` sends everything as it comes. */
export const datagramSizeMax = scalar((value): number | 'off' => {
  // YAML 1.1 habit: an unquoted `off` is text in YAML 1.2, but `false` means the same here.
  if (value === 'off' || value === false) return 'off';
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 200 || value > 65_507) {
    refuse(value, 'is no datagram size', 'use 200 to 65507 octets, or off');
  }
  return value;
});
