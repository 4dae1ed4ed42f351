import fc from 'fast-check';
import {
  algorithmPair,
  algorithmPairs,
  associationSet,
  choose,
  chooseFromServer,
  formatSecurityMechanisms,
  ipsecProposal,
  mechanismProblem,
  offer,
  parseSecurityMechanisms,
  SPI_MAX,
  SPI_MIN,
  sameAgreement,
  spisDiffer,
} from '../../src/ipsec/index.js';

/** As handsets write them. */
const handset =
  'ipsec-3gpp; alg=hmac-sha-1-96; ealg=aes-cbc; mod=trans; prot=esp; spi-c=4294967295; spi-s=256; port-c=31000; port-s=31001';
const numbers = 'spi-c=1001;spi-s=1002;port-c=5062;port-s=5064';
const first = (text: string) => parseSecurityMechanisms([text])[0]!;

describe('the syntax of a security mechanism', () => {
  it('AKA-41: reads spaces after semicolons and SPIs up to 2^32-1', () => {
    expect(ipsecProposal(first(handset))).toEqual({
      integrity: 'hmac-sha-1-96',
      encryption: 'aes-cbc',
      mode: 'trans',
      clientSpi: 4_294_967_295,
      serverSpi: 256,
      clientPort: 31_000,
      serverPort: 31_001,
      q: undefined,
    });
  });

  it('RFC 3329 2.2: reads many mechanisms, on one line or in several headers, in order', () => {
    const lines = algorithmPairs.map(
      ({ integrity, encryption }) => `ipsec-3gpp;alg=${integrity};ealg=${encryption};${numbers}`,
    );
    const joined = parseSecurityMechanisms([lines.join(' ,\t')]);
    expect(joined).toHaveLength(8);
    expect(parseSecurityMechanisms(lines)).toEqual(joined);
    expect(parseSecurityMechanisms([lines.slice(0, 3).join(','), lines.slice(3).join(', ')])).toEqual(joined);
    expect(joined.map((mechanism) => ipsecProposal(mechanism)?.encryption)).toEqual(
      algorithmPairs.map(({ encryption }) => encryption),
    );
  });

  it('keeps unknown mechanisms and parameters, also quoted ones', () => {
    const text = 'digest;d-alg=SHA-256;d-qop=auth;d-ver="0000;,\\"=", ipsec-3gpp;x-new;alg=null;ealg=aes-gcm';
    const mechanisms = parseSecurityMechanisms([text]);
    expect(mechanisms.map(({ name }) => name)).toEqual(['digest', 'ipsec-3gpp']);
    expect(mechanisms[0]!.parameters.get('d-ver')).toBe('0000;,"=');
    expect(mechanisms[1]!.parameters.get('x-new')).toBe(true);
    expect(formatSecurityMechanisms(mechanisms)).toBe(text);
  });

  it('survives what is no mechanism at all', () => {
    expect(parseSecurityMechanisms(['', ',,', ';alg=null', '=', ' ; ;'])).toEqual([]);
    expect(first('IPSEC-3GPP;;ALG = hmac-md5-96 ;alg=null;=5').parameters).toEqual(new Map([['alg', 'hmac-md5-96']]));
  });

  it('any octets get a list, and what was formatted is read as the same', () => {
    const piece = fc.constantFrom('ipsec-3gpp', ';', ',', '=', ' ', '"', '\\', 'alg', 'null', 'q', '0.5', 'ealg', 'é');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    const latin1 = text.map((each) => Buffer.from(each).toString('latin1'));
    fc.assert(
      fc.property(fc.array(latin1), (headers) => {
        const mechanisms = parseSecurityMechanisms(headers);
        for (const mechanism of mechanisms) {
          expect(ipsecProposal(mechanism) === undefined).toBe(mechanismProblem(mechanism) !== undefined);
        }
        expect(sameAgreement(mechanisms, mechanisms)).toBe(true);
      }),
    );
  });
});

