import { formatShData, parseShData, type ShData } from '../../../src/ims/subscription/sh-data.js';

const complete: ShData = {
  publicIdentities: ['sip:+15550100001@ims.example', 'tel:+15550100001'],
  msisdns: ['15550100001'],
  repositoryData: [
    { serviceIndication: 'mmtel', sequenceNumber: 65_535, serviceData: '<a xmlns="urn:x"><b c="d">&lt;1&gt;</b></a>' },
    { serviceIndication: 'a&b', sequenceNumber: 0, serviceData: undefined },
  ],
  scscfName: 'sip:scscf1.ims.example',
  filterCriteria: [
    {
      priority: 10,
      triggerPoint: {
        form: 'cnf',
        triggers: [{ point: { kind: 'method', method: 'INVITE', registrationTypes: [] }, negated: false, groups: [0] }],
      },
      applicationServer: {
        serverName: 'sip:as1.ims.example',
        defaultHandling: 'continue',
        includeRegisterRequest: false,
        includeRegisterResponse: true,
      },
    },
  ],
  imsUserState: 'registeredUnregisteredServices',
  charging: { primaryChargingCollectionFunctionName: 'aaa://ccf1.ims.example' },
  psiActive: false,
  services: [
    { tag: 'call-services', active: true },
    { tag: 'a&b', active: false },
  ],
  vlrNumber: '15550109001',
  sgsnNumber: '15550109002',
  csUserState: 3,
  psUserState: 5,
  imsi: '001010000000001',
  privateIdentities: ['001010000000001@ims.example', 'b@ims.example'],
  identitySets: { REGISTERED_IDENTITIES: [], ALIAS_IDENTITIES: ['sip:+15550100001@ims.example'] },
};

const repository = (content: string): string =>
  `<Sh-Data><RepositoryData><ServiceIndication>a</ServiceIndication><SequenceNumber>1</SequenceNumber>${content}</RepositoryData></Sh-Data>`;

