import type { HeadscopeErrorCode } from 'headscope';

/** An error of the engine or the readers: theirs are told by their fields, because every entry has a class of its own. */
export interface EngineError extends Error {
  readonly code: HeadscopeErrorCode;
  /** `argument: expected ..., got ...`, in English. */
  readonly message: string;
}

export function isEngineError(error: unknown): error is EngineError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
