export { copyText, saveFile } from '../../hand-over.js';
export { writeNpy } from '../../readers/npy-writer.js';
export { numbersOf, tensorOf } from './frame-numbers.js';
export { csvOf } from './numbers-text.js';
