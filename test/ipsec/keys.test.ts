import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../src/environment/index.js';
import { espKeys } from '../../src/ipsec/keys.js';
import { vectorFile } from '../vectors.js';

interface Keys {
  readonly ik_esp: string;
  readonly ck_esp: string;
  readonly salt: string;
}
type Vectors = { readonly ck_im: string; readonly ik_im: string } & Readonly<
  Record<IntegrityAlgorithm | EncryptionAlgorithm, Keys>
>;

const file = vectorFile<{ ipsec: Vectors }>('aka-digest.json');
if (file === undefined)
  console.log('the vectors of aka-digest.json are not here: keys of ESP are not checked against them');
const withVectors = file === undefined ? describe.skip : describe;

withVectors('TS 33.203 Annex I: keys of ESP', () => {
  const vectors = (): Vectors => file!.ipsec;
  const keys = (integrity: IntegrityAlgorithm, encryption: EncryptionAlgorithm) => {
    const ck = Buffer.from(vectors().ck_im, 'hex');
    const derived = espKeys({ integrity, encryption, mode: 'trans', ck, ik: Buffer.from(vectors().ik_im, 'hex') });
    return {
      ik: derived.integrityKey.toString('hex'),
      ck: derived.encryptionKey.toString('hex'),
      salt: derived.salt.toString('hex'),
    };
  };

  it('of HMAC-MD5-96 and HMAC-SHA-1-96 from IK', () => {
    expect(keys('hmac-md5-96', 'null')).toEqual({
      ik: vectors()['hmac-md5-96'].ik_esp,
      ck: vectors().null.ck_esp,
      salt: '',
    });
    expect(keys('hmac-sha-1-96', 'null')).toEqual({ ik: vectors()['hmac-sha-1-96'].ik_esp, ck: '', salt: '' });
  });

  it('of AES-CBC and 3DES from CK', () => {
    expect(keys('hmac-md5-96', 'aes-cbc').ck).toBe(vectors()['aes-cbc'].ck_esp);
    expect(keys('hmac-md5-96', 'des-ede3-cbc').ck).toBe(vectors()['des-ede3-cbc'].ck_esp);
  });

  it('of AES-GMAC and AES-GCM with their salts', () => {
    const { ik_esp, salt } = vectors()['aes-gmac'];
    expect(keys('aes-gmac', 'null')).toEqual({ ik: ik_esp, ck: '', salt });
    expect(keys('null', 'aes-gcm')).toEqual({
      ik: '',
      ck: vectors()['aes-gcm'].ck_esp,
      salt: vectors()['aes-gcm'].salt,
    });
  });
});
