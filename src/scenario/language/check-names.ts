/** UEs and nodes that steps speak of exist and are what the step needs; values fit the keys that they are for. */
import type { z } from 'zod';
import { canonicalIdentity } from '../../ims/identity/index.js';
import { suggest } from '../../selection/index.js';
import type { DataWord } from '../../topology/sh-schema.js';
import { nodeSchemas, type Role } from '../../topology/topology-schema.js';
import { shown } from '../../topology/validate.js';
import type {
  ActionStep,
  ChangeProfileStep,
  ExpectStateStep,
  InjectStep,
  NetworkDeregisterStep,
  SetStep,
  Step,
  SubscribeDataStep,
  UpdateDataStep,
} from '../model.js';
import type { CheckContext } from './check-context.js';
import { machinesOf } from './machines.js';

export function checkNames(step: Step, context: CheckContext): void {
  if ('expect' in step) {
    if (step.expect === 'registration') for (const name of step.ue) context.requireUe(step.place, name, ['ue']);
    if (step.expect === 'state') checkState(step, context);
    if (step.expect === 'node') context.requireRunning(step.place, step.node, ['node']);
    if (step.expect === 'cause' && step.node !== undefined) context.requireNode(step.place, step.node, ['node']);
    return;
  }
  checkActionNames(step, context);
}

function checkActionNames(step: ActionStep, context: CheckContext): void {
  const { place } = step;
  switch (step.do) {
    case 'register':
    case 'reregister':
    case 'deregister':
    case 'power-off':
    case 'power-on':
    case 'lose-coverage':
    case 'regain-coverage':
      for (const name of step.ue) context.requireUe(place, name, ['ue']);
      return;
    case 'call':
    case 'message':
      context.requireUe(place, step.from, ['from']);
      checkCallee(step.place, step.to, context);
      if (step.from === step.to) {
        const what = `${step.from} cannot ${step.do === 'call' ? 'call' : 'write to'} itself`;
        context.report(place, { at: ['to'], what, mend: 'name another UE' });
      }
      return;
    case 'originate':
      if (context.requireRunning(place, step.node, ['node'])) checkRole(step, ['as'], context);
      checkCallee(place, step.servedUser, context, 'for');
      checkCallee(place, step.to, context);
      return;
    case 'stop':
    case 'start':
    case 'restart':
    case 'crash':
    case 'step-clock':
      context.requireRunning(place, step.node, ['node']);
      return;
    case 'set':
      if (context.requireRunning(place, step.node, ['node'])) checkSetting(step, context);
      return;
    case 'network-deregister':
      context.requireUe(place, step.ue, ['ue']);
      if (context.requireRunning(place, step.node, ['node'])) checkDeregistration(step, context);
      return;
    case 'reauthenticate':
      context.requireUe(place, step.ue, ['ue']);
      if (context.requireRunning(place, step.node, ['node'])) checkRole(step, ['s-cscf'], context);
      return;
    case 'change-profile':
      checkProfileChange(step, context);
      return;
    case 'read-data':
    case 'update-data':
    case 'subscribe-data':
    case 'unsubscribe-data':
      checkDataStep(step, context);
      return;
    case 'inject':
      checkInjection(step, context);
      return;
    case 'cut':
    case 'heal':
    case 'link':
      for (const [end, names] of step.between.entries()) {
        for (const name of [names].flat()) context.requireNode(place, name, ['between', end]);
      }
      checkEnds(step, context);
      return;
    default:
  }
}

function checkCallee(place: Step['place'], to: string, context: CheckContext, key: 'to' | 'for' = 'to'): void {
  if (to.includes('${')) return;
  if (!to.startsWith('sip:') && !to.startsWith('tel:')) {
    context.requireUe(place, to, [key]);
  } else if (canonicalIdentity(to) === undefined) {
    const mend = 'write a UE of the topology, sip:user@domain or tel:+15550100001';
    context.report(place, { at: [key], what: `'${to}' is no SIP or tel URI`, mend });
  }
}

