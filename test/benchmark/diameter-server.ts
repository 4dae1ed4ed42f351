/**
 * The HSS of `diameter-rate.ts`, alone in its process: what this process uses is what the server uses. Says where it listens;
 * then, each time it is asked, what CPU time it has used so far; ends when it is alone. Its subscribers are in memory, or in the store
 * whose address is given, which is empty before.
 */
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createHss, MemoryStore } from '../../src/ims/hss/index.js';
import { type DurableStore, openStore } from '../../src/store/index.js';
import { home, lines } from './subscriber-lines.js';

const [address, port, count, storeAddress] = process.argv.slice(2);
const endpoint = { address: address!, port: Number(port) };
const environment = createRealEnvironment();
const store =
  storeAddress === undefined ? new MemoryStore(lines(Number(count))) : await filled(storeAddress, Number(count));
const hss = createHss(
  { name: 'hss1', environment: environment.environmentFor('hss1'), hostMode: 'compiled' },
  {
    listen: [endpoint],
    diameter: {
      originHost: `hss1.${home}`,
      originRealm: home,
      local: endpoint,
      peers: [],
      timers: { reconnectMs: 30_000, watchdogMs: 30_000, answerMs: 5_000 },
    },
    store,
  },
);
hss.start((state) => process.send!({ state }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ micros: user + system });
});
process.on('disconnect', () => process.exit());

async function filled(address: string, count: number): Promise<DurableStore> {
  const durable = await openStore(address, 'hss');
  await new Promise<void>((resolve) => durable.put([...lines(count)], () => resolve()));
  return durable;
}
