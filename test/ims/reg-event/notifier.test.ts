/** The notifier against watchers that behave otherwise: RFC 6665 4.2, RFC 3680 4; spec REG-90 to REG-93. */
import { buildRequest, type ReplyParts } from '../../../src/sip/index.js';
import { aor, contact, pair, registration, Watching } from './reg-event-lab.js';

/** A SUBSCRIBE by hand, and the first lines of what comes back for it. */
function subscribing(headers: readonly (readonly [string, string])[]) {
  const { lab, scscf, sent } = pair();
  const hand = lab.raw('10.0.0.9');
  const request = buildRequest({
    method: 'SUBSCRIBE',
    requestUri: aor,
    headers: [
      ['Via', 'SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKhand'],
      ['Max-Forwards', '70'],
      ['From', '<sip:hand@example.org>;tag=h1'],
      ['To', `<${aor}>`],
      ['Call-ID', 'hand@10.0.0.9'],
      ['CSeq', '1 SUBSCRIBE'],
      ...headers,
    ],
  });
  hand.send(request.text, '10.0.0.3');
  lab.run(100);
  const response = hand.received.find((text) => text.startsWith('SIP/2.0'))!;
  return { lab, scscf, sent, hand, response, status: Number(response.split(' ', 2)[1]) };
}

const event = ['Event', 'reg'] as const;
const own = ['Contact', '<sip:10.0.0.9>'] as const;