describe('what an entry must have', () => {
  it.each([
    ['alg=hmac-sha-1-96;spi-c=255;spi-s=1002;port-c=1;port-s=2', 'spi-c=255 is not between 256 and 4294967295'],
    [
      'alg=hmac-sha-1-96;spi-c=300;spi-s=4294967296;port-c=1;port-s=2',
      'spi-s=4294967296 is not between 256 and 4294967295',
    ],
    ['alg=hmac-sha-1-96;spi-c=300;spi-s=300;port-c=1;port-s=2', 'spi-c and spi-s are the same'],
    ['alg=hmac-sha-1-96;spi-c=0x12;spi-s=300;port-c=1;port-s=2', 'spi-c=0x12 is not between 256 and 4294967295'],
    ['alg=hmac-sha-1-96;spi-s=300;port-c=1;port-s=2', 'spi-c is missing'],
    ['alg=hmac-sha-1-96;spi-c=300;spi-s=301;port-c=0;port-s=2', 'port-c=0 is not between 1 and 65535'],
    [`ealg=aes-cbc;${numbers}`, 'alg is missing'],
    [`alg=hmac-sha-1-96;prot=ah;${numbers}`, 'prot=ah is not ESP'],
    [`alg=hmac-sha-1-96;mod=tun;${numbers}`, 'mod=tun cannot be carried'],
  ])('AKA-41: %s', (parameters, problem) => {
    expect(mechanismProblem(first(`ipsec-3gpp;${parameters}`))).toBe(problem);
  });

  it('AKA-40: ealg is null, prot esp and mod trans where absent', () => {
    expect(ipsecProposal(first(`ipsec-3gpp;alg=hmac-md5-96;${numbers}`))).toMatchObject({
      integrity: 'hmac-md5-96',
      encryption: 'null',
      mode: 'trans',
    });
  });

  it('AKA-40: null integrity goes with AES-GCM, AES-GMAC with null encryption, and with nothing else', () => {
    const integrity = ['hmac-md5-96', 'hmac-sha-1-96', 'aes-gmac', 'null'];
    const encryption = ['des-ede3-cbc', 'aes-cbc', 'aes-gcm', 'null'];
    const valid = integrity.flatMap((alg) =>
      encryption.filter((ealg) => algorithmPair(alg, ealg) !== undefined).map((ealg) => `${alg} ${ealg}`),
    );
    expect(valid).toEqual([
      'hmac-md5-96 des-ede3-cbc',
      'hmac-md5-96 aes-cbc',
      'hmac-md5-96 null',
      'hmac-sha-1-96 des-ede3-cbc',
      'hmac-sha-1-96 aes-cbc',
      'hmac-sha-1-96 null',
      'aes-gmac null',
      'null aes-gcm',
    ]);
  });

  it('AKA-41: the four SPIs at two ends differ', () => {
    const end = (clientSpi: number, serverSpi: number) => ({
      address: '192.0.2.1',
      clientPort: 5062,
      serverPort: 5064,
      clientSpi,
      serverSpi,
    });
    expect(spisDiffer(end(256, 257), end(258, 259))).toBe(true);
    expect(spisDiffer(end(256, 257), end(258, 256))).toBe(false);
  });
});

it('AKA-50 / TS 33.203 7.1, Annex I: one set for both ends, its keys CK and IK of the AKA run, each for its purpose', () => {
  const [local, remote] = ['192.0.2.1', '192.0.2.2'].map((address, index) => ({
    address,
    clientPort: 5062,
    serverPort: 5064,
    clientSpi: 300 + index,
    serverSpi: 400 + index,
  }));
  const keys = { ck: Buffer.alloc(16, 1), ik: Buffer.alloc(16, 2) };
  const chosen = { integrity: 'hmac-sha-1-96', encryption: 'aes-cbc', mode: 'trans' } as const;
  expect(associationSet(local!, remote!, chosen, keys)).toEqual({ local, remote, ...chosen, ...keys });
});

