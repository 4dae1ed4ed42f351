import { FakeLab } from './fake-lab.js';
import { act, beginFile, kept, wait } from './written-steps.js';

beforeEach(beginFile);

describe('what a node keeps', () => {
  it('is met at once, or as soon as tables have drained, which no record tells of', () => {
    const lab = new FakeLab();
    lab.keeps.set('hss1', { subscriptions: 2, machines: 3 });
    lab.at(1_250, () => lab.keeps.set('hss1', { subscriptions: 0, machines: 1 }));
    const verdict = lab.run([kept('hss1', { subscriptions: [1, 2] }), kept('hss1', { subscriptions: [0, 0] })]);
    expect(verdict).toMatchObject({ passed: true });
    expect(verdict.steps.map(({ step, durationMs }) => [step, durationMs])).toEqual([
      ['expect hss1 keeps 1 to 2 subscriptions', 0],
      ['expect hss1 keeps 0 subscriptions', 1_300],
    ]);
  });

  it('must be met for all of them at one moment', () => {
    const lab = new FakeLab();
    lab.keeps.set('scscf1', { registrations: 1, sessions: 0, authentications: 2 });
    const verdict = lab.run([
      kept('scscf1', { registrations: [0, 0], sessions: [0, 0], authentications: [1, Number.POSITIVE_INFINITY] }),
    ]);
    expect(verdict.sentence).toBe(
      'step 1: scscf1 was to keep 0 registrations, 0 sessions, at least 1 authentications within 2 s: it keeps 1 registrations, 0 sessions, 2 authentications',
    );
    expect(verdict.explanation).toContain('keeps     1 registrations, 0 sessions, 2 authentications');
    expect(verdict.durationMs).toBe(2_000);
  });

  it('of what it does not keep, the nearest is told', () => {
    const lab = new FakeLab();
    lab.keeps.set('scscf1', { registrations: 1, sessions: 0 });
    expect(lab.run([kept('scscf1', { registration: [0, 0] })]).sentence).toBe(
      "step 1: scscf1 keeps no 'registration': did you mean 'registrations'?",
    );
  });

  it('of a node that is down nothing is told', () => {
    const lab = new FakeLab();
    const crash = act({ do: 'crash', node: 'hss1' });
    expect(lab.run([crash, kept('hss1', { subscriptions: [0, 0] })]).sentence).toBe(
      'step 2: hss1 does not run: it was crashed at 0.000 s and not started since',
    );
    expect(new FakeLab().run([wait(1), kept('hss1', { subscriptions: [0, 3] })]).sentence).toBe(
      'step 2: hss1 was to keep at most 3 subscriptions within 2 s: it does not run',
    );
  });
});
