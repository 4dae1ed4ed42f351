import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT_INTERRUPTED, EXIT_PASSED } from '../../src/cli/exit.js';
import { importSubscribers } from '../../src/cli/subscribers-import.js';
import { captured } from './captured.js';

const folder = mkdtempSync(join(tmpdir(), 'imslab-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'many.csv');
const total = 3_000;
const rows = Array.from(
  { length: total },
  (_, i) => `${1_010_000_000_001 + i},+1555${1_000_000 + i},${'0f'.repeat(16)},${'a5'.repeat(16)}`,
);
writeFileSync(file, ['imsi,msisdn,k,opc', ...rows.map((row) => `00${row}`)].join('\n'));

const options = { store: `lmdb:${join(folder, 'store')}`, home: 'ims.example', json: true };

it('Ctrl-C ends an import after a batch and says how many are kept; importing again keeps the rest', async () => {
  // Pressed as soon as somebody listens for it.
  const press = (event: string | symbol): void => {
    if (event === 'SIGINT') setImmediate(() => process.emit('SIGINT'));
  };
  process.on('newListener', press);
  const first = await captured(() => importSubscribers([file], options));
  process.off('newListener', press);
  const { imported, of } = JSON.parse(first.stdout) as { readonly imported: number; readonly of: number };
  expect([first.status, of, imported % 1_000, imported < total]).toEqual([EXIT_INTERRUPTED, total, 0, true]);
  const second = await captured(() => importSubscribers([file], options));
  expect(second.status).toBe(EXIT_PASSED);
  expect(JSON.parse(second.stdout)).toMatchObject({ imported: total, of: total });
  expect(process.listenerCount('SIGINT')).toBe(0);
});
