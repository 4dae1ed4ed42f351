import fc from 'fast-check';
import {
  answerChallenge,
  expectedResponse,
  formatChallenge,
  formatCredentials,
  parseChallenge,
  parseCredentials,
  parseParameters,
  withParameter,
} from '../../../src/sip/auth/index.js';

const realm = 'ims.mnc001.mcc001.3gppnetwork.org';
const username = `001010000000001@${realm}`;
const uri = `sip:${realm}`;
const nonce = 'I1U8vpY3qJ0hiuZNrke/NaponGSDUQAAn4l+8uekxfg=';
const res = Buffer.from('a54211d5e3ba50bf', 'hex');
const challengeValue = `Digest realm="${realm}",nonce="${nonce}",algorithm=AKAv1-MD5,qop="auth"`;

describe('challenges', () => {
  it('TS 24.229 7.2A.1: ck and ik follow; parse gives back what format wrote', () => {
    const ck = 'b40ba9a3c58b2a05bbf0d987b21bf8cb';
    const ik = 'f769bcd751044604127672711c6d3441';
    const value = formatChallenge({ realm, nonce, algorithm: 'AKAv1-MD5', qop: ['auth'], ck, ik });
    expect(value).toBe(`${challengeValue},ck="${ck}",ik="${ik}"`);
    expect(parseChallenge(value)).toMatchObject({
      scheme: 'Digest',
      realm,
      nonce,
      algorithm: 'AKAv1-MD5',
      qop: ['auth'],
      ck,
      ik,
    });
  });

  it('AKA-35: any order, any case of names, quoted or not, white space and folds around the separators', () => {
    const challenge = parseChallenge(
      `digest  QOP = "auth, auth-int" ,\r\n Algorithm="AKAv1-MD5",STALE=TRUE, Nonce="${nonce}" , realm="a\\"b,c=d", opaque=xyz`,
    )!;
    expect(challenge).toMatchObject({ nonce, algorithm: 'AKAv1-MD5', stale: true, realm: 'a"b,c=d', opaque: 'xyz' });
    expect(challenge.qop).toEqual(['auth', 'auth-int']);
    expect(parseChallenge(`Digest qop=auth,nonce=""`)).toMatchObject({ qop: ['auth'], nonce: '' });
  });

  it.each(['Basic realm="x"', 'Digest realm="x', 'Digest realm', 'Digest =x', 'DigestX realm="x"', ''])(
    'no Digest challenge: %j',
    (value) => {
      expect(parseChallenge(value)).toBeUndefined();
    },
  );

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, name) => {
        parseChallenge(`Digest ${text}`);
        parseParameters(text);
        withParameter(text, name, undefined);
      }),
    );
  });
});