describe('offer and choice', () => {
  const spis = { client: 1001, server: 1002 };
  const ports = { client: 5062, server: 5064 };
  const cbc = { integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' } as const;
  const gcm = { integrity: 'null', encryption: 'aes-gcm' } as const;
  const clear = { integrity: 'hmac-md5-96', encryption: 'null' } as const;

  it('AKA-42: offers one entry a pair, all with the same SPIs and ports', () => {
    expect(formatSecurityMechanisms(offer([cbc, gcm], spis, ports))).toBe(
      'ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;spi-c=1001;spi-s=1002;port-c=5062;port-s=5064, ' +
        'ipsec-3gpp;alg=null;ealg=aes-gcm;prot=esp;mod=trans;spi-c=1001;spi-s=1002;port-c=5062;port-s=5064',
    );
    expect(formatSecurityMechanisms(offer([cbc], spis, ports, { q: 0.1, mode: 'UDP-enc-tun' }))).toBe(
      'ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=UDP-enc-tun;spi-c=1001;spi-s=1002;port-c=5062;port-s=5064',
    );
  });

  it('REG-23: the P-CSCF takes the first of its own list that the UE offers', () => {
    const offered = offer([cbc, gcm], spis, ports);
    expect(choose(offered, [clear, gcm, cbc])).toMatchObject(gcm);
    expect(choose(offered, [clear])).toBeUndefined();
    expect(choose(parseSecurityMechanisms(['digest', handset]), [cbc])).toMatchObject({ clientSpi: SPI_MAX });
  });

  it('AKA-42: the UE takes the highest q among what both know, the first where none is said', () => {
    const entry = (alg: string, ealg: string, q: string) => `ipsec-3gpp;${q}alg=${alg};ealg=${ealg};${numbers}`;
    const listed = [entry('null', 'aes-gcm', 'q=0.2;'), entry('hmac-sha-1-96', 'aes-cbc', 'q=0.900;')];
    expect(chooseFromServer(parseSecurityMechanisms(listed), [gcm, cbc])).toMatchObject({ ...cbc, q: 0.9 });
    expect(chooseFromServer(parseSecurityMechanisms(listed), [gcm])).toMatchObject(gcm);
    const withoutQ = [entry('null', 'aes-gcm', ''), entry('hmac-sha-1-96', 'aes-cbc', '')];
    expect(chooseFromServer(parseSecurityMechanisms(withoutQ), [cbc, gcm])).toMatchObject(gcm);
    expect(chooseFromServer([], [cbc])).toBeUndefined();
  });
});

describe('AKA-43: bidding down', () => {
  const agreement = (...lines: string[]) => parseSecurityMechanisms(lines);
  const one = `ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;${numbers}`;
  const other = `ipsec-3gpp;alg=hmac-md5-96;${numbers}`;

  it('ways of writing are no difference', () => {
    const written =
      'IPsec-3GPP ; port-s=05064; EALG=AES-CBC; spi-s=1002 ;spi-c = 1001;alg=HMAC-SHA-1-96;q=0.100;mod=trans;prot=esp;port-c=5062';
    expect(sameAgreement(agreement(one, other), agreement(`${written},${other};ealg=null`))).toBe(true);
  });

  it('order, omission and any other value are', () => {
    expect(sameAgreement(agreement(one, other), agreement(other, one))).toBe(false);
    expect(sameAgreement(agreement(one, other), agreement(one))).toBe(false);
    expect(sameAgreement(agreement(one), agreement(one, other))).toBe(false);
    expect(sameAgreement(agreement(one), agreement(one.replace('aes-cbc', 'null')))).toBe(false);
    expect(sameAgreement(agreement(one), agreement(one.replace('q=0.1;', '')))).toBe(false);
    expect(sameAgreement(agreement(one), agreement(`${one};x=1`))).toBe(false);
    expect(sameAgreement(agreement(one), agreement(one.replace('1001', '1003')))).toBe(false);
  });

  it('an offer that was formatted and read is the same; one with another SPI is not', () => {
    const spi = fc.integer({ min: SPI_MIN, max: SPI_MAX });
    const port = fc.integer({ min: 1, max: 65_535 });
    const pairs = fc.subarray([...algorithmPairs], { minLength: 1 });
    fc.assert(
      fc.property(pairs, spi, spi, port, port, (algorithms, client, server, portC, portS) => {
        fc.pre(client !== server);
        const offered = offer(algorithms, { client, server }, { client: portC, server: portS }, { q: 0.9 });
        const read = parseSecurityMechanisms([formatSecurityMechanisms(offered)]);
        expect(sameAgreement(offered, read)).toBe(true);
        expect(choose(read, algorithms)).toMatchObject({ ...algorithms[0], clientSpi: client, serverPort: portS });
        const changed = offer(algorithms, { client, server: client }, { client: portC, server: portS }, { q: 0.9 });
        expect(sameAgreement(offered, changed)).toBe(false);
      }),
    );
  });
});
