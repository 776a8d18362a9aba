import { connectFrame } from '../../../dist/frame.js';

const scope = document.querySelector('head-scope');

// frame.html#headscope=1&... shows what a permalink says, without any message.
if (location.hash !== '') scope.restore(location.hash);

// frame.html?origin=https://example.org talks with a page of that origin, and with no other.
const origin = new URLSearchParams(location.search).get('origin');
if (origin !== null && parent !== window) connectFrame(scope, origin);
