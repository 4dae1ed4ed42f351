/** Sh, as far as a trace shows it: the shape of messages, sequence numbers, who is told of what. TS 29.328, TS 29.329. */
import type { DiameterOnWire, Rule, Seen } from '../rule.js';

const requests = ['UDR', 'PUR', 'SNR', 'PNR'] as const;
const answers = ['UDA', 'PUA', 'SNA', 'PNA'] as const;
const shApplication = 16777217;
const noStateMaintained = 1;

/** What each request has besides (TS 29.329 6.1). */
const mandatory: Readonly<Record<string, readonly string[]>> = {
  UDR: ['Data-Reference'],
  PUR: ['Data-Reference', 'Sh-User-Data'],
  SNR: ['Data-Reference', 'Subs-Req-Type'],
  PNR: ['Destination-Host', 'Sh-User-Data'],
};

/** `PUR` is also a command of another application. */
function isSh({ message }: DiameterOnWire): boolean {
  return message.application === shApplication;
}

const head: Rule = {
  id: 'SH-HEAD',
  clause: 'TS 29.329 5.3, 6.1',
  title:
    'Every Sh message has session, application and origin, a request the user too, keeps no state, and may be proxied',
  of: [...requests, ...answers],
  diameter(seen, _, report) {
    const { message, record } = seen;
    const { avps } = message;
    if (!isSh(seen) || message.isError) return;
    report.applies();
    const who = `${message.name} of ${record.fromNode}`;
    const ofRequest = ['Destination-Realm', 'User-Identity', ...(mandatory[message.name] ?? [])];
    for (const name of ['Session-Id', 'Origin-Host', 'Origin-Realm', ...(message.isRequest ? ofRequest : [])]) {
      if (!avps.has(name)) report.breach(`${who} lacks ${name}: it is mandatory`);
    }
    if (avps.isBroken) report.breach(`${who} has an AVP whose length does not fit`);
    if (!message.isProxiable) report.breach(`${who} has the P bit clear: Sh messages may be proxied`);
    if (avps.number('Auth-Session-State') !== noStateMaintained) {
      report.breach(`${who} has no Auth-Session-State NO_STATE_MAINTAINED: Sh keeps no sessions`);
    }
    const application = avps.group('Vendor-Specific-Application-Id');
    if (application?.number('Vendor-Id') !== 10415 || application.number('Auth-Application-Id') !== shApplication) {
      report.breach(`${who} does not name vendor 10415 and application ${shApplication}`);
    }
  },
};

/** Experimental-Result-Code → answers in which it may stand (TS 29.328 6.1). */
const experimentalIn: ReadonlyMap<number, readonly string[]> = new Map([
  [4100, ['UDA', 'SNA']],
  [4101, ['PUA']],
  [5002, ['UDA', 'PUA', 'SNA']],
  [5008, ['PUA', 'PNA']],
  [5100, ['PUA', 'PNA']],
  [5101, ['UDA', 'PUA', 'SNA']],
  [5102, ['UDA']],
  [5103, ['PUA']],
  [5104, ['SNA']],
  [5105, ['PUA']],
  [5106, ['SNA']],
  [5107, ['PNA']],
  [5108, ['UDA', 'PUA', 'SNA']],
]);

const result: Rule = {
  id: 'SH-RESULT',
  clause: 'TS 29.329 6.2',
  title: 'An answer of Sh has one result, and a code of Sh only where it belongs',
  of: answers,
  diameter(seen, _, report) {
    if (!isSh(seen)) return;
    report.applies();
    const { message, record } = seen;
    const { avps, resultCode, experimentalResult } = message;
    const who = `${message.name} of ${record.fromNode}`;
    const group = avps.group('Experimental-Result');
    if ((resultCode !== undefined) === (group !== undefined)) {
      const both = group === undefined ? 'neither' : 'both';
      report.breach(`${who} has ${both} Result-Code and Experimental-Result: it has to be one`);
      return;
    }
    if (group === undefined) return;
    if (group.number('Vendor-Id') !== 10415) report.breach(`${who} has an Experimental-Result without Vendor-Id 10415`);
    const commands = experimentalResult === undefined ? undefined : experimentalIn.get(experimentalResult);
    if (commands !== undefined && !commands.includes(message.name)) {
      report.breach(`${who} has ${message.resultText}: that belongs into ${commands.join(', ')}`);
    }
  },
};

