import { HeadscopeError } from '../../../wasm-bindings/js/index.js';
import type { Figure } from '../../views/figure/figure.js';
import type { Frame } from '../panels/panel.js';
import { whenKnown } from '../source/when-known.js';
import { figureOf } from './figure-of.js';

export { pngOf, svgOf } from './figure-output.js';

/**
 * What is shown, as a figure.
 * @param frames asked again until all of the figure is known
 * @param method whose error it is
 * @throws HeadscopeError `InvalidArgument` when nothing is drawn yet
 */
export function figureOfAll(frames: () => readonly Frame[], method: string): Promise<Figure> {
  return whenKnown(() => {
    const [frame, ...others] = frames();
    if (frame === undefined) {
      throw new HeadscopeError('InvalidArgument', method, 'a head that is drawn', 'nothing drawn yet');
    }
    return figureOf([frame, ...others]);
  });
}
