const colour = [
  [2, 0],
  [2, 0],
  [0, 2],
  [0, 2],
];
const shape = [
  [2, 0],
  [0, 2],
  [2, 0],
  [0, 2],
];

for (const scope of document.querySelectorAll('head-scope')) {
  scope.tokens = ['red ring', 'red box', 'blue ring', 'blue box'];
  scope.query = [colour, shape];
  scope.key = [colour, shape];
}

document.getElementById('picture').steps = [
  { head: 0, caption: 'Red looks at red.' },
  { head: 1, caption: 'Rings look at rings.' },
  { head: 1, pin: { query: 0, key: 2 }, caption: 'The red ring looks at the blue ring.' },
];
