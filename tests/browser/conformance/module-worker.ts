// A module worker of a page's own that uses the engine.
import { load } from 'headscope';

const engine = await load();
// Scores 0 and ln 3: weights 1/4 and 3/4.
const { output } = engine.attention([[1]], [[0], [Math.log(3)]], [[0], [4]], { scale: 1 });
postMessage({ flavour: engine.flavour, output: [...output.data] });
