import Reveal from '../../../node_modules/reveal.js/dist/reveal.mjs';

const deck = new Reveal({
  hash: true,
  transition: 'none',
  // Arrow keys inside of an element move its cursor, not the slides.
  keyboardCondition: (event) => !event.composedPath().some((node) => node.localName === 'head-scope'),
});
await deck.initialize();
