const scope = document.getElementById('attention');
scope.tokens = ['a', 'b', 'c'];
scope.query = [
  [1, 0],
  [0, 1],
  [1, 1],
];
scope.key = [
  [2, 0],
  [0, 2],
  [1, 1],
];
