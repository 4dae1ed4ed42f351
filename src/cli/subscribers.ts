/** `imslab subscribers`: its sub-commands. What they do is loaded when one is called. */
import { type Command, Option } from 'commander';

/** Adds `subscribers`, and gives it back for whoever completes its usage errors. */
export function addSubscribers(imslab: Command, exitWith: (code: number) => void): Command {
  const subscribers = imslab
    .command('subscribers')
    .description("an HSS's subscribers: look at them, import, export, remove, set sequence numbers");

  place(subscribers.command('list').description('one line a subscriber, by private identity'))
    .option('--registered', 'only those that an S-CSCF serves')
    .action(async (options) => exitWith(await (await import('./subscribers-list.js')).listSubscribers(options)));

  place(subscribers.command('show').description('one subscriber: identities, services, registration, SQN'))
    .argument('<IDENTITY>', 'an IMSI, a private or a public identity')
    .action(async (identity, options) =>
      exitWith(await (await import('./subscribers-list.js')).showSubscriber(identity, options)),
    );

  place(subscribers.command('import').description('add subscribers, or replace those that are there'))
    .argument(
      '<FILE...>',
      '.yaml or .csv of imslab; JSON or CSV of PyHSS (auc, subscriber, ims_subscriber); JSON of Open5GS (mongoexport)',
    )
    .option('--home <DOMAIN>', "home domain of what follows from an IMSI (default: the topology's)")
    .action(async (files, options) =>
      exitWith(await (await import('./subscribers-import.js')).importSubscribers(files, options)),
    );

  place(subscribers.command('export').description('write all subscribers, with their sequence numbers as they are now'))
    .argument('<FILE>', '.yaml or .csv')
    .action(async (file, options) =>
      exitWith(await (await import('./subscribers-export.js')).exportSubscribers(file, options)),
    );

  place(subscribers.command('remove').description('take subscribers out; who is registered is de-registered'))
    .argument('<IDENTITY...>', 'an IMSI, a private or a public identity each')
    .action(async (identities, options) =>
      exitWith(await (await import('./subscribers-remove.js')).removeSubscribers(identities, options)),
    );

  place(subscribers.command('set-sqn').description('the next vector of a subscriber follows this sequence number'))
    .argument('<IDENTITY>', 'an IMSI, a private or a public identity')
    .argument('<SQN>', 'decimal, or hexadecimal with 0x')
    .action(async (identity, sqn, options) =>
      exitWith(await (await import('./subscribers-set-sqn.js')).setSqn(identity, sqn, options)),
    );

  subscribers.addHelpText('after', HELP);
  return subscribers;
}

function place(command: Command): Command {
  return command
    .addOption(new Option('--store <ADDRESS>', 'lmdb:FOLDER or postgres://user@host/database').conflicts('topology'))
    .option('--topology <TOPOLOGY>', 'the store of its HSS (default: volte)')
    .option('--hss <NODE>', 'which HSS of the topology, where it has several')
    .option('--json', 'one JSON document on stdout, everything else on stderr');
}

const HELP = `
The HSS may run meanwhile: it takes over what import, remove and set-sqn change,
and tells the S-CSCF that serves a user (PPR; RTR where the user is gone or its
default identity is another one). An HSS without store: keeps its subscribers in
memory; list, show and export show those of its file then.`;
