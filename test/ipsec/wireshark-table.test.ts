import { espTableLines } from '../../src/ipsec/index.js';
import { mirrored, sampleSet } from './sample-set.js';

it('has a line for each association over which the end sends, with the keys of TS 33.203 Annex I', () => {
  const set = sampleSet();
  const keys =
    '"AES-CBC [RFC3602]","0xb40ba9a3c58b2a05bbf0d987b21bf8cb","HMAC-SHA-1-96 [RFC2404]","0xf769bcd751044604127672711c6d344100000000"';
  expect(espTableLines(set)).toEqual([
    `"IPv4","192.0.2.10","192.0.2.1","0x000007d2",${keys}`,
    `"IPv4","192.0.2.10","192.0.2.1","0x000007d1",${keys}`,
  ]);
  expect(espTableLines(mirrored(set))[0]).toContain('"192.0.2.1","192.0.2.10","0x000003ea"');
});

it('writes key and salt of AES-GCM as one, and no key where there is none', () => {
  const set = sampleSet({ integrity: 'null', encryption: 'aes-gcm', addresses: ['2001:db8::10', '2001:db8::1'] });
  expect(espTableLines(set)[0]).toBe(
    '"IPv6","2001:db8::10","2001:db8::1","0x000007d2","AES-GCM with 16 octet ICV [RFC4106]","0xb40ba9a3c58b2a05bbf0d987b21bf8cb89273db6","NULL",""',
  );
});

it('leaves AES-GMAC to the reader', () => {
  expect(espTableLines(sampleSet({ integrity: 'aes-gmac', encryption: 'null' }))[0]).toBe(
    '# AES-GMAC [RFC4543], which is not encrypted: IPv4 192.0.2.10 192.0.2.1 0x000007d2',
  );
});
