/** Digest challenges: WWW-Authenticate and Proxy-Authenticate (RFC 2617 3.2.1, RFC 3310 3.1, TS 24.229 7.2A.1). */
import { type DigestParameters, parseDigest, quote } from './parameters.js';

export class Challenge {
  readonly scheme = 'Digest';

  constructor(readonly parameters: DigestParameters) {}

  get realm(): string | undefined {
    return this.parameters.get('realm');
  }
  get nonce(): string | undefined {
    return this.parameters.get('nonce');
  }
  get algorithm(): string | undefined {
    return this.parameters.get('algorithm');
  }
  /** The offered qualities of protection, lower case; empty if none was offered. */
  get qop(): readonly string[] {
    return listOf(this.parameters.get('qop'));
  }
  get opaque(): string | undefined {
    return this.parameters.get('opaque');
  }
  get stale(): boolean {
    return this.parameters.get('stale')?.toLowerCase() === 'true';
  }
  /** 32 hexadecimal digits, only between S-CSCF and P-CSCF (TS 24.229 7.2A.1). */
  get ck(): string | undefined {
    return this.parameters.get('ck');
  }
  get ik(): string | undefined {
    return this.parameters.get('ik');
  }
}

/** Undefined: another scheme than Digest, or broken syntax. */
export function parseChallenge(value: string): Challenge | undefined {
  const parameters = parseDigest(value);
  return parameters && new Challenge(parameters);
}

export interface ChallengeFields {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: string;
  readonly qop?: readonly string[] | undefined;
  readonly opaque?: string | undefined;
  readonly stale?: boolean | undefined;
  readonly ck?: string | undefined;
  readonly ik?: string | undefined;
}

export function formatChallenge(fields: ChallengeFields): string {
  let out = `Digest realm=${quote(fields.realm)},nonce=${quote(fields.nonce)},algorithm=${fields.algorithm}`;
  if (fields.qop !== undefined) out += `,qop="${fields.qop.join(',')}"`; // a quoted list here, RFC 2617 3.2.1
  if (fields.opaque !== undefined) out += `,opaque=${quote(fields.opaque)}`;
  if (fields.stale !== undefined) out += `,stale=${fields.stale}`;
  if (fields.ck !== undefined) out += `,ck="${fields.ck}"`;
  if (fields.ik !== undefined) out += `,ik="${fields.ik}"`;
  return out;
}

function listOf(value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  return value
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
