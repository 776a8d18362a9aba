import { configuration } from '../configure.js';
import { HeadscopeError, reasonOf } from '../errors.js';
import type { Request, Response } from './protocol.js';

/** A worker, in a browser or in Node. */
export interface WorkerLink {
  /** A name for a lock that the worker is to hold as long as it lives; none where its end is told otherwise. */
  readonly lock: string | undefined;
  post(message: Request, transfer?: ArrayBuffer[]): void;
  /** Whether Node has to wait for the worker before it ends. */
  keepAlive(busy: boolean): void;
  /** Ends the worker; nothing is heard of it any more. */
  close(): void;
}

interface ScriptPolicy {
  createScriptURL(url: string): string;
}

/** What is needed here of browsers that have Trusted Types. */
interface TrustedTypes {
  readonly trustedTypes?: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy };
}

let policy: ScriptPolicy | null | undefined;

/** Vouches for the addresses of this file's workers; null where there are no Trusted Types, or not for this package. */
function scriptPolicy(): ScriptPolicy | null {
  if (policy === undefined) {
    try {
      const { trustedTypes } = globalThis as TrustedTypes;
      policy = trustedTypes?.createPolicy('headscope', { createScriptURL: (url) => url }) ?? null;
    } catch {
      policy = null;
    }
  }
  return policy;
}

/** Runs `make`, whose workers have addresses that the policy vouches for. */
function trusted(make: () => Worker): Worker {
  const trust = scriptPolicy();
  if (trust === null) return make();
  const vouched = (url: string | URL): string => trust.createScriptURL(String(url));
  const Plain = globalThis.Worker;
  // Bundlers look for `new Worker(new URL(..` as it stands below, which leaves no room for the policy there.
  globalThis.Worker = class extends Plain {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(vouched(url), options);
    }
  };
  try {
    return make();
  } finally {
    globalThis.Worker = Plain;
  }
}

function blobUrl(script: string): string {
  return URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
}

function browserWorker(): Worker {
  const { createWorker, workerScript } = configuration;
  if (createWorker !== undefined) return createWorker();
  if (workerScript !== undefined) {
    const url = blobUrl(workerScript);
    return trusted(() => new Worker(url));
  }
  const here = import.meta.url;
  if (here.startsWith('http') && new URL(here).origin !== location.origin) {
    // Browsers refuse a worker whose script is of another origin, but a worker of one's own may import that script.
    const url = blobUrl(`import ${JSON.stringify(new URL('worker.js', here).href)};`);
    return trusted(() => new Worker(url, { type: 'module' }));
  }
  // The literal form is what bundlers look for.
  return trusted(() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
}

function openBrowserWorker(onMessage: (response: Response) => void, onFailure: (reason: string) => void): WorkerLink {
  const worker = browserWorker();
  const lock = `headscope ${Math.random()}`;
  let open = true;
  const fail = (reason: string): void => {
    if (open) onFailure(reason);
  };
  worker.onmessage = ({ data }: MessageEvent<Response>) => {
    // Browsers do not tell when a worker has gone, but its locks go with it.
    if (data.type === 'locked') void navigator.locks.request(lock, () => fail('its end'));
    onMessage(data);
  };
  worker.onerror = ({ message }: Partial<ErrorEvent>) => fail(message ?? 'a script that cannot be loaded');
  worker.onmessageerror = () => fail('a message that cannot be read');
  return {
    lock,
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    keepAlive: () => undefined,
    close() {
      open = false;
      worker.onmessage = null;
      worker.terminate();
    },
  };
}

function openNodeWorker(onMessage: (response: Response) => void, onFailure: (reason: string) => void): WorkerLink {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const here = import.meta.url;
  // Without the process's own options: some, such as --input-type, are not for files.
  const worker = new Worker(new URL('worker.js', here), { execArgv: [] });
  worker.on('message', onMessage);
  worker.on('error', (error) => onFailure(reasonOf(error)));
  worker.on('exit', () => onFailure('its end'));
  return {
    lock: undefined,
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    keepAlive: (busy) => (busy ? worker.ref() : worker.unref()),
    close() {
      worker.removeAllListeners();
      void worker.terminate();
    },
  };
}

/**
 * Starts a worker.
 *
 * @param onFailure Told the reason when it cannot be started or stops by itself
 * @throws HeadscopeError `LoadFailed` where workers are not allowed
 */
export function openWorker(onMessage: (response: Response) => void, onFailure: (reason: string) => void): WorkerLink {
  try {
    return typeof Worker === 'function'
      ? openBrowserWorker(onMessage, onFailure)
      : openNodeWorker(onMessage, onFailure);
  } catch (error) {
    throw new HeadscopeError('LoadFailed', 'worker', 'a worker', reasonOf(error), { cause: error });
  }
}
