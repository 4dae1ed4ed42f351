/** The watcher against a notifier that behaves otherwise: RFC 6665 4.1; RFC 3680 5.1. */
import type { Headers, ReplyParts, ServerRequest } from '../../../src/sip/index.js';
import { contact, pair, registration } from './reg-event-lab.js';

/** The SUBSCRIBEs get these answers, one after the other; those after the last are for the notifier. */
function answers(...list: (readonly [status: number, parts?: ReplyParts])[]): (request: ServerRequest) => boolean {
  return (request) => {
    const next = request.message.method === 'SUBSCRIBE' ? list.shift() : undefined;
    if (next !== undefined) request.reply(...next);
    return next !== undefined;
  };
}

const expiresOf = (text: string): string | undefined => /\r\nExpires: (\d+)/.exec(text)?.[1];

describe('SUBSCRIBE', () => {
  it('RFC 6665 4.1.2.1: 423 is answered with the time that it names', () => {
    const { lab, scscf, ue, sent } = pair();
    scscf.intercept = answers([423, { headers: [['Min-Expires', '7200']] }]);
    const watcher = ue.watch({ expires: 600 });
    lab.run(1_000);
    expect(sent('SUBSCRIBE').map(({ text }) => expiresOf(text))).toEqual(['600', '7200']);
    expect(watcher.state).toBe('subscribed.resting');
  });

  it.each([[undefined], ['5'], ['x']])('a 423 with Min-Expires %s ends it', (least) => {
    const { lab, scscf, ue, sent } = pair();
    scscf.intercept = answers([423, { headers: least === undefined ? [] : [['Min-Expires', least]] }]);
    ue.watch({ expires: 600 });
    lab.run(1_000_000);
    expect([sent('SUBSCRIBE').length, ue.ends.length]).toEqual([1, 1]);
  });

  it.each([403, 489, 406, 603])('%i is no reason to try again, and is told', (status) => {
    const { lab, scscf, ue, sent } = pair();
    scscf.intercept = answers([status]);
    ue.watch();
    lab.run(7_200_000);
    expect(sent('SUBSCRIBE')).toHaveLength(1);
    expect(ue.ends[0]).toMatch(new RegExp(`^SUBSCRIBE was answered ${status} `));
    expect(ue.notes[0]).toMatchObject({ what: 'info.registrationWatchEnded' });
    lab.expectNothingLeft();
  });

  it('after 503 with Retry-After it comes back then; without, after 60 s the second time', () => {
    const { lab, scscf, ue, sent } = pair();
    scscf.intercept = answers([503, { headers: [['Retry-After', '7']] }], [500]);
    const watcher = ue.watch();
    lab.run(600_000);
    const times = sent('SUBSCRIBE').map(({ at }) => at);
    expect(times).toHaveLength(3);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(7_000);
    expect(times[1]! - times[0]!).toBeLessThan(7_100);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(60_000);
    expect(watcher.state).toBe('subscribed.resting');
  });

  it('without any answer it gives up after eight times, later and later', () => {
    const { lab, scscf, ue, sent } = pair();
    scscf.intercept = () => true;
    ue.watch();
    lab.run(4 * 3_600_000);
    expect(new Set(sent('SUBSCRIBE').map(({ text }) => /\r\nCall-ID: (.*)\r/.exec(text)![1])).size).toBe(8);
    expect(ue.ends).toEqual(['SUBSCRIBE was not answered']);
  });

  it('RFC 6665 4.1.2.4: without a NOTIFY it gives up after eight times, and says what was missing', () => {
    const { lab, scscf, ue } = pair();
    const headers: Headers = [
      ['Expires', '600'],
      ['Contact', '<sip:10.0.0.3>'],
    ];
    scscf.intercept = answers(...Array.from({ length: 8 }, () => [200, { headers }] as const));
    ue.watch();
    lab.run(4 * 3_600_000);
    expect(ue.ends).toEqual(['SUBSCRIBE was accepted, but no NOTIFY that could be read came within 64*T1']);
  });

  it('RFC 6665 4.1.2.4: no NOTIFY within 64*T1 is no subscription', () => {
    const { lab, scscf, ue, sent } = pair();
    scscf.intercept = answers([
      200,
      {
        headers: [
          ['Expires', '600'],
          ['Contact', '<sip:10.0.0.3>'],
        ],
      },
    ]);
    ue.watch();
    lab.run(31_000);
    expect(sent('SUBSCRIBE')).toHaveLength(1);
    lab.run(60_000);
    expect(sent('SUBSCRIBE')).toHaveLength(2);
  });

  it('RFC 6665 4.4.1: NOTIFY may come before the 200, and makes the dialog', () => {
    const { lab, scscf, ue, sent } = pair();
    const held: ServerRequest[] = [];
    scscf.intercept = (request) => {
      if (request.message.method !== 'SUBSCRIBE' || held.length > 0) return false;
      held.push(request);
      // The notifier answers through another request object, so that its 200 can be held back.
      const late: (() => void)[] = [];
      const slow = Object.create(request, {
        reply: { value: (status: number, parts?: ReplyParts) => late.push(() => request.reply(status, parts)) },
        localTag: { get: () => request.localTag },
        message: { get: () => request.message },
      }) as ServerRequest;
      scscf.notifier.subscribe(slow, 600);
      lab.simulation.clock.setTimer(200, () => {
        for (const answer of late) answer();
      });
      return true;
    };
    const watcher = ue.watch();
    lab.run(150);
    expect(lab.summaries).toEqual(['SUBSCRIBE', 'NOTIFY', '200 NOTIFY']);
    expect(watcher.state).toBe('subscribed.resting');
    lab.run(400_000);
    // Refreshed at half time, within the dialog.
    expect(sent('SUBSCRIBE').map(({ text }) => /\r\nCSeq: (.*)\r/.exec(text)![1])).toEqual([
      '1 SUBSCRIBE',
      '2 SUBSCRIBE',
    ]);
    expect(scscf.subscriptions.count).toBe(1);
  });
});