function identityOf({ message }: DiameterOnWire): string | undefined {
  return message.avps.group('User-Identity')?.text('Public-Identity');
}

/** Service and number of an update; undefined where it is of something else. */
function updateIn(request: DiameterOnWire): { readonly service: string; readonly number: number } | undefined {
  const document = request.message.avps.text('Sh-User-Data') ?? '';
  const [, service] = /<ServiceIndication>([^<]*)</.exec(document) ?? [];
  const [, number] = /<SequenceNumber>\s*(\d+)\s*</.exec(document) ?? [];
  return service === undefined || number === undefined ? undefined : { service, number: Number(number) };
}

const sequence: Rule = {
  id: 'SH-SEQ',
  clause: 'TS 29.328 6.1.2.1',
  title: 'No two changes of repository data are accepted with one sequence number',
  of: ['PUA'],
  from: 'hss',
  diameter(seen, before, report) {
    const { request, message, record } = seen;
    const publicIdentity = request && identityOf(request);
    const update = request && updateIn(request);
    if (!isSh(seen) || !message.isSuccess || publicIdentity === undefined || update === undefined) return;
    report.applies();
    const last = before
      .queriesOf(publicIdentity)
      .findLast(
        (each) =>
          each !== seen &&
          each.message.name === 'PUA' &&
          each.message.isSuccess &&
          each.message.endToEnd !== message.endToEnd &&
          each.request !== undefined &&
          updateIn(each.request)?.service === update.service,
      );
    const lastNumber = last?.request && updateIn(last.request)?.number;
    // New data begin again with 0, and a HSS that began anew knows nothing of what was before.
    if (update.number === 0 || lastNumber !== update.number) return;
    report.breach(
      `${record.fromNode} accepted SequenceNumber ${update.number} of ${update.service} of ${publicIdentity} twice: it has to answer 5105`,
    );
  },
};

/** Seconds from 1900 to 1970 (RFC 6733 4.3.1, Time). */
const unixEpoch = 2_208_988_800;

/** The data that an AS is subscribed to, each with its end in ms; undefined: it has never asked. */
function subscribedTo(as: string, publicIdentity: string, before: Seen): ReadonlyMap<number, number> | undefined {
  let subscribed: Map<number, number> | undefined;
  for (const { message, request, record } of before.queriesOf(publicIdentity)) {
    if (message.name !== 'SNA' || !message.isSuccess || record.toNode !== as || request === undefined) continue;
    const { avps } = request.message;
    subscribed ??= new Map();
    const expiry = message.avps.number('Expiry-Time');
    const until = expiry === undefined ? Number.POSITIVE_INFINITY : (expiry - unixEpoch) * 1_000;
    for (const reference of avps.numbers('Data-Reference')) {
      if (avps.number('Subs-Req-Type') === 0) subscribed.set(reference, until);
      else subscribed.delete(reference);
    }
  }
  return subscribed;
}

const notification: Rule = {
  id: 'SH-PNR',
  clause: 'TS 29.328 6.1.4',
  title: 'PNR goes to an AS that is subscribed to data of the user',
  of: ['PNR'],
  from: 'hss',
  diameter(seen, before, report) {
    const { record } = seen;
    const publicIdentity = identityOf(seen);
    const subscribed = publicIdentity && subscribedTo(record.toNode, publicIdentity, before);
    // What was asked before the trace began may count yet.
    if (!isSh(seen) || !subscribed) return;
    report.applies();
    if (subscribed.size === 0) {
      report.breach(`${record.fromNode} told ${record.toNode} of ${publicIdentity}, to which it is subscribed no more`);
    }
  },
};

const expiry: Rule = {
  id: 'SH-EXPIRY',
  clause: 'TS 29.328 6.1.3.1',
  title: 'After Expiry-Time an AS is told nothing more',
  of: ['PNR'],
  from: 'hss',
  diameter(seen, before, report) {
    const { record } = seen;
    const publicIdentity = identityOf(seen);
    const subscribed = publicIdentity && subscribedTo(record.toNode, publicIdentity, before);
    if (!isSh(seen) || !subscribed || subscribed.size === 0) return;
    report.applies();
    if ([...subscribed.values()].every((until) => until < record.time)) {
      report.breach(
        `${record.fromNode} told ${record.toNode} of ${publicIdentity} after all its subscriptions had ended`,
      );
    }
  },
};

export const shRules: readonly Rule[] = [head, result, sequence, notification, expiry];
