/** What application servers do by themselves (TS 24.229 §5.7.3). */
import type { OriginateStep } from '../model.js';
import { calledTarget } from './dialled-identity.js';
import { plainFailure } from './failure.js';
import type { Perform } from './stage.js';

export const performOriginate: Perform<OriginateStep> = (step, { stage }, end) => {
  const { node, servedUser, to, text, status } = step;
  const refusal = stage.nodes.refusal(node, stage.seconds);
  const identity = calledTarget(servedUser, stage.lab);
  const target = calledTarget(to, stage.lab);
  const subject = `${node} cannot send a message for ${servedUser}`;
  if (refusal !== undefined) end(refusal);
  else if (identity === undefined || target === undefined) {
    end(plainFailure(subject, `${identity === undefined ? servedUser : to} is neither a UE of the topology nor a URI`));
  } else {
    const why = stage.lab.originate(node, { servedUser: identity, target, text }, (outcome) => {
      const isSuccess = outcome.status !== undefined && outcome.status < 300;
      if (status === undefined ? isSuccess : outcome.status === status) end();
      else {
        const wanted = status === undefined ? `did not reach ${to}` : `was to be answered with ${status}`;
        const failed = `the message of ${node} for ${servedUser} ${wanted}`;
        end({ subject: failed, reason: outcome.reason, nodes: [node] });
      }
    });
    if (why !== undefined) end(plainFailure(subject, why));
  }
};
