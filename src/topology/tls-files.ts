/** Certificates, keys and authorities of nodes that speak TLS: found, read and looked at before anything starts. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TlsIdentity } from '../environment/index.js';
import { identityProblem } from '../environment/real/index.js';
import { findBeside } from './find-file.js';
import type { Problem } from './problem.js';
import { strict } from './scalars.js';
import type { KeyPath, Source } from './source.js';

const file = z.string().min(1);

/** Of a node that others connect to. Files are PEM, relative to the topology's folder or to `profiles`. */
export const tlsSection = strict({
  certificate: file.optional(),
  key: file.describe('Private key of the certificate, without a passphrase.').optional(),
  authorities: file.optional(),
});

/** A UE is never connected to. */
export const ueTlsSection = strict({ authorities: file.optional() });

export type TlsInput = z.output<typeof tlsSection>;

export interface TlsFiles {
  readonly identity: TlsIdentity | undefined;
  /** PEM. */
  readonly authorities: string | undefined;
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** How a lab's own are made; the guide has the rest. */
const makeOne = 'make one with openssl as docs/guide/tls.md shows, or use those of profiles/tls';

/** Reads each file once. */
export class TlsReader {
  readonly #texts = new Map<string, string | undefined>();

  /** @param file path of the topology; what is wrong goes to `problems` */
  constructor(
    private readonly source: Source,
    private readonly file: string,
    private readonly problems: Problem[],
  ) {}

  /**
   * @param path of the `tls` section
   * @param needs `identity`: it listens on tls://; `authorities`: it opens connections with TLS
   */
  read(
    path: KeyPath,
    input: TlsInput,
    needs: { readonly identity: string | undefined; readonly authorities: string | undefined },
  ): TlsFiles {
    return {
      identity: this.#identity(path, input, needs.identity),
      authorities: this.#authorities(path, input, needs.authorities),
    };
  }

  #identity(path: KeyPath, { certificate, key }: TlsInput, why: string | undefined): TlsIdentity | undefined {
    if (certificate === undefined && key === undefined) {
      if (why !== undefined) this.#blame(path, `is missing, and ${why}`, 'add tls: { certificate: …, key: … }');
      return undefined;
    }
    if (certificate === undefined || key === undefined) {
      const [has, lacks] = certificate === undefined ? ['key', 'certificate'] : ['certificate', 'key'];
      this.#blame([...path, has], `stands without a ${lacks}`, `add tls.${lacks}`);
      return undefined;
    }
    const shown = this.#certificates([...path, 'certificate'], certificate);
    const secret = this.#text([...path, 'key'], key);
    if (shown === undefined || secret === undefined) return undefined;
    return this.#fitting([...path, 'key'], key, shown, secret);
  }

  #fitting(path: KeyPath, name: string, certificate: string, key: string): TlsIdentity | undefined {
    try {
      const secret = createPrivateKey(key);
      if (new X509Certificate(certificate).checkPrivateKey(secret)) return this.#usable(path, name, certificate, key);
      this.#blame(path, `'${name}' is not the key of the certificate`, 'give the two that were made together');
    } catch {
      this.#blame(path, `'${name}' is no private key in PEM without a passphrase`, makeOne);
    }
    return undefined;
  }

  /** TLS has demands of its own, like the length of a key. */
  #usable(path: KeyPath, name: string, certificate: string, key: string): TlsIdentity | undefined {
    const identity = { certificate, key };
    const problem = identityProblem(identity);
    if (problem === undefined) return identity;
    this.#blame(path, `'${name}' and its certificate are not fit for TLS (${problem})`, makeOne);
    return undefined;
  }

  #authorities(path: KeyPath, { authorities }: TlsInput, why: string | undefined): string | undefined {
    if (authorities !== undefined) return this.#certificates([...path, 'authorities'], authorities);
    if (why !== undefined) {
      this.#blame(
        path,
        `names no authorities, and ${why}`,
        'say whose certificates it believes: tls: { authorities: tls/ca.pem }',
      );
    }
    return undefined;
  }

  #certificates(path: KeyPath, name: string): string | undefined {
    const text = this.#text(path, name);
    if (text === undefined) return undefined;
    const found = text.match(pemCertificate) ?? [];
    try {
      for (const each of found) new X509Certificate(each);
    } catch {
      this.#blame(path, `'${name}' has a certificate that cannot be read`, makeOne);
      return undefined;
    }
    if (found.length > 0) return text;
    this.#blame(path, `'${name}' has no certificate in PEM`, makeOne);
    return undefined;
  }

  #text(path: KeyPath, name: string): string | undefined {
    if (!this.#texts.has(name)) {
      const found = findBeside(name, this.file);
      this.#texts.set(name, found === undefined ? undefined : readFileSync(found, 'utf8'));
    }
    const text = this.#texts.get(name);
    if (text === undefined) this.#blame(path, `there is no file '${name}'`, makeOne);
    return text;
  }

  #blame(path: KeyPath, what: string, mend: string): void {
    this.problems.push(this.source.problem(path, what, mend));
  }
}
