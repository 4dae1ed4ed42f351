/** What a watcher makes of documents: RFC 3680 5.1. */
import { type RegInfo, RegInfoView } from '../../../src/ims/reg-event/index.js';
import { aor, contact, registration } from './reg-event-lab.js';

function full(version: number, ...registrations: RegInfo['registrations']): RegInfo {
  return { version, state: 'full', registrations };
}

function partial(version: number, ...registrations: RegInfo['registrations']): RegInfo {
  return { version, state: 'partial', registrations };
}

describe('RegInfoView', () => {
  it('a full document replaces everything', () => {
    const view = new RegInfoView();
    expect(view.apply(full(0, registration('a1'), registration('a2', { aor: 'tel:+1' })))).toBe('applied');
    expect(view.registration('tel:+1')).toBeDefined();
    expect(view.apply(full(1, registration('a1')))).toBe('applied');
    expect(view.registrations.map(({ id }) => id)).toEqual(['a1']);
  });

  it('a partial one changes what it names and leaves the rest', () => {
    const view = new RegInfoView();
    view.apply(full(0, registration('a1', { contacts: [contact('c1'), contact('c2')] }), registration('a2')));
    view.apply(partial(1, registration('a1', { contacts: [contact('c2', { expires: 10 }), contact('c3')] })));
    expect(view.registrations.map(({ id }) => id)).toEqual(['a1', 'a2']);
    expect(view.registration(aor)?.contacts.map(({ id, expires }) => `${id} ${expires}`)).toEqual([
      'c1 3600',
      'c2 10',
      'c3 3600',
    ]);
  });

  it('what has terminated goes', () => {
    const view = new RegInfoView();
    view.apply(full(0, registration('a1', { contacts: [contact('c1'), contact('c2')] }), registration('a2')));
    const gone = contact('c1', { state: 'terminated', event: 'expired' });
    view.apply(partial(1, registration('a1', { contacts: [gone] }), registration('a2', { state: 'terminated' })));
    expect(view.registrations.map(({ id, contacts }) => [id, contacts.map((each) => each.id)])).toEqual([
      ['a1', ['c2']],
    ]);
  });

  it('an older document, or the same again, is left alone', () => {
    const view = new RegInfoView();
    view.apply(full(4, registration('a1')));
    expect([view.apply(full(3)), view.apply(full(4)), view.apply(partial(0))]).toEqual(['stale', 'stale', 'stale']);
    expect([view.registrations.length, view.version]).toEqual([1, 4]);
  });

  it('after a gap a partial document is taken and the full state wanted; a full one is enough by itself', () => {
    const view = new RegInfoView();
    view.apply(full(0, registration('a1')));
    expect(view.apply(partial(2, registration('a2')))).toBe('gap');
    expect(view.registrations.map(({ id }) => id)).toEqual(['a1', 'a2']);
    expect(view.apply(full(9, registration('a3')))).toBe('applied');
    expect(new RegInfoView().apply(partial(0, registration('a1')))).toBe('gap');
  });

  it('a new subscription counts anew', () => {
    const view = new RegInfoView();
    view.apply(full(8, registration('a1')));
    view.restart();
    expect(view.registrations).toHaveLength(1);
    expect(view.apply(full(0))).toBe('applied');
    expect(view.registrations).toHaveLength(0);
  });
});
