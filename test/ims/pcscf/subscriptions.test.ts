/** Subscriptions of a UE through the P-CSCF: their way, and their end. TS 24.229 §5.2.6; RFC 6665 4.3, 4.4.1. */
import { type Dialog, dialogFromResponse, inDialogRequest, type ServerRequest } from '../../../src/sip/index.js';
import { HandServer, HandUe } from '../hand-ue.js';
import { homeDomain, publicIdentityOf, startNetwork, type TestNetwork } from '../network.js';

/** A registered UE; the home network behind the P-CSCF is played by the test. */
function scene() {
  const network = startNetwork({ down: ['icscf1', 'scscf1'] });
  const home = new HandServer(network, 'icscf1');
  const serving = new HandServer(network, 'scscf1');
  home.onRequest = (request) =>
    request.reply(200, {
      headers: [
        ['Contact', `${request.message.header('Contact')!};expires=600`],
        ['Service-Route', `<sip:orig@${network.addresses.scscf1};lr>`],
        ['P-Associated-URI', `<${publicIdentityOf(1)}>`],
      ],
    });
  serving.onRequest = (request) => {
    if (request.message.method === 'SUBSCRIBE') accept(request, serving);
    else request.reply(200);
  };
  const ue = new HandUe(network);
  ue.onRequest = (request) => request.reply(200);
  ue.register();
  return { network, home, serving, ue };
}

function accept(request: ServerRequest, serving: HandUe, expires = request.message.expires ?? 0): void {
  const recorded = request.message.values('Record-Route').map((value) => ['Record-Route', value] as const);
  request.reply(200, {
    headers: [...recorded, ['Contact', `<sip:notifier@${serving.address}:5060>`], ['Expires', String(expires)]],
  });
}

function subscribe(ue: HandUe, expires = 600) {
  const request = ue.makeRequest('SUBSCRIBE', publicIdentityOf(1), [
    ['Event', 'reg'],
    ['Expires', String(expires)],
  ]);
  const response = ue.finalOf(ue.send(request));
  return { request, response, dialog: dialogFromResponse(request, response)! };
}

/** The dialog as the notifier has it. */
function seenByNotifier({ dialog, request }: ReturnType<typeof subscribe>, serving: HandUe): Dialog {
  const came = serving.received('SUBSCRIBE')[0]!.message;
  const { localTag, remoteTag, localUri, remoteUri } = dialog;
  return {
    ...dialog,
    localTag: remoteTag,
    remoteTag: localTag,
    localUri: remoteUri,
    remoteUri: localUri,
    remoteTarget: (request.contacts as readonly { uri: { text: string } }[])[0]!.uri.text,
    routeSet: came.values('Record-Route'),
    localSequence: 0,
  };
}

function notify(serving: HandUe, dialog: Dialog, state: string) {
  const request = inDialogRequest(dialog, 'NOTIFY', {
    headers: [
      ['Event', 'reg'],
      ['Subscription-State', state],
      ['P-Charging-Vector', 'icid-value="1"'],
    ],
  });
  return serving.send(request, serving.sip.nextHop(request));
}

const paths = (network: TestNetwork): number => network.nodes.get('pcscf1')!.counts.subscriptionPaths!;

