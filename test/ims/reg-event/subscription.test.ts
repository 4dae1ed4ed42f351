/** Watcher against notifier: RFC 6665, RFC 3680; spec REG-17, REG-90 to REG-93. */
import { aor, contact, pair, registration } from './reg-event-lab.js';

describe('a watch', () => {
  it('REG-90, REG-91: SUBSCRIBE, 200, and the full state at once', () => {
    const { lab, scscf, ue, sent } = pair();
    const watcher = ue.watch();
    lab.run(1_000);
    const [subscribe] = sent('SUBSCRIBE');
    expect(subscribe!.text).toMatch(/^SUBSCRIBE sip:\+15550100001@ims\.mnc001\.mcc001\.3gppnetwork\.org SIP\/2\.0/);
    for (const line of ['Event: reg', 'Accept: application/reginfo+xml', 'Expires: 600000']) {
      expect(subscribe!.text).toContain(`\r\n${line}\r\n`);
    }
    expect(sent('200 SUBSCRIBE')[0]!.text).toContain('\r\nExpires: 600000\r\n');
    const [notify] = sent('NOTIFY');
    expect(notify!.text).toMatch(/\r\nSubscription-State: active;expires=(600000|599999)\r\n/);
    expect(notify!.text).toContain('\r\nContent-Type: application/reginfo+xml\r\n');
    expect(ue.infos).toMatchObject([{ version: 0, state: 'full', registrations: [{ aor, id: 'a1' }] }]);
    expect(watcher.view.registration(aor)?.contacts).toMatchObject([{ id: 'c1', event: 'registered' }]);
    expect([watcher.state, scscf.notifier.count]).toEqual(['subscribed.resting', 1]);
    watcher.stop();
    scscf.subscriptions.close();
    lab.run(60_000);
    lab.expectNothingLeft();
  });

  it('REG-91, REG-93: changes go at most once in 5 s, put together, one version after the other', () => {
    const { lab, scscf, ue, sent } = pair();
    const watcher = ue.watch();
    lab.run(10_000);
    const change = (parts: Parameters<typeof contact>[1]) => {
      const next = registration('a1', { contacts: [contact('c1', parts)] });
      scscf.registrations = [next];
      scscf.notifier.notify([next]);
    };
    change({ event: 'refreshed', expires: 100 });
    lab.run(1_000);
    change({ event: 'refreshed', expires: 99 });
    lab.run(1_000);
    change({ event: 'shortened', expires: 60 });
    lab.run(60_000);
    expect(ue.infos.map(({ version, state }) => `${version} ${state}`)).toEqual(['0 full', '1 partial', '2 partial']);
    expect(watcher.view.registration(aor)?.contacts[0]).toMatchObject({ event: 'shortened', expires: 60 });
    const [, one, other] = sent('NOTIFY').map(({ at }) => at);
    expect(other! - one!).toBe(5_000);
    expect(scscf.party.host.instanceCount).toBe(0);
  });

  it('REG-93: when nothing is left the last NOTIFY goes at once and the watch is over', () => {
    const { lab, scscf, ue, sent } = pair();
    ue.watch();
    lab.run(1_000);
    const gone = registration('a1', {
      state: 'terminated',
      contacts: [contact('c1', { state: 'terminated', event: 'rejected' })],
    });
    scscf.registrations = [];
    scscf.notifier.notify([gone], { final: true });
    lab.run(1_000);
    expect(sent('NOTIFY')[1]!.text).toContain('\r\nSubscription-State: terminated;reason=noresource\r\n');
    expect(ue.infos[1]).toMatchObject({ version: 1, state: 'full', registrations: [{ state: 'terminated' }] });
    expect(ue.ends).toEqual(['noresource']);
    expect([scscf.notifier.count, scscf.subscriptions.count]).toEqual([0, 0]);
    lab.run(60_000);
    lab.expectNothingLeft();
  });

  it.each([
    ['unregistered', 0],
    ['rejected', 1],
  ] as const)('REG-93: a watch that ends with contacts that are %s is told of %i times', (event, times) => {
    const { lab, scscf, ue } = pair();
    ue.watch();
    lab.run(1_000);
    const gone = registration('a1', { state: 'terminated', contacts: [contact('c1', { state: 'terminated', event })] });
    scscf.registrations = [];
    scscf.notifier.notify([gone], { final: true });
    lab.run(1_000);
    expect(ue.ends).toEqual(['noresource']);
    expect(ue.notes).toHaveLength(times);
  });

  it('RFC 6665 4.1.2.3, 4.2.1.4: Expires 0 ends it with a last NOTIFY', () => {
    const { lab, scscf, ue, sent } = pair();
    const watcher = ue.watch();
    lab.run(1_000);
    watcher.unsubscribe();
    lab.run(1_000);
    expect(sent('SUBSCRIBE')[1]!.text).toContain('\r\nExpires: 0\r\n');
    expect(sent('NOTIFY')[1]!.text).toContain('\r\nSubscription-State: terminated;reason=timeout\r\n');
    expect(ue.ends).toEqual([undefined]);
    expect(scscf.subscriptions.count).toBe(0);
    lab.run(60_000);
    lab.expectNothingLeft();
  });
});
