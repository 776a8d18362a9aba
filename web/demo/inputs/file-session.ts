import { msg, str } from '@lit/localize';
import ReadingWorker from './file-worker.ts?worker';
import { VisitorError } from '../visitor-error.js';
import { language } from '../language.js';
import { ChoiceError, type FileChoice, type Read } from './file-choice.js';
import type { FileAnswer, FileRequest, FileSummary } from './file-messages.js';

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** From 0 to 1, for the file that is being read. */
  readonly onProgress: (name: string, fraction: number) => void;
}

/** What the worker refuses, as an error of the page's own. */
function refusal({ code, message }: FileAnswer & { readonly kind: 'refused' }): Error {
  return code === undefined ? new VisitorError(`${message}.`) : Object.assign(new Error(message), { code });
}

/** Files that a worker has open. Dispose of it when others are opened. */
export class FileSession {
  private turn = 0;
  private waiting: { readonly turn: number; resolve(read: Read): void; reject(error: Error): void } | undefined;

  private constructor(
    private readonly worker: Worker,
    readonly summary: FileSummary,
  ) {
    worker.onmessage = ({ data }: MessageEvent<FileAnswer>) => this.onAnswer(data);
    worker.onerror = (event) => this.waiting?.reject(new Error(event.message));
  }

  /**
   * Reads the files in a worker of their own.
   * @throws Error with a sentence for the visitor; an aborted `signal` rejects with its reason.
   */
  static open(files: readonly File[], { signal, onProgress }: OpenOptions): Promise<FileSession> {
    const worker = new ReadingWorker({ name: language });
    return new Promise<FileSession>((resolve, reject) => {
      const fail = (error: Error): void => {
        worker.terminate();
        reject(error);
      };
      signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
      worker.onerror = (event) => {
        event.preventDefault();
        const reason = event.message || msg('the worker for it did not start');
        fail(new VisitorError(msg(str`The file could not be read: ${reason}.`)));
      };
      worker.onmessage = ({ data }: MessageEvent<FileAnswer>) => {
        if (data.kind === 'progress') onProgress(data.name, data.fraction);
        else if (data.kind === 'opened') resolve(new FileSession(worker, data.summary));
        else if (data.kind === 'refused') fail(refusal(data));
      };
      worker.postMessage({ kind: 'open', files } satisfies FileRequest);
    });
  }

  /**
   * What the files hold under a choice. A newer call takes the place of one that still runs, which is never settled.
   * @throws ChoiceError where the chosen tensors do not fit each other.
   */
  read(choice: FileChoice): Promise<Read> {
    const turn = ++this.turn;
    return new Promise<Read>((resolve, reject) => {
      this.waiting = { turn, resolve, reject };
      this.worker.postMessage({ kind: 'read', turn, choice } satisfies FileRequest);
    });
  }

  dispose(): void {
    this.worker.terminate();
  }

  private onAnswer(answer: FileAnswer): void {
    const { waiting } = this;
    if (!waiting || !('turn' in answer) || answer.turn !== waiting.turn) return;
    this.waiting = undefined;
    if (answer.kind === 'read') waiting.resolve(answer.read);
    else waiting.reject(new ChoiceError(answer.message));
  }
}
