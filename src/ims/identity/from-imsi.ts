import { canonicalPrivateIdentity } from './canonical.js';

/** IMPI of a USIM without ISIM (REG-01): `<IMSI>@<home domain>`, without a scheme. */
export function privateIdentityOf(imsi: string, domain: string): string {
  return canonicalPrivateIdentity(`${imsi}@${domain}`);
}

/** The temporary IMPU of REG-01 and REG-02, for REGISTER only. */
export function temporaryPublicIdentity(imsi: string, domain: string): string {
  return `sip:${imsi}@${domain}`;
}