describe('refresh', () => {
  it.each([
    [3_600, 3_000],
    [1_000, 500],
  ])('TS 24.229 5.1.1.3: of %i s granted it refreshes after %i', (granted, after) => {
    const { lab, scscf, ue, sent } = pair();
    scscf.expiresMax = granted;
    ue.watch();
    lab.run((after + 10) * 1000);
    const times = sent('SUBSCRIBE').map(({ at }) => Math.round(at / 1000));
    expect(times).toEqual([0, after]);
    expect(ue.infos.map(({ version, state }) => `${version} ${state}`)).toEqual(['0 full', '1 full']);
  });

  it('RFC 6665 4.1.2.2: 481 makes a new subscription at once', () => {
    const { lab, scscf, ue, sent } = pair();
    scscf.expiresMax = 1_000;
    const watcher = ue.watch();
    lab.run(1_000);
    scscf.restart(lab);
    lab.run(600_000);
    expect(sent('481 SUBSCRIBE')).toHaveLength(1);
    expect(sent('SUBSCRIBE').map(({ text }) => /\r\nTo: .*;tag=/.test(text))).toEqual([false, true, false]);
    expect(watcher.state).toBe('subscribed.resting');
    expect(scscf.subscriptions.count).toBe(1);
    expect(ue.ends).toEqual([]);
  });

  it('RFC 6665 4.1.2.2: another failure leaves the subscription standing, and is tried again before it expires', () => {
    const { lab, scscf, ue, sent } = pair();
    scscf.expiresMax = 1_000;
    ue.watch();
    lab.run(1_000);
    scscf.intercept = answers([500], [503]);
    lab.run(900_000);
    expect(sent('SUBSCRIBE').length).toBeGreaterThanOrEqual(4);
    expect([scscf.subscriptions.count, ue.ends.length]).toEqual([1, 0]);
  });

  it('RFC 6665 4.1.2.2: without an answer it subscribes anew', () => {
    const { lab, scscf, ue } = pair();
    scscf.expiresMax = 1_000;
    const watcher = ue.watch();
    lab.run(1_000);
    let silent = true;
    scscf.intercept = () => silent;
    lab.run(560_000);
    silent = false;
    lab.run(600_000);
    expect(watcher.state).toBe('subscribed.resting');
    expect(scscf.subscriptions.count).toBeGreaterThanOrEqual(1);
  });

  it('RFC 3680 5.1: a document that is missing is asked for', () => {
    const { lab, scscf, ue, sent } = pair();
    const watcher = ue.watch();
    lab.run(10_000);
    // A NOTIFY that the watcher loses after it has answered it.
    ue.intercept = (request) => {
      request.reply(200);
      return true;
    };
    scscf.notifier.notify([registration('a2', { aor: 'tel:+15550100001' })]);
    lab.run(10_000);
    ue.intercept = () => false;
    scscf.registrations = [
      registration('a1'),
      registration('a2', { aor: 'tel:+15550100001' }),
      registration('a3', { aor: 'tel:+3' }),
    ];
    scscf.notifier.notify([registration('a3', { aor: 'tel:+3' })]);
    lab.run(10_000);
    expect(sent('SUBSCRIBE')).toHaveLength(2);
    expect(watcher.view.registrations.map(({ id }) => id)).toEqual(['a1', 'a2', 'a3']);
  });
});

