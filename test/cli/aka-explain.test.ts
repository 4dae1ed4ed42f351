import fc from 'fast-check';
import {
  authenticationFunctions,
  computeOpc,
  encodeAuts,
  encodeNonce,
  generateAuts,
  generateVector,
  type KeyMaterial,
} from '../../src/aka/index.js';
import type { DigestParts } from '../../src/cli/aka-digest-mistakes.js';
import { type ExplainOptions, explain } from '../../src/cli/aka-explain.js';
import { akaV2Password, digestResponse } from '../../src/sip/index.js';
import { hex } from '../aka/published.js';
import { TestFolder } from '../topology/files.js';
import { captured } from './captured.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const k = hex('465b5ce8b199b49faa5f0a2ee238a6bc');
const opc = hex('cd63cb71954a9f4e48a5994e37a02baf');
const op = hex('cdc202d5123e20f62b6d676ac72cb318');
const own: KeyMaterial = { algorithm: 'milenage', k, opc };
const keys = { k: k.toString('hex'), opc: opc.toString('hex') };
const rand = hex('23553cbe9637a89d218ae64dae47bf35');
const realm = 'ims.mnc001.mcc001.3gppnetwork.org';
const username = `001010000000001@${realm}`;
const uri = `sip:${realm}`;

function nonceOf(material: KeyMaterial, sqn = 0x21n): string {
  const { autn } = generateVector({ key: authenticationFunctions(material), rand, sqn, amf: hex('8000') });
  return encodeNonce(rand, autn);
}

function challengeLine(nonce: string, algorithm = 'AKAv1-MD5'): string {
  return `WWW-Authenticate: Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth,auth-int"`;
}

function answerLine(nonce: string, response: string, more = ''): string {
  return `Authorization: Digest username="${username}",realm="${realm}",uri="${uri}",nonce="${nonce}",response="${response}",algorithm=AKAv1-MD5,qop=auth,nc=00000001,cnonce="c0ffee"${more}`;
}

const { res, ck, ik } = authenticationFunctions(own).f2345(rand);
const nonce = nonceOf(own);
const right: DigestParts = {
  algorithm: 'AKAv1-MD5',
  password: res,
  username,
  realm,
  method: 'REGISTER',
  uri,
  nonce,
  qop: 'auth',
  nc: '00000001',
  cnonce: 'c0ffee',
};

interface Explained {
  readonly status: number;
  readonly verdict: {
    readonly cause: string;
    readonly sentence: string;
    readonly clause: string;
    readonly next: string;
  };
}

async function explained(text: string, options: ExplainOptions = keys): Promise<Explained> {
  const file = folder.write('captured.txt', text);
  const { stdout, status } = await captured(async () => explain(file, { ...options, json: true }));
  return { ...(JSON.parse(stdout) as Explained), status };
}

async function causeOf(text: string, options: ExplainOptions = keys): Promise<string> {
  const { verdict } = await explained(text, options);
  for (const part of [verdict.sentence, verdict.clause, verdict.next]) expect(part).toMatch(/\S/);
  return verdict.cause;
}

/** The UE computed with `changes`; its Authorization says what it should. */
function answered(changes: Partial<DigestParts>, algorithm = 'AKAv1-MD5'): string {
  const response = digestResponse({ ...right, ...changes });
  return `${challengeLine(nonce, algorithm)}\n${answerLine(nonce, response).replace('AKAv1-MD5', algorithm)}\n`;
}

