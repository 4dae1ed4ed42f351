/** An open lab as scenarios use it. */
import type { ScenarioLab } from '../scenario/run/scenario-lab.js';
import type { OpenLab } from './open-lab.js';

export function scenarioLab({
  lab,
  running,
  faults,
  world,
}: Pick<OpenLab, 'lab' | 'running' | 'faults' | 'world'>): ScenarioLab {
  return {
    lab,
    faults,
    ue: (name) => running.ue(name),
    startNode: (name, done) => running.startNode(name, done),
    stopNode: (name, done) => running.stopNode(name, done),
    crashNode: (name) => {
      faults.crash(name);
      running.crashNode(name);
    },
    changeSetting: (node, key, value) => running.changeSetting(node, key, value),
    networkDeregister: (node, query, done) => running.networkDeregister(node, query, done),
    reauthenticate: (scscf, query) => running.reauthenticate(scscf, query),
    changeProfile: (hss, { ue, bar, unbar, services }, done) =>
      running.pushProfile(hss, { ue, bar, unbar, ...(services !== undefined && { services }) }, done),
    askData: (as, ask, lost) => running.askData(as, ask, lost),
    originate: (as, message, done) => running.originate(as, message, done),
    counts: (node) => running.counts(node),
    setLink: world.setLink,
    invariantBreaches: () => running.invariantBreaches(),
  };
}