describe('NOTIFY', () => {
  /** A NOTIFY within the dialog of the first one, with other headers or another body. */
  function notifying(change: (text: string) => string): ReturnType<typeof pair> & { answer(): string | undefined } {
    const { lab, scscf, ue, sent } = pair();
    ue.watch();
    lab.run(1_000);
    const first = sent('NOTIFY')[0]!.text;
    const next = change(first.replace(/CSeq: \d+/, 'CSeq: 77').replace(/branch=[^;\r]+/, 'branch=z9hG4bKother'));
    const length = Buffer.byteLength(next.slice(next.indexOf('\r\n\r\n') + 4), 'latin1');
    const hand = lab.raw('10.0.0.4');
    hand.send(
      next
        .replace(/Content-Length: \d+/, `Content-Length: ${length}`)
        .replace(/10\.0\.0\.3:5060;branch/, '10.0.0.4:5060;branch'),
      '10.0.0.11',
    );
    lab.run(1_000);
    return { lab, scscf, ue, sent, answer: () => hand.received[0]?.split('\r\n', 1)[0] };
  }

  it.each<[string, (text: string) => string, string]>([
    ['as it should be', (text) => text, 'SIP/2.0 200 OK'],
    [
      'of another dialog',
      (text) => text.replace(/\r\nFrom: (.*);tag=\w+/, '\r\nFrom: $1;tag=other'),
      'SIP/2.0 481 Call/Transaction Does Not Exist',
    ],
    [
      'of no call of ours',
      (text) => text.replace(/\r\nCall-ID: /, '\r\nCall-ID: x'),
      'SIP/2.0 481 Call/Transaction Does Not Exist',
    ],
    ['of another package', (text) => text.replace('Event: reg', 'Event: presence'), 'SIP/2.0 489 Bad Event'],
    [
      'without Subscription-State',
      (text) => text.replace(/Subscription-State: .*\r\n/, ''),
      'SIP/2.0 400 Missing Subscription-State',
    ],
    [
      'with a number that was there',
      (text) => text.replace('CSeq: 77', 'CSeq: 1'),
      'SIP/2.0 500 Server Internal Error',
    ],
    [
      'with a body of another type',
      (text) => text.replace('application/reginfo+xml', 'application/pidf+xml'),
      'SIP/2.0 415 Unsupported Media Type',
    ],
    ['with a body that is no document', (text) => text.replace(/<reginfo/, '<reg'), 'SIP/2.0 400 Bad reginfo'],
    [
      'with parameters of its type',
      (text) => text.replace('reginfo+xml\r', 'reginfo+xml;charset=UTF-8\r'),
      'SIP/2.0 200 OK',
    ],
    ['without body', (text) => text.replace(/\r\n\r\n[\s\S]*$/, '\r\n\r\n'), 'SIP/2.0 200 OK'],
  ])('RFC 6665 4.1.3: one %s', (_, change, expected) => {
    const { answer, ue } = notifying(change);
    expect(answer()).toBe(expected);
    expect(ue.watcher?.state).toBe('subscribed.resting');
  });

  it('an old version is answered and left alone', () => {
    const { answer, ue } = notifying((text) => text.replace('id="a1"', 'id="a9"'));
    expect(answer()).toBe('SIP/2.0 200 OK');
    expect(ue.infos).toHaveLength(1);
    expect(ue.watcher?.view.registrations.map(({ id }) => id)).toEqual(['a1']);
  });

  it('says what is wrong with a document in one sentence', () => {
    const { ue } = notifying((text) => text.replace(/<reginfo/, '<reg'));
    expect(ue.notes).toEqual([
      { what: 'cause.regInfoUnreadable', text: expect.stringContaining('holds no reginfo document that can be read') },
    ]);
  });

  it.each<[string, number | undefined]>([
    ['deactivated', 0],
    ['timeout', 0],
    ['', 0],
    ['somethingNew', 0],
    ['probation', 30_000],
    ['deactivated;retry-after=60', 0],
    ['timeout;retry-after=60', 0],
    ['somethingNew;retry-after=60', 60_000],
    ['constructor', 0],
    ['probation;retry-after=5', 5_000],
    ['giveup;retry-after=5', 5_000],
    ['giveup', 30_000],
    ['rejected', undefined],
    ['noresource', undefined],
    ['invariant', undefined],
  ])('RFC 6665 4.1.3: after terminated;reason=%s it subscribes again after %s ms', (reason, after) => {
    const state = `terminated${reason === '' ? '' : `;reason=${reason}`}`;
    const { lab, ue, sent } = notifying((text) => text.replace(/(Subscription-State: ).*/, `$1${state}`));
    const endedAt = lab.sent('NOTIFY')[1]!.at;
    lab.run(120_000);
    const again = sent('SUBSCRIBE').slice(1);
    if (after === undefined) {
      expect([again.length, ue.ends]).toEqual([0, [reason]]);
      return;
    }
    expect(again).toHaveLength(1);
    expect(Math.floor((again[0]!.at - endedAt) / 100)).toBe(after / 100);
    expect(ue.ends).toEqual([]);
  });

  it('a notifier that ends each subscription at once is asked later and later', () => {
    const { lab, scscf, ue, sent } = pair();
    ue.watch();
    const again = (): void => {
      if (scscf.notifier.count > 0) scscf.notifier.notify([registration('a1')], { final: true, reason: 'deactivated' });
      lab.simulation.clock.setTimer(500, again);
    };
    again();
    lab.run(4 * 3_600_000);
    expect(sent('SUBSCRIBE').length).toBe(8);
    expect(ue.ends).toEqual(['deactivated']);
  });
});

