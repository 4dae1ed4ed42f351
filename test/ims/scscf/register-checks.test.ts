/** What the S-CSCF checks of a REGISTER beside its RES, and what it lists again: REG-43, REG-45, RFC 3261 10.3, RFC 3840 9. */
import { HandUe } from '../hand-ue.js';
import { startNetwork } from '../network.js';

function scene() {
  const network = startNetwork();
  const ue = new HandUe(network, 1);
  return { network, ue };
}

describe('the answer to a challenge', () => {
  it.each([
    ['realm', /realm="[^"]*"/, 'realm="elsewhere.example"'],
    ['algorithm', /algorithm=AKAv1-MD5/, 'algorithm=MD5'],
  ])('REG-43, AKA-35: is in terms of another %s: 403', (_what, part, other) => {
    const { ue } = scene();
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    const right = ue.answer(challenged);
    expect(right).toMatch(part);
    expect(ue.register({ authorization: right.replace(part, other) }).status).toBe(403);
  });

  it('AKA-35: does not repeat the algorithm: the challenged one is meant', () => {
    const { ue } = scene();
    const challenged = ue.register({ authorization: ue.firstAuthorization });
    expect(ue.register({ authorization: ue.answer(challenged).replace(/,\s*algorithm=AKAv1-MD5/, '') }).status).toBe(
      200,
    );
  });
});

it('RFC 3261 10.3 step 2: Require names what the S-CSCF does not know: 420, and no vector is fetched', () => {
  const { network, ue } = scene();
  const refused = ue.register({ authorization: ue.firstAuthorization, headers: [['Require', 'x-nothing']] });
  expect(refused.status).toBe(420);
  expect(refused.header('Unsupported')).toBe('x-nothing');
  expect(network.causes).toContain('scscf1 cause.unsupportedOption');
});

it('REG-45, RFC 3840 9: feature parameters are listed as they were given, quoted', () => {
  const { ue } = scene();
  const feature = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"';
  const granted = ue.registerAka({ contacts: [`<${ue.contact}>;${feature};+g.3gpp.smsip`] });
  expect(granted.header('Contact')).toBe(`<${ue.contact}>;expires=3600;${feature};+g.3gpp.smsip`);
});

it('SIP-58, RFC 3261 10.3 step 6: Contact: * beside another contact: 400, and nothing is removed', () => {
  const { ue } = scene();
  ue.registerAka();
  expect(ue.registerAka({ contacts: ['*', '<sip:a@192.0.2.7>'], expires: 0 }).status).toBe(400);
  expect(ue.registerAka({ contacts: ['<sip:a@192.0.2.7>', '*'], expires: 0 }).status).toBe(400);
  expect(ue.registerAka({ contacts: ['<sip:a@192.0.2.7>, *'], expires: 0 }).status).toBe(400);
  expect(ue.registerAka({ contacts: ['*, <sip:a@192.0.2.7>'], expires: 0 }).status).toBe(400);
  expect(ue.registerAka({ contacts: [], expires: -1 }).headers('Contact')).toHaveLength(1);
});

it.each([
  ['Expires: 3600', ['*'], 3600],
  ['no Expires', ['*'], -1],
  ['another contact behind it', ['*', '<sip:a@192.0.2.7>'], 0],
  ['another contact before it', ['<sip:a@192.0.2.7>', '*'], 0],
])(
  'SIP-58, REG-30, RFC 3261 10.3 step 6: Contact: * with %s, of a user that is not registered: 400 of the registrar, too',
  (_what, contacts, expires) => {
    const { ue, network } = scene();
    expect(ue.registerAka({ contacts, expires }).status).toBe(400);
    expect(network.causes).toEqual(['scscf1 cause.registerRefused']);
    expect(network.notes.at(-1)!.text).toContain('Contact: *');
  },
);

it('CX-UAR, REG-30: Contact: * with Expires: 0, of a user that is not registered: the HSS knows of nothing to end: 403', () => {
  const { ue, network } = scene();
  expect(ue.registerAka({ contacts: ['*'], expires: 0 }).status).toBe(403);
  expect(network.causes).toEqual(['hss1 cause.identityNotRegistered', 'icscf1 cause.identityNotRegistered']);
});

it('RFC 5627 5.1: a contact that is an identity of the home network would lead back to the S-CSCF: 403, and it says so', () => {
  const { ue, network } = scene();
  expect(ue.registerAka({ contacts: [`<${ue.identity}>`] }).status).toBe(403);
  expect(network.notes.at(-1)!.text).toContain('Contact names an identity and no address');
});
