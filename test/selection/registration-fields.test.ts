/** Fields that scenarios about registration read. */
import { formatRegInfo } from '../../src/ims/reg-event/reg-info-format.js';
import { compilePattern, PatternError, readField } from '../../src/selection/index.js';
import { home, seen, sip } from './messages.js';

const head = [
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;keep',
  'From: <sip:a@b>;tag=1',
  'To: <sip:a@b>',
  'Call-ID: c',
];

const [alice, number] = [`sip:alice@${home}`, 'tel:+15550100001'];

const document = formatRegInfo({
  version: 3,
  state: 'partial',
  registrations: [
    {
      aor: alice,
      id: 'r1',
      state: 'active',
      contacts: [
        {
          id: 'c1',
          uri: 'sip:192.0.2.1',
          state: 'active',
          event: 'shortened',
          expires: 60,
          callId: 'call-1',
          cseq: 2,
          q: '0.5',
          displayName: 'Café',
          durationRegistered: 7,
          unknownParams: [
            ['+sip.instance', '<urn:gsma:imei:1>'],
            ['+g.3gpp.smsip', ''],
          ],
          pubGruu: `${alice};gr=1`,
          tempGruu: { uri: `sip:t1@${home};gr`, firstCseq: 1 },
        },
        { id: 'c2', uri: 'sip:192.0.2.2', state: 'terminated', event: 'probation', retryAfter: 9, unknownParams: [] },
      ],
    },
    { aor: number, id: 'r2', state: 'terminated', contacts: [], wildcardedIdentity: 'tel:!.*!' },
  ],
});

const notify = sip(
  [
    'NOTIFY sip:ue1 SIP/2.0',
    ...head,
    'CSeq: 1 NOTIFY',
    'Event: reg',
    'Subscription-State: terminated;reason=deactivated;retry-after=5',
    'Content-Type: application/reginfo+xml',
  ],
  Buffer.from(document).toString('latin1'),
);

const read = (bytes: Buffer, path: string) => readField(seen(bytes), path);

describe('RFC 3680 5: registration documents', () => {
  it.each([
    ['reginfo.version', ['3']],
    ['reginfo.state', ['partial']],
    ['reginfo.registration', [alice, number]],
    ['reginfo.registration.state', ['active', 'terminated']],
    ['reginfo.registration[2].aor', [number]],
    ['reginfo.registration.wildcardedIdentity', ['tel:!.*!']],
    [`reginfo."${number}".state`, ['terminated']],
    [`reginfo."${number}".contact.event`, []],
    ['reginfo."sip:nobody@b".state', []],
    [`reginfo."${alice}".contact.event`, ['shortened', 'probation']],
    [`reginfo."${alice}".contact`, ['sip:192.0.2.1', 'sip:192.0.2.2']],
    ['reginfo.registration[1].contact[2].retry-after', ['9']],
    ['reginfo.registration.contact.expires', ['60']],
    ['reginfo.registration.contact.callid', ['call-1']],
    ['reginfo.registration.contact.cseq', ['2']],
    ['reginfo.registration.contact.q', ['0.5']],
    ['reginfo.registration.contact.display-name', ['Café']],
    ['reginfo.registration.contact.duration-registered', ['7']],
    ['reginfo.registration.contact.id', ['c1', 'c2']],
    ['reginfo.registration.contact.pub-gruu', [`${alice};gr=1`]],
    ['reginfo.registration.contact.temp-gruu', [`sip:t1@${home};gr`]],
    ['reginfo.registration.contact.first-cseq', ['1']],
    ['reginfo.registration.contact.unknown-param', ['+sip.instance', '+g.3gpp.smsip']],
    ['reginfo.registration.contact.unknown-param.+sip.instance', ['<urn:gsma:imei:1>']],
    ['reginfo.registration.contact.unknown-param.+g.3gpp.smsip', ['true']],
  ])('%s', (path, values) => {
    expect(read(notify, path)).toEqual(values);
    expect(() => compilePattern({ message: 'NOTIFY', with: { [path]: 'x' } })).not.toThrow();
  });

  it('the document as a whole; none where it is none, or broken', () => {
    expect(read(notify, 'reginfo')).toEqual([document]);
    expect(read(sip(['NOTIFY sip:ue1 SIP/2.0', ...head]), 'reginfo.state')).toEqual([]);
    const broken = Buffer.from(notify.toString('latin1').replace('</reginfo>', ''), 'latin1');
    expect(read(broken, 'reginfo.state')).toEqual([]);
    expect(read(broken, 'reginfo')).toHaveLength(1);
  });

  it('is picked by patterns', () => {
    const fits = (path: string, value: string) =>
      compilePattern({ message: 'NOTIFY', with: { [path]: value } }).matches(seen(notify));
    expect(fits(`reginfo."${alice}".contact.event`, 'shortened')).toBe(true);
    expect(fits(`reginfo."${alice}".contact.event`, 'rejected')).toBe(false);
    expect(fits('Subscription-State.reason', 'deactivated')).toBe(true);
  });

  it.each([
    [
      'reginfo.registraton.aor',
      /registration documents have no field registraton; did you mean 'registration'\? An identity stands in double quotes/,
    ],
    ['reginfo.registration.aro', /registrations in registration documents have no field aro; did you mean 'aor'\?/],
    [
      'reginfo.registration.contact.evnt',
      /contacts in registration documents have no field evnt; did you mean 'event'\?/,
    ],
    ['reginfo.version.x', /version has no field x; end the path with version/],
    ['reginfo.registration.aor.x', /aor has no field x; end the path with aor/],
    ['reginfo.registration.contact.uri.host', /uri has no field host; end the path with uri/],
  ])('%s is refused', (path, why) => {
    const compile = () => compilePattern({ with: { [path]: 'x' } });
    expect(compile).toThrow(PatternError);
    expect(compile).toThrow(why);
  });
});

