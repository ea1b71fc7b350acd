
/**
 * Loads the model.
 *
 * @param source where the module is, as `fetch` takes it, or a file under Node; or its bytes, or a WebAssembly.Module, which
 *   serves any number of loads. The file beside this script unless given.
 * @returns {Promise<Network>}
 */
export async function load(source = module()) {
  return new Network((await WebAssembly.instantiate(await compiled(source))).exports);
}

async function compiled(source) {
  // By their tags: what comes from another frame is of another class.
  const kind = source?.[Symbol.toStringTag];
  if (kind === 'WebAssembly.Module') return source;
  try {
    if (kind === 'ArrayBuffer' || ArrayBuffer.isView(source)) return await WebAssembly.compile(source);
    const place = String(source);
    if (globalThis.process?.versions?.node && !/^(https?|data|blob):/.test(place)) {
      // Node's fetch knows no files. Nothing that packs scripts for browsers is to look for this one.
      const name = 'node:fs/promises';
      const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
      return await WebAssembly.compile(await readFile(place.startsWith('file:') ? new URL(place) : place));
    }
    const response = await fetch(place);
    if (!response.ok) throw new Error(`cannot load ${place}: ${response.status} ${response.statusText}`);
    return response.headers.get('content-type') === 'application/wasm'
      ? await WebAssembly.compileStreaming(response) : await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    if (!WebAssembly.validate(using(vector))) {
      throw new Error('this browser has no vectors of WebAssembly (SIMD): those since 2023 have', { cause: error });
    }
    if (relaxed && !WebAssembly.validate(using(relaxedMultiplyAdd))) {
      throw new Error('this browser has no relaxed SIMD of WebAssembly: compile the model without --relaxed-simd', { cause: error });
    }
    throw error;
  }
}

// Instructions that make a vector.
const zero = [65, 0, 253, 15];
const vector = [...zero, 253, 98];
const relaxedMultiplyAdd = [...zero, ...zero, ...zero, 253, 133, 2];

/** A module with a function of these instructions. */
function using(code) {
  const type = [1, 5, 1, 96, 0, 1, 123], functions = [3, 2, 1, 0];
  return new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, ...type, ...functions, 10, code.length + 4, 1, code.length + 2, 0, ...code, 11,
  ]);
}

/** The model with memory of its own. */
class Network {
  #run;

  constructor(exports) {
    const port = (kind, { array, ...port }, index) => {
      const length = port.shape.reduce((product, extent) => product * extent, 1);
      return { ...port, data: new array(exports.memory.buffer, exports[`${kind}_${index}`].value, length) };
    };
    this.name = name;
    /** Per input: name, type, shape, preprocessing where the model says it, and data, in the module's memory. */
    this.inputs = inputs.map((input, index) => port('input', input, index));
    /** Per output the same, with the names of the classes, `labels`, where it has some. */
    this.outputs = outputs.map((output, index) => port('output', output, index));
    this.#run = exports.run;
  }

  /**
   * Runs the model.
   *
   * @param values a typed array, or an array of numbers; one for each input by its name where there are several, as in
   *   `{ image, mask }`. Without any, the inputs are what was written to their `data`.
   * @returns the output, or several by name: `data` of the outputs, which the next run writes anew.
   */
  run(values) {
    if (this.inputs.length === 1 && isArray(values)) {
      write(this.inputs[0], values);
    } else if (values !== undefined) {
      const unknown = Object.keys(values).find(name => !this.inputs.some(input => input.name === name));
      if (unknown !== undefined) throw new TypeError(`there is no input '${unknown}': ${names(this.inputs)}`);
      for (const input of this.inputs) write(input, values[input.name]);
    }
    this.#run();
    if (this.outputs.length === 1) return this.outputs[0].data;
    return Object.fromEntries(this.outputs.map(output => [output.name, output.data]));
  }
}

function isArray(value) {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function names(ports) {
  return ports.map(port => `'${port.name}'`).join(', ');
}

function write({ name, shape, data }, values) {
  if (values === data) return;
  const wanted = data[Symbol.toStringTag];
  if (!Array.isArray(values) && values?.[Symbol.toStringTag] !== wanted) {
    const given = values?.[Symbol.toStringTag] ?? (values === null ? 'null' : typeof values);
    throw new TypeError(`the input '${name}' takes a ${wanted}, not ${given}`);
  }
  if (values.length !== data.length) {
    throw new RangeError(`the input '${name}' has ${data.length} elements, [${shape.join(', ')}], not ${values.length}`);
  }
  data.set(values);
}
