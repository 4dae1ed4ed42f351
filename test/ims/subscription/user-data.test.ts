/** TS 29.228 Annex B, E: the user profile as XML, written and read. REG-80. */
import fc from 'fast-check';
import { formatUserData, parseUserData } from '../../../src/ims/subscription/user-data.js';
import { subscriber } from '../network.js';

describe('user data', () => {
  it('what is written is read again, whatever stands in an identity', () => {
    const identity = fc.record({
      uri: fc.string({ minLength: 1, maxLength: 30 }).map((text) => `sip:x${text.replace(/[^ -~]/g, '')}y@h`),
      barred: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(identity, { minLength: 1, maxLength: 5 }), (publicIdentities) => {
        const written = formatUserData(subscriber(1, { publicIdentities }));
        expect(parseUserData(written)).toEqual({
          privateIdentity: subscriber(1).privateIdentity,
          publicIdentities,
        });
      }),
    );
  });

  it('reads documents of others: white space, several profiles, extensions, filter criteria, prefixes', () => {
    const document = `<?xml version="1.0" encoding="UTF-8"?>
      <cx:IMSSubscription xmlns:cx="urn:x">
        <PrivateID> user@h </PrivateID>
        <ServiceProfile>
          <PublicIdentity><BarringIndication>0</BarringIndication><Identity> sip:a@h </Identity>
            <Extension><IdentityType>0</IdentityType><Extension></Extension></Extension></PublicIdentity>
          <PublicIdentity><BarringIndication>true</BarringIndication><Identity>tel:+1</Identity></PublicIdentity>
          <InitialFilterCriteria><Priority>1</Priority><TriggerPoint/></InitialFilterCriteria>
        </ServiceProfile>
        <ServiceProfile><PublicIdentity><Identity>sip:b@h</Identity></PublicIdentity></ServiceProfile>
        <Extension/>
      </cx:IMSSubscription>`;
    expect(parseUserData(document)).toEqual({
      privateIdentity: 'user@h',
      publicIdentities: [
        { uri: 'sip:a@h', barred: false },
        { uri: 'tel:+1', barred: true },
        { uri: 'sip:b@h', barred: false },
      ],
    });
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
    '<__proto__><a/></__proto__>',
  ])('is no profile: %s', (document) => {
    expect(parseUserData(document)).toBeUndefined();
  });

  it('any text at all gives a profile or none, never an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        parseUserData(text);
        parseUserData(`<IMSSubscription>${text}</IMSSubscription>`);
      }),
    );
  });
});