describe('headers of registrations', () => {
  const ok = sip([
    'SIP/2.0 200 OK',
    ...head,
    'CSeq: 2 REGISTER',
    `Contact: <sip:alice@192.0.2.1;ob>;expires=600;pub-gruu="${alice};gr=1";temp-gruu="sip:t@b;gr";reg-id=1;+g.3gpp.smsip, <sip:alice@192.0.2.2>;expires=300`,
    'P-Associated-URI: <sip:alice@b>, <tel:+15550100001>',
    'Authentication-Info: nextnonce="n1",qop=auth-int,rspauth="0a",cnonce="c",nc=00000001',
    'Security-Server: ipsec-3gpp;q=0.5;alg=hmac-sha-1-96;ealg=aes-cbc;spi-c=1000;spi-s=1001;port-c=5062;port-s=5063, ipsec-3gpp;alg=null',
    'Security-Verify: ipsec-3gpp;q=0.1;alg=hmac-md5-96;spi-c=5',
    'Security-Client: ipsec-3gpp; alg=hmac-md5-96; ealg=null; mod=UDP-enc-tun',
    'Feature-Caps: *;+g.3gpp.atcf="<tel:+1>";+g.3gpp.ps2cs-srvcc-orig-pre-alerting',
    'P-Charging-Function-Addresses: ccf=192.0.2.9; ccf="[2001:db8::9]"',
    'Flow-Timer: 120',
    'Require: outbound, gruu',
    'Service-Route: <sip:scscf1;lr>, <sip:other;lr>',
  ]);

  it.each([
    ['Contact.pub-gruu', [`${alice};gr=1`]],
    ['Contact.temp-gruu', ['sip:t@b;gr']],
    ['Contact.reg-id', ['1']],
    ['Contact.+g.3gpp.smsip', ['true']],
    ['Contact[2].+g.3gpp.smsip', []],
    ['Contact.uri.ob', ['true']],
    ['Contact.expires', ['600', '300']],
    ['P-Associated-URI.uri', ['sip:alice@b', 'tel:+15550100001']],
    ['Authentication-Info.nextnonce', ['n1']],
    ['Authentication-Info.rspauth', ['0a']],
    ['Authentication-Info.qop', ['auth-int']],
    ['Authentication-Info.nc', ['00000001']],
    ['Security-Server.alg', ['hmac-sha-1-96', 'null']],
    ['Security-Server[2].alg', ['null']],
    ['Security-Server.value', ['ipsec-3gpp', 'ipsec-3gpp']],
    ['Security-Server.spi-c', ['1000']],
    ['Security-Server.port-s', ['5063']],
    ['Security-Verify.q', ['0.1']],
    ['Security-Client.ealg', ['null']],
    ['Security-Client.mod', ['UDP-enc-tun']],
    ['Feature-Caps.+g.3gpp.atcf', ['<tel:+1>']],
    ['Feature-Caps.+g.3gpp.ps2cs-srvcc-orig-pre-alerting', ['true']],
    ['Flow-Timer', ['120']],
    ['Require', ['outbound', 'gruu']],
    ['Service-Route[2].uri.host', ['other']],
    ['Via.keep', ['true']],
  ])('%s', (path, values) => {
    expect(read(ok, path)).toEqual(values);
  });
});