describe('Sh-Data', () => {
  it('TS 29.328 Annex D: what was written is read again', () => {
    expect(parseShData(formatShData(complete))).toEqual(complete);
  });

  it('TS 29.328 Annex D: elements stand in the order of the schema', () => {
    const names = [...formatShData(complete).matchAll(/<([\w-]+)/g)].map(([, name]) => name!);
    const order = ['PublicIdentifiers', 'RepositoryData', 'Sh-IMS-Data', 'SCSCFName', 'IFCs', 'IMSUserState'];
    order.push('ChargingInformation', 'PSIActivation', 'DSAI', 'CSLocationInformation', 'PSLocationInformation');
    order.push(
      'CSUserState',
      'PSUserState',
      'RegisteredIdentities',
      'AliasIdentities',
      'IMSI',
      'IMSPrivateUserIdentity',
    );
    const places = order.map((name) => names.indexOf(name));
    expect(places).not.toContain(-1);
    expect([...places].sort((one, other) => one - other)).toEqual(places);
  });

  it('TS 29.328 6.1.4.1: data that are gone are empty elements', () => {
    const gone: ShData = { scscfName: '', filterCriteria: [], publicIdentities: [], msisdns: [] };
    expect(formatShData(gone)).toContain('<SCSCFName></SCSCFName><IFCs></IFCs>');
    expect(parseShData(formatShData(gone))).toEqual(gone);
  });

  it('TS 29.328 Annex D: namespaces, foreign elements and CDATA do not matter', () => {
    const xml =
      '<?xml version="1.0"?><s:Sh-Data xmlns:s="urn:y"><s:Foreign><s:Deep>1</s:Deep></s:Foreign>' +
      '<s:Sh-IMS-Data><s:IMSUserState> 1 </s:IMSUserState></s:Sh-IMS-Data></s:Sh-Data>';
    expect(parseShData(xml)).toEqual({ imsUserState: 'registered' });
  });

  it.each([
    ['no XML', 'mmtel'],
    ['not well formed', '<Sh-Data><RepositoryData></Sh-Data>'],
    ['with a document type behind a comment', '<!-- <a --><!DOCTYPE s [<!ENTITY e "x">]><Sh-Data>&e;</Sh-Data>'],
    ['something else', '<IMSSubscription/>'],
    ['no Service-Indication', '<Sh-Data><RepositoryData><SequenceNumber>1</SequenceNumber></RepositoryData></Sh-Data>'],
    [
      'a sequence number past the end',
      '<Sh-Data><RepositoryData><ServiceIndication>a</ServiceIndication><SequenceNumber>65536</SequenceNumber></RepositoryData></Sh-Data>',
    ],
    ['a document type', `<!DOCTYPE l [<!ENTITY j "x">]>${repository('<ServiceData>a</ServiceData>')}`],
    ['an entity that nobody declares', repository('<ServiceData>a&amp;&j;</ServiceData>')],
    ['an entity behind a comment', repository('<ServiceData><!-- &j; --><![CDATA[&j;]]>&j;</ServiceData>')],
    [
      'a DSAI without value',
      '<Sh-Data><Sh-IMS-Data><Extension><Extension><DSAI><DSAI-Tag>a</DSAI-Tag></DSAI></Extension></Extension></Sh-IMS-Data></Sh-Data>',
    ],
    ['twice ServiceData', repository('<ServiceData>1</ServiceData><ServiceData>2</ServiceData>')],
  ])('TS 29.329 6.2 (5100): %s is no Sh-Data', (_, xml) => {
    expect(parseShData(xml)).toBeUndefined();
  });

  it.each(['&amp;&#65;&#x1F;&quot;', '<![CDATA[<!DOCTYPE a>&j;]]><!-- &j; --><x/>'])(
    'keeps ServiceData %s',
    (content) => {
      const { repositoryData } = parseShData(repository(`<ServiceData>${content}</ServiceData>`)) ?? {};
      expect(repositoryData).toEqual([{ serviceIndication: 'a', sequenceNumber: 1, serviceData: content }]);
    },
  );

  it.each([
    ['of Sh-Data', 'xmlns:m="urn:m"', '', '<m:a><m:b/></m:a>', '<m:a xmlns:m="urn:m"><m:b/></m:a>'],
    [
      'of ServiceData',
      '',
      " xmlns:m='urn:m'",
      '<m:a/>x<m:b c="/>"/>',
      `<m:a xmlns:m='urn:m'/>x<m:b xmlns:m='urn:m' c="/>"/>`,
    ],
    ['nearer ones first', 'xmlns:m="urn:1"', ' xmlns:m="urn:2"', '<m:a/>', '<m:a xmlns:m="urn:2"/>'],
    ['none that it has itself', 'xmlns:m="urn:m"', '', '<m:a xmlns:m="urn:x"/>', '<m:a xmlns:m="urn:x"/>'],
    ['none that it does not need', 'xmlns:n="urn:n"', '', '<a/>', '<a/>'],
    [
      'of a type',
      'xmlns:x="urn:x" xmlns:t="urn:t"',
      '',
      '<a x:type="t:b"/>',
      '<a xmlns:x="urn:x" xmlns:t="urn:t" x:type="t:b"/>',
    ],
    ['the default one', 'xmlns="urn:d"', '', '<a><b/></a><!-- <c/> -->', '<a xmlns="urn:d"><b/></a><!-- <c/> -->'],
    ['nothing of a CDATA section', 'xmlns:m="urn:m"', '', '<![CDATA[<m:a>]]>', '<![CDATA[<m:a>]]>'],
  ])(
    'TS 29.328 7.6.1: ServiceData brings along the namespaces that it has from outside: %s',
    (_, root, own, content, kept) => {
      const xml = repository(`<ServiceData${own}>${content}</ServiceData>`).replace('<Sh-Data', `<Sh-Data ${root}`);
      expect(parseShData(xml)?.repositoryData?.[0]?.serviceData).toBe(kept);
      // What is kept stands for itself.
      expect(parseShData(repository(`<ServiceData>${kept}</ServiceData>`))?.repositoryData?.[0]?.serviceData).toBe(
        kept,
      );
    },
  );

  it('a document whose namespaces would make it grow without measure is none', () => {
    const xml = repository(`<ServiceData>${'<m:a/>'.repeat(1_000)}</ServiceData>`);
    expect(parseShData(xml.replace('<Sh-Data', `<Sh-Data xmlns:m="${'m'.repeat(1_000)}"`))).toBeUndefined();
  });

  it('an empty document speaks of nothing', () => {
    expect(parseShData('<Sh-Data/>')).toEqual({});
  });
});
