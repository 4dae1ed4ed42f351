/** What the P-CSCF hears of registrations from the S-CSCF, and does about it. REG-27, REG-75, REG-76; TS 24.229 §5.2.3, §5.2.5.2, §5.2.8. */

import type { HssFunction } from '../../../src/ims/hss/index.js';
import { formatRegInfo, type RegistrationElement } from '../../../src/ims/reg-event/index.js';
import { distinctIdentity, implicitSet } from '../../../src/ims/subscription/subscriber.js';
import { dialogFromRequest, encodeUtf8, inDialogRequest, type ServerRequest } from '../../../src/sip/index.js';
import { HandServer, HandUe } from '../hand-ue.js';
import { homeDomain, imsiOf, publicIdentityOf, startNetwork, subscriber } from '../network.js';

function scene() {
  const network = startNetwork({ down: ['icscf1'], pcscf: { subscribe: true } });
  const home = new HandServer(network, 'icscf1');
  let subscription: ServerRequest | undefined;
  home.onRequest = (request) => {
    const { message } = request;
    if (message.method === 'SUBSCRIBE') {
      subscription ??= request;
      request.reply(200, {
        headers: [
          ['Contact', `<sip:scscf@${home.address}:5060>`],
          ['Expires', '600000'],
        ],
      });
    } else {
      request.reply(200, {
        headers: [
          ['Contact', `${message.header('Contact')!};expires=600`],
          ['P-Associated-URI', `<tel:+15550100001>, <${publicIdentityOf(1)}>`],
        ],
      });
    }
  };
  const ue = new HandUe(network);
  ue.register();
  network.runUntil(() => subscription !== undefined, 1000);
  const { message, localTag } = subscription!;
  const dialog = dialogFromRequest(message, localTag, 'confirmed');
  let version = 0;
  const notify = (
    contacts: RegistrationElement['contacts'],
    over = false,
    state: RegistrationElement['state'] = over ? 'terminated' : 'active',
  ): number => {
    const registrations = [{ aor: publicIdentityOf(1), id: 'r', state, contacts } as const];
    const body = encodeUtf8(formatRegInfo({ version: version++, state: 'full', registrations }));
    const request = inDialogRequest(dialog, 'NOTIFY', {
      headers: [
        ['Event', 'reg'],
        ['Contact', `<sip:scscf@${home.address}:5060>`],
        ['Subscription-State', over ? 'terminated;reason=noresource' : 'active;expires=600'],
      ],
      body,
      contentType: 'application/reginfo+xml',
    });
    return home.finalOf(home.send(request, home.sip.nextHop(request))).status;
  };
  const counts = () => network.nodes.get('pcscf1')!.counts;
  return { network, home, ue, message, notify, counts };
}

const contact = { id: 'c', unknownParams: [] } as const;

it('SIP-33 / TS 24.229 7.7: its SUBSCRIBE is repeated as core nodes repeat, whoever has not served a UE yet', () => {
  const network = startNetwork({ down: ['icscf1'], pcscf: { subscribe: true } });
  const home = new HandServer(network, 'icscf1');
  home.onRequest = (request) => {
    if (request.message.method !== 'REGISTER') return;
    request.reply(200, { headers: [['Contact', `${request.message.header('Contact')!};expires=600`]] });
  };
  new HandUe(network).register();
  network.run(1_400);
  expect(network.sent('pcscf1', 'icscf1', 'SUBSCRIBE')).toHaveLength(2); // at once and after T1, 500 ms
});

