/** Documents of the registration event package: RFC 3680 5, RFC 5628 5, TS 24.229 7.10.2; spec REG-91, REG-92, REG-83. */
import fc from 'fast-check';
import {
  type ContactElement,
  formatRegInfo,
  parseRegInfo,
  type RegInfo,
  type RegistrationElement,
  stateAfter,
} from '../../../src/ims/reg-event/index.js';
import { decodeUtf8, encodeUtf8 } from '../../../src/sip/index.js';

/** Characters that XML can hold; the reader trims what stands around a text. */
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 2.2
  .map((value) => value.replace(/[\u0000-\u001f\ufffe\uffff]/g, '').trim())
  .filter((value) => value !== '');
const attribute = fc.oneof(
  text,
  fc.constantFrom('a"b', '<&>', "it's", 'sip:a@[2001:db8::1]:5060;transport=tcp', 'tel:+1'),
);
const whole = fc.nat(2 ** 31);

const contactElement: fc.Arbitrary<ContactElement> = fc
  .record(
    {
      id: attribute,
      uri: attribute,
      event: fc.constantFrom(...(Object.keys(stateAfter) as (keyof typeof stateAfter)[])),
      durationRegistered: whole,
      expires: whole,
      retryAfter: whole,
      callId: attribute,
      cseq: whole,
      q: fc.constantFrom('1', '0.5', '0.123'),
      displayName: text,
      unknownParams: fc.array(fc.tuple(attribute, fc.oneof(text, fc.constant(''))), { maxLength: 3 }),
      pubGruu: attribute,
      tempGruu: fc.record({ uri: attribute, firstCseq: whole }),
    },
    { requiredKeys: ['id', 'uri', 'event', 'unknownParams'] },
  )
  .map((parts) => ({ ...parts, state: stateAfter[parts.event] }));

const registrationElement: fc.Arbitrary<RegistrationElement> = fc.record(
  {
    aor: attribute,
    id: attribute,
    state: fc.constantFrom('init', 'active', 'terminated'),
    contacts: fc.array(contactElement, { maxLength: 3 }),
    wildcardedIdentity: text,
  },
  { requiredKeys: ['aor', 'id', 'state', 'contacts'] },
);

const regInfo: fc.Arbitrary<RegInfo> = fc.record({
  version: whole,
  state: fc.constantFrom('full', 'partial'),
  registrations: fc.array(registrationElement, { maxLength: 3 }),
});

describe('formatRegInfo and parseRegInfo', () => {
  it('what is written is read the same, as octets of a message too', () => {
    fc.assert(
      fc.property(regInfo, (info) => {
        const xml = formatRegInfo(info);
        expect(parseRegInfo(xml)).toEqual(info);
        expect(parseRegInfo(decodeUtf8(encodeUtf8(xml)))).toEqual(info);
      }),
    );
  });

  it('whatever stands in a text, the document stays one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (id, uri) => {
        const contact = { id, uri: `sip:${uri}`, state: 'active', event: 'created', unknownParams: [] } as const;
        const registrations = [{ aor: uri, id, state: 'active', contacts: [contact] }] as const;
        const read = parseRegInfo(formatRegInfo({ version: 1, state: 'full', registrations }));
        expect(read?.registrations[0]?.contacts).toHaveLength(1);
      }),
    );
  });

  it('octets changed at random are read or refused, never thrown over', () => {
    const start = formatRegInfo({
      version: 3,
      state: 'full',
      registrations: [
        {
          aor: 'sip:a@example.org',
          id: 'a1',
          state: 'active',
          contacts: [
            {
              id: 'c1',
              uri: 'sip:a@192.0.2.1',
              state: 'active',
              event: 'created',
              unknownParams: [['+sip.instance', '<x>']],
            },
          ],
        },
      ],
    });
    const change = fc.tuple(fc.nat(start.length), fc.nat(30), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let xml = start;
        for (const [at, length, put] of changes) xml = xml.slice(0, at) + put + xml.slice(at + length);
        const read = parseRegInfo(xml);
        if (read !== undefined) expect(['full', 'partial']).toContain(read.state);
      }),
    );
    fc.assert(fc.property(fc.string(), (xml) => expect(() => parseRegInfo(xml)).not.toThrow()));
  });
});

