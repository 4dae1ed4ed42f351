/** Whether a certificate is to be believed (RFC 5280 6, as far as a lab needs it), by the clock of the simulation. */
import { X509Certificate } from 'node:crypto';
import type { TlsFailure, TlsTrust } from '../index.js';
import { parseAddress } from './address.js';

/** No lab has longer chains. */
const CHAIN_MAX = 8;

const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of PEM files, which many nodes share. */
export class Certificates {
  readonly #byText = new Map<string, readonly X509Certificate[]>();

  of(text: string): readonly X509Certificate[] {
    let found = this.#byText.get(text);
    if (found === undefined) {
      found = (text.match(pem) ?? []).map((each) => new X509Certificate(each));
      this.#byText.set(text, found);
    }
    return found;
  }
}

/** @param chain as the other end has shown it, its own first; `now` in ms since the Unix epoch */
export function certificateProblem(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  { names }: TlsTrust,
  now: number,
): TlsFailure | undefined {
  const [own] = chain;
  const path = own && trustedPath(own, chain, authorities);
  if (path === undefined) return 'ETLSUNTRUSTED';
  for (const each of path) {
    if (Date.parse(each.validTo) < now) return 'ETLSEXPIRED';
    if (Date.parse(each.validFrom) > now) return 'ETLSNOTYETVALID';
  }
  return names.some((name) => isNamed(own!, name)) ? undefined : 'ETLSNAME';
}

/** From the certificate to an authority; undefined: none of ours has signed it. */
function trustedPath(
  own: X509Certificate,
  shown: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): readonly X509Certificate[] | undefined {
  const path = [own];
  for (let last = own; path.length <= CHAIN_MAX; ) {
    const authority = authorities.find((each) => each.raw.equals(last.raw) || hasSigned(each, last));
    if (authority !== undefined) return authority.raw.equals(last.raw) ? path : [...path, authority];
    const between = shown.find((each) => !path.includes(each) && hasSigned(each, last));
    if (between === undefined) return undefined;
    path.push(between);
    last = between;
  }
  return undefined;
}

function hasSigned(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

/** RFC 5922 7.1, 7.2: in full; a wildcard names nobody. */
function isNamed(certificate: X509Certificate, name: string): boolean {
  const isHost = parseAddress(name) === undefined;
  const found = isHost ? certificate.checkHost(name, { wildcards: false }) : certificate.checkIP(name);
  return found !== undefined;
}
