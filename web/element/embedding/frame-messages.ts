import type { HeadscopeError } from '../../../wasm-bindings/js/index.js';
import { readState, isObject, type ScopeState } from './state.js';

/** What the element of a page in an iframe can be told to do. */
export interface FramedScope extends HTMLElement {
  /** Shows a state; what it does not name stays. */
  show(state: ScopeState): void;
  goTo(step: number): void;
}

/** The element's events that the page around the iframe is told of. */
const TOLD = ['ready', 'hover', 'select', 'head', 'viewchange', 'step', 'error'] as const;

/**
 * Lets the page around an iframe talk with the element in it by messages:
 *
 * - in: `{ type: 'headscope-set', ... }` with what a JSON child may have (data, settings, pin), and
 *   `{ type: 'headscope-step', step }`;
 * - out: `{ type: 'headscope-hello' }` when it listens, `{ type: 'headscope-ready' | 'headscope-select' | ..., detail }` for each event of the element, and
 *   `{ type: 'headscope-height', height }` in CSS pixels whenever the page's height changes.
 *
 * Only messages of the parent window and of exactly this origin are read, and only that origin can read what is sent.
 * What cannot be read is told as an error and changes nothing; whether what was read fits together, the element says.
 *
 * @param origin such as `https://example.org`
 */
export function connectFrame(scope: FramedScope, origin: string, signal?: AbortSignal): void {
  const options = { signal };
  // A browser complains in the console of messages that it may not deliver. Firefox does not tell whom they would reach.
  const { ancestorOrigins } = location as { readonly ancestorOrigins?: DOMStringList };
  const heard = ancestorOrigins === undefined || ancestorOrigins[0] === origin;
  const send = (type: string, content: Record<string, unknown>): void => {
    if (heard) parent.postMessage({ type: `headscope-${type}`, ...content }, origin);
  };
  addEventListener(
    'message',
    ({ source, origin: from, data }: MessageEvent<unknown>) => {
      if (source !== parent || from !== origin || !isObject(data)) return;
      try {
        if (data['type'] === 'headscope-set') scope.show(readState(data));
        else if (data['type'] === 'headscope-step') scope.goTo(Number(data['step']));
      } catch (error) {
        const { code, message } = error as HeadscopeError;
        send('error', { detail: { code, message } });
      }
    },
    options,
  );
  for (const name of TOLD) {
    scope.addEventListener(
      `headscope-${name}`,
      (event) => send(name, { detail: (event as CustomEvent<unknown>).detail }),
      options,
    );
  }
  send('hello', {});
  const sizes = new ResizeObserver(() => {
    // Not scrollHeight, which is never less than the iframe's own.
    send('height', { height: Math.ceil(document.documentElement.getBoundingClientRect().height) });
  });
  sizes.observe(document.body);
  signal?.addEventListener('abort', () => sizes.disconnect());
}
