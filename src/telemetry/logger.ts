import { pino, type Logger } from 'pino';

/** All loggers are born here: JSON lines on stdout, and no secret among them. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['*.authorization', '*.token', '*.userdata', '*.secret'],
  });
}
