import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSink } from '../../src/trace/file-sink.js';

describe('file sink', () => {
  const folder = mkdtempSync(join(tmpdir(), 'imslab-sink-'));
  const path = join(folder, 'file');
  const content = () => readFileSync(path, 'utf8');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('writes what one turn collected when the turn ends', async () => {
    const sink = new FileSink(path);
    sink.write(Buffer.from('a'));
    sink.write(Buffer.from('b'));
    expect(content()).toBe('');
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(content()).toBe('ab');
    sink.close();
  });

  it('writes within a long turn, whole pieces only', () => {
    const sink = new FileSink(path);
    for (let index = 0; index < 100; index += 1) sink.write(Buffer.alloc(1000, 'x'));
    expect(content()).toHaveLength(66_000);
    sink.close();
    expect(content()).toHaveLength(100_000);
    sink.close();
  });

  it('writes what is left when the process exits', () => {
    const sink = new FileSink(path);
    sink.write(Buffer.from('last words'));
    const listeners = process.listeners('exit');
    listeners.at(-1)?.(0);
    expect(content()).toBe('last words');
    sink.close();
    expect(process.listenerCount('exit')).toBe(listeners.length - 1);
  });

  const itOnLinux = existsSync('/dev/full') ? it : it.skip;

  itOnLinux('reports at its close that the disk was full, naming the file', () => {
    const sink = new FileSink('/dev/full');
    sink.write(Buffer.from('x'));
    expect(() => sink.close()).toThrow(/cannot write \/dev\/full: .*ENOSPC/);
  });
});
