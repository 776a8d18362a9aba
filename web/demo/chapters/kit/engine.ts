import { load, type Headscope } from 'headscope';

let loading: Promise<Headscope> | undefined;

/** The engine, on the main thread: a chapter's numbers are few, and their pictures follow the hand at once. */
export function engine(): Promise<Headscope> {
  loading ??= load();
  return loading;
}
