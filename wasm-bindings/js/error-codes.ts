// Written by generate-error-codes.mjs from src/headscope/status_codes.def. Do not edit.

/** Why the C++ core refuses a call. */
export type CoreErrorCode =
  /** A value is outside the range that the operation is defined for. */
  | 'InvalidArgument'
  /** A tensor's shape does not fit the operation or the other tensors. */
  | 'InvalidShape'
  /** A shape has more elements than memory can address. */
  | 'TooLarge'
  /** Working memory for the operation could not be had. */
  | 'OutOfMemory';