describe('the end', () => {
  it('unsubscribe before the answer waits for it', () => {
    const { lab, scscf, ue, sent } = pair();
    ue.watch().unsubscribe();
    lab.run(60_000);
    expect(sent('SUBSCRIBE').map(({ text }) => expiresOf(text))).toEqual(['600000', '0']);
    expect(ue.ends).toEqual([undefined]);
    expect(scscf.subscriptions.count).toBe(0);
    lab.expectNothingLeft();
  });

  it('unsubscribe without an answer ends all the same', () => {
    const { lab, scscf, ue } = pair();
    const watcher = ue.watch();
    lab.run(1_000);
    scscf.intercept = () => true;
    watcher.unsubscribe();
    lab.run(60_000);
    expect(ue.ends).toEqual([undefined]);
    expect(watcher.isOver).toBe(true);
    expect(ue.watchers.count).toBe(0);
  });

  it('stop says nothing, also from within onChange', () => {
    const { lab, scscf, ue, sent } = pair();
    ue.watch({ onChange: () => ue.watcher?.stop() });
    lab.run(1_000);
    scscf.notifier.notify([registration('a1', { contacts: [contact('c1', { event: 'refreshed' })] })]);
    lab.run(60_000);
    expect(ue.ends).toEqual([]);
    expect(sent('481 NOTIFY').length).toBe(1);
    expect(ue.watchers.count).toBe(0);
    expect(scscf.subscriptions.count).toBe(0);
    lab.expectNothingLeft();
  });
});
