import { useState } from 'react';
import 'headscope/element';

export function Attention({ query, keys, tokens }) {
  const [pin, setPin] = useState(null);
  // `key` is React's own word, so the tensor of that name is set through a ref.
  const setKey = (scope) => {
    if (scope) scope.key = keys;
  };
  return (
    <>
      <head-scope ref={setKey} query={query} tokens={tokens} onheadscope-select={({ detail }) => setPin(detail.pin)} />
      <p id="said">{pin ? `Pinned: query ${pin.queries}, key ${pin.keys}.` : 'Nothing is pinned.'}</p>
    </>
  );
}