describe('a challenge', () => {
  it('that fits is said to, and status 0', async () => {
    expect(await explained(challengeLine(nonce))).toMatchObject({ status: 0, verdict: { cause: 'none' } });
    const value = challengeLine(nonce).slice('WWW-Authenticate: '.length);
    expect(await explained(value)).toMatchObject({ status: 0, sqn: '000000000021' });
  });

  it.each([
    ['opcIsOp', own, { k: keys.k, opc: op.toString('hex') }],
    ['networkUsesOpAsOpc', { ...own, opc: op }, { k: keys.k, op: op.toString('hex') }],
    ['networkUsesXor', { algorithm: 'xor', k }, keys],
    ['networkOpIsZero', { ...own, opc: computeOpc(k, Buffer.alloc(16)) }, keys],
    ['kAndOpcSwapped', { ...own, k: opc, opc: k }, keys],
    ['kHexTakenAsText', { ...own, k: Buffer.from('465b5ce8b199b49f') }, keys],
    ['kOrOpcDiffer', { ...own, k: opc }, keys],
  ] as const)('AKA-01, AKA-11: MAC: %s', async (cause, network, options) => {
    const result = await explained(challengeLine(nonceOf(network)), options);
    expect([result.verdict.cause, result.status]).toEqual([cause, 1]);
  });

  it('AKA-21: SQN: behind the card, or too far ahead of it', async () => {
    expect(await causeOf(challengeLine(nonce), { ...keys, sqnMs: '0x20' })).toBe('sqnNotAcceptable');
    expect(await causeOf(challengeLine(nonce), { ...keys, sqnMs: '0' })).toBe('none');
    const { verdict } = await explained(challengeLine(nonceOf(own, 1n << 40n)), { ...keys, sqnMs: '0' });
    expect(verdict.sentence).toContain('more than Delta');
  });

  it('of several users: the IMSI says whose, beside keys by hand too; keys alone do not', async () => {
    const other = nonceOf({ ...own, k: opc });
    const call = (imsi: string, nonceText: string, id: string) =>
      `SIP/2.0 401 Unauthorized\r\nCall-ID: ${id}\r\n${challengeLine(nonceText)}\r\n\r\nREGISTER ${uri} SIP/2.0\r\nCall-ID: ${id}\r\n${answerLine(nonceText, '').replace(username, `${imsi}@${realm}`)}\r\n\r\n`;
    const text = call('001010000000001', nonce, 'one') + call('001010000000002', other, 'two');
    const first = { ...keys, imsi: '001010000000001' };
    expect(await causeOf(text, first)).toBe('cardHasOtherKeys');
    expect(await causeOf(text, { ...keys, imsi: '001010000000002' })).toBe('kOrOpcDiffer');
    await expect(explained(text)).rejects.toThrow(
      /has 2 users: 001010000000001@.*, 001010000000002@.*; say with --imsi/,
    );
    await expect(explained(text, { ...keys, imsi: '3' })).rejects.toThrow('has none with the IMSI 3');
  });

  it('that nothing answers is told, and the answer to one before it is not taken for its own', async () => {
    const before = answered({});
    const later = encodeNonce(
      hex('00'.repeat(16)),
      generateVector({ key: authenticationFunctions(own), rand: hex('00'.repeat(16)), sqn: 0x41n, amf: hex('8000') })
        .autn,
    );
    const silent = `SIP/2.0 401 Unauthorized\r\n${before}\r\n\r\nSIP/2.0 401 Unauthorized\r\n${challengeLine(later)}\r\n\r\n`;
    expect(await explained(silent)).toMatchObject({ status: 0, verdict: { cause: 'notAnswered' } });
    // TS 24.229 5.1.1.5.1: what comes after it with the old nonce is its answer, and wrong.
    const stale = `${silent}REGISTER ${uri} SIP/2.0\r\n${answerLine(nonce, 'a'.repeat(32))}\r\n\r\n`;
    expect(await causeOf(stale)).toBe('nonceDiffers');
  });

  it('in an indented listing is one too, and no header goes on with the next', async () => {
    const listing = `    Status-Line: SIP/2.0 401 Unauthorized\n        Call-ID: one\n        ${challengeLine(nonce)}\n            Realm: "${realm}"\n`;
    expect(await causeOf(listing)).toBe('none');
  });

  it('is read through what shells, logs and sources make of it', async () => {
    const line = challengeLine(nonce);
    expect(await causeOf(line.replaceAll('"', '\\"'))).toBe('none');
    expect(await causeOf(line.replaceAll('"', "'"))).toBe('none');
    expect(await causeOf(line.replace(`"${nonce}"`, `""${nonce}""`))).toBe('none');
    expect(await causeOf(line.replace(', nonce', ',\r\n\tnonce'))).toBe('none');
    const other = `Digest realm="${realm}", nonce="abc", algorithm=MD5`;
    expect(await causeOf(`${line}, ${other}`)).toBe('none');
    expect(await causeOf(line.replace('Digest', `${other}, Digest`))).toBe('none');
  });

  it('RFC 2617 3.2.1: without an algorithm accuses no key', async () => {
    expect(await causeOf(challengeLine(nonce).replace('algorithm=AKAv1-MD5, ', ''))).toBe('none');
    const foreign = challengeLine(Buffer.alloc(36, 7).toString('base64')).replace('algorithm=AKAv1-MD5, ', '');
    expect(await causeOf(foreign)).toBe('noAlgorithm');
  });

  it('takes the keys from a subscriber file', async () => {
    const options = { subscribers: 'subscribers/default', imsi: '001010000000001' };
    expect(await causeOf(challengeLine(nonce), options)).toBe('none');
    expect(await causeOf(challengeLine(nonce), { ...options, imsi: '001010000000003' })).toBe('kOrOpcDiffer');
  });
});

