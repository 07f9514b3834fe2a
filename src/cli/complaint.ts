import { EXIT_CODES } from './exit-codes.ts';

/** Ends a command; the message is one that a user can act upon. */
export class Complaint extends Error {
  readonly exitCode: number;

  constructor(message: string, exit: keyof typeof EXIT_CODES = 'refused', options?: ErrorOptions) {
    super(message, options);
    this.exitCode = EXIT_CODES[exit];
  }
}
