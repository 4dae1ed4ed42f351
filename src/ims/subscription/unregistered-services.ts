/** Whether an identity has services while it is not registered: then a S-CSCF is assigned to it (TS 29.228 6.1.4.1). */
import type { InitialFilterCriterion, ServicePointTrigger, SessionCase, TriggerPoint } from './filter-criteria.js';
import type { ServiceProfile } from './subscriber.js';

/** Some request that is no REGISTER could meet one of the criteria in this session case: 2 terminating, 3 originating. */
export function hasUnregisteredServices(
  { filterCriteria }: Pick<ServiceProfile, 'filterCriteria'>,
  sessionCase: 2 | 3,
): boolean {
  return filterCriteria.some((criterion) => mayMatch(criterion, sessionCase));
}

function mayMatch({ profilePart, triggerPoint }: InitialFilterCriterion, sessionCase: SessionCase): boolean {
  if (profilePart === 'registered') return false; // CX-56
  return triggerPoint === undefined || mayBeTriggered(triggerPoint, sessionCase);
}

/** CX-51 where only the session case is known, and that the method is another one than REGISTER. */
function mayBeTriggered({ form, triggers }: TriggerPoint, sessionCase: SessionCase): boolean {
  const groups = [...new Set(triggers.flatMap((trigger) => trigger.groups))];
  const inGroup = (group: number) => triggers.filter((trigger) => trigger.groups.includes(group));
  const mayHoldEach = (trigger: ServicePointTrigger) => mayHold(trigger, sessionCase);
  return form === 'cnf'
    ? groups.every((group) => inGroup(group).some(mayHoldEach))
    : groups.some((group) => inGroup(group).every(mayHoldEach));
}

function mayHold({ point, negated }: ServicePointTrigger, sessionCase: SessionCase): boolean {
  if (point.kind === 'sessionCase') return (point.sessionCase === sessionCase) !== negated;
  if (point.kind === 'method' && point.method === 'REGISTER') return negated;
  return point.kind !== 'unknown' || negated;
}
