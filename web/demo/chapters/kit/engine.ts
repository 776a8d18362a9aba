import { load, type Headscope } from 'headscope';
import { ownTask } from './own-task.js';

let loading: Promise<Headscope> | undefined;

/**
 * The engine, on the main thread: a chapter's numbers are few, and their pictures follow the hand at once. Each part of a
 * chapter that waits for it goes on in a task of its own.
 */
export async function engine(): Promise<Headscope> {
  loading ??= load();
  const headscope = await loading;
  await ownTask();
  return headscope;
}
