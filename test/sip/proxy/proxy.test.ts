import {
  type AdmissionRules,
  coreTimers,
  type ForwardHandler,
  type ForwardTarget,
  ProxyCore,
  type ProxyCoreOptions,
  type ServerRequest,
  ueTimers,
} from '../../../src/sip/index.js';
import { Lab, Log, line, type Party, type PartyOptions, request } from '../lab.js';

const BOB = 'sip:bob@192.0.2.2';
const CAROL = 'sip:carol@192.0.2.3';

interface ProxySettings {
  /** The targets of an initial request; by default one, to where Route or Request-URI lead. */
  readonly targets?: (request: ServerRequest) => readonly ForwardTarget[];
  readonly handler?: ForwardHandler;
  readonly rules?: AdmissionRules;
  readonly options?: ProxyCoreOptions;
  readonly party?: PartyOptions;
}

function proxyParty(
  lab: Lab,
  name: string,
  address: string,
  settings: ProxySettings = {},
): Party & { core: ProxyCore } {
  const holder: { core?: ProxyCore } = {};
  const party = lab.party(name, address, {
    ...settings.party,
    onRequest: (received) => {
      const core = holder.core!;
      if (!core.admit(received, settings.rules)) return;
      const { request: working } = core.preprocess(received);
      core.forward(received, working, settings.targets?.(received) ?? [{}], settings.handler);
    },
  });
  holder.core = new ProxyCore(party.endpoint, settings.options);
  return Object.assign(party, { core: holder.core });
}

function scene(settings: ProxySettings = {}, seed = 1) {
  const lab = new Lab(seed);
  const alice = lab.party('alice', '192.0.2.1');
  const proxy = proxyParty(lab, 'proxy', '192.0.2.9', settings);
  return { lab, alice, proxy, log: new Log() };
}

const toBoth = (): readonly ForwardTarget[] =>
  [BOB, CAROL].map((uri) => ({ edit: (editor) => editor.requestUri(uri) }));

