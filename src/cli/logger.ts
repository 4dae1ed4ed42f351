/** The one logger, on stderr. Nothing is logged per message above debug; test `debugging` before making such a line. */
export interface Logger {
  /** Whether debug lines are wanted. */
  readonly debugging: boolean;
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

/** winston is loaded here and not at start-up: it takes longer than all of --help. */
export async function createLogger(level: string): Promise<Logger> {
  const { default: winston } = await import('winston');
  const logger = winston.createLogger({
    level,
    format: winston.format.printf(({ level: at, message }) => `${at}: ${String(message)}`),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
  return {
    debugging: level === 'debug',
    error: (text) => void logger.error(text),
    warn: (text) => void logger.warn(text),
    info: (text) => void logger.info(text),
    debug: (text) => void logger.debug(text),
  };
}
