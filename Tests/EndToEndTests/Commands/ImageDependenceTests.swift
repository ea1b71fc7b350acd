import Foundation
import GraphIR
import TensorFiles
import TestSupport
import Testing

/// Models whose results depend on all images together: `run`, `verify` and libraries take as many as
/// there are, or refuse; and what a command gives for many images, threads and outputs.
@Suite struct ImageDependenceTests {
  /// A model that subtracts the mean of all images, five images, and what becomes of them.
  private func model() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    try folder.write(
      "mean.resin",
      """
      model centre
      input x: f32[N, 2]
      output y = x - reduce_mean(x, axes: [0], keep_dimensions: true)
      """)
    try writeNumpy(
      Tensor([5, 2], floats: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), to: folder.path("x.npy"))
    try writeNumpy(
      Tensor([5, 2], floats: [-4, -4, -2, -2, 0, 0, 2, 2, 4, 4]), to: folder.path("y.npy"))
    return folder
  }

  @Test func allImagesAreComputedTogether() throws {
    let folder = try model()
    let run = try resin(
      ["run", "mean.resin", "--input", "x.npy", "--output", "o.npy"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try readNumpy(path: folder.path("o.npy")) == readNumpy(path: folder.path("y.npy")))
    for arguments in [[], ["--batch", "5"]] {
      let verify = try resin(
        ["verify", "mean.resin", "--input", "x.npy", "--expect", "y.npy"] + arguments, in: folder)
      #expect(verify.status == 0, "\(verify.errors)")
    }
    let dump = try resin(["run", "mean.resin", "--input", "x.npy", "--dump", "d"], in: folder)
    #expect(dump.status == 0, "\(dump.errors)")
    #expect(try readNumpy(path: folder.path("d/y.npy")) == readNumpy(path: folder.path("y.npy")))
  }

  @Test func anotherNumberIsRefused() throws {
    let folder = try model()
    let two = try resin(
      ["verify", "mean.resin", "--input", "x.npy", "--batch", "2"], in: folder)
    #expect(two.status == 2 && two.errors.contains("depend on all images"), "\(two.errors)")
    #expect(try resin(["compile", "mean.resin", "--batch", "2"], in: folder).status == 0)
    let text = try resin(["inspect", "libcentre.so"], in: folder).output
    #expect(text.contains("images          together\n"), "\(text)")
    let header = String(decoding: try folder.read("centre.h"), as: UTF8.self)
    #expect(header.contains("depend on all images of a run together"))
    let run = try resin(
      ["run", "libcentre.so", "--input", "x.npy", "--output", "o.npy"], in: folder)
    #expect(run.status == 2 && run.errors.contains("depend on all images"), "\(run.errors)")
    #expect(try !folder.names().contains("o.npy"))
  }

  @Test func aLibraryForSeveralNumbersTakesTheOneThatFits() throws {
    let folder = try model()
    #expect(try resin(["compile", "mean.resin", "--batch", "2,5"], in: folder).status == 0)
    let run = try resin(
      ["run", "libcentre.so", "--input", "x.npy", "--output", "o.npy"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try readNumpy(path: folder.path("o.npy")) == readNumpy(path: folder.path("y.npy")))
  }

  /// A file of one image would be run on each image by itself.
  @Test func anExportSaysForHowManyItIs() throws {
    let folder = try model()
    let refused = try resin(["export", "mean.resin"], in: folder)
    #expect(
      refused.status == 2
        && refused.errors.contains("the model's results depend on all images together")
        && refused.errors.contains("give --batch"), "\(refused.errors)")
    #expect(try !folder.names().contains("centre.onnx"))
    #expect(try resin(["export", "mean.resin", "--batch", "5"], in: folder).status == 0)
    let run = try resin(
      ["run", "centre.onnx", "--input", "x.npy", "--output", "o.npy"], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try readNumpy(path: folder.path("o.npy")) == readNumpy(path: folder.path("y.npy")))
  }

  /// Of these convolutions some have another algorithm for two threads than for one, which ones depends on the CPU.
  @Test func bitsAreTheSameAtAnyNumberOfThreads() throws {
    let folder = try ScratchFolder()
    let weights = ["--random-weights", "1"]
    func bits(_ model: String, _ options: [String]) throws -> [UInt8] {
      let result = try resin(
        ["run", model, "--input", "x.npy", "--output", "o.npy"] + options, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("for 2 threads") == options.contains("--plan-threads"))
      return try folder.read("o.npy")
    }
    var differing = 0
    for (channels, size, stride) in [(64, 7, 2), (512, 7, 1)] {
      try folder.write(
        "c.resin",
        """
        model c
        input x: f32[1, \(channels), \(size), \(size)]
        output y = conv2d(x, \(channels), kernel: 3, padding: 1, stride: \(stride))
        """)
      try writeNumpy(
        Tensor.seeded([1, channels, size, size], seed: 3), to: folder.path("x.npy"))
      let one = try bits("c.resin", weights + ["--threads", "1"])
      for threads in ["2", "3"] {
        #expect(try bits("c.resin", weights + ["--threads", threads]) == one)
      }
      #expect(try resin(["compile", "c.resin"] + weights, in: folder).status == 0)
      for threads in ["1", "2"] { #expect(try bits("libc.so", ["--threads", threads]) == one) }
      let planned = try bits("c.resin", weights + ["--plan-threads", "2"])
      differing += planned == one ? 0 : 1
      #expect(try bits("c.resin", weights + ["--plan-threads", "2", "--threads", "2"]) == planned)
    }
    #expect(differing > 0)
    let refused = try resin(
      ["run", "libc.so", "--input", "x.npy", "--plan-threads", "2"], in: folder)
    #expect(refused.status == 2 && refused.errors.contains("has its algorithms"))
  }

  @Test func everyOutputIsPrintedUnderItsName() throws {
    let folder = try ScratchFolder()
    try folder.write(
      "heads.resin",
      """
      model heads
      input x: f32[N, 3]
      output colour = identity(x) labels "classes.txt"
      output field = reshape(x, shape: [N, 1, 3, 1]) * 2
      output pairs = concat(reshape(x, shape: [N, 1, 3]), reshape(x, shape: [N, 1, 3]), axis: 1)
      """)
    try folder.write("classes.txt", "red\ngreen\nblue\n")
    try writeNumpy(Tensor([2, 3], floats: [0, 1, 0, 0, 0, -5]), to: folder.path("x.npy"))
    let run = try resin(["run", "heads.resin", "--input", "x.npy", "--top", "1"], in: folder)
    #expect(
      run.output == """
        output colour: f32[2, 3]
        image 0
              1  1.0000  green
        image 1
              0  0.4983  red
        output field: f32[2, 1, 3, 1]
        image 0
              1  0.7870
        image 1
              0  0.5000
        output pairs: f32[2, 2, 3], -5 to 1

        """, "\(run.errors)")
  }
}
