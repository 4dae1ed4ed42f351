/** TS 29.228 Annex E: what breaks the schema of the user profile, in words. */
import { userDataProblems } from '../../../src/ims/subscription/user-data-schema.js';

const identity = '<PublicIdentity><Identity>sip:a@h</Identity></PublicIdentity>';
const server = '<ApplicationServer><ServerName>sip:as@h</ServerName></ApplicationServer>';
const around = (profile: string): string =>
  `<IMSSubscription><PrivateID>user@h</PrivateID><ServiceProfile>${profile}</ServiceProfile></IMSSubscription>`;
const criterion = (content: string): string =>
  around(`${identity}<InitialFilterCriteria>${content}</InitialFilterCriteria>`);
const trigger = (spt: string, form = '1'): string =>
  criterion(
    `<Priority>0</Priority><TriggerPoint><ConditionTypeCNF>${form}</ConditionTypeCNF><SPT>${spt}</SPT></TriggerPoint>${server}`,
  );
const part = (value: string): string =>
  criterion(`<Priority>0</Priority>${server}<ProfilePartIndicator>${value}</ProfilePartIndicator>`);

const ofCriterion = 'IMSSubscription/ServiceProfile/InitialFilterCriteria';
const ofPoint = `${ofCriterion}/TriggerPoint/SPT`;
const ofIdentity = 'IMSSubscription/ServiceProfile/PublicIdentity';

