/** What a command prints, collected while it runs. */
export interface Captured {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/**
 * @param command gives its exit status
 * @param onOutput sees stdout so far each time something is added
 */
export async function captured(
  command: () => Promise<number>,
  onOutput: (stdout: string) => void = () => {},
): Promise<Captured> {
  const text = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') =>
    jest.spyOn(process[name], 'write').mockImplementation((chunk) => {
      text[name] += String(chunk);
      onOutput(text.stdout);
      return true;
    });
  const log = jest.spyOn(console, 'log').mockImplementation((line = '') => {
    text.stdout += `${String(line)}\n`;
  });
  const error = jest.spyOn(console, 'error').mockImplementation((line = '') => {
    text.stderr += `${String(line)}\n`;
  });
  const spies = [into('stdout'), into('stderr'), log, error];
  try {
    const status = await command();
    return { ...text, status };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
