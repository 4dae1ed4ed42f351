/** Subscriber files: identities, sets, services, authentication; and what is said of mistakes. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { Subscriber } from '../../src/ims/subscription/subscriber.js';
import { formatProblem, InputError } from '../../src/topology/problem.js';
import { Source } from '../../src/topology/source.js';
import { openSubscriberYaml, readSubscribers, toSubscribers } from '../../src/topology/subscriber-file.js';
import type { SubscriberSet } from '../../src/topology/subscribers.js';

const home = 'ims.example.org';
const keys = 'k: 465b5ce8b199b49faa5f0a2ee238a6bc, opc: cd63cb71954a9f4e48a5994e37a02baf';
const imsi = 'imsi: "001010000000001"';
const line = (rest: string): string => `subscribers:\n  - { ${imsi}, ${keys}, ${rest} }\n`;

function load(text: string): SubscriberSet {
  const source = Source.parse(text, 'people.yaml');
  return toSubscribers(openSubscriberYaml(source, 'people.yaml', home));
}
function one(text: string): Subscriber {
  return load(text).subscribers[0]!;
}
function problems(text: string): readonly string[] {
  try {
    load(text);
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

describe('identities', () => {
  it('REG-01, REG-02: from imsi and msisdn', () => {
    expect(one(line('msisdn: "+15550100001"')).implicitSets).toEqual([
      {
        serviceProfiles: [
          {
            publicIdentities: [
              { uri: `sip:001010000000001@${home}`, barred: true, kind: 'distinct' },
              { uri: `sip:+15550100001@${home}`, barred: false, kind: 'distinct' },
              { uri: 'tel:+15550100001', barred: false, kind: 'distinct' },
            ],
            filterCriteria: [],
          },
        ],
      },
    ]);
  });

  it('REG-80 to REG-83: sets, service profiles, aliases, PSIs and wildcards', () => {
    const { implicitSets } = one(
      `services: { mmtel: { as: as1, priority: 1 }, sms: { as: "sip:ipsmgw@h", priority: 2 } }\n${line(`services: [mmtel], implicit-sets: [
        [ "sip:A@HOST:5060;x=y", { uri: "tel:+1-555", barred: true, alias-group: "1", display-name: Alice } ],
        { profiles: [ { identities: [ "sip:b@host" ] }, { identities: [ { uri: "sip:room-!.*!@HOST", psi: true, direct-to: as1 }, "tel:+1555!..!", { uri: "sip:c@host", psi: true, inactive: true } ], services: [sms, mmtel] } ] } ]`)}`,
    );
    const [first, second, third, fourth] = implicitSets.map(({ serviceProfiles }) => serviceProfiles);
    expect(first!.map(({ publicIdentities }) => publicIdentities)).toEqual([
      [
        { uri: 'sip:A@host', barred: false, kind: 'distinct' },
        { uri: 'tel:+1555', barred: true, kind: 'distinct', aliasGroup: '1', displayName: 'Alice' },
      ],
    ]);
    expect(second![1]!.publicIdentities).toEqual([{ uri: 'tel:+1555!..!', barred: false, kind: 'wildcarded' }]);
    // TS 23.228 5.2.1a: a PSI is registered with nothing else.
    expect([third, fourth].map((profiles) => profiles!.map(({ publicIdentities }) => publicIdentities))).toEqual([
      [[{ uri: 'sip:room-!.*!@host', barred: false, kind: 'wildcardedPsi', directTo: `sip:as1.${home};lr` }]],
      [[{ uri: 'sip:c@host', barred: false, kind: 'distinctPsi', inactive: true }]],
    ]);
    const servers = (criteria: readonly { applicationServer: { serverName: string } }[]) =>
      criteria.map(({ applicationServer }) => applicationServer.serverName);
    expect(second!.map(({ filterCriteria }) => servers(filterCriteria))).toEqual([
      [`sip:as1.${home};lr`],
      [`sip:as1.${home};lr`, 'sip:ipsmgw@h'],
    ]);
    // What many have is there once.
    expect(first![0]!.filterCriteria).toBe(second![0]!.filterCriteria);
  });

  it('a public service has no card and no imsi', () => {
    const service = one(
      `subscribers:\n  - { private-identity: chat@h, authentication: { scheme: sip-digest, password: x }, identities: [{ uri: "sip:chat@h", psi: true }] }\n`,
    );
    expect([service.imsi, service.privateIdentity]).toEqual(['', 'chat@h']);
  });

  it('TS 23.228 4.3.3.4: lines of one subscription may share identities', () => {
    const two = (subscription: string): string =>
      `subscribers:\n  - { ${imsi}, ${keys}, ${subscription}, identities: ["sip:a@h"] }\n  - { imsi: "001010000000002", ${keys}, ${subscription}, identities: ["sip:a@h"] }\n`;
    expect(load(two('subscription: family')).subscribers.map(({ subscription }) => subscription)).toEqual([
      'family',
      'family',
    ]);
    expect(problems(two('capabilities: {}'))).toEqual([
      expect.stringContaining("subscribers[1].identities: 'sip:a@h' belongs to the subscriber at") as string,
    ]);
  });
});

describe('services → filter criteria (TS 29.228 B.2.2)', () => {
  const criterionOf = (service: string) =>
    one(`services: { it: ${service} }\n${line('msisdn: "+15550100001", services: [it]')}`).implicitSets[0]!
      .serviceProfiles[0]!.filterCriteria[0]!;

  it('short: every request, session continued', () => {
    expect(criterionOf('{ as: as1, priority: 10 }')).toEqual({
      priority: 10,
      applicationServer: {
        serverName: `sip:as1.${home};lr`,
        defaultHandling: 'continue',
        includeRegisterRequest: false,
        includeRegisterResponse: false,
      },
    });
  });

  it('SH-PUR / TS 29.328 7.6.11: a service has tags by which its application server switches it; others have their own', () => {
    expect(criterionOf('{ as: as1, priority: 10, dsai: a }').serviceTags).toEqual(['a']);
    expect(criterionOf('{ as: as1, priority: 10, dsai: [a, b] }').serviceTags).toEqual(['a', 'b']);
    const two = (as: string) =>
      `services:\n  x: { as: as1, priority: 1, dsai: a }\n  y: { as: ${as}, priority: 2, dsai: [b, a] }\n${line('msisdn: "+15550100001", services: [x, y]')}`;
    expect(one(two('as1')).implicitSets).toHaveLength(1);
    expect(problems(two('as2'))).toEqual([
      expect.stringContaining('y has dsai a, which is a service of another application server') as string,
    ]);
  });

  it('CX-50: what is wrong with the defaults is said once, however many lines have them', () => {
    const text = `services:\n  x: { as: as1, priority: 1 }\n  y: { as: as1, priority: 1 }\ndefaults: { services: [x, y] }\nsubscribers:\n  - { ${imsi}, ${keys}, msisdn: "+15550100001" }\n  - { imsi: "001010000000002", ${keys}, msisdn: "+15550100002" }\n`;
    expect(problems(text)).toEqual([expect.stringContaining('y has priority 1, as x has') as string]);
  });

  it('CX-51 to CX-53: every kind of condition; one group an entry', () => {
    const { triggerPoint, ...rest } =
      criterionOf(`{ as: "sip:as@h", priority: 0, default-handling: terminate, service-info: x, include: [request, response], while: registered,
      on: [ { method: REGISTER, registration: [initial, de] },
            { method: INVITE, uri: "^tel:", session-case: terminating, headers: { X-A: true, Subject: "^y" }, sdp: { m: audio, b: true }, not: { headers: { X-B: true } } } ] }`);
    expect(rest).toEqual({
      priority: 0,
      applicationServer: {
        serverName: 'sip:as@h',
        defaultHandling: 'terminate',
        serviceInfo: 'x',
        includeRegisterRequest: true,
        includeRegisterResponse: true,
      },
      profilePart: 'registered',
    });
    expect(triggerPoint!.form).toBe('dnf');
    expect(triggerPoint!.triggers.map(({ point, negated, groups }) => [point, negated, ...groups])).toEqual([
      [{ kind: 'method', method: 'REGISTER', registrationTypes: ['initial', 'de'] }, false, 0],
      [{ kind: 'method', method: 'INVITE', registrationTypes: [] }, false, 1],
      [{ kind: 'requestUri', pattern: '^tel:' }, false, 1],
      [{ kind: 'sipHeader', header: 'X-A' }, false, 1],
      [{ kind: 'sipHeader', header: 'Subject', content: '^y' }, false, 1],
      [{ kind: 'sessionCase', sessionCase: 1 }, false, 1],
      [{ kind: 'sessionDescription', line: 'm', content: 'audio' }, false, 1],
      [{ kind: 'sessionDescription', line: 'b' }, false, 1],
      [{ kind: 'sipHeader', header: 'X-B' }, true, 1],
    ]);
    expect(criterionOf('{ as: as1, priority: 1, form: cnf, on: [{ method: BYE }] }').triggerPoint!.form).toBe('cnf');
  });
});

describe('authentication', () => {
  const of = (text: string) => one(line(`msisdn: "+15550100001", ${text}`)).authentication;

  it('takes hexadecimal digits for what they are, also where YAML could read an exponent', () => {
    expect(of('amf: 80e2').aka?.amf.toString('hex')).toBe('80e2');
    expect(problems('subscribers:\n  - { imsi: 1e14, k: "x" }\n').join('\n')).toContain(
      'people.yaml:2:13: subscribers[0].imsi',
    );
  });

  it('AKA-20, AKA-22, AKA-23: keys, and where the counter stands', () => {
    expect(of('sqn: 64, ind: rotating, ind-bits: 3, sqn-profile: time-based, amf: "8000"')).toMatchObject({
      scheme: 'aka',
      aka: { sqn: 64n, ind: 'rotating', indBits: 3, sqnProfile: 'time-based', amf: Buffer.from('8000', 'hex') },
    });
    expect(of('ind-bits: 0')).toMatchObject({ aka: { ind: 0, indBits: 0 } });
  });

  it('RFC 7616 3.4.2: the digest is over private identity, realm and password', () => {
    const hash = (algorithm: string) =>
      createHash(algorithm).update(`001010000000001@${home}:${home}:secret`).digest('hex');
    expect(of('authentication: { scheme: sip-digest, password: secret }').digest).toEqual({
      realm: home,
      algorithm: 'MD5',
      qop: 'auth',
      ha1: hash('md5'),
    });
    expect(
      of('authentication: { scheme: sip-digest, password: secret, digest-algorithm: SHA-256, qop: [auth, auth-int] }')
        .digest,
    ).toMatchObject({ algorithm: 'SHA-256', qop: 'auth,auth-int', ha1: hash('sha256') });
    expect(of(`authentication: { scheme: sip-digest, realm: r, ha1: ${'AB'.repeat(16)} }`).digest).toMatchObject({
      realm: 'r',
      ha1: 'ab'.repeat(16),
    });
  });

  it('each of a row has a digest of its own, and all have one set of keys', () => {
    const [a, b] = load(
      line('count: 2, msisdn: "+15550100001", authentication: { scheme: sip-digest, password: secret }'),
    ).subscribers;
    expect(a!.authentication.digest!.ha1).not.toBe(b!.authentication.digest!.ha1);
    expect(a!.authentication.aka).toBe(b!.authentication.aka);
  });

  it('GIBA and NASS-bundled need no card', () => {
    const without = (authentication: string) =>
      one(`subscribers:\n  - { ${imsi}, msisdn: "+15550100001", authentication: ${authentication} }\n`).authentication;
    expect(without('{ scheme: giba, framed-address: 192.0.2.1 }')).toEqual({
      scheme: 'giba',
      framedAddress: '192.0.2.1',
    });
    expect(without('{ scheme: nass-bundled, line: a }')).toEqual({ scheme: 'nass-bundled', lineIdentifiers: ['a'] });
  });
});

it('TS 29.229 6.3.19: charging functions, also as a default', () => {
  const charging = {
    primaryEventChargingFunctionName: 'aaa://e.h',
    secondaryChargingCollectionFunctionName: 'aaa://c.h:3868',
  };
  expect(
    one(line('msisdn: "+15550100001", charging: { ecf: "aaa://e.h", secondary-ccf: "aaa://c.h:3868" }')).charging,
  ).toEqual(charging);
  expect(
    one(
      `defaults: { charging: { ecf: "aaa://e.h", secondary-ccf: "aaa://c.h:3868" } }\n${line('msisdn: "+15550100001"')}`,
    ).charging,
  ).toEqual(charging);
});

describe('mistakes', () => {
  const msisdn = 'msisdn: "+15550100001"';
  it.each<[string, string]>([
    [
      line(`${msisdn}, services: [mmtl]`),
      "subscribers[0].services[0]: there is no service 'mmtl'; describe it under services: at the top of this file",
    ],
    [
      `services: { mmtel: { as: as1, priority: 1 } }\n${line(`${msisdn}, services: [mmtl]`)}`,
      "subscribers[0].services[0]: there is no service 'mmtl'; did you mean 'mmtel'?",
    ],
    [
      `services: { a: { as: as1, priority: 1 }, b: { as: as1, priority: 1 } }\n${line(`${msisdn}, services: [a, b]`)}`,
      'subscribers[0].services[1]: b has priority 1, as a has; give each service of a subscriber a priority of its own (CX-50)',
    ],
    [
      `services: { a: { as: As1, priority: 1 } }\n${line(msisdn)}`,
      "services.a.as: 'As1' is no application server; write a SIP URI, or the name of a node, such as as1",
    ],
    [
      `services: { a: { as: as1, priority: 1, on: [{ headers: { X: "(" } }] } }\n${line(msisdn)}`,
      'is no extended regular expression',
    ],
    [`services: { a: { as: as1, priority: 1, on: [{ methd: INVITE }] } }\n${line(msisdn)}`, 'services.a.on[0].methd'],
    [
      line('identities: ["sip:a!(!@h"]'),
      "'sip:a!(!@h' is no wildcard; write it like sip:chat-!.*!@domain, with an extended regular expression",
    ],
    [
      line('identities: ["sip:a@h"], implicit-sets: [["sip:b@h"]]'),
      'subscribers[0].identities: stands beside implicit-sets; write it as one of the sets',
    ],
    [`subscribers:\n  - { ${keys}, ${msisdn} }\n`, 'subscribers[0].imsi: is missing; add it'],
    [
      line(`${msisdn}, authentication: { scheme: giba, password: x }`),
      'subscribers[0].authentication.password: says nothing to giba; leave it out, or write scheme: sip-digest',
    ],
    [
      line(`${msisdn}, authentication: { scheme: sip-digest }`),
      'subscribers[0].authentication: has neither password nor ha1; add one, for scheme: sip-digest needs it',
    ],
    [
      line(`${msisdn}, authentication: { scheme: nass-bundled }`),
      'subscribers[0].authentication: has no line; add one',
    ],
    [
      line(`${msisdn}, authentication: { scheme: sip-digest, password: x, ha1: ${'a'.repeat(32)} }`),
      'ha1: stands beside a password; keep one of password and ha1',
    ],
    [
      line(`${msisdn}, authentication: { scheme: sip-digest, digest-algorithm: SHA-256, ha1: ${'a'.repeat(32)} }`),
      'ha1: has 32 digits, which are not of SHA-256',
    ],
    [line(`${msisdn}, authentication: { scheme: giba, framed-address: here }`), "'here' is no address"],
    [
      line(`${msisdn}, ind: 8, ind-bits: 3`),
      'subscribers[0].ind: 8 does not fit in 3 bits; use a number below 8, or more ind-bits',
    ],
    [line(`${msisdn}, charging: { ccf: "http://x" }`), 'this is no Diameter URI'],
    [line(`${msisdn}, count: 2, implicit-sets: [["sip:b@h"]]`), 'subscribers[0].implicit-sets: stands beside a count'],
  ])('%#', (text, message) => {
    const [problem, ...more] = problems(text);
    expect(more).toEqual([]);
    expect(problem).toMatch(/^people\.yaml:\d+:\d+: /);
    expect(problem).toContain(message);
  });
});

it.each(readdirSync('profiles/subscribers'))('profiles/subscribers/%s loads', (file) => {
  const { subscribers } = readSubscribers(`profiles/subscribers/${file}`, 'ims.mnc001.mcc001.3gppnetwork.org');
  expect(subscribers.length).toBeGreaterThan(0);
});
