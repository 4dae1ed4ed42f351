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

it.each(['1.5', '0.1234', '-1', '', 'high'])(
  'RFC 3261 20.10, 25.1: a q of "%s" is no qvalue: 400, and nothing is bound',
  (q) => {
    const { ue } = scene();
    expect(ue.registerAka({ contacts: [`<${ue.contact}>;q=${q}`] }).status).toBe(400);
    expect(ue.registerAka({ contacts: [], expires: -1 }).headers('Contact')).toHaveLength(0);
  },
);

it.each(['0', '0.', '0.5', '0.123', '1', '1.000'])('RFC 3261 20.10, 25.1: a q of %s is listed as it was given', (q) => {
  const { ue } = scene();
  const granted = ue.registerAka({ contacts: [`<${ue.contact}>;q=${q}`] });
  expect(granted.header('Contact')).toBe(`<${ue.contact}>;expires=3600;q=${q}`);
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

const instance = '+sip.instance="<urn:gsma:imei:35622410-483841-0>"';

describe('one Contact written twice is one (RFC 3261 10.3 step 7: one after the other)', () => {
  it.each([
    ['the same', (c: string) => [`<${c}>;expires=600`, `<${c}>;expires=600`], 600],
    [
      'the same in one line, in another spelling',
      (c: string) => [`<${c}>;expires=600, <${c.replace('sip:', 'SIP:')}>;expires=600`],
      600,
    ],
    ['with another time: the last one counts', (c: string) => [`<${c}>;expires=600`, `<${c}>;expires=700`], 700],
    ['removed and bound', (c: string) => [`<${c}>;expires=0`, `<${c}>;expires=700`], 700],
  ] as const)('SIP-58: %s', (_what, contacts, seconds) => {
    const { ue } = scene();
    const granted = ue.registerAka({ contacts: contacts(ue.contact) });
    expect(granted.status).toBe(200);
    expect(granted.addresses('Contact').map(({ parameters }) => parameters.get('expires'))).toEqual([String(seconds)]);
  });

  it('SIP-58: bound and removed: it is gone', () => {
    const { ue, network } = scene();
    expect(ue.registerAka({ contacts: [`<${ue.contact}>`] }).status).toBe(200);
    const removed = ue.registerAka({ contacts: [`<${ue.contact}>;expires=600`, `<${ue.contact}>;expires=0`] });
    expect([removed.status, removed.addresses('Contact').map(({ parameters }) => parameters.get('expires'))]).toEqual([
      200,
      ['0'],
    ]);
    network.run(60_000);
    expect(network.nodes.get('pcscf1')!.function.counts).toMatchObject({ registered: 0 });
  });
});

describe('RFC 5626 11: reg-id is a number from 1 to 2^31 - 1', () => {
  it.each(['0', 'x', '2147483648', '1.5'])(
    'REG-46: reg-id=%s names no flow, at the P-CSCF and at the S-CSCF alike: bound as one contact, without outbound',
    (regId) => {
      const { ue, network } = scene();
      const contacts = [`<${ue.contact}>;${instance};reg-id=${regId}`];
      const headers = [['Supported', 'outbound, path']] as const;
      const granted = ue.registerAka({ contacts, headers });
      expect([granted.status, granted.hasOption('Require', 'outbound')]).toEqual([200, false]);
      const [register] = network.sent('icscf1', 'scscf1', 'REGISTER');
      expect(register!.header('Path')).not.toContain(';ob');
      // Both know one contact: the next REGISTER without reg-id is of the same.
      expect(ue.registerAka({ contacts: [`<${ue.contact}>;${instance}`] }).addresses('Contact')).toHaveLength(1);
      expect(network.nodes.get('pcscf1')!.function.counts).toMatchObject({ registrations: 1, registered: 1 });
    },
  );

  it('REG-46 / RFC 5626 11.6: without Supported: outbound it names no flow, where the first hop knows outbound and where it does not', () => {
    const { ue, network } = scene();
    const contacts = [`<${ue.contact}>;${instance};reg-id=1`];
    const headers = [['Supported', 'gruu']] as const;
    const granted = ue.registerAka({ contacts, headers });
    expect([granted.status, granted.hasOption('Require', 'outbound'), granted.header('Contact')]).toEqual([
      200,
      false,
      expect.not.stringContaining('reg-id'),
    ]);
    const counts = () =>
      [network.nodes.get('pcscf1')!, network.nodes.get('scscf1')!].map((node) => node.function.counts);
    expect(counts()).toMatchObject([{ registrations: 1, registered: 1 }, { registrations: 1 }]);
    // It may be removed with it and without, by a UE that says outbound now and by one that does not.
    for (const [removing, supported] of [
      [`<${ue.contact}>;${instance};reg-id=1`, 'gruu'],
      [`<${ue.contact}>;${instance};reg-id=1`, 'outbound'],
      [`<${ue.contact}>`, 'gruu'],
    ] as const) {
      expect(ue.registerAka({ contacts, headers }).status).toBe(200);
      expect(ue.registerAka({ contacts: [removing], headers: [['Supported', supported]], expires: 0 }).status).toBe(
        200,
      );
      network.run(60_000);
      expect(counts()).toMatchObject([{ registered: 0 }, { registrations: 0 }]);
    }
  });

  it('RFC 5626 11.6: nor does it make two addresses one contact: the one with expires=0 goes, the other is bound', () => {
    const { ue } = scene();
    const next = ue.contact.replace('sip:', 'sip:next-');
    const [older, newer] = [ue.contact, next].map((uri) => `<${uri}>;${instance};reg-id=1`);
    const headers = [['Supported', 'gruu']] as const;
    expect(ue.registerAka({ contacts: [older!], headers }).status).toBe(200);
    const moved = ue.registerAka({ contacts: [newer!, `${older};expires=0`], headers });
    expect([moved.status, moved.addresses('Contact').filter((each) => each.parameters.get('expires') !== '0')]).toEqual(
      [200, [expect.objectContaining({ uri: expect.objectContaining({ text: next }) })]],
    );
  });

  it('REG-46: reg-id=2147483647 does, and 01 is 1', () => {
    const { ue, network } = scene();
    const headers = [['Supported', 'outbound, path']] as const;
    for (const regId of ['2147483647', '01', '1']) {
      const granted = ue.registerAka({ contacts: [`<${ue.contact}>;${instance};reg-id=${regId}`], headers });
      expect([granted.status, granted.hasOption('Require', 'outbound')]).toEqual([200, true]);
    }
    expect(network.nodes.get('scscf1')!.function.counts).toMatchObject({ registrations: 1 });
    expect(network.nodes.get('pcscf1')!.function.counts).toMatchObject({ registrations: 2 });
  });
});

describe('a refusal before any procedure says why', () => {
  it('RFC 3261 16.3 item 3: Max-Forwards used up: 483', () => {
    const { ue, network } = scene();
    const register = ue
      .makeRegister({ authorization: ue.firstAuthorization })
      .edit()
      .set('Max-Forwards', '1')
      .message();
    expect(ue.finalOf(ue.send(register)).status).toBe(483);
    expect(network.causes).toEqual(['icscf1 cause.tooManyHops', 'pcscf1 cause.nextHopRefused']);
    expect(network.notes.at(-2)!.text).toContain('REGISTER for sip:001010000000001@');
  });

  it('RFC 3261 16.3 item 5: Proxy-Require with what nobody knows: 420', () => {
    const { ue, network } = scene();
    const refused = ue.register({ authorization: ue.firstAuthorization, headers: [['Proxy-Require', 'x-nothing']] });
    expect([refused.status, refused.header('Unsupported')]).toEqual([420, 'x-nothing']);
    expect(network.causes).toEqual(['pcscf1 cause.unsupportedOption']);
    expect(network.notes.at(-1)!.text).toContain('x-nothing');
  });
});

it('RFC 3261 10.2: a REGISTER before the one before it is answered: 500 with Retry-After, a sentence, and the first goes on', () => {
  const { ue, network } = scene();
  const first = ue.send(ue.makeRegister({ authorization: ue.firstAuthorization }));
  const second = ue.send(ue.makeRegister({ authorization: ue.firstAuthorization }));
  expect(ue.finalOf(second).status).toBe(500);
  expect(second.final!.header('Retry-After')).toBe('1');
  expect(ue.finalOf(first).status).toBe(401);
  expect(network.causes).toEqual(['scscf1 cause.registerOverlaps']);
});