/** What it takes to name some data beside the user (TS 29.328 Table 7.6.1): the key, and what it may be. */
const dataKeys: Readonly<Partial<Record<DataWord, readonly ['service' | 'dsai-tag' | 'domain', string]>>> = {
  'repository-data': ['service', 'service: NAME'],
  dsai: ['dsai-tag', 'dsai-tag: TAG'],
  location: ['domain', 'domain: cs or domain: ps'],
  'user-state': ['domain', 'domain: cs or domain: ps'],
};

function checkDataKeys(step: SubscribeDataStep, context: CheckContext): void {
  const { place, services, dsaiTags, domain, result } = step;
  // Who names the refusal wants to see it.
  if (result !== 2001) return;
  const has = { service: services.length > 0, 'dsai-tag': dsaiTags.length > 0, domain: domain !== undefined };
  for (const word of step.data) {
    const [key, form] = dataKeys[word] ?? [];
    if (key === undefined || has[key]) continue;
    const mend = `write ${form}, or result: 5005 to see the HSS refuse it`;
    context.report(place, { at: ['data'], what: `${word} takes a ${key}`, mend });
  }
}

function checkDataStep(step: SubscribeDataStep | UpdateDataStep, context: CheckContext): void {
  const { place, node, of } = step;
  if (context.requireRunning(place, node, ['node'])) checkRole({ place, node }, ['as'], context);
  if (step.do !== 'update-data') checkDataKeys(step, context);
  if (of.includes('${') || /^\+\d+$/.test(of)) return;
  if (!of.startsWith('sip:') && !of.startsWith('tel:')) context.requireUe(place, of, ['of']);
  else if (canonicalIdentity(of) === undefined) {
    const mend = 'write a UE of the topology, sip:user@domain, tel:+15550100001 or +15550100001';
    context.report(place, { at: ['of'], what: `'${of}' is no SIP or tel URI`, mend });
  }
}

/** Tells of a node that has none of the roles. */
function checkRole(
  { place, node: name }: { readonly place: Step['place']; readonly node: string },
  roles: readonly Role[],
  context: CheckContext,
): boolean {
  const { role } = context.node(name)!;
  if (roles.includes(role)) return true;
  const mend = suggest(
    name,
    context.namesOf((node) => roles.includes(node.role) && !node.external),
  );
  context.report(place, { at: ['node'], what: `'${name}' is no ${roles.join(' or ')}, its role is ${role}`, mend });
  return false;
}

/** An HSS says why, an S-CSCF whether the UE may come back. */
function checkDeregistration(step: NetworkDeregisterStep, context: CheckContext): void {
  const { place, node, reason, comeBack } = step;
  if (!checkRole(step, ['hss', 's-cscf'], context)) return;
  const isHss = context.node(node)!.role === 'hss';
  if (isHss && comeBack !== undefined) {
    const what = `${node} is an hss, which gives a reason instead`;
    const mend = `write reason: ${comeBack ? 'server-change' : 'permanent-termination'}`;
    context.report(place, { at: ['come-back'], what, mend, isKey: true });
  } else if (!isHss && reason !== 'permanent-termination') {
    const what = `${node} is an s-cscf, which gives no reason`;
    context.report(place, { at: ['reason'], what, mend: 'write come-back: true or false', isKey: true });
  }
}

function checkProfileChange(step: ChangeProfileStep, context: CheckContext): void {
  const { place, node, ue, bar, unbar, services } = step;
  context.requireUe(place, ue, ['ue']);
  if (context.requireRunning(place, node, ['node'])) checkRole(step, ['hss'], context);
  for (const [key, identities] of Object.entries({ bar, unbar })) {
    const wrong = identities.find((uri) => !uri.includes('${') && canonicalIdentity(uri) === undefined);
    if (wrong === undefined) continue;
    const mend = 'write sip:user@domain or tel:+15550100001';
    context.report(place, { at: [key], what: `'${wrong}' is no SIP or tel URI`, mend, word: wrong });
  }
  const both = bar.find((uri) => unbar.includes(uri));
  if (both !== undefined) {
    const what = `${both} is to be barred and not to be barred`;
    context.report(place, { at: ['unbar'], what, mend: 'remove it from one of the two', word: both });
  }
  if (bar.length === 0 && unbar.length === 0 && services === undefined) {
    context.report(place, { at: [], what: 'it changes nothing', mend: 'add bar:, unbar: or services:' });
  }
  checkServices(step, context);
}