describe('SUBSCRIBE', () => {
  it.each([[[own]], [[own, ['Event', 'presence'] as const]]])(
    'RFC 6665 4.2.1.1: %j gets 489 with Allow-Events',
    (headers) => {
      const { status, response, scscf } = subscribing(headers);
      expect(status).toBe(489);
      expect(response).toContain('\r\nAllow-Events: reg\r\n');
      expect(scscf.subscriptions.count).toBe(0);
    },
  );

  it.each([
    ['application/pidf+xml', 406],
    ['application/sdp, text/plain', 406],
    ['application/pidf+xml, application/reginfo+xml;q=0.5', 200],
    ['application/*', 200],
    ['*/*', 200],
    ['Application/RegInfo+XML', 200],
    // RFC 3261 20.1, RFC 2616 14.1: q=0 takes none, and the closest range counts.
    ['application/reginfo+xml;q=0', 406],
    ['application/reginfo+xml; Q=0.000, */*', 406],
    ['application/*;q=0.0, */*', 406],
    ['*/*;q=0, application/reginfo+xml', 200],
    ['application/reginfo+xml;q=0.001', 200],
  ])('RFC 3680 4.5: Accept %s gets %i', (accept, expected) => {
    expect(subscribing([event, own, ['Accept', accept]]).status).toBe(expected);
  });

  it('RFC 3261 8.2.2.3: an extension that it requires is not known, and named', () => {
    const { status, response } = subscribing([event, own, ['Require', 'eventlist, pref']]);
    expect(status).toBe(420);
    expect(response).toContain('\r\nUnsupported: eventlist, pref\r\n');
  });

  it('RFC 6665 3.1.1: without Contact there is nowhere to notify', () => {
    expect(subscribing([event]).status).toBe(400);
  });

  it('RFC 3680 4.4, REG-90: 3761 s where it does not say, and never more than it asks or we allow', () => {
    const granted = (...headers: (readonly [string, string])[]) =>
      /\r\nExpires: (\d+)/.exec(subscribing([event, own, ...headers]).response)?.[1];
    expect(granted()).toBe('3761');
    expect(granted(['Expires', '60'])).toBe('60');
    expect(granted(['Expires', '4294967295'])).toBe('600000');
  });

  it.each(['reg;id=', 'reg;id="7"', 'reg;id=a b', 'reg;id=<7>'])(
    'RFC 6665 8.4: Event %s has no token as its id: 400',
    (value) => {
      const { status, scscf } = subscribing([['Event', value], own]);
      expect([status, scscf.subscriptions.count]).toEqual([400, 0]);
    },
  );

  it('RFC 6665 8.2.1: NOTIFY repeats the id of Event', () => {
    const { hand } = subscribing([['Event', 'reg;id=7'], own]);
    expect(hand.received.find((text) => text.startsWith('NOTIFY'))).toContain('\r\nEvent: reg;id=7\r\n');
  });

  it('RFC 6665 4.4.3: Expires 0 outside of dialogs fetches the state once', () => {
    const { hand, scscf } = subscribing([event, own, ['Expires', '0']]);
    const notify = hand.received.find((text) => text.startsWith('NOTIFY'))!;
    expect(notify).toContain('\r\nSubscription-State: terminated;reason=timeout\r\n');
    expect(notify).toContain('state="full"');
    expect(notify).toContain('<contact id="c1"');
    expect(scscf.subscriptions.count).toBe(0);
  });

  it('within a dialog: an older number gets 500, another package 489, another tag 481', () => {
    const { lab, ue, scscf, sent } = pair();
    ue.watch();
    lab.run(100);
    const first = sent('SUBSCRIBE')[0]!.text;
    const tag = /\r\nTo: .*;tag=([^\r;]+)/.exec(sent('200 SUBSCRIBE')[0]!.text)![1];
    const hand = lab.raw('10.0.0.9');
    const send = (change: (text: string) => string, branch: string) => {
      const within = first
        .replace(/\r\nTo: (.*)\r/, `\r\nTo: $1;tag=${tag}\r`)
        .replace(/Via: .*\r/, `Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK${branch}\r`);
      hand.send(change(within), '10.0.0.3');
      lab.run(100);
      return hand.received.at(-1)!.split(' ', 2)[1];
    };
    expect(send((text) => text, 'a')).toBe('500');
    expect(send((text) => text.replace('CSeq: 1', 'CSeq: 2').replace('Event: reg', 'Event: dialog'), 'b')).toBe('489');
    expect(send((text) => text.replace('CSeq: 1', 'CSeq: 2').replace(`tag=${tag}`, 'tag=x'), 'c')).toBe('481');
    expect(send((text) => text.replace('CSeq: 1', 'CSeq: 2').replace('Call-ID: ', 'Call-ID: x'), 'd')).toBe('481');
    expect(send((text) => text.replace('CSeq: 1', 'CSeq: 2'), 'e')).toBe('200');
    expect(scscf.subscriptions.count).toBe(1);
  });

  it('REG-90: a watcher may have 32 subscriptions to a set, then it gets 500 with Retry-After; the P-CSCF is let in', () => {
    const { lab, scscf, ue, sent } = pair();
    ue.intercept = (request) => {
      request.reply(200);
      return true;
    };
    for (let n = 0; n < 33; n++) ue.watch();
    lab.run(100);
    expect(scscf.notifier.count).toBe(32);
    expect(sent('500 SUBSCRIBE')[0]!.text).toContain('\r\nRetry-After: 60\r\n');
    scscf.watchingNode = 'pcscf1.example.org';
    ue.watch();
    lab.run(100);
    expect(scscf.notifier.count).toBe(33);
    expect(sent('500 SUBSCRIBE')).toHaveLength(1);
  });
});