describe('documents of others', () => {
  it('RFC 3680 5.2: the structure of its example, with everything that it has', () => {
    const read = parseRegInfo(`<?xml version="1.0"?>
      <reginfo xmlns="urn:ietf:params:xml:ns:reginfo"
          xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="0" state="full">
        <registration aor="sip:anna@example.org" id="r7" state="active">
          <contact id="1" state="active" event="registered" duration-registered="1200" q="0.8">
            <uri>sip:anna@desk.example.org</uri>
          </contact>
          <contact id="2" state="terminated" event="expired" duration-registered="3600" q="0.5" retry-after="30"
              callid="x@192.0.2.1" cseq="17" expires="0">
            <uri>sip:anna@hall.example.org</uri>
            <display-name xml:lang="sv">Anna &#197;s</display-name>
            <unknown-param name="+sip.instance">"&lt;urn:uuid:0&gt;"</unknown-param>
            <unknown-param name="audio"/>
          </contact>
        </registration>
        <registration aor="sip:bo@example.org" id="r8" state="init"/>
      </reginfo>`);
    expect(read).toEqual({
      version: 0,
      state: 'full',
      registrations: [
        {
          aor: 'sip:anna@example.org',
          id: 'r7',
          state: 'active',
          contacts: [
            {
              id: '1',
              uri: 'sip:anna@desk.example.org',
              state: 'active',
              event: 'registered',
              durationRegistered: 1200,
              q: '0.8',
              unknownParams: [],
            },
            {
              id: '2',
              uri: 'sip:anna@hall.example.org',
              state: 'terminated',
              event: 'expired',
              durationRegistered: 3600,
              q: '0.5',
              retryAfter: 30,
              callId: 'x@192.0.2.1',
              cseq: 17,
              expires: 0,
              displayName: 'Anna Ås',
              unknownParams: [
                ['+sip.instance', '"<urn:uuid:0>"'],
                ['audio', ''],
              ],
            },
          ],
        },
        { aor: 'sip:bo@example.org', id: 'r8', state: 'init', contacts: [] },
      ],
    });
  });

  it('RFC 5628 5: GRUUs, under any prefix', () => {
    const read = parseRegInfo(`<r:reginfo xmlns:r="urn:ietf:params:xml:ns:reginfo" version="2" state="partial"
        xmlns:g="urn:ietf:params:xml:ns:gruuinfo"><r:registration aor="sip:c@example.org" id="1" state="active">
        <r:contact id="9" state="active" event="created"><r:uri>sip:c@192.0.2.7</r:uri>
          <r:unknown-param name="+sip.instance">"&lt;urn:uuid:f8&gt;"</r:unknown-param>
          <g:pub-gruu uri="sip:c@example.org;gr=hha9"/>
          <g:temp-gruu uri="sip:ffff@example.org;gr" first-cseq="54301"/></r:contact></r:registration></r:reginfo>`);
    expect(read?.registrations[0]?.contacts[0]).toMatchObject({
      pubGruu: 'sip:c@example.org;gr=hha9',
      tempGruu: { uri: 'sip:ffff@example.org;gr', firstCseq: 54301 },
    });
  });

  it('REG-83 / TS 24.229 7.10.2: a wildcarded identity', () => {
    const read = parseRegInfo(`<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full"
      xmlns:ere="urn:3gpp:ns:extRegExp:1.0"><registration aor="sip:chat-1@example.org" id="w" state="active">
      <ere:wildcardedIdentity>sip:chat-!.*!@example.org</ere:wildcardedIdentity></registration></reginfo>`);
    expect(read?.registrations[0]?.wildcardedIdentity).toBe('sip:chat-!.*!@example.org');
  });

  it.each([
    ['nothing', ''],
    ['another document', '<presence version="0" state="full"/>'],
    ['no version', '<reginfo state="full"/>'],
    ['a version that is none', '<reginfo version="-1" state="full"/>'],
    ['a state that is none', '<reginfo version="0" state="most"/>'],
    ['a registration without id', '<reginfo version="0" state="full"><registration aor="a" state="active"/></reginfo>'],
    [
      'a contact without URI',
      '<reginfo version="0" state="full"><registration aor="a" id="1" state="active"><contact id="1" state="active" event="created"/></registration></reginfo>',
    ],
    [
      'an event that is none',
      '<reginfo version="0" state="full"><registration aor="a" id="1" state="active"><contact id="1" state="active" event="lost"><uri>a</uri></contact></registration></reginfo>',
    ],
    ['RFC 3680 5.4: another namespace', '<reginfo xmlns="urn:other" version="0" state="full"/>'],
    ['RFC 3680 5.1: a version of more than 32 bits', '<reginfo version="4294967296" state="full"/>'],
    ['entities of its own', '<!DOCTYPE a [<!ENTITY b "c">]><reginfo version="0" state="full"/>'],
  ])('%s is refused', (_, xml) => {
    expect(parseRegInfo(xml)).toBeUndefined();
  });

  it.each([
    ['an element of the same name', '<x:contact xmlns:x="urn:x" id="c2" state="terminated" event="rejected"/>', ''],
    ['its namespace as the default', '<contact xmlns="urn:x">none of ours</contact>', ''],
    ['a prefix of the root', '<r:contact/>', ''],
    ['a URI before ours', '', '<x:uri xmlns:x="urn:x">sip:other</x:uri>'],
  ])('RFC 3680 5.2: what extends it has another namespace and is left alone: %s', (_, inRegistration, inContact) => {
    const read = parseRegInfo(`<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" xmlns:r="urn:x" version="0" state="full">
      <registration aor="sip:a@b" id="a" state="active">${inRegistration}
      <contact id="c1" state="active" event="created">${inContact}<uri>sip:a@c</uri></contact></registration></reginfo>`);
    expect(read?.registrations[0]?.contacts.map(({ id, uri }) => `${id} ${uri}`)).toEqual(['c1 sip:a@c']);
  });

  it('two prefixes of one namespace are one', () => {
    const ns = 'urn:ietf:params:xml:ns:reginfo';
    const read = parseRegInfo(`<p:reginfo xmlns:p="${ns}" xmlns="${ns}" version="0" state="full">
      <registration aor="sip:a@b" id="a" state="init"/></p:reginfo>`);
    expect(read?.registrations.map(({ id }) => id)).toEqual(['a']);
  });

  it('an empty document of each state is one', () => {
    expect(parseRegInfo('<reginfo version="0" state="full"></reginfo>')).toEqual({
      version: 0,
      state: 'full',
      registrations: [],
    });
    expect(parseRegInfo('<reginfo version="4" state="partial"/>')).toEqual({
      version: 4,
      state: 'partial',
      registrations: [],
    });
  });
});

describe('formatRegInfo', () => {
  it('declares a namespace only where something of it stands', () => {
    const plain = formatRegInfo({ version: 0, state: 'full', registrations: [] });
    expect(plain).not.toMatch(/gruuinfo|extRegExp/);
    const contacts: ContactElement[] = [
      { id: 'c', uri: 'sip:a@b', state: 'active', event: 'created', unknownParams: [], pubGruu: 'sip:a@b;gr=1' },
    ];
    const registrations = [
      { aor: 'sip:a@b', id: '1', state: 'active', contacts, wildcardedIdentity: 'sip:!.*!@b' },
    ] as const;
    const rich = formatRegInfo({ version: 0, state: 'full', registrations });
    expect(rich).toContain('xmlns:gr="urn:ietf:params:xml:ns:gruuinfo"');
    expect(rich).toContain('xmlns:ere="urn:3gpp:ns:extRegExp:1.0"');
  });
});
