/** The P-CSCF as edge proxy: flows, keep-alives. RFC 5626 5.1 to 5.3; RFC 6223 4.4. */
import { HandServer, HandUe } from '../hand-ue.js';
import { publicIdentityOf, startNetwork } from '../network.js';

function scene(keepAlive?: number) {
  const network = startNetwork({ down: ['icscf1'], pcscf: { keepAlive } });
  const home = new HandServer(network, 'icscf1');
  home.onRequest = (request) => {
    const { message } = request;
    const headers = message.headers('Contact').map((value) => ['Contact', `${value};expires=600`] as const);
    request.reply(200, { headers });
  };
  const ue = new HandUe(network);
  ue.onRequest = (request) => request.reply(200);
  /** A request of the home network along the Path of the last REGISTER. */
  const call = () => {
    const path = home.received('REGISTER').at(-1)!.message.header('Path')!;
    const request = home.makeRequest('MESSAGE', ue.contact).edit().append('Route', path).message();
    return home.finalOf(home.send(request, home.sip.nextHop(request)));
  };
  return { network, home, ue, call };
}

const contact = (ue: HandUe, regId: number): string =>
  `<${ue.contact};ob>;+sip.instance="<urn:gsma:imei:35622410-483841-0>";reg-id=${regId}`;
const outbound = [['Supported', 'outbound']] as const;

describe('RFC 5626: flows', () => {
  it('REG-20 / 5.1: ob in Path for a UE that registers a flow, and for no other', () => {
    const { home, ue } = scene();
    ue.register({ contacts: [contact(ue, 1)], headers: outbound });
    ue.register({ contacts: [contact(ue, 1)], headers: [['Supported', 'gruu']] });
    ue.register({ headers: outbound });
    const paths = home.received('REGISTER').map(({ message }) => message.path[0]!.uri.parameters.has('ob'));
    expect(paths).toEqual([true, false, false]);
  });

  it('two flows with one contact have each a token of their own', () => {
    const { home, ue } = scene();
    for (const regId of [1, 2]) ue.register({ contacts: [contact(ue, regId)], headers: outbound });
    const [one, two] = home.received('REGISTER').map(({ message }) => message.path[0]!.uri.user);
    expect(one).not.toBe(two);
  });

  it('SIP-25 / 5.3: a request goes over the flow, wherever the contact points', () => {
    const { network, ue, call } = scene();
    const elsewhere = `<sip:ue@192.0.2.77:9;ob>;+sip.instance="<urn:x>";reg-id=1`;
    const register = ue.makeRegister({ contacts: [elsewhere], headers: outbound });
    const tcp = [{ protocol: 'tcp' as const, endpoint: network.proxy[0]!.endpoint }];
    expect(ue.finalOf(ue.send(register, tcp)).status).toBe(200);
    expect(call().status).toBe(200);
    expect(ue.received('MESSAGE')[0]!.source.protocol).toBe('tcp');
    expect(ue.sip.counts.connections).toBe(1);
  });

  it('5.3: the connection is gone: 430 and a sentence; over UDP to where the REGISTER came from', () => {
    const { network, ue, call } = scene();
    const register = ue.makeRegister({ contacts: [contact(ue, 1)], headers: outbound });
    const tcp = [{ protocol: 'tcp' as const, endpoint: network.proxy[0]!.endpoint }];
    expect(ue.finalOf(ue.send(register, tcp)).status).toBe(200);
    ue.sip.close();
    network.run(1000);
    expect(call().status).toBe(430);
    expect(network.causes).toEqual(['pcscf1 cause.flowFailed']);
  });

  it('5.2: a token that was never given leads nowhere', () => {
    const { network, home, ue } = scene();
    ue.register({ contacts: [contact(ue, 1)], headers: outbound });
    const forged = home
      .makeRequest('MESSAGE', publicIdentityOf(1))
      .edit()
      .append('Route', `<sip:term-0000000000000000@${network.addresses.pcscf1}:5060;lr;ob>`)
      .message();
    expect(home.finalOf(home.send(forged, home.sip.nextHop(forged))).status).toBe(403);
    expect(ue.received('MESSAGE')).toEqual([]);
  });
});

describe('RFC 6223: keep', () => {
  const keepIn = (network: ReturnType<typeof scene>['network']) =>
    network.sent('pcscf1', 'ue1', '200 REGISTER')[0]!.topVia.parameters.get('keep');
  const registerWithKeep = ({ network, ue }: ReturnType<typeof scene>): void => {
    let isOver = false;
    const user = {
      onResponse: () => {
        isOver = true;
      },
      onTimeout: () => {},
      onTransportError: () => {},
    };
    ue.sip.sendRequest(ue.makeRegister(), network.proxy, user, { keep: true });
    network.runUntil(() => isOver);
  };

  it('SIP-24 / RFC 6223: whoever offers it gets the interval', () => {
    const made = scene(30);
    registerWithKeep(made);
    expect(keepIn(made.network)).toBe('30');
  });

  it('without the setting, or without the offer, nothing is said', () => {
    const made = scene();
    registerWithKeep(made);
    expect(keepIn(made.network)).toBe(true);
    const other = scene(30);
    other.ue.register();
    expect(keepIn(other.network)).toBeUndefined();
  });
});