describe('forwarding', () => {
  it('SIP-42, SIP-44, SIP-47 / RFC 3261 16.6, 16.7: Via, Max-Forwards, Record-Route; the rest stays as it was', () => {
    const { lab, alice, proxy, log } = scene({
      targets: () => [{ edit: (editor) => editor.prepend('Record-Route', '<sip:token@192.0.2.9;lr>') }],
    });
    const bob = lab.party('bob', '192.0.2.2', {
      onRequest: (invite) => {
        invite.reply(180);
        invite.reply(200);
      },
    });
    const invite = request(
      'INVITE',
      BOB,
      [
        ['X-Unknown', 'a ,  b'],
        ['Subject', 'a, b'],
      ],
      'body',
    );
    alice.endpoint.sendRequest(invite, [proxy.udp], log);
    lab.run();
    expect(lab.summaries).toEqual([
      'INVITE',
      '100 INVITE',
      'INVITE',
      '180 INVITE',
      '200 INVITE',
      '180 INVITE',
      '200 INVITE',
    ]);
    const forwarded = bob.requests[0]!.message;
    expect(forwarded.maxForwards).toBe(69);
    expect(forwarded.vias.map(({ host }) => host)).toEqual(['192.0.2.9', '192.0.2.1']);
    expect(forwarded.headers('Record-Route')).toEqual(['<sip:token@192.0.2.9;lr>']);
    for (const name of ['From', 'To', 'Call-ID', 'CSeq', 'Contact', 'X-Unknown', 'Subject']) {
      expect(line(forwarded.text, name)).toBe(line(invite.text, name));
    }
    expect(forwarded.body).toBe('body');
    expect(log.responses.map(({ vias }) => vias.length)).toEqual([1, 1, 1]);
    expect(log.statuses).toEqual([180, 200]);
    lab.expectNothingLeft();
  });

  it('RFC 3261 16.6 item 3: a request without Max-Forwards gets 70', () => {
    const { lab, proxy } = scene();
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (options) => options.reply(200) });
    const raw = lab.raw('192.0.2.7');
    const text = request('OPTIONS', BOB)
      .edit()
      .remove('Max-Forwards')
      .prepend('Via', 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx')
      .text();
    raw.send(text, proxy.udp.endpoint.address);
    lab.run();
    expect(bob.requests[0]!.message.maxForwards).toBe(70);
    expect(raw.received).toHaveLength(1);
  });

  it('SIP-40 / RFC 3261 16.3: 416, 483 and 420 with Unsupported', () => {
    const { lab, alice, proxy, log } = scene();
    alice.endpoint.sendRequest(request('OPTIONS', 'nobody:knows'), [proxy.udp], log);
    alice.endpoint.sendRequest(request('OPTIONS', BOB, [['Max-Forwards', '0']]), [proxy.udp], log);
    alice.endpoint.sendRequest(request('OPTIONS', BOB, [['Proxy-Require', 'foo, bar']]), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([416, 483, 420]);
    expect(log.responses[2]!.header('Unsupported')).toBe('foo, bar');
    lab.expectNothingLeft();
  });

  it('SIP-40 / RFC 3261 17: an ACK that may not go on is dropped, and nobody gets an answer to it', () => {
    const refused: number[] = [];
    const { lab, alice, proxy } = scene({ rules: { onRefused: (_, { status }) => refused.push(status) } });
    const bob = lab.party('bob', '192.0.2.2');
    for (const method of ['ACK', 'OPTIONS']) {
      alice.endpoint.sendStateless(request(method, BOB, [['Max-Forwards', '0']]), [proxy.udp]);
    }
    lab.run();
    expect(bob.requests).toEqual([]);
    expect(refused).toEqual([483]);
  });

  it('SIP-40 / RFC 3261 20.29: an ACK goes on whatever its Proxy-Require says, as nobody can be told', () => {
    const { lab, alice, proxy } = scene();
    const bob = lab.party('bob', '192.0.2.2');
    alice.endpoint.sendStateless(request('ACK', BOB, [['Proxy-Require', 'foo']]), [proxy.udp]);
    lab.run();
    expect(bob.requests.map(({ isAck }) => isAck)).toEqual([true]);
  });

  it('SIP-43 / RFC 5393: a loop ends with 482, a spiral goes through', () => {
    const { lab, alice, proxy, log } = scene({
      targets: ({ message }) =>
        message.uri.user === 'spiral'
          ? [
              {
                edit: (editor) => editor.requestUri(BOB),
                destinations: [{ protocol: 'udp', endpoint: { address: '192.0.2.9', port: 5060 } }],
              },
            ]
          : [{}],
    });
    lab.party('bob', '192.0.2.2', { onRequest: (options) => options.reply(200) });
    alice.endpoint.sendRequest(request('OPTIONS', 'sip:spiral@192.0.2.2'), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([200]);
    alice.endpoint.sendRequest(request('OPTIONS', 'sip:loop@192.0.2.9'), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([200, 482]);
    lab.expectNothingLeft();
  });

  it('SIP-41 / RFC 3261 16.4: own Route values go, their tokens are shown, another leg is left for its own turn', () => {
    const { lab, alice, proxy } = scene();
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (options) => options.reply(200) });
    const route =
      '<sip:leg1@192.0.2.9;lr>, <sip:leg1@192.0.2.9:5060;transport=tcp;lr>, <sip:leg2@proxy;lr;orig>, <sip:192.0.2.2;lr>';
    alice.endpoint.sendRequest(request('OPTIONS', 'sip:x@nowhere.example', [['Route', route]]), [proxy.udp], new Log());
    lab.run();
    expect(proxy.requests).toHaveLength(2);
    const first = proxy.core.preprocess(proxy.requests[0]!).ownRoutes;
    expect(first.map(({ uri }) => uri.user)).toEqual(['leg1', 'leg1']);
    const second = proxy.core.preprocess(proxy.requests[1]!).ownRoutes;
    expect(second.map(({ uri }) => [uri.user, uri.parameters.get('orig')])).toEqual([['leg2', true]]);
    expect(bob.requests[0]!.message.values('Route')).toEqual(['<sip:192.0.2.2;lr>']);
    lab.expectNothingLeft();
  });

  it('SIP-41 / RFC 3261 16.4, 16.12.1.2: a strict router before us put our Record-Route value into the Request-URI', () => {
    const { lab, alice, proxy } = scene();
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (options) => options.reply(200) });
    const bye = request('BYE', 'sip:token@192.0.2.9;lr', [['Route', '<sip:192.0.2.2;lr>, <sip:bob@192.0.2.22>']]);
    alice.endpoint.sendRequest(bye, [proxy.udp], new Log());
    lab.run();
    const { message } = bob.requests[0]!;
    expect(message.requestUri).toBe('sip:bob@192.0.2.22');
    expect(message.values('Route')).toEqual(['<sip:192.0.2.2;lr>']);
    expect(proxy.core.preprocess(proxy.requests[0]!).ownRoutes[0]!.uri.user).toBe('token');
  });

  it('SIP-42 / RFC 3261 16.6 item 6: a next hop without lr gets its URI as Request-URI', () => {
    const { lab, alice, proxy } = scene();
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (options) => options.reply(200) });
    const routed = request('OPTIONS', 'sip:dave@example.com', [['Route', '<sip:192.0.2.9;lr>, <sip:192.0.2.2>']]);
    alice.endpoint.sendRequest(routed, [proxy.udp], new Log());
    lab.run();
    const { message } = bob.requests[0]!;
    expect(message.requestUri).toBe('sip:192.0.2.2');
    expect(message.values('Route')).toEqual(['<sip:dave@example.com>']);
  });

  it('RFC 3261 16.4: a maddr that names this proxy is taken off with port and transport', () => {
    const { lab, alice, proxy } = scene({
      targets: () => [{ destinations: [{ protocol: 'udp', endpoint: { address: '192.0.2.2', port: 5060 } }] }],
    });
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (options) => options.reply(200) });
    for (const uri of [
      'sip:bob@example.com;maddr=192.0.2.9;transport=udp',
      'sip:bob@example.com;maddr=192.0.2.8;transport=udp',
    ]) {
      alice.endpoint.sendRequest(request('OPTIONS', uri), [proxy.udp], new Log());
    }
    lab.run();
    expect(bob.requests.map(({ message }) => message.requestUri)).toEqual([
      'sip:bob@example.com',
      'sip:bob@example.com;maddr=192.0.2.8;transport=udp',
    ]);
  });
});

