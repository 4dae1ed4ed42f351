/** TS 23.003 13: identities from an IMSI, and when two spellings are one identity. REG-01 to REG-03, REG-30. */
import fc from 'fast-check';
import {
  canonicalIdentity,
  canonicalPrivateIdentity,
  canonicalServerName,
  privateIdentityIn,
  privateIdentityOf,
  temporaryPublicIdentity,
} from '../../../src/ims/identity/index.js';
import { buildRequest, parseUri } from '../../../src/sip/index.js';

describe('REG-01: identities of a USIM without ISIM', () => {
  it('IMPI without scheme, temporary IMPU with one', () => {
    const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
    expect(privateIdentityOf('001010000000001', domain)).toBe(`001010000000001@${domain}`);
    expect(temporaryPublicIdentity('001010000000001', domain)).toBe(`sip:001010000000001@${domain}`);
  });
});

describe('REG-03: canonical public identities', () => {
  it.each([
    ['sip:Alice@EXAMPLE.org:5060;user=phone?Subject=x', 'sip:Alice@example.org'],
    ['sips:alice@example.org', 'sip:alice@example.org'],
    ['sip:example.org', 'sip:example.org'],
    ['sip:alice@[2001:DB8::0:1]:5060', 'sip:alice@[2001:db8::1]'],
    ['sip:%61lice@example.org', 'sip:alice@example.org'],
    ['sip:a%40b@example.org', 'sip:a%40b@example.org'],
    ['tel:+1-(555).010-0001;npdi;rn=1', 'tel:+15550100001'],
    ['tel:+15550100001;phone-context=example.org', 'tel:+15550100001'],
    ['tel:0100-001;phone-context=+1555', 'tel:0100001;phone-context=+1555'],
    // RFC 3966 5: the context is compared as a host name, or digit by digit.
    ['tel:0100-001;isub=2;phone-context=+1-(555)', 'tel:0100001;phone-context=+1555'],
    ['TEL:7042;PHONE-CONTEXT=Office.EXAMPLE.org;ext=3', 'tel:7042;phone-context=office.example.org'],
    // RFC 3261 19.1.6: a global number is one in a SIP URI with user=phone too, and nowhere else.
    ['sip:+1-555-010.0001@example.org;user=phone', 'sip:+15550100001@example.org'],
    ['sip:%2B15550100001;isub=12;ext=7@EXAMPLE.org:5070;USER=Phone', 'sip:+15550100001@example.org'],
    ['sip:+1-555-010-0001@example.org', 'sip:+1-555-010-0001@example.org'],
    ['sip:+1-555;x=y@example.org;user=ip', 'sip:+1-555;x=y@example.org'],
    ['sip:0100-001;phone-context=+1@example.org;user=phone', 'sip:0100-001;phone-context=+1@example.org'],
    ['sip:a-b.c@example.org;user=phone', 'sip:a-b.c@example.org'],
    ['mailto:alice@example.org', undefined],
    ['alice@example.org', undefined],
    ['', undefined],
  ])('%s → %s', (text, canonical) => {
    expect(canonicalIdentity(text)).toBe(canonical);
  });

  it('is a URI again, and canonical already', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 }), (user) => {
        const canonical = canonicalIdentity(`sip:${encodeURIComponent(user)}@Example.org`)!;
        expect(parseUri(canonical)?.user).toBe(user);
        expect(canonicalIdentity(canonical)).toBe(canonical);
      }),
    );
  });
});

describe('TS 23.003 13.3, RFC 1035 2.3.3: canonical private identities', () => {
  it.each([
    ['001010000000001@IMS.Example.ORG', '001010000000001@ims.example.org'],
    ['Alice@Home@EXAMPLE.org', 'Alice@Home@example.org'],
    ['Alice', 'Alice'],
    ['', ''],
  ])('%s → %s: the realm has no case, the name has', (text, canonical) => {
    expect(canonicalPrivateIdentity(text)).toBe(canonical);
  });
});

describe('RFC 3261 19.1.4: names of S-CSCFs', () => {
  it.each([
    ['SIP:SCSCF1.Example.org:5060;Transport=TCP', 'sip:scscf1.example.org:5060;Transport=TCP'],
    ['sip:Orig@SCSCF1.example.org?Route=A', 'sip:Orig@scscf1.example.org?Route=A'],
    ['sips:[2001:DB8::1]:5061', 'sips:[2001:db8::1]:5061'],
    ['Scscf1', 'Scscf1'],
    ['', ''],
  ])('%s → %s: scheme and host have no case', (text, canonical) => {
    expect(canonicalServerName(text)).toBe(canonical);
    expect(canonicalServerName(canonical)).toBe(canonical);
  });
});

describe('REG-30: the private identity of a REGISTER', () => {
  const register = (to: string, authorization?: string) =>
    buildRequest({
      method: 'REGISTER',
      requestUri: 'sip:h',
      headers: [['To', to], ...(authorization === undefined ? [] : [['Authorization', authorization] as const])],
    });

  it('is the username; without one it is To without scheme and parameters', () => {
    expect(privateIdentityIn(register('<sip:a@h;x=y>', 'Digest username="Me@H",nonce=""'))).toBe('Me@h');
    expect(privateIdentityIn(register('<sip:a@h;x=y>;tag=t'))).toBe('a@h');
    expect(privateIdentityIn(register('<sip:a@h>', 'Digest username="",nonce=""'))).toBe('a@h');
    expect(privateIdentityIn(register('<sip:a@h>', 'Basic abc'))).toBe('a@h');
  });
});
