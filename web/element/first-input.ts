// What the element fetches with its first input, in one piece: from what a page gives to weights, and what they say.
import '../views/words-later.js';

export { edited } from './edited.js';
export { factsOf } from './facts.js';
export { Frames } from './frames.js';
export { LegendPanel, legendStyles } from './panels/legend/legend-panel.js';
export { pictureSentence } from './panels/readout/picture-sentence.js';
export { ReadoutPanel } from './panels/readout/readout-panel.js';
export { readoutStyles } from './panels/readout/readout-styles.js';
export { SeveralPanel, severalStyles } from './panels/several/several-panel.js';
export { StripPanel, stripStyles } from './panels/strip/strip-panel.js';
export { printStyles } from './print-styles.js';
export { readScene } from './scene.js';
export { openPicture } from './source/open-picture.js';
export { spoken } from './spoken.js';