describe('REG-27: the P-CSCF watches', () => {
  it('SUBSCRIBE to the default SIP identity in its own name', () => {
    const { message, counts } = scene();
    expect(message.requestUri).toBe(publicIdentityOf(1));
    expect(message.to.uri.text).toBe(publicIdentityOf(1));
    expect(message.from.uri.text).toBe('sip:192.0.2.1:5060');
    expect(message.header('P-Asserted-Identity')).toBe('<sip:192.0.2.1:5060>');
    expect(message.header('Event')).toBe('reg');
    expect(message.expires).toBe(660_000);
    expect(message.header('P-Charging-Vector')).toContain(`orig-ioi="Type 1${homeDomain}"`);
    expect(counts().watches).toBe(1);
  });

  it('once for a user, however often it registers', () => {
    const { network, home, ue } = scene();
    ue.register();
    network.run(1000);
    expect(home.received('SUBSCRIBE')).toHaveLength(1);
  });

  it('what says that the contact stands changes nothing', () => {
    const { ue, notify, counts } = scene();
    expect(notify([{ ...contact, uri: ue.contact, state: 'active', event: 'registered' }])).toBe(200);
    expect(counts()).toMatchObject({ registered: 1, watches: 1 });
  });

  it('REG-76: terminated: the registration is over here, too, and so is the watch', () => {
    const { network, ue, notify } = scene();
    notify([{ ...contact, uri: ue.contact, state: 'active', event: 'registered' }]);
    expect(notify([{ ...contact, uri: ue.contact, state: 'terminated', event: 'rejected' }], true)).toBe(200);
    network.run(200_000);
    expect(network.leftovers()).toEqual({});
    expect(ue.finalOf(ue.send(ue.makeRequest('OPTIONS', publicIdentityOf(2)))).status).toBe(403);
  });

  it('REG-76: terminated without a contact, while the subscription goes on (Kamailio): over as well', () => {
    const { ue, notify, counts } = scene();
    notify([{ ...contact, uri: ue.contact, state: 'active', event: 'registered' }]);
    expect(notify([], false, 'terminated')).toBe(200);
    expect(counts().registered).toBe(0);
  });

  it('REG-76 / TS 24.229 5.2.5.2: where the UE watches too it has 64*T1 to hear of it, then it is over here', () => {
    const { network, ue, notify, counts } = scene();
    const watching = ue.makeRequest('SUBSCRIBE', publicIdentityOf(1), [
      ['Event', 'reg'],
      ['Expires', '600000'],
    ]);
    expect(ue.finalOf(ue.send(watching)).status).toBe(200);
    notify([], true);
    network.run(127_000);
    expect(counts()).toMatchObject({ registered: 1 });
    network.run(2_000);
    expect(counts()).toMatchObject({ registered: 0, registrations: 0 });
  });

  it('another contact of the user that ends is none of ours', () => {
    const { ue, notify, counts } = scene();
    notify([
      { ...contact, uri: ue.contact, state: 'active', event: 'registered' },
      { ...contact, id: 'd', uri: 'sip:other@192.0.2.77', state: 'terminated', event: 'expired' },
    ]);
    expect(counts().registered).toBe(1);
  });

  it('REG-75: shortened: it ends here 30 s after that', () => {
    const { network, ue, notify, counts } = scene();
    notify([{ ...contact, uri: ue.contact, state: 'active', event: 'shortened', expires: 60 }]);
    network.run(89_000);
    expect(counts().registered).toBe(1);
    network.run(2_000);
    expect(counts().registered).toBe(0);
  });

  it('REG-75: shortened to more than was granted: the grant holds', () => {
    const { network, ue, notify, counts } = scene();
    notify([{ ...contact, uri: ue.contact, state: 'active', event: 'shortened', expires: 4_000_000 }]);
    // The 600 s of the 200, and 30 s; what has passed of them is less than a second.
    network.run(629_000);
    expect(counts().registered).toBe(1);
    network.run(2_000);
    expect(counts().registered).toBe(0);
  });

  it('a NOTIFY of no subscription gets 481', () => {
    const { network, home } = scene();
    const request = home.makeRequest('NOTIFY', `sip:watch-0@${network.addresses.pcscf1}:5060`, [['Event', 'reg']]);
    const { status } = home.finalOf(home.send(request, [{ protocol: 'udp', endpoint: network.proxy[0]!.endpoint }]));
    expect(status).toBe(481);
  });
});

describe('REG-27, REG-80: each implicit set of a contact is watched', () => {
  const work = `sip:alice.work@${homeDomain}`;

  function scene() {
    const one = subscriber(1);
    const both = { ...one, implicitSets: [...one.implicitSets, implicitSet([distinctIdentity(work)])] };
    const network = startNetwork({ subscribers: [both], pcscf: { subscribe: true } });
    const ue = new HandUe(network);
    ue.onRequest = (request) => request.reply(200);
    expect(ue.registerAka().status).toBe(200);
    expect(ue.registerAka({ to: work, callId: 'work' }).status).toBe(200);
    network.run(10_000);
    const hss = network.nodes.get('hss1')!.function as HssFunction;
    const end = (publicIdentities: readonly string[]) => {
      const privateIdentity = `${imsiOf(1)}@${homeDomain}`;
      hss.deregister({ privateIdentity, publicIdentities, reason: 'PERMANENT_TERMINATION' }, () => undefined);
      network.run(10_000);
    };
    const counts = () => network.nodes.get('pcscf1')!.counts;
    return { network, ue, end, counts };
  }

  it('the network ends the second one: the first one stands; then it ends too, and the contact with it', () => {
    const { network, end, counts } = scene();
    expect(counts()).toMatchObject({ registered: 1, watches: 2 });
    end([work]);
    expect(counts()).toMatchObject({ registered: 1, watches: 1 });
    end([publicIdentityOf(1)]);
    expect(counts()).toMatchObject({ registered: 0, watches: 0 });
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });

  it('the network ends the first one: the second one stands until it ends too', () => {
    const { end, counts } = scene();
    end([publicIdentityOf(1)]);
    expect(counts()).toMatchObject({ registered: 1, watches: 1 });
    end([work]);
    expect(counts()).toMatchObject({ registered: 0, watches: 0 });
  });

  it('the UE de-registers the first one: what is said of it is not said of the second one', () => {
    const { network, ue, counts } = scene();
    expect(ue.deregister().status).toBe(200);
    network.run(10_000);
    expect(counts()).toMatchObject({ registered: 1, watches: 1 });
    expect(ue.registerAka({ to: work, callId: 'work', expires: 0 }).status).toBe(200);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });
});
