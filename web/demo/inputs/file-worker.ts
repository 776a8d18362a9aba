/// <reference lib="webworker" />
import { msg, str } from '@lit/localize';
import { readTensorFile, type NamedLabels, type NamedTensor, type TensorFile } from 'headscope/readers';
import { isEngineError } from '../engine-error.js';
import { speak, type Language } from '../languages.js';
import { VisitorError } from '../visitor-error.js';
import { guessChoice, readChoice } from './file-choice.js';
import type { FileAnswer, FileRequest, FileSummary } from './file-messages.js';
import * as chinese from './locales/zh.js';

/** Keeps the opened file and reads it, so that neither the time nor the memory for it is the page's. */
declare const self: DedicatedWorkerGlobalScope;

// lit-localize tells of a new language through the window.
Object.assign(globalThis, { window: globalThis });

/** The page names its worker by the language that it speaks. */
const speaking = speak(self.name as Language, () => Promise.resolve(chinese));

/** Progress is told this often, in milliseconds. */
const PROGRESS_PAUSE = 50;

let opened: { readonly file: TensorFile; readonly source: string } | undefined;

function answer(message: FileAnswer, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

/** The bytes of a file, with word on how far it is. */
async function bytesOf(file: File, done: number, total: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.size);
  let length = 0;
  let told = 0;
  try {
    const reader = file.stream().getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes.set(part.value, length);
      length += part.value.length;
      const now = performance.now();
      if (now - told > PROGRESS_PAUSE) {
        told = now;
        answer({ kind: 'progress', name: file.name, fraction: (done + length) / total });
      }
    }
  } catch (error) {
    // A folder, or a file that was changed or taken away meanwhile: the browser's own words say little.
    const reason = error instanceof Error ? error.message : String(error);
    throw new VisitorError(msg(str`${file.name}: expected a file that can be read, got an error (${reason})`), {
      cause: error,
    });
  }
  return bytes;
}

/** The same names in two files are told apart by the file's, and else by a number. */
function uniqueName(name: string, file: string, taken: Set<string>): string {
  let unique = taken.has(name) ? `${file}: ${name}` : name;
  for (let count = 2; taken.has(unique); count++) unique = `${file}: ${name} (${count})`;
  taken.add(unique);
  return unique;
}

async function open(files: readonly File[]): Promise<FileSummary> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const tensors: NamedTensor[] = [];
  const labels: NamedLabels[] = [];
  const taken = new Set<string>();
  let done = 0;
  for (const file of files) {
    const read = readTensorFile(file.name, await bytesOf(file, done, total));
    for (const tensor of read.tensors) tensors.push({ ...tensor, name: uniqueName(tensor.name, file.name, taken) });
    for (const list of read.labels) labels.push({ ...list, name: uniqueName(list.name, file.name, taken) });
    done += file.size;
  }
  const file = { tensors, labels };
  opened = { file, source: files.map(({ name }) => name).join(', ') };
  return {
    tensors: tensors.map(({ name, tensor, dtype }) => ({ name, shape: tensor.shape, dtype })),
    labels: labels.map(({ name, labels: words }) => ({ name, count: words.length })),
    guess: guessChoice(file),
  };
}

async function handle(request: FileRequest): Promise<void> {
  await speaking;
  if (request.kind === 'open') {
    answer({ kind: 'opened', summary: await open(request.files) });
    return;
  }
  if (opened === undefined) throw new Error('No file is open.');
  const { turn, choice } = request;
  const read = readChoice(opened.file, choice, opened.source);
  const tensors = Object.values({ ...read.feed, ...('projections' in read.feed ? read.feed.projections : {}) });
  const buffers = tensors.flatMap((value: unknown) =>
    typeof value === 'object' && value !== null && 'data' in value && value.data instanceof Float32Array
      ? [value.data.buffer as ArrayBuffer]
      : [],
  );
  answer({ kind: 'read', turn, read }, buffers);
}

self.addEventListener('message', ({ data }: MessageEvent<FileRequest>) => {
  handle(data).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const code = isEngineError(error) ? { code: error.code } : {};
    answer({ kind: 'refused', message, ...code, ...(data.kind === 'read' ? { turn: data.turn } : {}) });
  });
});
