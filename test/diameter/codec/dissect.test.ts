import { encodeErrorAnswer } from '../../../src/diameter/codec/error-answer.js';
import { base, cx, dissect, encodeAnswer, encodeRequest, summariseDiameter } from '../../../src/diameter/index.js';
import { uar } from '../peer/lab.js';

const ids = { hopByHop: 1, endToEnd: 2 };
const head = {
  'Session-Id': 'icscf1.ims.example;1;1',
  'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 },
  'Auth-Session-State': 1,
  'Origin-Host': 'hss1.ims.example',
  'Origin-Realm': 'ims.example',
} as const;

describe('one line for a ladder', () => {
  it.each([
    ['UAR', uar(ids)],
    [
      'UAA 2001 FIRST_REGISTRATION',
      encodeAnswer(cx.commands['User-Authorization'], ids, {
        ...head,
        'Experimental-Result': { 'Vendor-Id': 10415, 'Experimental-Result-Code': 2001 },
      }),
    ],
    ['UAA 2001 SUCCESS', encodeAnswer(cx.commands['User-Authorization'], ids, { ...head, 'Result-Code': 2001 })],
    [
      'UAA 5003 ERROR_IDENTITY_NOT_REGISTERED',
      encodeAnswer(cx.commands['User-Authorization'], ids, {
        ...head,
        'Experimental-Result': { 'Vendor-Id': 10415, 'Experimental-Result-Code': 5003 },
      }),
    ],
    [
      'MAA 5003 AUTHORIZATION_REJECTED',
      encodeAnswer(cx.commands['Multimedia-Auth'], ids, { ...head, 'Result-Code': 5003 }),
    ],
    [
      'UAA 3002 UNABLE_TO_DELIVER',
      encodeErrorAnswer(uar(ids), cx as never, { originHost: 'h', originRealm: 'r' }, { resultCode: 3002 }),
    ],
    [
      'DWR',
      encodeRequest(base.commands['Device-Watchdog'], ids, { 'Origin-Host': 'a.example', 'Origin-Realm': 'example' }),
    ],
  ])('%s', (summary, bytes) => {
    expect(summariseDiameter(bytes).summary).toBe(summary);
  });

  it('CX-65: a retransmitted request shows it', () => {
    const bytes = uar(ids);
    bytes[4]! |= 0x10;
    expect(summariseDiameter(bytes).summary).toBe('UAR (retransmitted)');
  });

  it('foreign commands have their names from the npm package', () => {
    const bytes = Buffer.alloc(20);
    bytes.writeUInt32BE((1 << 24) | 20, 0);
    bytes.writeUInt32BE(((0xc0 << 24) | 272) >>> 0, 4);
    bytes.writeUInt32BE(4, 8);
    expect(dissect(bytes)).toMatchObject({
      name: 'Credit-Control-Request',
      summary: 'CCR',
      application: { id: 4, name: 'Diameter Credit Control Application' },
    });
  });
});

describe('every AVP by name', () => {
  it('groups, enumerations, text and octets', () => {
    const bytes = encodeAnswer(cx.commands['Multimedia-Auth'], ids, {
      ...head,
      'Result-Code': 2001,
      'SIP-Auth-Data-Item': [{ 'SIP-Item-Number': 1, 'SIP-Authenticate': Buffer.from('ABCD') }],
      AVP: [
        { code: 70_000, vendor: 42, mandatory: false, data: Buffer.from([1, 2]) },
        { code: 16, vendor: 10415, mandatory: true, data: Buffer.alloc(4) },
      ],
    });
    const message = dissect(bytes);
    expect(message).toMatchObject({
      name: 'Multimedia-Auth-Answer',
      summary: 'MAA 2001 SUCCESS',
      application: { id: 16777216, name: '3GPP Cx/Dx' },
      request: false,
      proxiable: true,
      fault: undefined,
    });
    expect('avps' in message && message.avps.slice(2)).toEqual([
      { name: 'Result-Code', code: 268, vendor: 0, flags: '-M-', value: 2001, meaning: 'SUCCESS' },
      {
        name: 'Auth-Session-State',
        code: 277,
        vendor: 0,
        flags: '-M-',
        value: 1,
        meaning: 'NO_STATE_MAINTAINED',
      },
      { name: 'Origin-Host', code: 264, vendor: 0, flags: '-M-', value: 'hss1.ims.example', meaning: undefined },
      { name: 'Origin-Realm', code: 296, vendor: 0, flags: '-M-', value: 'ims.example', meaning: undefined },
      {
        name: 'SIP-Auth-Data-Item',
        code: 612,
        vendor: 10415,
        flags: 'VM-',
        value: [
          { name: 'SIP-Item-Number', code: 613, vendor: 10415, flags: 'VM-', value: 1, meaning: undefined },
          // Octets that happen to be letters are octets all the same.
          { name: 'SIP-Authenticate', code: 609, vendor: 10415, flags: 'VM-', value: '0x41424344', meaning: undefined },
        ],
        meaning: undefined,
      },
      { name: 'AVP-70000', code: 70_000, vendor: 42, flags: 'V--', value: '0x0102', meaning: undefined },
      expect.objectContaining({ name: '3GPP-GGSN-IPv6-Address', code: 16, vendor: 10415 }),
    ]);
  });

  it('says where a message cannot be read any further', () => {
    const bytes = uar(ids);
    bytes.writeUIntBE(0, 25, 3);
    expect(dissect(bytes)).toMatchObject({ avps: [], fault: 'AVP length at octet 20 does not fit' });
    expect(dissect(uar(ids).subarray(0, 60))).toHaveProperty('fault');
    expect(dissect(Buffer.from('REGISTER sip:ims.example SIP/2.0'))).toEqual({ fault: 'version 82 is not Diameter' });
  });
});
