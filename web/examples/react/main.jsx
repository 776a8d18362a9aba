import { createRoot } from 'react-dom/client';
import { Attention } from './Attention.jsx';

const vectors = [
  [1, 0],
  [0, 1],
];
createRoot(document.getElementById('root')).render(
  <Attention query={vectors} keys={vectors} tokens={['this', 'that']} />,
);
