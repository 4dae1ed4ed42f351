/** What a UE says of itself that only the network may say. REG-20, REG-26, TS 33.203 Annexes R and T; TS 24.229 §5.2.2.1. */
import { HandUe } from '../hand-ue.js';
import { startNetwork } from '../network.js';

function sentHome(network: ReturnType<typeof startNetwork>) {
  return network.sent('pcscf1', 'icscf1', 'REGISTER').at(-1)!;
}

describe('a REGISTER of a UE', () => {
  it('REG-20, RFC 3327 5: brings no Path of its own to the registrar', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    ue.register({ authorization: ue.firstAuthorization, headers: [['Path', '<sip:lie@192.0.2.99;lr;ob>']] });
    expect(sentHome(network).path.map(({ uri }) => uri.host)).toEqual([network.addresses.pcscf1]);
  });

  it.each([
    'ADSL;dsl-location="line 1";network-provided',
    'ADSL;dsl-location="line 1";network-provided=1',
    'ADSL;dsl-location="line 1"; Network-Provided-x',
  ])('REG-20: %s says nothing of the network', (value) => {
    const network = startNetwork();
    const ue = new HandUe(network);
    ue.register({ authorization: ue.firstAuthorization, headers: [['P-Access-Network-Info', value]] });
    expect(sentHome(network).header('P-Access-Network-Info')).toBe('ADSL;dsl-location="line 1"');
  });

  it('a quoted string is no parameter', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const value = 'ADSL;x=";network-provided";dsl-location="line 1"';
    ue.register({ authorization: ue.firstAuthorization, headers: [['P-Access-Network-Info', value]] });
    expect(sentHome(network).header('P-Access-Network-Info')).toBe(value);
  });

  it('TS 33.203 T.4: without Authorization a second Via is refused, and one sentence says why', () => {
    const network = startNetwork();
    const ue = new HandUe(network);
    const forged = [['Via', 'SIP/2.0/UDP 192.0.2.8:5060;branch=z9hG4bKx']] as const;
    expect(ue.register({ headers: forged }).status).toBe(403);
    expect(network.causes).toEqual(['pcscf1 cause.severalVias']);
    expect(network.sent('pcscf1', 'icscf1', 'REGISTER')).toEqual([]);
  });
});
