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
    networkDeregister: (hss, query, done) => running.networkDeregister(hss, query, done),
    setLink: world.setLink,
    invariantBreaches: () => running.invariantBreaches(),
  };
}
