/** What application servers do with data at the HSS (Sh, TS 29.328). */
import type { DataAnswer, DataQuery, DataUpdate, SubscriberData } from '../../ims/as/subscriber-data.js';
import { dataWords } from '../../topology/sh-schema.js';
import type { SubscribeDataStep, UpdateDataStep } from '../model.js';
import { calledTarget } from './dialled-identity.js';
import { plainFailure, type StepEnd } from './failure.js';
import type { Perform, Stage } from './stage.js';

const identitySets = {
  all: 'ALL_IDENTITIES',
  registered: 'REGISTERED_IDENTITIES',
  implicit: 'IMPLICIT_IDENTITIES',
  alias: 'ALIAS_IDENTITIES',
} as const;

const domains = { cs: 'CS-Domain', ps: 'PS-Domain' } as const;

export const performDataQuery: Perform<SubscribeDataStep> = (step, { stage }, end) => {
  begin(step, stage, end, (data, userIdentity, done) => {
    const query: DataQuery = {
      userIdentity,
      dataReferences: step.data.map((word) => dataWords[word]),
      serviceIndications: step.services,
      identitySets: step.identitySets.map((set) => identitySets[set]),
      dsaiTags: step.dsaiTags,
      requestedDomain: step.domain && domains[step.domain],
      userName: step.privateIdentity,
    };
    switch (step.do) {
      case 'read-data':
        data.read(query, done);
        return;
      case 'subscribe-data':
        data.subscribe(query, step.expiresMs, step.sendsData, done);
        return;
      case 'unsubscribe-data':
        data.unsubscribe(query, done);
    }
  });
};

export const performUpdateData: Perform<UpdateDataStep> = (step, { stage }, end) => {
  begin(step, stage, end, (data, userIdentity, done) => {
    const update: DataUpdate = {
      userIdentity,
      userName: step.privateIdentity,
      serviceIndication: step.service,
      serviceData: step.content,
      sequenceNumber: step.sequence,
      dsaiTags: step.dsaiTags,
      active: step.active,
    };
    data.update(update, done);
  });
};

type Ask = (data: SubscriberData, userIdentity: DataQuery['userIdentity'], done: (answer: DataAnswer) => void) => void;

function begin(step: SubscribeDataStep | UpdateDataStep, stage: Stage, end: StepEnd, ask: Ask): void {
  const { node, of, result } = step;
  const refusal = stage.nodes.refusal(node, stage.seconds);
  const subject = `${node} was to get ${result} for the data of ${of}`;
  if (refusal !== undefined) {
    end(refusal);
    return;
  }
  const userIdentity = userIdentityOf(of, stage);
  if (userIdentity === undefined) {
    end(plainFailure(subject, 'no HSS of the topology knows that UE; name one of its identities'));
    return;
  }
  const why = stage.lab.askData(
    node,
    (data, finish) =>
      ask(data, userIdentity, (answer) =>
        finish(() => {
          if (answer.result === result) end();
          else end({ subject, reason: answer.reason, nodes: [node] });
        }),
      ),
    () => end(plainFailure(subject, `${node} crashed before the answer came`)),
  );
  if (why !== undefined) end(plainFailure(subject, why));
}

function userIdentityOf(of: string, { lab }: Stage): DataQuery['userIdentity'] | undefined {
  if (/^\+\d+$/.test(of)) return { msisdn: of.slice(1) };
  const publicIdentity = calledTarget(of, lab);
  return publicIdentity === undefined ? undefined : { publicIdentity };
}
