/**
 * An HSS on a store, for a test that kills it: `node hss-child.mjs DIST STORE ADDRESS STEP`. A step is a question to the store
 * answered, a save begun, a save durable before the HSS hears of it, and the answer to the request handed over. At STEP the
 * process kills itself, as nobody could stop it from outside at the same place twice. Says `serving`, and how many steps at SIGTERM.
 */
import { pathToFileURL } from 'node:url';

const [dist, address, host, stepText] = process.argv.slice(2);
const load = (module) => import(pathToFileURL(`${dist}/${module}`).href);
const { openStore } = await load('store/index.js');
const { createHss } = await load('ims/hss/index.js');
const { createRealEnvironment } = await load('environment/real/index.js');

const killAt = Number(stepText);
let steps = 0;
function step() {
  steps++;
  if (steps === killAt) process.kill(process.pid, 'SIGKILL');
}

const store = await openStore(address, 'hss');
const watched = {
  byPrivate: (identity, found) => store.byPrivate(identity, answered(found)),
  byPublic: (identity, found) => store.byPublic(identity, answered(found)),
  save: (key, state, done) => {
    step();
    store.save(key, state, (error) => {
      step();
      done(error);
      step();
    });
  },
  put: (subscribers, done) => store.put(subscribers, done),
  remove: (identities, done) => store.remove(identities, done),
  list: (options, found) => store.list(options, found),
  onChange: (listener) => store.onChange(listener),
  close: (done) => store.close(done),
};
function answered(found) {
  return (stored, error) => {
    step();
    found(stored, error);
  };
}

const realm = 'ims.mnc001.mcc001.3gppnetwork.org';
const [ip, port] = host.split(' ');
const node = createHss(
  { name: 'hss1', environment: createRealEnvironment().environmentFor('hss1'), hostMode: 'compiled' },
  {
    listen: [{ address: ip, port: Number(port) }],
    diameter: {
      originHost: `hss1.${realm}`,
      originRealm: realm,
      local: { address: ip, port: 0 },
      peers: [],
      timers: { reconnectMs: 30_000, watchdogMs: 30_000, answerMs: 5_000 },
    },
    store: watched,
  },
);
node.start((state) => {
  if (state === 'serving') process.stdout.write('serving\n');
});
process.on('SIGTERM', () => {
  store.close(() => {
    process.stdout.write(`steps ${steps}\n`);
    process.exit(0);
  });
});
