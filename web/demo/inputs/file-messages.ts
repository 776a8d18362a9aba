import type { HeadscopeErrorCode } from 'headscope';
import type { Described, FileChoice, Read } from './file-choice.js';

/** What the page asks of the worker that reads files. */
export type FileRequest =
  | { readonly kind: 'open'; readonly files: readonly File[] }
  | { readonly kind: 'read'; readonly turn: number; readonly choice: FileChoice };

/** A file's tensors and lists of words, without their content. */
export interface FileSummary {
  readonly tensors: readonly (Described & { readonly dtype: string })[];
  readonly labels: readonly { readonly name: string; readonly count: number }[];
  readonly guess: FileChoice;
}

/** What the worker answers. */
export type FileAnswer =
  | { readonly kind: 'progress'; readonly name: string; readonly fraction: number }
  | { readonly kind: 'opened'; readonly summary: FileSummary }
  | { readonly kind: 'read'; readonly turn: number; readonly read: Read }
  /** `turn` is absent where the file itself could not be opened; `code` where the message is a sentence for the visitor. */
  | {
      readonly kind: 'refused';
      readonly turn?: number;
      readonly code?: HeadscopeErrorCode;
      readonly message: string;
    };
