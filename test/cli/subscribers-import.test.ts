import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT_INTERRUPTED, EXIT_PASSED } from '../../src/cli/exit.js';
import { importSubscribers } from '../../src/cli/subscribers-import.js';
import { InputError } from '../../src/topology/problem.js';
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

it('a file with mistakes makes no store', async () => {
  const mistaken = join(folder, 'mistaken.csv');
  writeFileSync(mistaken, 'imsi,msisdn,k,opc\n1,2,3,4\n');
  const place = join(folder, 'never');
  await expect(importSubscribers([mistaken], { ...options, store: `lmdb:${place}` })).rejects.toThrow('is no IMSI');
  expect(existsSync(place)).toBe(false);
});

describe('an identity that two lines have', () => {
  const k = `${'0f'.repeat(16)},${'a5'.repeat(16)}`;
  const fails = async (name: string, text: string): Promise<readonly string[]> => {
    writeFileSync(join(folder, name), text);
    const importing = importSubscribers([join(folder, name)], {
      ...options,
      store: `lmdb:${join(folder, name)}-store`,
    });
    const error = await importing.then(
      () => undefined,
      (each: unknown) => each,
    );
    return error instanceof InputError ? error.problems.map(({ where, what }) => `${where} ${what}`) : [];
  };

  it('is found with both places, however many lines are between, before anything is kept', async () => {
    const text = ['imsi,msisdn,k,opc', ...rows.map((row) => `00${row}`), `001010000999999,+15551000005,${k}`].join(
      '\n',
    );
    expect(await fails('number.csv', text)).toEqual([
      expect.stringMatching(
        /number\.csv:3002(:\d+)? 'sip:\+15551000005@ims\.example' belongs to .*number\.csv:7(:\d+)? already$/,
      ) as string,
    ]);
  });

  it('is found of cards too: one line twice', async () => {
    const row = `001010000000001,+15551000001,${k}`;
    expect(await fails('card.csv', `imsi,msisdn,k,opc\n${row}\n${row}`)).toEqual([
      expect.stringMatching(/card\.csv:3(:\d+)? '001010000000001' belongs to .*card\.csv:2(:\d+)? already$/) as string,
    ]);
  });

  it('is none where two cards have one number in one subscription', async () => {
    const line = (imsi: string) =>
      `  - { imsi: "${imsi}", k: ${'0f'.repeat(16)}, opc: ${'a5'.repeat(16)}, subscription: a, identities: ["tel:+1555"] }`;
    const file = join(folder, 'shared.yaml');
    writeFileSync(file, `subscribers:\n${line('001010000000001')}\n${line('001010000000002')}\n`);
    const { stdout } = await captured(() =>
      importSubscribers([file], { ...options, store: `lmdb:${join(folder, 'shared')}` }),
    );
    expect(JSON.parse(stdout)).toMatchObject({ imported: 2 });
  });

  it('one subscriber is one', async () => {
    const file = join(folder, 'one.csv');
    writeFileSync(file, `imsi,msisdn,k,opc\n001010000000001,+15551000001,${k}`);
    const { stdout } = await captured(() =>
      importSubscribers([file], { store: `lmdb:${join(folder, 'one')}`, home: 'ims.example' }),
    );
    expect(stdout).toContain('imported 1 subscriber into');
  });
});
