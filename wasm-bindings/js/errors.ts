import type { CoreErrorCode } from './error-codes.js';

/** What went wrong, for programs. The sentence for people is the error's message. */
export type HeadscopeErrorCode =
  | CoreErrorCode
  /** A value is of another kind than the function takes: a word where a number belongs. */
  | 'InvalidType'
  /** A layer, tensor, cache or session was used after `dispose()`. */
  | 'Disposed'
  /** The WebAssembly file or the worker could not be fetched, compiled or started. */
  | 'LoadFailed'
  /** An `AbortSignal` or `terminate()` ended the call. */
  | 'Aborted'
  /** The worker stopped in the middle of its work. The next call starts a new one. */
  | 'WorkerFailed';

/**
 * The one error that this package throws, or rejects with. Its message is
 * `${argument}: expected ${expected}, got ${got}`; everything stays usable after it.
 */
export class HeadscopeError extends Error {
  override readonly name = 'HeadscopeError';
  readonly code: HeadscopeErrorCode;
  /** Name of the argument that was refused, such as `key`. */
  readonly argument: string;
  readonly expected: string;
  readonly got: string;

  /** Errors of all entries of this package are of this class, though each entry holds a copy of it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'HeadscopeError';
  }

  constructor(code: HeadscopeErrorCode, argument: string, expected: string, got: string, options?: ErrorOptions) {
    super(`${argument}: expected ${expected}, got ${got}`, options);
    this.code = code;
    this.argument = argument;
    this.expected = expected;
    this.got = got;
  }
}

/** The reason of a failure that somebody else threw, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