describe('credentials', () => {
  it('TS 24.229 5.1.1.2.2: the first REGISTER', () => {
    const value = formatCredentials({ username, realm, uri, nonce: '', response: '', algorithm: 'AKAv1-MD5' });
    expect(value).toBe(
      `Digest username="${username}",realm="${realm}",uri="${uri}",nonce="",response="",algorithm=AKAv1-MD5`,
    );
    expect(parseCredentials(value)).toMatchObject({ username, realm, uri, nonce: '', response: '' });
  });

  it('AKA-31: the answer to a challenge, checked from its own parameters', () => {
    const value = answerChallenge(parseChallenge(challengeValue)!, {
      username,
      uri,
      method: 'REGISTER',
      password: res,
      cnonce: '6d4f1a2b3c4d5e6f',
      nonceCount: 1,
    })!;
    expect(value).toContain('response="950c8530ee4edb565b7a544ab5c6d78a",algorithm=AKAv1-MD5,qop=auth,nc=00000001,');
    const credentials = parseCredentials(value)!;
    const check = { algorithm: 'AKAv1-MD5', method: 'REGISTER', password: res } as const;
    expect(expectedResponse(credentials, check)).toBe(credentials.response);
    const quoted = parseCredentials(value.replace('qop=auth,nc=00000001', 'qop="auth",nc="00000001"'))!;
    expect(expectedResponse(quoted, check)).toBe(credentials.response); // AKA-35
  });

  it('AKA-33: with auts the password is empty', () => {
    const value = answerChallenge(parseChallenge(challengeValue)!, {
      username,
      uri,
      method: 'REGISTER',
      password: Buffer.alloc(0),
      cnonce: '6d4f1a2b3c4d5e6f',
      nonceCount: 1,
      auts: 'RR6L7KvaTuJ+uxqdPDY=',
    })!;
    expect(parseCredentials(value)).toMatchObject({
      auts: 'RR6L7KvaTuJ+uxqdPDY=',
      response: '590b51c7088b8b7296fe3c0039f963b7',
    });
  });

  it('RFC 2617 3.2.2: no qop offered, none used; without what is needed there is no answer', () => {
    const answer = { username, uri, method: 'REGISTER', password: res, cnonce: 'c', nonceCount: 1 };
    const plain = parseChallenge(`Digest realm="${realm}",nonce="${nonce}",algorithm=AKAv1-MD5`)!;
    const credentials = parseCredentials(answerChallenge(plain, answer)!)!;
    expect(credentials.response).toBe('26e19a878da8982d53be9cc3d3162629');
    expect(credentials.qop).toBeUndefined();
    expect(answerChallenge(parseChallenge('Digest realm="x"')!, answer)).toBeUndefined();
    expect(
      answerChallenge(parseChallenge('Digest realm="x",nonce="y",algorithm=SHA-512-256')!, answer),
    ).toBeUndefined();
    const incomplete = parseCredentials('Digest username="u",realm="r",uri="x",nonce="n",qop=auth')!;
    expect(expectedResponse(incomplete, { algorithm: 'MD5', method: 'REGISTER', password: res })).toBeUndefined();
  });
});

describe('one parameter changed in place', () => {
  it('REG-21: integrity-protected is added, or overwritten if the UE sent it, all else as received', () => {
    const received = `Digest  username="${username}" ,Realm="${realm}", nonce="", response=""`;
    expect(withParameter(received, 'integrity-protected', 'no')).toBe(`${received},integrity-protected="no"`);
    expect(withParameter('Digest a=1,Integrity-Protected="yes", b=2', 'integrity-protected', 'no')).toBe(
      'Digest a=1,Integrity-Protected="no", b=2',
    );
    expect(withParameter('Digest', 'integrity-protected', 'no')).toBe('Digest integrity-protected="no"');
  });

  it('removes ck and ik wherever they stand, and every repetition', () => {
    expect(withParameter('Digest ck="00", realm="x, ck=1",ik="11"', 'ck', undefined)).toBe(
      'Digest realm="x, ck=1",ik="11"',
    );
    expect(withParameter('Digest realm="x" , ck="00",ik="11"', 'CK', undefined)).toBe('Digest realm="x" ,ik="11"');
    expect(withParameter('Digest realm="x", ck="00"', 'ck', undefined)).toBe('Digest realm="x"');
    expect(withParameter('Digest ck=1,a=2,ck=3,b=4', 'ck', undefined)).toBe('Digest a=2,b=4');
    expect(withParameter('Digest ck=1,a=2,ck=3,b=4', 'ck', '5')).toBe('Digest ck=5,a=2,b=4');
  });

  it('what is set can be read, and the other parameters stay', () => {
    const name = fc.constantFrom('realm', 'nonce', 'algorithm', 'integrity-protected');
    const value = fc.stringMatching(/^[ -~]*$/);
    fc.assert(
      fc.property(name, value, (name, value) => {
        fc.pre(name !== 'algorithm' || /^[a-z]+$/i.test(value));
        const changed = parseCredentials(withParameter(challengeValue, name, value))!;
        expect(changed.parameters.get(name)).toBe(value);
        expect(changed.qop).toBe('auth');
      }),
    );
  });
});
