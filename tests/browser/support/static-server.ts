import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';

const MIME_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.wasm': 'application/wasm',
  '.map': 'application/json; charset=utf-8',
};

/** The policy that the package promises to work under. */
export const STRICT_CSP =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types lit-html headscope 'allow-duplicates'";

export interface StaticServerOptions {
  /** Folders by URL prefix, longest prefix first, e.g. `{ '/dist/': '/repo/dist' }`. */
  readonly folders: Readonly<Record<string, string>>;
  /** Files made up by the test, by URL path, e.g. `{ '/case.html': '<!doctype html>...' }`. Looked up before the folders. */
  readonly files?: Readonly<Record<string, string>>;
  /** Value of the Content-Security-Policy header on every answer. */
  readonly csp?: string;
  /** More headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Types that replace the right ones, by extension, for tests of servers that are set up wrongly. */
  readonly mimeTypes?: Readonly<Record<string, string>>;
}

export interface StaticServer {
  /** Such as `http://127.0.0.1:40123`, without a slash at the end. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves folders and made-up files on a free port of 127.0.0.1. */
export async function startStaticServer(options: StaticServerOptions): Promise<StaticServer> {
  const prefixes = Object.keys(options.folders).sort((a, b) => b.length - a.length);

  function head(response: ServerResponse, status: number, path: string): void {
    const extension = extname(path);
    response.statusCode = status;
    response.setHeader(
      'Content-Type',
      options.mimeTypes?.[extension] ?? MIME_TYPES[extension] ?? 'application/octet-stream',
    );
    response.setHeader('Cache-Control', 'no-store');
    for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value);
    if (options.csp !== undefined) response.setHeader('Content-Security-Policy', options.csp);
  }

  async function answer(path: string, response: ServerResponse): Promise<void> {
    const made = options.files?.[path];
    if (made !== undefined) {
      head(response, 200, path);
      response.end(made);
      return;
    }
    for (const prefix of prefixes) {
      const folder = options.folders[prefix];
      if (folder === undefined || !path.startsWith(prefix)) continue;
      const base = normalize(folder) + sep;
      let file = normalize(join(base, path.slice(prefix.length)));
      if (!`${file}${sep}`.startsWith(base)) continue;
      const found = await stat(file).catch(() => undefined);
      if (found?.isDirectory() === true) file = join(file, 'index.html');
      const size = (await stat(file).catch(() => undefined))?.size;
      if (size === undefined) continue;
      head(response, 200, file);
      response.setHeader('Content-Length', size);
      createReadStream(file).pipe(response);
      return;
    }
    head(response, path === '/favicon.ico' ? 204 : 404, '.html');
    response.end();
  }

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://127.0.0.1').pathname);
    void answer(path, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
