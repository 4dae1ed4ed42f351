/** What nodes do: they stop, start, crash, change, end a registration, and send what nobody made them send. */
import type { Endpoint } from '../../environment/index.js';
import { startProblem } from '../../topology/start-problem.js';
import type {
  ChangeProfileStep,
  InjectStep,
  NetworkDeregisterStep,
  NodeStep,
  ReauthenticateStep,
  SetStep,
} from '../model.js';
import { type Failure, plainFailure, type StepEnd } from './failure.js';
import type { Down } from './running-nodes.js';
import { endWith, type Perform, type Stage } from './stage.js';

export const performNode: Perform<NodeStep> = ({ do: what, node }, { stage }, end) => {
  switch (what) {
    case 'stop':
      stopNode(node, 'stopped', stage, end);
      return;
    case 'start':
      startNode(node, stage, end);
      return;
    case 'restart':
      stopNode(node, 'stopped', stage, (failure) =>
        failure === undefined ? startNode(node, stage, end) : end(failure),
      );
      return;
    case 'crash': {
      const refusal = stage.nodes.refusal(node, stage.seconds);
      if (refusal === undefined) {
        stage.lab.crashNode(node);
        goneDown(node, 'crashed', stage);
      }
      end(refusal);
    }
  }
};

/** Whatever was going on there is over. */
function goneDown(node: string, how: Down['how'], stage: Stage): void {
  stage.observer.states.forget(node);
  stage.nodes.takeDown(node, { how, time: stage.clock.now() });
}

export function stopNode(name: string, how: Down['how'], stage: Stage, end: StepEnd): void {
  const refusal = stage.nodes.refusal(name, stage.seconds);
  if (refusal !== undefined) {
    end(refusal);
    return;
  }
  stage.lab.stopNode(name, () => {
    goneDown(name, how, stage);
    end();
  });
}

/** Starts a node that the scenario took down. */
export function startNode(name: string, stage: Stage, end: StepEnd): void {
  const { nodes, lab } = stage;
  if (nodes.down(name) === undefined) {
    end(nodes.refusal(name, stage.seconds) ?? plainFailure(`${name} cannot start`, 'it runs already'));
    return;
  }
  lab.startNode(name, (failure) => {
    if (failure === undefined) {
      nodes.bringUp(name);
      end();
      return;
    }
    const { what, mend } = startProblem(failure, lab.lab);
    end(plainFailure(`${name} could not start`, `${what}; ${mend}`));
  });
}

/** Of a node that is down it counts from its next start. */
export const performSet: Perform<SetStep> = ({ node, key, value }, { stage }, end) => {
  const refusal = stage.nodes.refusal(node, stage.seconds);
  if (refusal !== undefined && stage.nodes.down(node) === undefined) end(refusal);
  else endWith(end, `${key} of ${node} cannot be set`, stage.lab.changeSetting(node, key, value));
};

const wanted = 'it was to be refused';

export const performNetworkDeregister: Perform<NetworkDeregisterStep> = (step, { stage }, end) => {
  const { node, ue, refused = false } = step;
  const refusal = stage.nodes.refusal(node, stage.seconds);
  if (refusal !== undefined) {
    end(refusal);
    return;
  }
  stage.lab.networkDeregister(node, step, (outcome) => {
    if (outcome.success !== refused) end();
    else if (refused) end({ subject: `${node} de-registered ${ue}`, reason: wanted, nodes: [node, ue] });
    else end({ subject: `${node} could not de-register ${ue}`, reason: outcome.reason, nodes: [node, ue] });
  });
};

export const performReauthenticate: Perform<ReauthenticateStep> = (step, { stage }, end) => {
  const { node, ue } = step;
  const refusal = stage.nodes.refusal(node, stage.seconds);
  if (refusal !== undefined) end(refusal);
  else endWith(end, `${node} could not have ${ue} authenticate again`, stage.lab.reauthenticate(node, step));
};

export const performChangeProfile: Perform<ChangeProfileStep> = (step, { stage }, end) => {
  const { node, ue, refused = false } = step;
  const refusal = stage.nodes.refusal(node, stage.seconds);
  if (refusal !== undefined) {
    end(refusal);
    return;
  }
  stage.lab.changeProfile(node, step, (outcome) => {
    if (outcome.success !== refused) end();
    else if (refused) end({ subject: `${node} changed the profile of ${ue}`, reason: wanted, nodes: [node, ue] });
    else end({ subject: `${node} could not change the profile of ${ue}`, reason: outcome.reason, nodes: [node, ue] });
  });
};

export const performInject: Perform<InjectStep> = ({ from, to, protocol, message }, { stage }, end) => {
  const target = injectionTarget(to, protocol, stage);
  if ('subject' in target) {
    end(target);
    return;
  }
  const why = stage.lab.faults.inject(from, target, protocol, typeof message === 'string' ? octets(message) : message);
  endWith(end, `nothing could be injected from ${from} to ${to}`, why);
};

/** Where the node listens with that protocol, else where it listens first. */
function injectionTarget(to: string, protocol: InjectStep['protocol'], stage: Stage): Endpoint | Failure {
  const node = stage.lab.lab.nodes.find(({ name }) => name === to);
  const entry = node?.listen.find((candidate) => candidate.protocol === protocol) ?? node?.listen[0];
  if (entry !== undefined) return { address: entry.address, port: entry.port };
  return stage.nodes.refusal(to, stage.seconds) ?? plainFailure(`nothing can be sent to ${to}`, 'it has no address');
}

/** Lines end with CRLF, and header fields with an empty line (RFC 3261 7). */
function octets(text: string): Buffer {
  const lines = text.replaceAll(/\r?\n/g, '\r\n');
  return Buffer.from(lines.endsWith('\r\n') && !lines.includes('\r\n\r\n') ? `${lines}\r\n` : lines, 'utf8');
}
