/** TS 29.228 Annex B, E: the user profile as XML, written and read. REG-80, CX-50, CX-57. */
import fc from 'fast-check';
import type { RegistrationType, SessionCase } from '../../../src/ims/subscription/filter-criteria.js';
import { brokenTriggers, matchingCriteria } from '../../../src/ims/subscription/matching-criteria.js';
import type { ServiceProfile } from '../../../src/ims/subscription/subscriber.js';
import { formatUserData, parseUserData } from '../../../src/ims/subscription/user-data.js';
import { userDataProblems } from '../../../src/ims/subscription/user-data-schema.js';
import { serviceProfiles } from './arbitrary-profiles.js';
import { userDataExample } from './user-data-example.js';

const privateIdentity = 'user@home.example';

/** Method, session case, headers, kind of registration → the priorities that match, as the text below the example says. */
const readings: readonly [
  string,
  SessionCase,
  Readonly<Record<string, string>>,
  RegistrationType | undefined,
  number[],
][] = [
  ['INVITE', 0, {}, undefined, [10]],
  ['INVITE', 2, {}, undefined, [10]],
  ['INVITE', 0, { 'X-Bypass-Tas': '1' }, undefined, []],
  ['REGISTER', 0, {}, 'initial', [10, 20]],
  ['REGISTER', 0, {}, 're', [20]],
  ['REGISTER', 0, {}, 'de', [10, 20]],
  ['REGISTER', 0, { 'X-Bypass-Tas': '' }, 'initial', [20]],
  ['MESSAGE', 0, { 'Content-Type': 'application/vnd.3gpp.sms' }, undefined, [20]],
  ['MESSAGE', 1, { 'Content-Type': 'application/vnd.3gpp.sms' }, undefined, []],
  ['MESSAGE', 0, { 'Content-Type': 'text/plain' }, undefined, []],
  ['MESSAGE', 0, { 'Content-Type': 'application/vndX3gpp.sms' }, undefined, []],
];

function judgeExample(profile: ServiceProfile): void {
  for (const [method, sessionCase, headers, registrationType, priorities] of readings) {
    const matching = matchingCriteria(profile, {
      method,
      requestUri: 'sip:b@h',
      sessionCase,
      values: (name) => (headers[name] === undefined ? [] : [headers[name]]),
      ...(registrationType !== undefined && { registrationType }),
    });
    expect({ method, sessionCase, headers, matching: matching.map(({ priority }) => priority) }).toEqual({
      method,
      sessionCase,
      headers,
      matching: priorities,
    });
  }
}

/** A document around one service profile. */
function documentOf(profile: string): string {
  return `<IMSSubscription><PrivateID>${privateIdentity}</PrivateID><ServiceProfile>${profile}</ServiceProfile></IMSSubscription>`;
}
const identity = '<PublicIdentity><Identity>sip:a@h</Identity></PublicIdentity>';

