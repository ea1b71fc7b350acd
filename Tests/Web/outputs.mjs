// Writes the outputs of a compiled model, byte for byte, for the inputs that Tests/Cross/outputs.c gives it.
//
//     node outputs.mjs NAME.mjs > FILE
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

// Fractions of 2¹⁶ in [-1, 1), which every float can hold; small whole numbers where they are integers.
function values({ type, data }) {
  let state = 12345;
  return Array.from(data, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const bits = state >>> 15;
    if (type === 'float32') return (bits - 65536) / 65536;
    return type === 'int64' ? BigInt(bits % 2) : bits % 2;
  });
}

const { load } = await import(pathToFileURL(process.argv[2]));
const net = await load();
const inputs = Object.fromEntries(net.inputs.map(input => [input.name, values(input)]));
const given = net.run(inputs);
for (const { name, data } of net.outputs) {
  const output = net.outputs.length === 1 ? given : given[name];
  if (output !== data) throw new Error(`the result '${name}' is not where the outputs are`);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let start = 0; start < bytes.length;) start += writeSync(1, bytes.subarray(start));
}
