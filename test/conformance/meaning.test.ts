/** RFC 3261 7.3.1, 19.1.4, 20: what is written otherwise but means the same breaks no rule; what means something else does. */
import { isSameAddressList, isSameHeader, isSameRoute } from '../../src/conformance/rules/meaning.js';
import { parseMessage, type SipMessage } from '../../src/sip/index.js';
import { brokenIn, type Sent } from './handmade.js';

function messageWith(header: string): SipMessage {
  const text = `OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=a\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n${header}\r\n\r\n`;
  return parseMessage(Buffer.from(text, 'latin1')) as SipMessage;
}

const sameContact = (one: string, other: string): boolean =>
  isSameHeader('Contact', messageWith(`Contact: ${one}`), messageWith(`Contact: ${other}`));

const tagged = '<sip:b@h>;tag=t';

/** A P-CSCF forwards an INVITE with this in place of that. */
function forwarded(contact: string): readonly Sent[] {
  return [
    ['ue1', 'pcscf1', 'INVITE', { contact: '<sip:b@10.0.0.2;ob>;q=0.5;+g.x="1"' }],
    ['pcscf1', 'scscf1', 'INVITE', { through: ['ue1'], contact }],
  ];
}

/** A refused INVITE whose ACK has these. */
function refused(ack: { readonly uri: string; readonly route: string; readonly to: string }): readonly Sent[] {
  const headers = ['Route: <sip:p@10.1.0.1;lr>, <sip:s@example.org;lr>'];
  return [
    ['ue1', 'pcscf1', 'INVITE', { uri: 'sip:b@example.org;user=phone', headers }],
    ['pcscf1', 'ue1', '486 INVITE', { branch: 'INVITE', to: tagged }],
    ['ue1', 'pcscf1', 'ACK', { branch: 'INVITE', uri: ack.uri, to: ack.to, headers: [`Route: ${ack.route}`] }],
  ];
}

const same = {
  uri: 'SIP:b@EXAMPLE.org;user=phone',
  route: '<sip:p@10.1.0.1;lr>,<sip:s@Example.ORG;lr>',
  to: '<sip:b@H> ; tag=t',
};

describe('headers are compared by what they mean', () => {
  it('SIP-07 / RFC 3261 19.1.4: URIs within lists, parameters in any order', () => {
    expect(isSameAddressList(['<sip:a@H;lr;x=1>;q=1;p'], ['<sip:a@h;x=1;LR> ; p ;Q=1'])).toBe(true);
    expect(isSameAddressList(['<sip:a@h;x=1>'], ['<sip:a@h>'])).toBe(false);
    expect(isSameAddressList(['<sip:a@h>;q=1'], ['<sip:a@h>;q=0.9'])).toBe(false);
    expect(isSameAddressList(['*'], ['*'])).toBe(true);
    expect(isSameRoute(['<sip:a@h;lr>'], ['"A" <sip:a@H;lr>'])).toBe(true);
    expect(isSameRoute(['<sip:a@h;lr>', '<sip:b@h;lr>'], ['<sip:b@h;lr>', '<sip:a@h;lr>'])).toBe(false);
  });

  it('SIP-47 / RFC 3261 7.3.1: Contact and Content-Type', () => {
    expect(sameContact('<sip:a@h>;q=1;p, <sip:b@h>', '<sip:a@h>;p;q=1,<sip:b@H>')).toBe(true);
    expect(sameContact('<sip:a@h>', '<sip:a@h>, <sip:b@h>')).toBe(false);
    const sdp = (value: string): SipMessage => messageWith(`Content-Type: ${value}`);
    expect(isSameHeader('Content-Type', sdp('application/sdp;a=1;b=2'), sdp('Application/SDP; b = 2 ;a=1'))).toBe(true);
    expect(isSameHeader('Content-Type', sdp('application/sdp;a=1'), sdp('application/sdp'))).toBe(false);
  });

  it('SIP-47: a proxy may write Contact anew, and not another one', () => {
    expect(brokenIn(forwarded('<sip:b@10.0.0.2;ob>;+g.x="1" ;Q=0.5'))).not.toContain('SIP-47');
    expect(brokenIn(forwarded('<sip:b@10.0.0.2>;q=0.5;+g.x="1"'))).toContain('SIP-47');
  });

  it('SIP-35 / RFC 3261 17.1.1.3: the ACK of a refusal', () => {
    expect(brokenIn(refused(same))).not.toContain('SIP-35');
    expect(brokenIn(refused({ ...same, uri: 'sip:B@example.org;user=phone' }))).toContain('SIP-35');
    expect(brokenIn(refused({ ...same, route: '<sip:p@10.1.0.1;lr>' }))).toContain('SIP-35');
    expect(brokenIn(refused({ ...same, to: '<sip:b@h>;tag=T' }))).toContain('SIP-35');
  });
});