describe('NOTIFY', () => {
  function answering(...list: (readonly [status: number, parts?: ReplyParts])[]) {
    const all = pair();
    all.ue.watch();
    all.lab.run(10_000);
    all.ue.intercept = (request) => {
      const next = list.shift();
      if (next !== undefined) request.reply(...next);
      return next !== undefined;
    };
    const change = (expires: number): void => {
      const next = registration('a1', { contacts: [contact('c1', { event: 'refreshed', expires })] });
      all.scscf.registrations = [next];
      all.scscf.notifier.notify([next]);
    };
    return { ...all, change };
  }

  it.each([481, 404, 489, 604])('SIP-54, RFC 5057 5.1, RFC 6665 4.2.2: %i ends the subscription', (status) => {
    const { lab, scscf, change, sent } = answering([status]);
    change(100);
    lab.run(10_000);
    expect([scscf.notifier.count, scscf.subscriptions.count]).toEqual([0, 0]);
    change(200);
    lab.run(60_000);
    expect(sent('NOTIFY')).toHaveLength(2);
    expect(scscf.party.host.instanceCount).toBe(0);
  });

  it('RFC 6665 4.2.2: no answer ends it', () => {
    const { lab, scscf, ue, change } = answering();
    ue.intercept = () => true;
    change(100);
    lab.run(60_000);
    expect(scscf.subscriptions.count).toBe(0);
    expect(scscf.party.host.instanceCount).toBe(0);
  });

  it('any other refusal leaves it, and the next document says everything', () => {
    const { lab, scscf, ue, change } = answering([500]);
    change(100);
    lab.run(10_000);
    change(200);
    lab.run(10_000);
    expect(scscf.subscriptions.count).toBe(1);
    expect(ue.infos.map(({ version, state }) => `${version} ${state}`)).toEqual(['0 full', '2 full']);
  });

  it('waits for the answer to the one before, with what has come meanwhile', () => {
    const { lab, ue, change, sent } = answering();
    const held: (() => void)[] = [];
    ue.intercept = (request) => {
      held.push(() => ue.watcher?.receive(request));
      return true;
    };
    change(100);
    lab.run(100);
    change(90);
    lab.run(9_000);
    expect(new Set(sent('NOTIFY').map(({ text }) => /CSeq: (\d+)/.exec(text)![1])).size).toBe(2);
    ue.intercept = () => false;
    held[0]!();
    lab.run(10_000);
    expect(ue.infos.map(({ version, state }) => `${version} ${state}`)).toEqual(['0 full', '1 partial', '2 partial']);
    expect(ue.infos[2]!.registrations[0]!.contacts[0]).toMatchObject({ expires: 90 });
  });

  it('REG-92: what terminated while another change waited is told with it', () => {
    const { lab, scscf, ue, change } = answering();
    change(100);
    const gone = contact('c1', { state: 'terminated', event: 'unregistered' });
    scscf.notifier.notify([registration('a1', { contacts: [gone] })]);
    const next = registration('a1', { contacts: [contact('c2')] });
    scscf.registrations = [next];
    scscf.notifier.notify([next]);
    lab.run(10_000);
    const { contacts } = ue.infos.at(-1)!.registrations[0]!;
    expect(contacts.map(({ id, state, event }) => `${id} ${state} ${event}`)).toEqual([
      'c1 terminated unregistered',
      'c2 active registered',
    ]);
    expect(ue.watcher?.view.registration(aor)?.contacts.map(({ id }) => id)).toEqual(['c2']);
  });

  it('a contact that waited is told with the time that it has left then', () => {
    const { lab, scscf, ue, change } = answering();
    change(100);
    change(99);
    scscf.registrations = [registration('a1', { contacts: [contact('c1', { event: 'refreshed', expires: 94 })] })];
    lab.run(10_000);
    expect(ue.infos.at(-1)!.registrations[0]!.contacts[0]!.expires).toBe(94);
  });

  it('RFC 6665 4.2.2: what is not refreshed ends with reason timeout', () => {
    const { lab, ue, scscf } = pair();
    ue.watch({ expires: 600 });
    lab.run(1_000);
    ue.watcher!.stop();
    const states: (string | undefined)[] = [];
    ue.intercept = (request) => {
      states.push(request.message.header('Subscription-State'));
      request.reply(200);
      return true;
    };
    lab.run(598_000);
    expect(states).toEqual([]);
    lab.run(2_000);
    expect(states).toEqual(['terminated;reason=timeout']);
    expect(scscf.subscriptions.count).toBe(0);
  });

  it('one timer serves them all, whichever ends first', () => {
    const { lab, scscf, ue, sent } = pair();
    ue.intercept = (request) => {
      request.reply(200);
      return true;
    };
    for (const expires of [900, 300, 600, 1200]) {
      ue.watch({ expires }).stop();
      lab.run(10);
    }
    const ends = () => sent('NOTIFY').filter(({ text }) => text.includes('terminated'));
    lab.run(2_000_000);
    expect(ends().map(({ at }) => Math.round(at / 1000))).toEqual([300, 600, 900, 1200]);
    expect(scscf.subscriptions.count).toBe(0);
    lab.expectNothingLeft();
  });
});