describe('the schema of the user profile', () => {
  it.each<[string, string]>([
    ['the least', around(identity)],
    ['every kind of service point', trigger('<Group>0</Group><Group>1</Group><RequestURI>x</RequestURI>', 'true')],
    ['a header', trigger('<Group>0</Group><SIPHeader><Header>X</Header><Content>.</Content></SIPHeader>')],
    [
      'a session case',
      trigger('<ConditionNegated>false</ConditionNegated><Group>0</Group><SessionCase>4</SessionCase>'),
    ],
    ['a line', trigger('<Group>0</Group><SessionDescription><Line>m</Line></SessionDescription>')],
    [
      'REGISTER of two kinds',
      trigger(
        '<Group>0</Group><Method>REGISTER</Method><Extension><RegistrationType>0</RegistrationType><RegistrationType>2</RegistrationType></Extension>',
      ),
    ],
    ['an empty Extension', around(`${identity}<Extension></Extension>`)],
    [
      'shared sets',
      around(`${identity}<Extension><SharedIFCSetID>1</SharedIFCSetID><SharedIFCSetID>2</SharedIFCSetID></Extension>`),
    ],
    ['foreign elements at the end', around(`${identity}<Extension/><x:Other xmlns:x="urn:x"><y/></x:Other>`)],
    ['foreign elements in an extension', criterion(`<Priority>0</Priority>${server}<Extension><x/></Extension>`)],
    [
      'a prefix',
      '<c:IMSSubscription xmlns:c="urn:c"><c:PrivateID>u@h</c:PrivateID><c:ServiceProfile><c:PublicIdentity><c:Identity>tel:+1</c:Identity></c:PublicIdentity></c:ServiceProfile></c:IMSSubscription>',
    ],
  ])('takes %s', (_what, document) => {
    expect(userDataProblems(document)).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ['<IMSSubscription><PrivateID>', [`it is no XML: Invalid '[ "IMSSubscription", "PrivateID"]' found. (line 1)`]],
    ['<Other/>', ['its root is Other: it has to be IMSSubscription']],
    ['<IMSSubscription/>', ['IMSSubscription lacks PrivateID', 'IMSSubscription lacks ServiceProfile']],
    [around(''), ['IMSSubscription/ServiceProfile lacks PublicIdentity']],
    [around('<PublicIdentity/>'), [`${ofIdentity} lacks Identity`]],
    [
      around('<PublicIdentity><Identity>a@h</Identity></PublicIdentity>'),
      [`${ofIdentity}/Identity is 'a@h': it has to be a SIP or tel URI`],
    ],
    [
      around('<PublicIdentity><Identity>sip:a@h</Identity><BarringIndication>2</BarringIndication></PublicIdentity>'),
      [
        `${ofIdentity} has BarringIndication behind Identity: the order is another one`,
        `${ofIdentity}/BarringIndication is '2': it has to be 0, 1, true or false`,
      ],
    ],
    [
      around(
        '<PublicIdentity><Identity>sip:a@h</Identity><Extension><IdentityType>4</IdentityType></Extension></PublicIdentity>',
      ),
      [`${ofIdentity}/Extension/IdentityType is '4': it has to be 0 to 3`],
    ],
    [criterion(server), [`${ofCriterion} lacks Priority`]],
    [
      criterion('<Priority>-1</Priority>'),
      [
        `${ofCriterion}/Priority is '-1': it has to be a whole number that is not negative`,
        `${ofCriterion} lacks ApplicationServer`,
      ],
    ],
    [
      criterion(`${server}<Priority>1</Priority>`),
      [`${ofCriterion} has Priority behind ApplicationServer: the order is another one`],
    ],
    [
      around(`<InitialFilterCriteria><Priority>1</Priority>${server}</InitialFilterCriteria>${identity}`),
      ['IMSSubscription/ServiceProfile has PublicIdentity behind InitialFilterCriteria: the order is another one'],
    ],
    [
      around(
        `${identity}${`<InitialFilterCriteria><Priority>1</Priority>${server}</InitialFilterCriteria>`.repeat(2)}`,
      ),
      ['IMSSubscription/ServiceProfile has two InitialFilterCriteria of priority 1'],
    ],
    [part('2'), [`${ofCriterion}/ProfilePartIndicator is '2': it has to be 0 to 1`]],
    [trigger('<Method>INVITE</Method>'), [`${ofPoint} lacks Group`]],
    [
      trigger('<Group>0</Group>'),
      [`${ofPoint} lacks RequestURI or Method or SIPHeader or SessionCase or SessionDescription`],
    ],
    [
      trigger('<Group>0</Group><Method>A</Method><SessionCase>1</SessionCase>'),
      [`${ofPoint} has 2 RequestURI or Method or SIPHeader or SessionCase or SessionDescription: 1 may stand there`],
    ],
    [trigger('<Group>0</Group><SessionCase>5</SessionCase>'), [`${ofPoint}/SessionCase is '5': it has to be 0 to 4`]],
    [
      trigger('<Group>0</Group><Method>REGISTER</Method><Extension><RegistrationType>3</RegistrationType></Extension>'),
      [`${ofPoint}/Extension/RegistrationType is '3': it has to be 0 to 2`],
    ],
    [
      trigger(
        `<Group>0</Group><Method>REGISTER</Method><Extension>${'<RegistrationType>1</RegistrationType>'.repeat(3)}</Extension>`,
      ),
      [`${ofPoint}/Extension has 3 RegistrationType: 2 may stand there`],
    ],
    [
      trigger('<Group>0</Group><Method>INVITE</Method><Extension><RegistrationType>1</RegistrationType></Extension>'),
      [`${ofPoint} has RegistrationType without Method REGISTER`],
    ],
    [trigger('<Group>0</Group><SIPHeader><Content>x</Content></SIPHeader>'), [`${ofPoint}/SIPHeader lacks Header`]],
    [
      trigger('<Group>0</Group><Method>A</Method>', '2'),
      [`${ofCriterion}/TriggerPoint/ConditionTypeCNF is '2': it has to be 0, 1, true or false`],
    ],
    [
      criterion(
        '<Priority>0</Priority><ApplicationServer><ServerName>as1</ServerName><DefaultHandling>2</DefaultHandling></ApplicationServer>',
      ),
      [
        `${ofCriterion}/ApplicationServer/ServerName is 'as1': it has to be a SIP URI`,
        `${ofCriterion}/ApplicationServer/DefaultHandling is '2': it has to be 0 to 1`,
      ],
    ],
    [
      around(`${identity}<Extension><SharedIFCSetID>x</SharedIFCSetID></Extension>`),
      [
        "IMSSubscription/ServiceProfile/Extension/SharedIFCSetID is 'x': it has to be a whole number that is not negative",
      ],
    ],
  ])('says what is wrong with %s', (document, problems) => {
    expect(userDataProblems(document)).toEqual(problems);
  });
});
