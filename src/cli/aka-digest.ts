/** `imslab aka digest`: a digest response with every string on the way to it. */
import { authenticationFunctions, decodeNonce } from '../aka/index.js';
import { UsageError } from '../lab/errors.js';
import { akaV2Password, type DigestAlgorithm, digestAlgorithm, digestSteps } from '../sip/index.js';
import { printRows, type Row, row } from './aka-output.js';
import { cardKeys, hexOctets, type KeyOptions } from './aka-values.js';
import { EXIT_PASSED } from './exit.js';
import { shownOctets } from './shown-octets.js';

export interface DigestOptions extends KeyOptions {
  readonly digest: string;
  readonly username?: string;
  readonly realm?: string;
  readonly uri?: string;
  readonly method: string;
  readonly nonce?: string;
  readonly qop: string;
  readonly nc: string;
  readonly cnonce: string;
  readonly body?: string;
  readonly res?: string;
  readonly ck?: string;
  readonly ik?: string;
  readonly password?: string;
  readonly json?: boolean;
}

export function digest(options: DigestOptions): number {
  const algorithm = digestAlgorithm(options.digest);
  if (algorithm === undefined) {
    throw new UsageError(`--digest: '${options.digest}' is unknown; write AKAv1-MD5, AKAv2-MD5, MD5 or SHA-256`);
  }
  if (!['auth', 'auth-int', 'none'].includes(options.qop)) {
    throw new UsageError(`--qop: '${options.qop}' is unknown; write auth, auth-int or none`);
  }
  const [username, realm, nonce] = [
    required(options, 'username'),
    required(options, 'realm'),
    required(options, 'nonce'),
  ];
  const uri = options.uri ?? `sip:${realm}`;
  const qop = options.qop === 'none' ? undefined : options.qop;
  const { password, rows } = secretOf(algorithm, nonce, options);
  const { method, nc, cnonce, body } = options;
  const steps = digestSteps({ algorithm, password, username, realm, method, uri, nonce, qop, nc, cnonce, body });
  printRows(
    [
      ...rows,
      row(
        'a1',
        'A1',
        shownOctets(Buffer.concat([Buffer.from(`${username}:${realm}:`, 'latin1'), password])),
        'username ":" realm ":" password',
      ),
      row('ha1', 'H(A1)', steps.ha1),
      row('a2', 'A2', steps.a2, qop === 'auth-int' ? 'method ":" uri ":" H(body)' : 'method ":" uri'),
      row('ha2', 'H(A2)', steps.ha2),
      row('hashed', 'hashed', steps.joined),
      row('response', 'response', steps.response),
    ],
    options.json,
  );
  return EXIT_PASSED;
}

function required(options: DigestOptions, name: 'username' | 'realm' | 'nonce'): string {
  const value = options[name];
  if (value === undefined)
    throw new UsageError(`--${name}: is missing; copy it from the challenge or the answer to it`);
  return value;
}

/** The password of A1, and the rows that say where it comes from. */
function secretOf(
  algorithm: DigestAlgorithm,
  nonce: string,
  options: DigestOptions,
): { password: Buffer; rows: readonly Row[] } {
  const isAka = algorithm === 'AKAv1-MD5' || algorithm === 'AKAv2-MD5';
  if (isAka && options.password !== undefined) {
    throw new UsageError(`--password: is of MD5 and SHA-256; ${algorithm} takes --res, or keys`);
  }
  if (options.res !== undefined && options.k !== undefined) {
    throw new UsageError('--res: stands beside --k, from which it is computed; keep one of them');
  }
  if (!isAka) {
    if (options.password === undefined)
      throw new UsageError(`--password: is missing; ${algorithm} is computed from it`);
    return { password: Buffer.from(options.password, 'utf8'), rows: [] };
  }
  const { res, ck, ik } = options.res === undefined ? fromNonce(nonce, options) : given(algorithm, options);
  const rows = [row('res', 'RES', res)];
  if (algorithm === 'AKAv1-MD5') return { password: res, rows }; // AKA-31
  const password = akaV2Password({ res, ck: ck!, ik: ik! });
  rows.push(
    row('ik', 'IK', ik!),
    row('ck', 'CK', ck!),
    row('password', 'password', password.toString('latin1'), 'base64(HMAC-MD5(RES || IK || CK, …)), RFC 4169 3'),
  );
  return { password, rows };
}

function fromNonce(nonce: string, options: DigestOptions): { res: Buffer; ck: Buffer; ik: Buffer } {
  const { material } = cardKeys(options);
  const decoded = decodeNonce(nonce);
  if (decoded === undefined) {
    throw new UsageError('--nonce: is not base64 of RAND and AUTN; give --res in place of keys, or the whole nonce');
  }
  return authenticationFunctions(material).f2345(decoded.rand);
}

function given(algorithm: DigestAlgorithm, { res, ck, ik }: DigestOptions): { res: Buffer; ck?: Buffer; ik?: Buffer } {
  // RFC 3310 3.4: beside auts the password is empty.
  const octets = res === '' ? Buffer.alloc(0) : hexOctets('--res', res!, 4, 8, 16, 32);
  if (algorithm === 'AKAv1-MD5') return { res: octets };
  if (ck === undefined || ik === undefined) {
    throw new UsageError(`--${ck === undefined ? 'ck' : 'ik'}: is missing; AKAv2 takes RES, IK and CK (RFC 4169 3)`);
  }
  return { res: octets, ck: hexOctets('--ck', ck, 16, 32), ik: hexOctets('--ik', ik, 16, 32) };
}
