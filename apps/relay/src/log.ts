/** The only way to the log: events with allow-listed fields, so that no key, token, credential or frame can be printed. */

/** The four methods of a pino logger that the relay uses. */
export interface LogSink {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