describe('responses', () => {
  it('SIP-44 / RFC 3261 16.7: the 2xx of one branch goes up at once and cancels the others', () => {
    const { lab, alice, proxy, log } = scene({ targets: toBoth });
    lab.party('bob', '192.0.2.2', {
      onRequest: (invite) => {
        invite.reply(180);
        lab.simulation.clock.setTimer(1000, () => invite.reply(200));
      },
    });
    const carol = lab.party('carol', '192.0.2.3', { onRequest: (invite) => invite.reply(180) });
    alice.endpoint.sendRequest(request('INVITE', 'sip:all@192.0.2.9'), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([180, 180, 200]);
    expect(carol.requests[0]!.finalStatus).toBe(487);
    expect(lab.sent('CANCEL').map(({ at, to }) => [at < 1_100, to])).toEqual([[true, '192.0.2.3']]);
    lab.expectNothingLeft();
  });

  it.each([
    [[404, 486], 404],
    [[486, 404], 486],
    // What tells how to do better.
    [[404, 401], 401],
    [[404, 407], 407],
    [[404, 415], 415],
    [[404, 420], 420],
    [[404, 484], 484],
    [[503, 486], 486],
    [[503, 504], 504],
    [[503, 503], 500],
    [[302, 404], 302],
    [[404, 603], 603],
    [[500, 484], 484],
  ])('SIP-44 / RFC 3261 16.7 item 6: of %j the caller gets %d', (statuses, best) => {
    const { lab, alice, proxy, log } = scene({ targets: toBoth });
    lab.party('bob', '192.0.2.2', { onRequest: (invite) => invite.reply(statuses[0]!) });
    lab.party('carol', '192.0.2.3', { onRequest: (invite) => invite.reply(statuses[1]!) });
    alice.endpoint.sendRequest(request('INVITE', 'sip:all@192.0.2.9'), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([best]);
    lab.expectNothingLeft();
  });

  it('SIP-44 / RFC 3261 16.7 item 7: challenges of all branches are put together', () => {
    const { lab, alice, proxy, log } = scene({ targets: toBoth });
    const challenge = (status: number, realm: string): PartyOptions => ({
      onRequest: (invite) =>
        invite.reply(status, {
          headers: [[status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate', `Digest realm="${realm}"`]],
        }),
    });
    lab.party('bob', '192.0.2.2', challenge(401, 'bob'));
    lab.party('carol', '192.0.2.3', challenge(407, 'carol'));
    alice.endpoint.sendRequest(request('INVITE', 'sip:all@192.0.2.9'), [proxy.udp], log);
    lab.run();
    expect(log.responses.at(-1)!.headers('WWW-Authenticate')).toEqual(['Digest realm="bob"']);
    expect(log.responses.at(-1)!.headers('Proxy-Authenticate')).toEqual(['Digest realm="carol"']);
  });

  it('SIP-44 / RFC 3261 16.7 item 5: a 6xx cancels the others, and goes up when they have ended', () => {
    const { lab, alice, proxy, log } = scene({ targets: toBoth });
    lab.party('bob', '192.0.2.2', {
      onRequest: (invite) => lab.simulation.clock.setTimer(50, () => invite.reply(600)),
    });
    const carol = lab.party('carol', '192.0.2.3', { onRequest: (invite) => invite.reply(180) });
    alice.endpoint.sendRequest(request('INVITE', 'sip:all@192.0.2.9'), [proxy.udp], log);
    lab.run();
    expect(carol.requests[0]!.finalStatus).toBe(487);
    expect(log.statuses).toEqual([180, 600]);
    // At once, not when timer C ends.
    expect(lab.sent('CANCEL').map(({ at, to }) => [at < 100, to])).toEqual([[true, '192.0.2.3']]);
    lab.expectNothingLeft();
  });

  it('SIP-55 / RFC 3261 16.7 item 5: a late 2xx of another branch goes up too', () => {
    const { lab, alice, proxy, log } = scene({ targets: toBoth });
    for (const [name, address] of [
      ['bob', '192.0.2.2'],
      ['carol', '192.0.2.3'],
    ] as const) {
      lab.party(name, address, {
        onRequest: (invite) => {
          invite.onCancel(() => {});
          invite.reply(180);
          lab.simulation.clock.setTimer(100, () => invite.reply(200));
        },
      });
    }
    alice.endpoint.sendRequest(request('INVITE', 'sip:all@192.0.2.9'), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([180, 180, 200, 200]);
    expect(new Set(log.responses.slice(2).map(({ toTag }) => toTag)).size).toBe(2);
    lab.expectNothingLeft();
  });

  it('SIP-44 / RFC 3261 16.8: timer C cancels a branch that rang, and a further 18x starts it anew', () => {
    const { lab, alice, proxy, log } = scene();
    let cancelledAt = 0;
    lab.party('bob', '192.0.2.2', {
      onRequest: (invite) => {
        invite.onCancel(() => {
          cancelledAt = lab.simulation.clock.now();
          invite.reply(487);
        });
        invite.reply(180);
        lab.simulation.clock.setTimer(100_000, () => invite.reply(183));
      },
    });
    const startedAt = lab.simulation.clock.now();
    alice.endpoint.sendRequest(request('INVITE', BOB), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([180, 183, 487]);
    expect(cancelledAt - startedAt).toBeGreaterThan(100_000 + 180_000);
    lab.expectNothingLeft();
  });

  it('SIP-34 / RFC 4320 4.2: a silent next hop of a non-INVITE gives no 408 upstream, of an INVITE it does', () => {
    const { lab, alice, proxy, log } = scene();
    lab.simulation.links.partition('192.0.2.9', '192.0.2.2');
    alice.endpoint.sendRequest(request('OPTIONS', BOB), [proxy.udp], log);
    lab.run();
    expect(new Set(log.events)).toEqual(new Set(['100', 'timeout']));
    expect(lab.sent('408 OPTIONS')).toHaveLength(0);
    const second = new Log();
    alice.endpoint.sendRequest(request('INVITE', BOB), [proxy.udp], second);
    lab.run();
    expect(second.statuses).toEqual([408]);
    lab.expectNothingLeft();
  });

  it('SIP-33 / TS 24.229 7.7: towards a UE a request is repeated for its own 128 s, whoever asked has given up or not', () => {
    const timersFor = ({ address }: { readonly address: string }) => (address === '192.0.2.2' ? ueTimers : coreTimers);
    const { lab, alice, proxy, log } = scene({ party: { timersFor } });
    const bob = lab.party('bob', '192.0.2.2', { onRequest: (bye) => bye.reply(200) });
    lab.simulation.links.partition('192.0.2.9', '192.0.2.2');
    alice.endpoint.sendRequest(request('BYE', BOB), [proxy.udp], log);
    lab.run(60_000);
    expect(log.events.at(-1)).toBe('timeout'); // timer F of 32 s
    lab.simulation.links.heal('192.0.2.9', '192.0.2.2');
    lab.run();
    const times = lab.wire.filter(({ to, summary }) => to === '192.0.2.2' && summary === 'BYE').map(({ at }) => at);
    expect(times.map((time) => time - times[0]!)).toEqual([0, 2000, 6000, 14_000, 30_000, 46_000, 62_000]);
    expect(bob.requests).toHaveLength(1);
    expect(lab.sent('408 BYE')).toHaveLength(0);
    lab.expectNothingLeft();
  });

  it('RFC 3261 16.9: a next hop that cannot be reached counts as 503, and the caller gets 500', () => {
    const { lab, alice, proxy, log } = scene();
    alice.endpoint.sendRequest(request('OPTIONS', 'sip:bob@unknown.example'), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([500]);
    lab.expectNothingLeft();
  });

  it('a handler may hold a response back and forward the request anew', () => {
    const handler: ForwardHandler = {
      onResponse: (response, { generated, forwarding }) => {
        expect(generated).toBe(false);
        if (response.status !== 480) return forwarding.relay(response);
        proxy.core.forward(forwarding.server, forwarding.server.message, [
          { edit: (editor) => editor.requestUri(CAROL) },
        ]);
      },
    };
    const { lab, alice, proxy, log } = scene({ handler });
    lab.party('bob', '192.0.2.2', { onRequest: (options) => options.reply(480) });
    lab.party('carol', '192.0.2.3', { onRequest: (options) => options.reply(200) });
    alice.endpoint.sendRequest(request('REGISTER', BOB), [proxy.udp], log);
    lab.run();
    expect(log.statuses).toEqual([200]);
    lab.expectNothingLeft();
  });
});

describe('CANCEL through a proxy', () => {
  it('SIP-45 / RFC 3261 16.10: answered 200 here, passed to all branches with its Reason', () => {
    const { lab, alice, proxy, log } = scene({ targets: toBoth });
    const callees = [
      lab.party('bob', '192.0.2.2', { onRequest: (invite) => invite.reply(180) }),
      lab.party('carol', '192.0.2.3', { onRequest: (invite) => invite.reply(180) }),
    ];
    const transaction = alice.endpoint.sendRequest(request('INVITE', 'sip:all@192.0.2.9'), [proxy.udp], log);
    lab.run(1000);
    transaction.cancel([['Reason', 'SIP;cause=200;text="Call completed elsewhere"']]);
    lab.run();
    expect(callees.map(({ requests }) => requests[0]!.finalStatus)).toEqual([487, 487]);
    const downstream = lab.sent('CANCEL').filter(({ from }) => from === '192.0.2.9');
    expect(downstream.map(({ text }) => line(text, 'Reason'))).toEqual(
      Array(2).fill('Reason: SIP;cause=200;text="Call completed elsewhere"'),
    );
    expect(log.statuses).toEqual([180, 180, 487]);
    lab.expectNothingLeft();
  });

  it('SIP-36, SIP-45: a CANCEL that matches nothing is answered 481 and goes no further', () => {
    const { lab, alice, proxy, log } = scene();
    lab.party('bob', '192.0.2.2');
    alice.endpoint.sendRequest(request('CANCEL', BOB), [proxy.udp], log);
    lab.run(400);
    expect(lab.summaries).toEqual(['CANCEL', '481 CANCEL']);
    lab.run();
    lab.expectNothingLeft();
  });
});

describe('a call through a proxy that record-routes', () => {
  it.each(['192.0.2.', '2001:db8::'])('ACK and BYE follow the route set (%s…)', (prefix) => {
    const lab = new Lab();
    const bracket = (address: string) => (address.includes(':') ? `[${address}]` : address);
    const alice = lab.party('alice', `${prefix}1`);
    const ownUri = `<sip:t@${bracket(`${prefix}9`)};lr>`;
    const proxy = proxyParty(lab, 'proxy', `${prefix}9`, {
      targets: ({ message }) => [
        { edit: (editor) => message.toTag === undefined && editor.prepend('Record-Route', ownUri) },
      ],
    });
    const bobUri = `sip:bob@${bracket(`${prefix}2`)}`;
    const bob = lab.party('bob', `${prefix}2`, {
      onRequest: (received) => received.isAck || received.reply(200, { headers: [['Contact', `<${bobUri}>`]] }),
    });
    const log = new Log();
    log.onResponse = (response) => {
      log.events.push(String(response.status));
      if (response.method !== 'INVITE' || response.status < 200) return;
      const dialog = [
        ['To', response.header('To')!],
        ['Call-ID', response.callId],
        ['Route', response.header('Record-Route')!],
      ] as const;
      alice.endpoint.sendStateless(
        request('ACK', bobUri, dialog),
        alice.endpoint.nextHop(request('ACK', bobUri, dialog)),
      );
      alice.endpoint.sendRequest(request('BYE', bobUri, [...dialog, ['CSeq', '2 BYE']]), [proxy.udp], log);
    };
    alice.endpoint.sendRequest(request('INVITE', bobUri), [proxy.udp], log);
    lab.run();
    expect(bob.requests.map(({ message }) => message.method)).toEqual(['INVITE', 'ACK', 'BYE']);
    expect(bob.requests.map(({ message }) => message.vias.length)).toEqual([2, 2, 2]);
    expect(log.events).toEqual(['100', '200', '200']);
    lab.expectNothingLeft();
  });
});
