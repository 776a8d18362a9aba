import { HeadscopeError } from '../../../wasm-bindings/js/index.js';
import type { Figure } from '../../views/figure/figure.js';
import type { Frame } from '../panels/panel.js';
import { whenKnown } from '../source/when-known.js';
import { figureOf } from './figure-of.js';

export { pngOf, svgOf } from './figure-output.js';

/**
 * What is shown, as a figure.
 * @param frames asked again until all of the figure is known
 * @throws HeadscopeError `InvalidArgument` when nothing is drawn yet
 */
export function figureOfAll(frames: () => readonly Frame[]): Promise<Figure> {
  return whenKnown(() => {
    const [frame, ...others] = frames();
    if (frame === undefined) throw new HeadscopeError('InvalidArgument', 'picture', 'one that is drawn', 'nothing yet');
    return figureOf([frame, ...others]);
  });
}