function checkServices({ place, node: name, services = [] }: ChangeProfileStep, context: CheckContext): void {
  const node = context.node(name);
  if (node === undefined || node.external || node.role !== 'hss') return;
  const known = [...node.services.keys()];
  const unknown = services.find((service) => !known.includes(service));
  if (unknown === undefined) return;
  const what = `the subscriber file of ${name} has no service '${unknown}'`;
  context.report(place, { at: ['services'], what, mend: suggest(unknown, known), word: unknown });
}

function checkInjection(step: InjectStep, context: CheckContext): void {
  const { place, from, to, protocol } = step;
  context.requireRunning(place, from, ['from']);
  if (!context.requireNode(place, to, ['to'])) return;
  const protocols = [...new Set(context.node(to)!.listen.map((entry) => entry.protocol))];
  if (protocols.includes(protocol)) return;
  const mend = `write protocol: ${protocols[0] ?? 'tcp'}`;
  context.report(place, { at: ['protocol'], what: `${to} does not listen on ${protocol}`, mend });
}

function checkEnds(step: Extract<ActionStep, { do: 'cut' | 'heal' | 'link' }>, context: CheckContext): void {
  const { place } = step;
  const [one, other] = step.between.map((names) => [names].flat());
  const both = one!.find((name) => other!.includes(name));
  if (both !== undefined) {
    const what = `${both} stands on both sides`;
    context.report(place, { at: ['between'], what, mend: 'a link joins two nodes: name two' });
  }
  if (step.do === 'link' && context.environments.includes('real')) {
    const mend = 'write environments: [simulated], or leave that key out';
    context.report(place, { at: ['do'], what: 'real sockets have no loss or delay that could be set', mend });
  }
}

/** The key stands in the schema of the node's role, and the value passes it. */
function checkSetting({ place, node, key, value }: SetStep, context: CheckContext): void {
  let schema: z.ZodType = nodeSchemas[context.node(node)!.role];
  for (const part of key.split('.')) {
    const shape = shapeOf(schema);
    if (shape === undefined || !Object.hasOwn(shape, part)) {
      const known = Object.keys(shape ?? {});
      context.report(place, { at: ['key'], what: `${node} has no '${key}'`, mend: suggest(part, known) });
      return;
    }
    schema = shape[part]!;
  }
  if (typeof value === 'string' && value.includes('${')) return;
  const issue = schema.safeParse(value).error?.issues[0];
  if (issue === undefined) return;
  const known = issue.code === 'invalid_value' ? suggest(String(value), issue.values.map(String)) : undefined;
  const [what, mend] = issue.message.split('; ', 2);
  context.report(place, {
    at: ['value'],
    what: mend === undefined ? `${shown(value)} is no value of ${key}` : what!,
    mend: known ?? mend ?? 'write one as in a topology file',
  });
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  const inner = 'unwrap' in schema ? (schema as z.ZodOptional<z.ZodType>).unwrap() : schema;
  return (inner as { shape?: Readonly<Record<string, z.ZodType>> }).shape;
}

function checkState({ place, node, machine, is }: ExpectStateStep, context: CheckContext): void {
  if (!context.requireRunning(place, node, ['node'])) return;
  const machines = machinesOf(context.node(node)!.role);
  const states = machines.get(machine);
  if (states === undefined) {
    const what = `${node} has no machine '${machine}'`;
    context.report(place, { at: ['machine'], what, mend: suggest(machine, [...machines.keys()]) });
  } else if (!states.includes(is)) {
    const what = `the machine ${machine} of ${node} has no state '${is}'`;
    context.report(place, { at: ['is'], what, mend: suggest(is, states) });
  }
}
