/** What a subscriber line says of authentication: keys of a card, a password, an address, a line. */
import { createHash } from 'node:crypto';
import { defaultCxInd } from '../aka/index.js';
import type {
  AkaAuthentication,
  DigestAuthentication,
  SubscriberAuthentication,
} from '../ims/subscription/subscriber.js';
import { keyMaterialOf } from './key-material.js';
import type { Problem } from './problem.js';
import type { KeyPath, Positions } from './source.js';
import type { SubscriberFile, SubscriberInput } from './subscriber-schema.js';

type Defaults = NonNullable<SubscriberFile['defaults']>;
type AuthenticationInput = NonNullable<SubscriberInput['authentication']>;

/** Of each subscriber of a line; the digest is over its private identity. */
export type AuthenticationOf = (privateIdentity: string) => SubscriberAuthentication;

export function authenticationOf(
  input: SubscriberInput,
  defaults: Defaults,
  home: string,
  source: Positions,
  path: KeyPath,
): AuthenticationOf | Problem {
  const { authentication = { scheme: 'aka' } } = input;
  const aka = akaOf(input, defaults, source, path);
  // A subscription for another scheme needs no card.
  if ('what' in aka && (authentication.scheme === 'aka' || input.k !== undefined)) return aka;
  const problem = unfit(authentication, source, [...path, 'authentication']);
  if (problem !== undefined) return problem;
  const { scheme, line } = authentication;
  const framedAddress = authentication['framed-address'];
  const shared = {
    scheme,
    ...(!('what' in aka) && { aka }),
    ...(framedAddress !== undefined && { framedAddress }),
    ...(line !== undefined && { lineIdentifiers: typeof line === 'string' ? [line] : line }),
  };
  if (scheme !== 'sip-digest') return () => shared;
  return (privateIdentity) => ({ ...shared, digest: digestOf(authentication, privateIdentity, home) });
}

function akaOf(
  input: SubscriberInput,
  defaults: Defaults,
  source: Positions,
  path: KeyPath,
): AkaAuthentication | Problem {
  const material = keyMaterialOf(input, defaults);
  if (!('algorithm' in material)) {
    const { key, what, mend, problem } = material;
    return source.problem(key === undefined ? path : [...path, key], what, mend, problem === 'unfit' ? 'key' : 'value');
  }
  const sqnProfile = input['sqn-profile'] ?? defaults['sqn-profile'];
  const indBits = input['ind-bits'] ?? defaults['ind-bits'] ?? 5;
  const ind = input.ind ?? defaults.ind ?? Math.min(defaultCxInd, 2 ** indBits - 1);
  if (ind !== 'rotating' && ind >= 2 ** indBits) {
    const mend = `use a number below ${2 ** indBits}, or more ind-bits`;
    return source.problem([...path, 'ind'], `${ind} does not fit in ${indBits} bits`, mend);
  }
  return {
    material,
    amf: input.amf ?? defaults.amf ?? Buffer.alloc(2),
    sqn: input.sqn ?? defaults.sqn ?? 0n,
    ind,
    indBits,
    ...(sqnProfile !== undefined && { sqnProfile }),
    resWithoutZeroOctets: input['res-without-zero-octets'] ?? false,
  };
}

/** The keys that each scheme has. */
const keysOf = {
  aka: [],
  'sip-digest': ['password', 'ha1', 'realm', 'digest-algorithm', 'qop'],
  giba: ['framed-address'],
  'nass-bundled': ['line'],
} as const satisfies Record<AuthenticationInput['scheme'], readonly (keyof AuthenticationInput)[]>;

/** One of these has to be there. */
const neededBy = {
  aka: [],
  'sip-digest': ['password', 'ha1'],
  giba: ['framed-address'],
  'nass-bundled': ['line'],
} as const satisfies typeof keysOf | Record<AuthenticationInput['scheme'], readonly string[]>;

function unfit(input: AuthenticationInput, source: Positions, path: KeyPath): Problem | undefined {
  const { scheme } = input;
  const own: readonly string[] = keysOf[scheme];
  const stray = Object.entries(input).find(
    ([key, value]) => key !== 'scheme' && value !== undefined && !own.includes(key),
  );
  if (stray !== undefined) {
    const owner = Object.entries(keysOf).find(([, keys]) => (keys as readonly string[]).includes(stray[0]))![0];
    return source.problem(
      [...path, stray[0]],
      `says nothing to ${scheme}`,
      `leave it out, or write scheme: ${owner}`,
      'key',
    );
  }
  const needed = neededBy[scheme];
  if (needed.length > 0 && needed.every((key) => input[key] === undefined)) {
    const what = needed.length === 1 ? `has no ${needed[0]}` : `has neither ${needed.join(' nor ')}`;
    return source.problem(path, what, `add one, for scheme: ${scheme} needs it`);
  }
  if (input.password !== undefined && input.ha1 !== undefined) {
    return source.problem([...path, 'ha1'], 'stands beside a password', 'keep one of password and ha1', 'key');
  }
  const length = algorithmOf(input) === 'MD5' ? 16 : 32;
  if (input.ha1 !== undefined && input.ha1.length !== length) {
    const what = `has ${2 * input.ha1.length} digits, which are not of ${algorithmOf(input)}`;
    return source.problem([...path, 'ha1'], what, `write ${2 * length}, or the other digest-algorithm`);
  }
  return undefined;
}

function algorithmOf(input: AuthenticationInput): DigestAuthentication['algorithm'] {
  return input['digest-algorithm'] ?? 'MD5';
}

/** RFC 7616 3.4.2, without -sess. */
function digestOf(input: AuthenticationInput, privateIdentity: string, home: string): DigestAuthentication {
  const { password, ha1, realm = home, qop = ['auth'] } = input;
  const algorithm = algorithmOf(input);
  const hash = createHash(algorithm === 'MD5' ? 'md5' : 'sha256');
  return {
    realm,
    algorithm,
    qop: qop.join(','),
    ha1: ha1?.toString('hex') ?? hash.update(`${privateIdentity}:${realm}:${password}`).digest('hex'),
  };
}
