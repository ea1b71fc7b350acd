import Foundation
import TensorFiles
import TestSupport
import Testing

/// Modules of WebAssembly: what is written, what is refused, and what scripts get to see. That the numbers
/// are those of x86-64 is for `Tests/Web/run.sh`, over more networks.
@Suite(.enabled(if: hasProgram("wasm-ld-19") || hasProgram("wasm-ld"), "there is no wasm-ld"))
struct WebAssemblyTests {
  private func compile(_ options: String, in folder: ScratchFolder) throws -> ProgramResult {
    try resin(
      ["compile", "tiny.resin", "--target", "wasm32"]
        + options.split(separator: " ").map(String.init), in: folder)
  }

  @Test func aModuleAndItsScriptAreWritten() throws {
    let folder = try tinyModel()
    let before = try folder.names()
    let compiled = try compile("", in: folder)
    #expect(compiled.status == 0 && compiled.output == "tiny.wasm\ntiny.mjs\n")
    #expect(compiled.errors.hasPrefix("tiny.wasm: ") && compiled.errors.contains(": weights "))
    #expect(try folder.names() == (before + ["tiny.wasm", "tiny.mjs"]).sorted())
    #expect(try folder.read("tiny.wasm").prefix(4) == [0, 0x61, 0x73, 0x6d])
    let again = try compile("-o again/../tiny.v2.wasm", in: folder)
    #expect(again.status == 2, "there is no such folder")
    #expect(try compile("-o tiny.v2.wasm", in: folder).output == "tiny.v2.wasm\ntiny.v2.mjs\n")
    #expect(try folder.read("tiny.v2.wasm") == folder.read("tiny.wasm"))
    let script = String(decoding: try folder.read("tiny.v2.mjs"), as: UTF8.self)
    #expect(script.contains("new URL('./tiny.v2.wasm', import.meta.url)"))
  }

  @Test(arguments: [
    ("--emit object", "--emit object is not for wasm32", "leave --emit out"),
    ("--emit archive", "--emit archive is not for wasm32", "leave --emit out"),
    ("--weights-mode separate", "has its weights inside", "leave --weights-mode out"),
    ("--package cmake", "--package is for native libraries", "leave it out"),
    ("--plan-threads 2", "runs in one thread", "leave --plan-threads out"),
    ("--cc clang", "wasm32 needs none", "leave it out"),
    ("--tune", "--tune measures on this machine", "leave it out"),
    ("--batch 1,2", "a module of WebAssembly is for one number of images", "give one with --batch"),
    ("--cpu native", "which is no wasm32", "leave --cpu out"),
    ("--cpu x86-64", "unknown CPU 'x86-64' of wasm32", "give --target x86_64-linux"),
    ("--cpu simd128+fma", "unknown feature 'fma'", "give some of relaxed-simd"),
    ("--cpu simd128,simd128", "--cpu gives simd128 twice", "give every CPU once"),
    ("-o tiny.so", "a module of WebAssembly cannot have a name that ends in '.so'", "'.wasm'"),
    ("-o tiny.mjs", "the module would have the name of its script", "'.wasm'"),
    ("-o none/tiny.wasm", "cannot write the file", "make the folder first"),
  ])
  func othersAreRefused(_ options: String, _ words: String, _ hint: String) throws {
    let folder = try tinyModel()
    let before = try folder.names()
    let result = try compile(options, in: folder)
    #expect(result.status == 2 && result.output == "")
    #expect(result.errors.contains(words) && result.errors.contains(hint), "\(result.errors)")
    #expect(try folder.names() == before)
  }

