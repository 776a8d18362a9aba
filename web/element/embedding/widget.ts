import type { FramedScope } from './frame-messages.js';
import { isObject, readState } from './state.js';

/** What is used here of anywidget's model: the traits of a Python object, kept in step with this side. */
interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

/** Python's buffers arrive as views of bytes; what it is compared with may have some of its own. */
function withNumbers(value: unknown): unknown {
  if (!isObject(value) || ArrayBuffer.isView(value)) return value;
  if (!(value['data'] instanceof DataView)) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withNumbers(inner)]));
  }
  const { buffer, byteOffset, byteLength } = value['data'];
  // A copy, because the bytes may begin anywhere.
  return { ...value, data: new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength)) };
}

/**
 * The front end of a notebook's widget, as anywidget expects it. The trait `state` is what a JSON child of the element
 * may have, with tensors as `{ "shape": [..], "data": <float32 buffer> }`; `pin` and `head` are written back when the
 * reader chooses something.
 */
export default {
  render({ model, el }: { readonly model: Model; readonly el: HTMLElement }): () => void {
    const scope = document.createElement('head-scope') as unknown as FramedScope;
    scope.setAttribute('controls', '');
    const take = (): void => {
      const state = model.get('state');
      scope.show(readState(isObject(state) ? withNumbers(state) : {}));
    };
    const tell = (event: Event): void => {
      const { head, pin } = (event as CustomEvent<{ head: number; pin?: unknown }>).detail;
      model.set('head', head);
      if (pin !== undefined) model.set('pin', pin);
      model.save_changes();
    };
    scope.addEventListener('headscope-select', tell);
    scope.addEventListener('headscope-head', tell);
    model.on('change:state', take);
    el.append(scope);
    take();
    return () => {
      model.off('change:state', take);
      scope.remove();
    };
  },
};