describe('the answer to a challenge', () => {
  it('that fits is said to; hexadecimal case does not count', async () => {
    expect(await causeOf(answered({}))).toBe('none');
    const response = digestResponse(right);
    expect(await causeOf(answerLine(nonce, response.toUpperCase()))).toBe('none');
  });

  it('is found in SIP messages, with their method, Request-URI and body', async () => {
    const body = 'a body\r\nof two lines';
    const response = digestResponse({ ...right, method: 'INVITE', qop: 'auth-int', body });
    const text = `INVITE ${uri} SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
${answerLine(nonce, response).replace('qop=auth', 'qop=auth-int').replace(',nonce', '\n ,nonce')}
Content-Length: 20

${body}`;
    const captures = `SIP/2.0 401 Unauthorized\n${challengeLine(nonce)}\nContent-Length: 0\n\n${text}`;
    expect(await causeOf(captures)).toBe('none');
    expect(await causeOf(captures.replace('INVITE', 'UPDATE'))).toBe('otherMethod');
    expect(await causeOf(captures.replace(`INVITE ${uri}`, 'INVITE sip:example.org'))).toBe('uriDiffers');
  });

  it.each([
    ['resAsHex', { password: Buffer.from(res.toString('hex')) }],
    ['resAsHex', { password: Buffer.from(res.toString('hex').toUpperCase()) }],
    ['resAsBase64', { password: Buffer.from(res.toString('base64')) }],
    ['resFilledUp', { password: Buffer.concat([res, Buffer.alloc(8)]) }],
    ['akaV2ForV1', { password: akaV2Password({ res, ck, ik }) }],
    ['passwordIsEmpty', { password: Buffer.alloc(0) }],
    ['otherUsername', { username: `sip:${username}` }],
    ['otherUsername', { username: '001010000000001' }],
    ['otherRealm', { realm: 'mnc001.mcc001.3gppnetwork.org' }],
    ['otherUri', { uri: realm }],
    ['otherMethod', { method: 'GET' }],
    ['otherNonce', { nonce: Buffer.from(nonce, 'base64').toString('hex') }],
    ['qopLeftOut', { qop: undefined }],
    ['otherQop', { qop: 'auth-int' }],
    ['otherCnonce', { nc: '1' }],
    ['opcIsOp', { password: authenticationFunctions({ ...own, opc: computeOpc(k, opc) }).f2345(rand).res }],
    ['resAsHex, otherUsername', { password: Buffer.from(res.toString('hex')), username: '001010000000001' }],
    ['resDiffers', { password: Buffer.from('something else') }],
  ])('AKA-31: RES: %s', async (cause, changes: Partial<DigestParts>) => {
    expect(await causeOf(answered(changes))).toBe(cause);
  });

  it.each([
    ['none', { password: akaV2Password({ res, ck, ik }) }],
    ['akaV1ForV2', { password: res }],
    ['ckBeforeIk', { password: akaV2Password({ res, ck: ik, ik: ck }) }],
    ['akaV2PasswordNotBase64', { password: Buffer.from(akaV2Password({ res, ck, ik }).toString('latin1'), 'base64') }],
  ])('AKA-32: AKAv2: %s', async (cause, changes: Partial<DigestParts>) => {
    expect(await causeOf(answered(changes, 'AKAv2-MD5'))).toBe(cause);
  });

  it('AKA-34: without a response says that the card has other keys', async () => {
    const { verdict } = await explained(`${challengeLine(nonce)}\n${answerLine(nonce, '')}`);
    expect(verdict).toMatchObject({ cause: 'cardHasOtherKeys', clause: 'TS 33.102 6.3.3' });
    expect(verdict.sentence).toMatch(/XOR/);
  });

  it('AKA-33: with auts is opened: the SQN of the card, or why MAC-S does not fit', async () => {
    const key = authenticationFunctions(own);
    const withAuts = (value: string) => answerLine(nonce, '', `,auts="${value}"`);
    expect(await causeOf(withAuts(encodeAuts(generateAuts({ key, rand, sqnMs: 0xfe1n }))))).toBe('sqnNotAcceptable');
    expect(await causeOf(withAuts('AAAA'))).toBe('autsMalformed');
    expect(await causeOf(withAuts(encodeAuts(Buffer.alloc(14))))).toBe('autsOfAnotherChallenge');
    const amfInside = Buffer.from(generateAuts({ key, rand, sqnMs: 0xfe1n }));
    key.f1(rand, hex('000000000fe1'), hex('8000')).macS.copy(amfInside, 6);
    expect(await causeOf(withAuts(encodeAuts(amfInside)))).toBe('amfOfAutsNotZero');
  });

  it('AKA-12: AUTS of another RAND accuses no key, and one that was not needed says so', async () => {
    const key = authenticationFunctions(own);
    const withAuts = (auts: Buffer) =>
      `${challengeLine(nonce)}\n${answerLine(nonce, '', `,auts="${encodeAuts(auts)}"`)}`;
    expect(await causeOf(withAuts(generateAuts({ key, rand: opc, sqnMs: 0xfe1n })))).toBe('autsOfAnotherChallenge');
    expect(await causeOf(withAuts(generateAuts({ key, rand, sqnMs: 1n })))).toBe('autsWithoutNeed');
  });

  it('RFC 2617 3.2.2: what differs from the challenge, or has no right shape', async () => {
    const response = digestResponse(right);
    const told = (from: string, to: string) =>
      causeOf(`${challengeLine(nonce)}\n${answerLine(nonce, response).replace(from, to)}`);
    expect(await told('AKAv1-MD5', 'AKAv2-MD5')).toBe('algorithmDiffers');
    expect(await told('AKAv1-MD5', 'akav1-md5')).toBe('none');
    expect(await told('nc=00000001', 'nc=1')).toBe('ncMalformed');
    expect(await told(response, response.slice(1))).toBe('responseMalformed');
  });

  it('header lines alone do not say of which request they are', async () => {
    const of = (changes: Partial<DigestParts>) =>
      `${challengeLine(nonce)}\n${answerLine(nonce, digestResponse({ ...right, ...changes }))}`;
    expect(await causeOf(of({ method: 'SUBSCRIBE' }))).toBe('none');
    const authInt = of({ qop: 'auth-int', body: 'hello' }).replace('qop=auth,nc', 'qop=auth-int,nc');
    expect(await causeOf(authInt)).toBe('bodyMissing');
  });

  it.each([
    ['as it was sent', 'a\r\n b\r\n', 'a\r\n b\r\n'],
    ['with what follows in a capture', 'a\r\nb', 'a\r\nb\x00\x06more\r\n'],
    ['pasted without its CRs', 'a\r\n\r\nb: c\r\n', 'a\n\nb: c\n'],
  ])('RFC 2617 3.2.2.3: auth-int with a body %s', async (_, body, text) => {
    const response = digestResponse({ ...right, qop: 'auth-int', body });
    const answer = answerLine(nonce, response).replace('qop=auth,nc', 'qop=auth-int,nc');
    const request = `REGISTER ${uri} SIP/2.0\r\n${answer}\r\nContent-Length: ${body.length}\r\n\r\n${text}`;
    expect(await causeOf(`${challengeLine(nonce)}\r\n\r\n${request}`)).toBe('none');
  });

  /** What a UE may do wrong, by hand; no two of one field go together. */
  const planted: readonly (readonly [cause: string, change: Partial<DigestParts>])[] = [
    ['resAsHex', { password: Buffer.from(res.toString('hex')) }],
    ['resAsBase64', { password: Buffer.from(res.toString('base64')) }],
    ['otherUsername', { username: username.split('@')[0]! }],
    ['otherRealm', { realm: `"${realm}"` }],
    ['otherUri', { uri: realm }],
    ['otherMethod', { method: 'GET' }],
    ['otherNonce', { nonce: Buffer.from(nonce, 'base64').toString('hex') }],
    ['qopLeftOut', { qop: undefined }],
    ['otherCnonce', { cnonce: '"c0ffee"' }],
    ['passwordIsEmpty', { password: Buffer.alloc(0) }],
  ];

  it('one mistake or two at random are named, and none where nothing usual is behind it', async () => {
    const some = fc.uniqueArray(fc.constantFrom(...planted), {
      maxLength: 2,
      selector: ([, change]) => Object.keys(change)[0],
    });
    await fc.assert(
      fc.asyncProperty(some, fc.boolean(), async (mistakes, isStrange) => {
        const causes = mistakes.map(([cause]) => cause);
        fc.pre(!(causes.includes('qopLeftOut') && causes.includes('otherCnonce'))); // cnonce is not hashed then
        const strange = isStrange ? { realm: 'elsewhere.example' } : {};
        const found = await causeOf(answered(Object.assign({}, ...mistakes.map(([, change]) => change), strange)));
        const expected = isStrange ? ['resDiffers'] : causes.length === 0 ? ['none'] : causes;
        expect(found.split(', ').sort()).toEqual([...expected].sort());
      }),
      { numRuns: 40 },
    );
  });

  it('whose parameters are not those of the challenge or the subscriber is told first', async () => {
    const response = digestResponse(right);
    const other = nonceOf(own, 0x41n);
    expect(await causeOf(`${challengeLine(other)}\n${answerLine(nonce, response)}`)).toBe('nonceDiffers');
    const realmDiffers = answerLine(nonce, response).replace(`realm="${realm}"`, 'realm="ims.example.org"');
    expect(await causeOf(`${challengeLine(nonce)}\n${realmDiffers}`)).toBe('realmDiffers');
    const card = { subscribers: 'subscribers/default', imsi: '001010000000001' };
    const usernameDiffers = answerLine(nonce, response).replace(username, `sip:${username}`);
    expect(await causeOf(`${challengeLine(nonce)}\n${usernameDiffers}`, card)).toBe('usernameDiffers');
  });
});

describe('what is no challenge', () => {
  it.each([
    ['hello', /^.*captured\.txt: has no WWW-Authenticate and no Authorization with a nonce; give the 401/],
    ['WWW-Authenticate: Digest realm="a", nonce="abc", algorithm=MD5', /asks for MD5, which is no AKA; compute/],
    [
      'WWW-Authenticate: Digest realm="a", nonce="abc", algorithm=AKAv1-MD5',
      /nonce="abc" is not base64 of RAND and AUTN/,
    ],
  ])('%s', (text, message) => {
    const file = folder.write('captured.txt', text);
    expect(() => explain(file, keys)).toThrow(message);
  });

  it('a file that is not there', () => {
    expect(() => explain('nowhere.txt', keys)).toThrow(
      'nowhere.txt: there is no such file; give a file with a challenge',
    );
  });
});
