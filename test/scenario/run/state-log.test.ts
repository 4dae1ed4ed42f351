import { StateLog } from '../../../src/scenario/run/state-log.js';

function entered(log: StateLog, actor: string, from: string, to: string): void {
  log.add({
    kind: 'transition',
    time: 0,
    node: 'pcscf1',
    machine: 'registration',
    actor,
    event: 'x',
    from,
    to,
    effects: [],
    context: undefined,
  });
}

it('forgets the instances that were quiet for longest, and lists the others with the last that moved at the end', () => {
  const log = new StateLog();
  for (let index = 0; index < 5_000; index++) entered(log, `r${index}`, '', 'initial');
  entered(log, 'r0', 'initial', 'registered');
  entered(log, 'r5000', '', 'initial');
  const actors = log.of('pcscf1').map(({ actor }) => actor);
  expect(actors.length).toBeLessThanOrEqual(5_000);
  expect(actors.slice(-2)).toEqual(['r0', 'r5000']);
  expect(actors).not.toContain('r1');
  expect(
    log
      .of('pcscf1')
      .find(({ actor }) => actor === 'r0')!
      .states.map(({ state }) => state),
  ).toEqual(['initial', 'registered']);
});
