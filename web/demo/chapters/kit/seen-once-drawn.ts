import { allDone } from './own-task.js';

/** An element is seen once all that is drawn in turn has been drawn, so that nothing moves meanwhile. */
export function seenOnceDrawn(element: HTMLElement): void {
  element.style.visibility = 'hidden';
  void allDone().then(() => (element.style.visibility = ''));
}
