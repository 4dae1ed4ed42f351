/**
 * Globally routable URIs of one UE of a user. RFC 5627 3, TS 24.229 §5.4.7A.
 * A public one says which UE in the gr parameter, without its IMEI (§5.4.7A.2); a temporary one says nothing to anybody but
 * this S-CSCF: UE, identity and count, enciphered, so that no two of them look alike and none has to be stored.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import type { Random } from '../../environment/index.js';
import { formatUri, type Uri } from '../../sip/index.js';
import { servingMark, temporaryGruuIn, temporaryGruuUser } from '../identity/index.js';
import { isWildcarded } from '../subscription/matching-identity.js';
import type { PublicIdentity } from '../subscription/subscriber.js';
import type { UserProfile } from '../subscription/user-data.js';
import type { Binding } from './bindings.js';
import type { GivenGruus } from './given-gruus.js';

const blockLength = 16;
const tokenLength = 8;
const countLength = 4;
const nameLength = blockLength - tokenLength - countLength;

/** `gr` of an instance: a name-based UUID of it (RFC 9562 5.5), which shows neither IMEI nor anything else of the device. */
export function gruuParameter(instanceId: string): string {
  const hash = createHash('sha1').update('imslab instance').update(instanceId).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** The public GRUU of an identity at an instance. */
export function publicGruu(identity: string, instanceId: string): string {
  return `${identity};gr=${gruuParameter(instanceId)}`;
}

/** What a URI with gr says: a UE of the identity in it, or what only its S-CSCF can read. */
export type Gruu = { readonly gr: string } | { readonly temporary: string };

/** Undefined: the URI has no gr. */
export function gruuIn(uri: Uri): Gruu | undefined {
  const gr = uri.parameters.get('gr');
  if (typeof gr === 'string' && gr !== '') return { gr };
  const temporary = temporaryGruuIn(uri);
  return temporary && { temporary: temporary.text };
}

/** §5.4.7A.1: SIP URIs that a user may be called by; a wildcard is none. */
export function hasGruus({ uri, barred, kind }: PublicIdentity): boolean {
  return !barred && !isWildcarded({ kind }) && uri.startsWith('sip:');
}

/** What a temporary GRUU is for. */
export interface TemporaryName {
  /** Of the UE. */
  readonly token: string;
  /** The identity is one of these (RFC 5627 3.1: address of record and instance); undefined: it is none of them any more. */
  identityOf(profile: UserProfile): string | undefined;
}

/** Makes and reads the temporary ones of one S-CSCF. */
export class TemporaryGruus {
  readonly #key: Buffer;
  readonly #homeDomain: string;
  readonly #mark: string;

  constructor(
    random: Random,
    { homeDomain, serverName }: { readonly homeDomain: string; readonly serverName: string },
  ) {
    this.#key = random.bytes(blockLength);
    this.#homeDomain = homeDomain;
    this.#mark = servingMark(serverName);
  }

  /** 8 octets that name a UE of a user. */
  static newToken(random: Random): string {
    return random.bytes(tokenLength).toString('hex');
  }

  /** @param identity canonical @param token as `newToken` gives it @param count of this token, rising */
  make(identity: string, { token, count }: GivenGruus): string {
    const block = Buffer.alloc(blockLength);
    block.write(token, 'hex');
    block.writeUInt32BE(count, tokenLength);
    nameOf(identity).copy(block, tokenLength + countLength);
    const cipher = createCipheriv('aes-128-ecb', this.#key, null).setAutoPadding(false);
    const user = temporaryGruuUser(this.#mark, cipher.update(block).toString('hex'));
    return formatUri({ scheme: 'sip', user, host: this.#homeDomain, parameters: new Map([['gr', true]]) });
  }

  /** Undefined: it has another form than those of this S-CSCF. `text`: what stands behind the mark. */
  read(text: string): TemporaryName | undefined {
    if (!/^[0-9a-f]{32}$/.test(text)) return undefined;
    const decipher = createDecipheriv('aes-128-ecb', this.#key, null).setAutoPadding(false);
    const block = decipher.update(Buffer.from(text, 'hex'));
    const name = block.subarray(tokenLength + countLength);
    return {
      token: block.toString('hex', 0, tokenLength),
      identityOf: ({ publicIdentities }) =>
        publicIdentities.find((each) => hasGruus(each) && nameOf(each.uri).equals(name))?.uri,
    };
  }
}

/** Tells the identities of one set from each other. */
function nameOf(identity: string): Buffer {
  return createHash('sha1').update(identity).digest().subarray(0, nameLength);
}

/** Whether a GRUU of the user names the UE of this contact. */
export function isNamedBy({ gruus: given, instanceId }: Binding, gruu: Gruu, gruus: TemporaryGruus): boolean {
  if ('temporary' in gruu) return given !== undefined && gruus.read(gruu.temporary)?.token === given.token;
  return instanceId !== undefined && gruuParameter(instanceId) === gruu.gr;
}