  @Test func relaxedMultiplyAddsAreAskedFor() throws {
    let folder = try tinyModel()
    // f32x4.relaxed_madd
    let instruction: [UInt8] = [0xfd, 0x85, 0x02]
    for (options, isRelaxed) in [
      ("", false), ("--relaxed-simd", true), ("--cpu simd128+relaxed-simd", true),
    ] {
      let compiled = try compile(options, in: folder)
      #expect(compiled.status == 0, "\(compiled.errors)")
      let module = Data(try folder.read("tiny.wasm"))
      #expect((module.range(of: Data(instruction)) != nil) == isRelaxed, "\(options)")
      let script = String(decoding: try folder.read("tiny.mjs"), as: UTF8.self)
      #expect(
        script.contains("--cpu simd128\(isRelaxed ? "+relaxed-simd" : "") ")
          && script.contains("const relaxed = \(isRelaxed);"))
    }
    for target in ["x86_64-linux", "aarch64-linux"] {
      let refused = try resin(
        ["compile", "tiny.resin", "--target", target, "--relaxed-simd"], in: folder)
      #expect(refused.status == 2, "\(target)")
      #expect(refused.errors.contains("--relaxed-simd is for wasm32, not for \(target)"))
      #expect(refused.errors.contains("give --target wasm32, or leave it out"))
    }
    guard hasProgram("node") else { return }
    try folder.write(
      "look.mjs",
      """
      import assert from 'node:assert/strict';
      import { readFileSync } from 'node:fs';
      import { load } from './tiny.mjs';

      if (WebAssembly.validate(readFileSync('tiny.wasm'))) await load();
      else await assert.rejects(load(), /no relaxed SIMD of WebAssembly: compile the model without --relaxed-simd/);
      """)
    let seen = try runProgram(["node", "look.mjs"], in: folder.path)
    #expect(seen.status == 0, "\(seen.errors)")
  }

  /// Neither file takes the place of one that is read, and where the linker is not there, none appears.
  @Test func nothingIsWrittenOverOrByHalves() throws {
    let folder = try tinyModel()
    try folder.write("net.mjs", "sum = direct\n")
    let before = try folder.names()
    let over = try compile("--overrides net.mjs -o net.wasm", in: folder)
    #expect(over.status == 2 && over.errors.contains("is read here"), "\(over.errors)")
    #expect(try folder.read("net.mjs") == Array("sum = direct\n".utf8))
    let built = Bundle.main.bundleURL.appendingPathComponent("resin").path
    let alone = try runProgram(
      [built, "compile", "tiny.resin", "--target", "wasm32"], in: folder.path,
      environment: ["PATH": folder.path])
    #expect(alone.status == 2 && alone.errors.contains("there is no linker for wasm32"))
    #expect(alone.errors.contains("install the package lld-19"), "\(alone.errors)")
    #expect(try folder.names() == before)
  }

  @Test func otherCommandsSayWhatAModuleIs() throws {
    let folder = try tinyModel()
    _ = try compile("", in: folder)
    for command in [["run", "tiny.wasm", "picture.png"], ["inspect", "tiny.wasm"]] {
      let result = try resin(command, in: folder)
      #expect(result.status == 2 && result.errors.contains("runs in browsers and Node"))
    }
    let native = try resin(["compile", "tiny.resin", "-o", "tiny.wasm"], in: folder)
    #expect(native.status == 2 && native.errors.contains("--target wasm32"), "\(native.errors)")
    let plan = try resin(["inspect", "tiny.resin", "--plan", "--target", "wasm32"], in: folder)
    #expect(plan.output.contains("NCHW4c"), "\(plan.errors)")
  }

  /// Pictures become inputs with the bits of `resin run`, larger and smaller ones, and grey ones of colours.
  @Test(
    .enabled(if: hasProgram("node"), "there is no node"),
    arguments: [
      "f32[1, 3, 24, 20] from rgb8 { resize: 30, crop: [24, 20], mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] }",
      "f32[1, 24, 20, 3] from bgr8 { scale: 1 }",
      "f32[1, 1, 28, 28] from gray8 { mean: [0.1307], deviation: [0.3081] }",
      "f32[1, 3, 24, 20] from rgb8 { resize: 30, interpolation: bicubic, crop: [24, 20] }",
      "f32[1, 3, 24, 20] from rgb8 { resize: [25, 31], interpolation: bicubic, crop: [24, 20] }",
      "f32[1, 3, 24, 20] from bgr8 { resize: [24, 20], interpolation: nearest }",
    ])
  func picturesBecomeInputs(_ input: String) throws {
    let folder = try ScratchFolder()
    try folder.write("same.resin", "model same\ninput image: \(input)\noutput same = image\n")
    let compiled = try resin(["compile", "same.resin", "--target", "wasm32"], in: folder)
    #expect(compiled.status == 0, "\(compiled.errors)")
    try folder.write(
      "look.mjs",
      """
      import assert from 'node:assert/strict';
      import { readFileSync, writeFileSync } from 'node:fs';
      import { load } from './same.mjs';

      const net = await load();
      const [width, height] = process.argv.slice(2).map(Number);
      net.preprocess({ width, height, data: readFileSync('picture.rgba') });
      writeFileSync('there.f32', net.run());
      assert.throws(() => net.preprocess({ width, height, data: [] }), /a picture has width, height and data/);
      assert.throws(() => net.preprocess(null), TypeError);
      assert.throws(() => net.preprocess({ width, height, data: readFileSync('picture.rgba') }, 1), /no image 1 of 1/);
      """)
    for (width, height) in [(40, 33), (33, 61), (20, 24), (7, 9), (1, 1)] {
      let colours = (0..<width * height * 3).map { UInt8($0 * $0 * 7 % 251) }
      let files = StagedFiles()
      try OutputPicture(width: width, height: height, channels: 3, levels: colours)
        .write(to: folder.path("picture.png"), in: files)
      try files.commit()
      try folder.write(
        "picture.rgba",
        (0..<width * height).flatMap { Array(colours[3 * $0..<3 * $0 + 3]) + [UInt8(9)] })
      let run = try resin(
        ["run", "same.resin", "--input", "picture.png", "--output", "here.npy"], in: folder)
      #expect(run.status == 0, "\(run.errors)")
      let seen = try runProgram(["node", "look.mjs", "\(width)", "\(height)"], in: folder.path)
      #expect(seen.status == 0, "\(seen.errors)")
      let here = try readNumpy(path: folder.path("here.npy")).floats.flatMap {
        withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init)
      }
      #expect(try folder.read("there.f32") == here, "\(width)×\(height)")
    }
  }

  @Test(.enabled(if: hasProgram("node"), "there is no node"))
  func scriptsSeeWhatTheModelTakesAndGives() throws {
    let folder = try tinyModel()
    try folder.write("two words.txt", "it's red\nback\\slash\nb`lue`\n")
    try folder.write(
      "two.resin",
      """
      model two
      input image: f32[1, 3, 4, 4] from rgb8 { scale: 1 }
      input other: i64[2]
      sum = conv2d(image, 3, kernel: 4)
      output logits = flatten(sum) labels "two words.txt"
      output same = other
      """)
    for name in ["tiny", "two"] {
      let compiled = try resin(
        ["compile", "\(name).resin", "--weights", "tiny.safetensors", "--target", "wasm32"],
        in: folder)
      #expect(compiled.status == 0, "\(compiled.errors)")
    }
    try folder.write(
      "look.mjs",
      """
      import assert from 'node:assert/strict';
      import { readFile } from 'node:fs/promises';
      import { load, manifest } from './tiny.mjs';
      import { load as loadTwo } from './two.mjs';

      const net = await load();
      const [image] = net.inputs, [logits] = net.outputs;
      assert.equal(net.name, 'tiny');
      assert.match(manifest.options, /--target wasm32 --cpu simd128/);
      assert.deepEqual([image.name, image.type, image.shape], ['image', 'float32', [1, 3, 4, 4]]);
      assert.equal(image.preprocessing.channels, 'rgb8');
      assert.deepEqual(logits.labels, ['red', 'green', 'blue']);
      const picture = Array.from({ length: 48 }, (_, index) => index % 7);
      const sums = [0, 1, 2].map(k => picture.slice(16 * k, 16 * k + 16).reduce((a, b) => a + b));
      assert.deepEqual([...net.run(picture)], sums);
      assert.deepEqual([...net.run(new Float32Array(picture))], sums);
      assert.deepEqual([...net.run({ image: picture })], sums);
      image.data.fill(1);
      assert.equal(net.run(), logits.data);
      assert.deepEqual([...logits.data], [16, 16, 16]);

      assert.throws(() => net.run(picture.slice(1)), /'image' has 48 elements, \\[1, 3, 4, 4\\], not 47/);
      assert.throws(() => net.run(new Uint8Array(48)), /'image' takes a Float32Array, not Uint8Array/);
      assert.throws(() => net.run(new Float64Array(48)), /not Float64Array/);
      assert.throws(() => net.run('text'), /./);
      assert.throws(() => net.run({ picture }), /no input 'picture': 'image'/);

      // From bytes, a path, a URL, a module that serves two; each with memory of its own.
      const bytes = await readFile('tiny.wasm');
      const module = await WebAssembly.compile(bytes);
      for (const source of [bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), 'tiny.wasm',
          new URL('./tiny.wasm', import.meta.url), module, module]) {
        const other = await load(source);
        assert.deepEqual([...other.run(picture)], sums);
        assert.notEqual(other.outputs[0].data.buffer, logits.data.buffer);
      }
      await assert.rejects(load('none.wasm'), /none.wasm/);
      await assert.rejects(load(new Uint8Array(8)), WebAssembly.CompileError);

      const two = await loadTwo();
      assert.deepEqual(two.outputs[0].labels, ["it's red", 'back\\\\slash', 'b`lue`']);
      assert.equal(two.inputs[1].type, 'int64');
      const given = two.run({ other: [3n, -4n], image: picture });
      assert.deepEqual([...given.logits], sums);
      assert.deepEqual(given.same, new BigInt64Array([3n, -4n]));
      assert.throws(() => two.run({ image: picture }), /'other' takes a BigInt64Array, not undefined/);
      assert.throws(() => two.run(picture), /there is no input '0': 'image', 'other'/);
      """)
    let seen = try runProgram(["node", "look.mjs"], in: folder.path)
    #expect(seen.status == 0, "\(seen.errors)")
  }
}
