const scope = document.getElementById('attention');

scope.tokens = ['red ring', 'red box', 'blue ring', 'blue box'];

// (heads, tokens, dimension): one (4, 2) matrix per head. Each token's query is also its key here.
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
scope.query = [colour, shape];
scope.key = [colour, shape];

// The scale is 1/sqrt(dimension) unless scope.scale says otherwise; <head-scope causal> hides what comes later.