describe('user data', () => {
  it('what is written is read again, whatever stands in it', () => {
    fc.assert(
      fc.property(
        serviceProfiles,
        fc.option(fc.stringMatching(/^[0-9]{15}$/), { nil: undefined }),
        (profiles, imsi) => {
          const content = { privateIdentity, serviceProfiles: profiles, ...(imsi !== undefined && { imsi }) };
          const written = formatUserData(content);
          expect(parseUserData(written)).toEqual({
            ...content,
            publicIdentities: profiles.flatMap(({ publicIdentities }) => publicIdentities),
          });
          expect(userDataProblems(written)).toEqual([]);
        },
      ),
    );
  });

  it('REG-80: documents that differ in their identities alone give each user its own, and the same services', () => {
    const named = (profiles: readonly ServiceProfile[], prefix: string) =>
      profiles.map((profile) => ({
        ...profile,
        publicIdentities: profile.publicIdentities.map((each) => ({
          ...each,
          uri: each.uri.replace('sip:', `sip:${prefix}`),
        })),
      }));
    fc.assert(
      fc.property(serviceProfiles, fc.option(fc.constant('001011234567890'), { nil: undefined }), (profiles, imsi) => {
        for (const prefix of ['', 'one.', 'other.']) {
          const content = {
            privateIdentity: `${prefix}${privateIdentity}`,
            serviceProfiles: named(profiles, prefix),
            ...(imsi !== undefined && { imsi }),
          };
          const publicIdentities = content.serviceProfiles.flatMap((each) => each.publicIdentities);
          expect(parseUserData(formatUserData(content))).toEqual({ ...content, publicIdentities });
        }
      }),
    );
  });

  it("a text of an identity where none counts, or twice, is nobody's in the next document either", () => {
    const around = (inner: string) => documentOf(inner + identity);
    const commented = (name: string) =>
      around(`<!-- <PublicIdentity><Identity>sip:${name}@h</Identity></PublicIdentity> -->`);
    const doubled = (name: string) =>
      documentOf(`${identity}<PublicIdentity><Identity>sip:${name}@h</Identity></PublicIdentity>`);
    const urisOf = (xml: string) => parseUserData(xml)?.publicIdentities.map(({ uri }) => uri);
    for (const name of ['b', 'c']) expect(urisOf(commented(name))).toEqual(['sip:a@h']);
    for (const name of ['a', 'b', 'a', 'c']) expect(urisOf(doubled(name))).toEqual(['sip:a@h', `sip:${name}@h`]);
    expect(urisOf(doubled('b').replace('</IMSSubscription>', ''))).toBeUndefined();
    expect(urisOf(doubled('b&amp;'))).toEqual(['sip:a@h', 'sip:b&@h']);
  });

  it('reads documents of others: white space, several profiles, extensions, prefixes', () => {
    const document = `<?xml version="1.0" encoding="UTF-8"?>
      <cx:IMSSubscription xmlns:cx="urn:x">
        <PrivateID> user@h </PrivateID>
        <ServiceProfile>
          <PublicIdentity><BarringIndication>0</BarringIndication><Identity> sip:a@H;user=phone </Identity>
            <Extension><IdentityType>0</IdentityType><Extension></Extension></Extension></PublicIdentity>
          <PublicIdentity><BarringIndication>true</BarringIndication><Identity>tel:+1</Identity></PublicIdentity>
          <InitialFilterCriteria><Priority>1</Priority><TriggerPoint/></InitialFilterCriteria>
        </ServiceProfile>
        <ServiceProfile><PublicIdentity><Identity>sip:b&#64;h</Identity></PublicIdentity></ServiceProfile>
        <Extension/>
      </cx:IMSSubscription>`;
    const profile = parseUserData(document)!;
    expect(profile.privateIdentity).toBe('user@h');
    expect(profile.publicIdentities).toEqual([
      { uri: 'sip:a@h', barred: false, kind: 'distinct' },
      { uri: 'tel:+1', barred: true, kind: 'distinct' },
      { uri: 'sip:b@h', barred: false, kind: 'distinct' },
    ]);
    // A criterion without an application server is none.
    expect(profile.serviceProfiles.map(({ filterCriteria }) => filterCriteria)).toEqual([[], []]);
  });

  it('reads the kinds of identity: alias groups, display names, wildcards (REG-82, REG-83)', () => {
    const inner = (text: string): string => `<Extension>${text}</Extension>`;
    const of = (uri: string, extension: string): string =>
      `<PublicIdentity><Identity>${uri}</Identity>${inner(extension)}</PublicIdentity>`;
    const { publicIdentities } = parseUserData(
      documentOf(
        of(
          'sip:a@h',
          `<IdentityType>0</IdentityType>${inner('<DisplayName>A &amp; B</DisplayName><AliasIdentityGroupID>1</AliasIdentityGroupID>')}`,
        ) +
          of('sip:service@h', '<IdentityType>1</IdentityType>') +
          of('sip:chat-1@h', '<IdentityType>2</IdentityType><WildcardedPSI>sip:chat-!.*!@H:5060</WildcardedPSI>') +
          of('sip:!desk[0-9]+!@h', '<IdentityType>2</IdentityType>') +
          of(
            'tel:+1555',
            `<IdentityType>3</IdentityType>${inner(inner('<WildcardedIMPU>tel:+1555!.{2}!</WildcardedIMPU>'))}`,
          ),
      ),
    )!;
    expect(publicIdentities).toEqual([
      { uri: 'sip:a@h', barred: false, kind: 'distinct', displayName: 'A & B', aliasGroup: '1' },
      { uri: 'sip:service@h', barred: false, kind: 'distinctPsi' },
      { uri: 'sip:chat-!.*!@h', barred: false, kind: 'wildcardedPsi' },
      { uri: 'sip:!desk[0-9]+!@h', barred: false, kind: 'wildcardedPsi' },
      { uri: 'tel:+1555!.{2}!', barred: false, kind: 'wildcarded' },
    ]);
  });

  it('CX-50: criteria come in ascending priority whatever the order of the document', () => {
    const criterion = (priority: number): string =>
      `<InitialFilterCriteria><Priority>${priority}</Priority><ApplicationServer><ServerName>sip:as${priority}</ServerName></ApplicationServer></InitialFilterCriteria>`;
    const profile = parseUserData(documentOf(identity + criterion(30) + criterion(0) + criterion(4)))!;
    expect(profile.serviceProfiles[0]!.filterCriteria.map(({ priority }) => priority)).toEqual([0, 4, 30]);
  });

  it('CX-57: what is not known in a criterion stays there as unknown and is named; the rest of the profile is served', () => {
    const spt = (text: string): string => `<SPT><Group>0</Group>${text}</SPT>`;
    const triggers = [
      '<SessionCase>7</SessionCase>',
      '<Weather>fine</Weather>',
      '<Method>REGISTER</Method><Extension><RegistrationType>9</RegistrationType></Extension>',
      '<RequestURI>(</RequestURI>',
    ];
    const profile = parseUserData(
      documentOf(
        `${identity}<InitialFilterCriteria><Priority>3</Priority><TriggerPoint><ConditionTypeCNF>true</ConditionTypeCNF>${triggers.map(spt).join('')}</TriggerPoint><ApplicationServer><ServerName>sip:as</ServerName></ApplicationServer></InitialFilterCriteria>`,
      ),
    )!;
    const [{ triggerPoint } = { triggerPoint: undefined }] = profile.serviceProfiles[0]!.filterCriteria;
    expect(triggerPoint!.triggers.map(({ point }) => point.kind)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'requestUri',
    ]);
    expect(brokenTriggers(profile)).toEqual([
      "the filter criterion of priority 3 has the session case '7'",
      'the filter criterion of priority 3 has a service point trigger without a condition',
      'the filter criterion of priority 3 has the registration type 9',
      "the filter criterion of priority 3 has '(', which is no extended regular expression",
    ]);
  });

  it('many users of one service share its criteria', () => {
    const [first, second] = ['a', 'b'].map((name) =>
      parseUserData(
        documentOf(
          `<PublicIdentity><Identity>sip:${name}@h</Identity></PublicIdentity><InitialFilterCriteria><Priority>1</Priority><ApplicationServer><ServerName>sip:as</ServerName></ApplicationServer></InitialFilterCriteria>`,
        ),
      ),
    );
    const criterionOf = (profile: typeof first) => profile!.serviceProfiles[0]!.filterCriteria[0];
    expect(criterionOf(first)).toBe(criterionOf(second));
  });

  it('a reader that has the shared sets gets their numbers in place of their criteria', () => {
    const criterion = (priority: number, sharedSet?: number) => ({
      priority,
      applicationServer: {
        serverName: 'sip:as@h',
        defaultHandling: 'continue' as const,
        includeRegisterRequest: false,
        includeRegisterResponse: false,
      },
      ...(sharedSet !== undefined && { sharedSet }),
    });
    const publicIdentities = [{ uri: 'sip:a@h', barred: false, kind: 'distinct' as const }];
    const serviceProfiles = [{ publicIdentities, filterCriteria: [criterion(1, 7), criterion(2), criterion(3, 7)] }];
    const read = (readerHasSharedSets: boolean) =>
      parseUserData(formatUserData({ privateIdentity, serviceProfiles, readerHasSharedSets }))!.serviceProfiles[0]!;
    expect(read(true)).toEqual({ publicIdentities, filterCriteria: [criterion(2)], sharedSets: [7] });
    expect(read(false)).toEqual({ publicIdentities, filterCriteria: [criterion(1), criterion(2), criterion(3)] });
  });

  it('TS 29.228 Annex B, Annex E: a document with most of what there is reads as it says', () => {
    expect(userDataProblems(userDataExample)).toEqual([]);
    const { serviceProfiles: profiles, publicIdentities } = parseUserData(userDataExample)!;
    expect(profiles[0]!.mediaProfile).toBe(1);
    judgeExample(profiles[0]!);
    expect(publicIdentities.map(({ barred, aliasGroup }) => [barred, aliasGroup])).toEqual([
      [false, '1'],
      [false, '1'],
      [true, undefined],
    ]);
    expect(profiles[0]!.filterCriteria).toEqual([
      {
        priority: 10,
        triggerPoint: {
          form: 'cnf',
          triggers: [
            { point: { kind: 'method', method: 'INVITE', registrationTypes: [] }, negated: false, groups: [0] },
            {
              point: { kind: 'method', method: 'REGISTER', registrationTypes: ['initial', 'de'] },
              negated: false,
              groups: [0],
            },
            { point: { kind: 'sipHeader', header: 'X-Bypass-Tas' }, negated: true, groups: [1] },
          ],
        },
        applicationServer: {
          serverName: 'sip:mmtel.ims.mnc001.mcc001.3gppnetwork.org:5060;lr',
          defaultHandling: 'terminate',
          serviceInfo: 'mmtel-profile-7',
          includeRegisterRequest: true,
          includeRegisterResponse: true,
        },
      },
      {
        priority: 20,
        triggerPoint: {
          form: 'dnf',
          triggers: [
            { point: { kind: 'method', method: 'MESSAGE', registrationTypes: [] }, negated: false, groups: [0] },
            {
              point: { kind: 'sipHeader', header: 'Content-Type', content: 'application/vnd\\.3gpp\\.sms' },
              negated: false,
              groups: [0],
            },
            { point: { kind: 'sessionCase', sessionCase: 0 }, negated: false, groups: [0] },
            { point: { kind: 'method', method: 'REGISTER', registrationTypes: [] }, negated: false, groups: [1] },
          ],
        },
        applicationServer: {
          serverName: 'sip:ipsmgw.ims.mnc001.mcc001.3gppnetwork.org:5060;lr',
          defaultHandling: 'continue',
          includeRegisterRequest: true,
          includeRegisterResponse: false,
        },
        profilePart: 'registered',
      },
    ]);
  });

  it.each([
    '',
    'no XML',
    '<IMSSubscription/>',
    '<IMSSubscription><PrivateID>x</PrivateID></IMSSubscription>',
    '<IMSSubscription><PrivateID>x</PrivateID><ServiceProfile/></IMSSubscription>',
    '<IMSSubscription><PrivateID>x</PrivateID><ServiceProfile>text</ServiceProfile></IMSSubscription>',
    '<IMSSubscription><PrivateID>x</PrivateID><ServiceProfile><PublicIdentity>text</PublicIdentity></ServiceProfile></IMSSubscription>',
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><IMSSubscription><PrivateID>&b;</PrivateID></IMSSubscription>',
    '<IMSSubscription><PrivateID>',
    documentOf(identity).slice(0, -20),
    '<__proto__><a/></__proto__>',
    // The parser by itself would take the rest for the whole.
    documentOf(identity).replace('</ServiceProfile>', ''),
    documentOf(identity).replace('</ServiceProfile>', '</Serviceprofile>'),
    documentOf(identity.replace('sip:a@h', 'sip:a<@h')),
    documentOf(identity.replace('sip:a@h', 'sip:a&b@h')),
    documentOf(identity.replace('sip:a@h', 'sip:&nbsp;@h')),
    documentOf(identity.replace('sip:a@h', 'sip:\u0001@h')),
    `${documentOf(identity)}${documentOf(identity)}`,
    `${documentOf(identity)}and so on`,
    `<!DOCTYPE x SYSTEM "http://h/x.dtd">${documentOf(identity)}`,
    `<!-- <a --><!DOCTYPE x [<!ENTITY a "b">]>${documentOf(identity.replace('a@h', '&a;@h'))}`,
    documentOf(identity.replace('sip:a@h', 'somebody')),
  ])('is no profile: %s', (document) => {
    expect(parseUserData(document)).toBeUndefined();
  });

  it('TS 29.228 Annex E: what has another prefix than the root is foreign, whatever its name', () => {
    const server = '<ApplicationServer><ServerName>sip:as@h</ServerName></ApplicationServer>';
    const criterion = `<InitialFilterCriteria><Priority>5</Priority>${server}</InitialFilterCriteria>`;
    const foreign = criterion.replace('>5<', '>1<').replaceAll(/<(\/?)/g, '<$1v:');
    const own = documentOf(`${identity}${criterion}${foreign}`);
    const withPrefix = documentOf(`${identity}${criterion}`)
      .replaceAll(/<(\/?)/g, '<$1cx:')
      .replace('</cx:ServiceProfile>', `${foreign}</cx:ServiceProfile>`);
    for (const document of [own, withPrefix]) {
      const { serviceProfiles, flaws } = parseUserData(document)!;
      expect(serviceProfiles[0]!.filterCriteria.map(({ priority }) => priority)).toEqual([5]);
      expect(flaws).toBeUndefined();
    }
  });

  it('TS 29.228 B.2.1: an identity that is no URI is none, also in a document like one that was read before', () => {
    const two = (second: string): string => documentOf(`${identity}${identity.replace('sip:a@h', second)}`);
    expect(parseUserData(two('TEL:+1'))!.publicIdentities.map(({ uri }) => uri)).toEqual(['sip:a@h', 'tel:+1']);
    const { publicIdentities, flaws } = parseUserData(two('mailto:a@h'))!;
    expect(publicIdentities.map(({ uri }) => uri)).toEqual(['sip:a@h']);
    expect(flaws).toEqual([
      "IMSSubscription/ServiceProfile/PublicIdentity[2]/Identity is 'mailto:a@h': it has to be a SIP or tel URI",
    ]);
  });

  it('CX-57: what breaks the schema and can be read is named, in the next document like it as well', () => {
    const late = (user: string): string =>
      documentOf(
        `<PublicIdentity><Identity>sip:${user}@late</Identity><BarringIndication>1</BarringIndication></PublicIdentity>`,
      );
    for (const user of ['a', 'b']) {
      expect(parseUserData(late(user))).toMatchObject({
        publicIdentities: [{ uri: `sip:${user}@late`, barred: true }],
        flaws: [expect.stringContaining('BarringIndication behind Identity')],
      });
    }
  });

  it('CX-52, CX-57: RegistrationType is of REGISTER alone; a service point that is empty is never true', () => {
    const matching = (points: string, method: string) =>
      matchingCriteria(
        parseUserData(
          documentOf(
            `${identity}<InitialFilterCriteria><Priority>1</Priority><TriggerPoint><ConditionTypeCNF>1</ConditionTypeCNF>${points}</TriggerPoint><ApplicationServer><ServerName>sip:as@h</ServerName></ApplicationServer></InitialFilterCriteria>`,
          ),
        )!,
        { method, requestUri: 'sip:b@h', sessionCase: 0, values: () => [] },
      ).length > 0;
    const typed = (method: string): string =>
      `<SPT><Group>0</Group><Method>${method}</Method><Extension><RegistrationType>0</RegistrationType></Extension></SPT>`;
    expect(matching(typed('INVITE'), 'INVITE')).toBe(true);
    expect(matching(typed('REGISTER'), 'REGISTER')).toBe(false);
    expect(matching('<SPT/>', 'INVITE')).toBe(false);
    expect(matching('<SPT></SPT><SPT><Group>1</Group><Method>INVITE</Method></SPT>', 'INVITE')).toBe(false);
  });

  it('CX-50: priorities are numbers as the schema has them', () => {
    const criterion = (priority: string): string =>
      `<InitialFilterCriteria><Priority>${priority}</Priority><ApplicationServer><ServerName>sip:as@h</ServerName></ApplicationServer></InitialFilterCriteria>`;
    const written = ['2147483647', '+7', '007', '2147483648', '-1'].map(criterion).join('');
    const { serviceProfiles, flaws } = parseUserData(documentOf(identity + written))!;
    expect(serviceProfiles[0]!.filterCriteria.map(({ priority }) => priority)).toEqual([7, 7, 2147483647]);
    expect(flaws).toHaveLength(2);
  });

  it('any text at all gives a profile or none, never an exception', () => {
    const names = [
      'PublicIdentity',
      'Identity',
      'Extension',
      'InitialFilterCriteria',
      'TriggerPoint',
      'SPT',
      'Group',
      'ServiceProfile',
    ];
    const fragment = fc.array(
      fc.oneof(
        fc.constantFrom(...names.flatMap((name) => [`<${name}>`, `</${name}>`, `<${name}/>`])),
        fc.string({ unit: 'binary', maxLength: 8 }),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fragment, (text, pieces) => {
        parseUserData(text);
        userDataProblems(`<IMSSubscription>${text}</IMSSubscription>`);
        userDataProblems(`<IMSSubscription>${pieces.join('')}</IMSSubscription>`);
        parseUserData(`<IMSSubscription>${text}</IMSSubscription>`);
        parseUserData(documentOf(identity + pieces.join('')));
        parseUserData(documentOf(`${identity}<InitialFilterCriteria>${pieces.join('')}</InitialFilterCriteria>`));
      }),
    );
  });

  it('a document changed in any one place gives a profile or none, never an exception', () => {
    fc.assert(
      fc.property(serviceProfiles, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }), (profiles, seed, other) => {
        const written = formatUserData({ privateIdentity, serviceProfiles: profiles });
        const at = seed % written.length;
        parseUserData(written.slice(0, at) + other + written.slice(at + 1));
      }),
    );
  });
});