describe('several watchers', () => {
  it('have versions of their own, and one that goes takes no other with it', () => {
    const { lab, scscf, ue } = pair();
    const pcscf = new Watching(lab, 'pcscf1', '10.0.0.1', '10.0.0.3');
    ue.watch();
    lab.run(20_000);
    scscf.notifier.notify([registration('a1')]);
    lab.run(20_000);
    pcscf.watch();
    lab.run(20_000);
    ue.watcher!.stop();
    scscf.notifier.notify([registration('a1')]);
    lab.run(20_000);
    scscf.notifier.notify([registration('a1')]);
    lab.run(20_000);
    expect(ue.infos.map(({ version }) => version)).toEqual([0, 1]);
    expect(pcscf.infos.map(({ version, state }) => `${version} ${state}`)).toEqual([
      '0 full',
      '1 partial',
      '2 partial',
    ]);
    expect(scscf.notifier.count).toBe(1);
  });
});

describe('a watcher that starts anew', () => {
  it('RFC 6665 4.2.2: its old subscription goes with the first NOTIFY that it does not know', () => {
    const { lab, scscf, ue, sent } = pair();
    ue.watch().stop();
    lab.run(100);
    ue.watch();
    lab.run(60_000);
    scscf.notifier.notify([registration('a1')]);
    lab.run(60_000);
    expect(sent('481 NOTIFY')).toHaveLength(1);
    expect(scscf.notifier.count).toBe(1);
    expect(ue.infos.map(({ version, state }) => `${version} ${state}`)).toEqual(['0 full', '1 partial']);
  });
});

describe.each([
  ['over IPv4', false],
  ['over IPv6', true],
])('with a lossy link, %s', (_, ipv6) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('everybody knows in the end what stands (seed %i)', (seed) => {
    const { lab, scscf, ue } = pair({ seed, ipv6 });
    const [far, near] = ipv6 ? ['2001:db8::1', '2001:db8::3'] : ['10.0.0.1', '10.0.0.3'];
    const pcscf = new Watching(lab, 'pcscf1', far, near);
    lab.simulation.links.setDefaults({ loss: 0.05, delayMs: 30, jitterMs: 20, reordering: 0.1, duplication: 0.05 });
    ue.watch({ expires: 3_600 });
    pcscf.watch({ expires: 7_200 });
    for (let n = 0; n < 60; n++) {
      lab.run(60_000);
      const next = registration('a1', { contacts: [contact('c1', { event: 'refreshed', expires: 1000 + n })] });
      scscf.registrations = [next];
      scscf.notifier.notify([next]);
      // The S-CSCF starts anew and knows nobody; the watchers find out at their next refresh.
      if (n === 20) scscf.restart(lab);
    }
    lab.simulation.links.setDefaults({ loss: 0, reordering: 0, duplication: 0 });
    lab.run(7_200_000);
    const next = registration('a1', { contacts: [contact('c1', { event: 'shortened', expires: 7 })] });
    scscf.registrations = [next];
    scscf.notifier.notify([next]);
    lab.run(100_000);
    for (const { watcher } of [ue, pcscf]) {
      expect(watcher?.view.registration(aor)?.contacts).toMatchObject([{ id: 'c1', expires: 7 }]);
      watcher?.unsubscribe();
    }
    lab.run(100_000);
    expect([...ue.ends, ...pcscf.ends]).toEqual([undefined, undefined]);
    expect(scscf.subscriptions.count).toBe(0);
    lab.expectNothingLeft();
  });
});
