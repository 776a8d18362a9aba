const frame = document.getElementById('frame');
const said = document.getElementById('said');

// Where frame.html is; on another origin than this page, as a rule.
const address = new URL(new URLSearchParams(location.search).get('frame') ?? './frame.html', location.href);
// The page in the frame listens to nobody but this origin.
address.searchParams.set('origin', location.origin);
frame.src = address.href;

addEventListener('message', ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== address.origin) return;
  if (data.type === 'headscope-height') frame.style.height = `${Math.min(2000, Number(data.height) || 640)}px`;
  if (data.type === 'headscope-hello')
    show([
      [
        [0.75, 0.25],
        [0.5, 0.5],
      ],
    ]);
  if (data.type === 'headscope-select') {
    const { pin } = data.detail;
    said.textContent = pin === null ? 'Nothing is pinned.' : `Pinned: query ${pin.queries}, key ${pin.keys}.`;
  }
});

function show(weights) {
  frame.contentWindow.postMessage({ type: 'headscope-set', weights, tokens: ['yes', 'no'] }, address.origin);
}

document.getElementById('other').addEventListener('click', () =>
  show([
    [
      [0, 1],
      [1, 0],
    ],
  ]),
);
