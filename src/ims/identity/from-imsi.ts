/**
 * Home domain of an IMSI's operator (REG-01; TS 23.003 13.2): `ims.mnc<3 digits>.mcc<3 digits>.3gppnetwork.org`.
 * @param mncLength digits of the MNC in the IMSI, 2 or 3
 */
export function homeDomain(imsi: string, mncLength: 2 | 3 = 2): string {
  const mcc = imsi.slice(0, 3);
  const mnc = imsi.slice(3, 3 + mncLength).padStart(3, '0');
  return `ims.mnc${mnc}.mcc${mcc}.3gppnetwork.org`;
}

/** IMPI of a USIM without ISIM (REG-01): `<IMSI>@<home domain>`, without a scheme. */
export function privateIdentityOf(imsi: string, domain: string): string {
  return `${imsi}@${domain}`;
}

/** The temporary IMPU of REG-01 and REG-02, for REGISTER only. */
export function temporaryPublicIdentity(imsi: string, domain: string): string {
  return `sip:${imsi}@${domain}`;
}