describe('a subscription through the P-CSCF', () => {
  it('SUBSCRIBE goes the Service-Route with Record-Route and the asserted identity; NOTIFY comes back the recorded way', () => {
    const { network, serving, ue } = scene();
    const subscription = subscribe(ue);
    const came = serving.received('SUBSCRIBE')[0]!.message;
    expect(came.header('P-Asserted-Identity')).toBe(`<${publicIdentityOf(1)}>`);
    expect(came.values('Record-Route')).toEqual([expect.stringMatching(/^<sip:mo-s1-\w+@192\.0\.2\.1:5060;lr>$/)]);
    const dialog = seenByNotifier(subscription, serving);
    expect(serving.finalOf(notify(serving, dialog, 'active;expires=600')).status).toBe(200);
    const heard = ue.received('NOTIFY')[0]!.message;
    expect(heard.has('P-Charging-Vector')).toBe(false);
    // RFC 6665 4.3: it might be the first that the UE hears of the dialog.
    expect(heard.values('Record-Route')).toEqual(came.values('Record-Route'));
    expect(paths(network)).toBe(1);
  });

  it('a refresh within the dialog reaches the notifier, whatever Route the UE wrote', () => {
    const { serving, ue } = scene();
    const { dialog } = subscribe(ue);
    const refresh = inDialogRequest(dialog, 'SUBSCRIBE', {
      headers: [
        ['Event', 'reg'],
        ['Expires', '600'],
      ],
    });
    const odd = refresh.edit().append('Route', `<sip:elsewhere@${homeDomain};lr>`).message();
    expect(ue.finalOf(ue.send(odd)).status).toBe(200);
    const came = serving.received('SUBSCRIBE')[1]!.message;
    expect(came.routes).toEqual([]);
    expect(came.requestUri).toBe(`sip:notifier@${serving.address}:5060`);
  });

  it('ends with the NOTIFY that says so', () => {
    const { network, serving, ue } = scene();
    const dialog = seenByNotifier(subscribe(ue), serving);
    serving.finalOf(notify(serving, dialog, 'terminated;reason=noresource'));
    expect(ue.received('NOTIFY')).toHaveLength(1);
    expect(paths(network)).toBe(0);
    expect(serving.finalOf(notify(serving, dialog, 'active')).status).toBe(481);
  });

  it('ends 32 s after its time where nobody says anything, and is kept by a refresh', () => {
    const { network, ue } = scene();
    const { dialog } = subscribe(ue, 300);
    network.run(200_000);
    ue.finalOf(ue.send(inDialogRequest(dialog, 'SUBSCRIBE', { headers: [['Expires', '300']] })));
    network.run(331_000);
    expect(paths(network)).toBe(1);
    network.run(2_000);
    expect(paths(network)).toBe(0);
  });

  it('that is refused, or never answered, leaves nothing', () => {
    const { network, serving, ue } = scene();
    serving.onRequest = (request) => request.reply(489);
    expect(subscribeStatus(ue)).toBe(489);
    serving.onRequest = () => {};
    expect(subscribeStatus(ue)).toBe(504);
    expect(paths(network)).toBe(0);
    expect(network.causes).toEqual(['pcscf1 cause.servingNodeUnreachable']);
  });

  it('a NOTIFY before the 200 finds its way (RFC 6665 4.4.1)', () => {
    const { network, serving, ue } = scene();
    let first: ServerRequest | undefined;
    serving.onRequest = (request) => {
      first = request;
    };
    const exchange = ue.send(ue.makeRequest('SUBSCRIBE', publicIdentityOf(1), [['Event', 'reg']]));
    network.runUntil(() => first !== undefined);
    const { message, localTag } = first!;
    const dialog: Dialog = {
      callId: message.callId,
      localTag,
      remoteTag: message.fromTag!,
      localUri: message.to.uri.text,
      remoteUri: message.from.uri.text,
      remoteTarget: ue.contact,
      routeSet: message.values('Record-Route'),
      localSequence: 0,
      remoteSequence: undefined,
      state: 'confirmed',
      secure: false,
    };
    expect(serving.finalOf(notify(serving, dialog, 'active;expires=600')).status).toBe(200);
    accept(first!, serving, 600);
    expect(ue.finalOf(exchange).status).toBe(200);
    expect(paths(network)).toBe(1);
  });

  it('REG-76: the last NOTIFY still reaches a UE that has de-registered', () => {
    const { network, home, serving, ue } = scene();
    const dialog = seenByNotifier(subscribe(ue), serving);
    home.onRequest = (request) => request.reply(200);
    ue.register({ expires: 0 });
    expect(network.nodes.get('pcscf1')!.counts.registrations).toBe(0);
    expect(serving.finalOf(notify(serving, dialog, 'terminated;reason=noresource')).status).toBe(200);
    expect(ue.received('NOTIFY')).toHaveLength(1);
    // REG-26: the UE itself is heard no more.
    expect(ue.finalOf(ue.send(ue.makeRequest('SUBSCRIBE', publicIdentityOf(1)))).status).toBe(403);
  });

  it('REG-76: where the NOTIFY that says so is lost, it ends with the registration, 64*T1 later', () => {
    const { network, home, ue } = scene();
    subscribe(ue, 600_000);
    home.onRequest = (request) => request.reply(200);
    ue.register({ expires: 0 });
    network.run(127_000);
    expect(paths(network)).toBe(1);
    network.run(2_000);
    expect(paths(network)).toBe(0);
  });

  it('RFC 6665 4.2.2: ends with a NOTIFY that the UE leaves unanswered, as it does at the notifier', () => {
    const { network, serving, ue } = scene();
    const dialog = seenByNotifier(subscribe(ue, 600_000), serving);
    ue.onRequest = () => {};
    notify(serving, dialog, 'active;expires=600000');
    network.run(127_000);
    expect(paths(network)).toBe(1);
    network.run(3_000);
    expect(paths(network)).toBe(0);
  });

  it('with another Call-ID or tag it is no subscription: 481', () => {
    const { serving, ue } = scene();
    const dialog = seenByNotifier(subscribe(ue), serving);
    for (const odd of [
      { ...dialog, callId: 'other' },
      { ...dialog, remoteTag: 'other' },
    ]) {
      expect(serving.finalOf(notify(serving, odd, 'active')).status).toBe(481);
    }
    expect(ue.received('NOTIFY')).toEqual([]);
  });

  it('20 of one UE; one more gets 503 and a sentence', () => {
    const { network, ue } = scene();
    for (let count = 0; count < 20; count++) expect(subscribeStatus(ue)).toBe(200);
    expect(subscribeStatus(ue)).toBe(503);
    expect(network.causes).toEqual(['pcscf1 cause.subscriptionsMax']);
  });
});

function subscribeStatus(ue: HandUe): number {
  const request = ue.makeRequest('SUBSCRIBE', publicIdentityOf(1), [
    ['Event', 'reg'],
    ['Expires', '600'],
  ]);
  return ue.finalOf(ue.send(request)).status;
}
