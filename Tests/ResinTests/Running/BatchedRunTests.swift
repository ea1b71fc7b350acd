import Diagnostics
import GraphIR
import Planning
import Resin
import TensorFiles
import TestSupport
import Testing

@Suite struct BatchedRunTests {
  /// An interface whose tensors all have images along their first axis, but those without rank.
  private func interface(
    _ inputs: [TensorType], _ outputs: [TensorType], images: Int? = nil
  ) -> ModelInterface {
    func port(_ name: String, _ type: TensorType) -> ModelInterface.Port {
      .init(name: name, type: type, images: images ?? type.shape.first ?? 0)
    }
    return ModelInterface(
      name: "m", inputs: inputs.enumerated().map { port("x\($0)", $1) },
      outputs: outputs.enumerated().map { port("y\($0)", $1) }, workspaceBytes: 0,
      weightsBytes: 0, instructionSet: .baseline, stepCount: 0)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5]) func chunksGiveAllImagesInOrder(images: Int) throws {
    let pairs = interface(
      [TensorType([2, 3])], [TensorType([2, 1]), TensorType([2], element: .int64)])
    let values = (0..<images * 3).map(Float.init)
    var calls = 0
    let outputs = try pairs.inChunks([Tensor([images, 3], floats: values)]) { chunk in
      #expect(chunk.map(\.type) == [TensorType([2, 3])])
      calls += 1
      let rows = chunk[0].floats
      return [
        Tensor([2, 1], floats: [rows[0], rows[3]]),
        Tensor([2], integers: [Int64(rows[1]), Int64(rows[4])]),
      ]
    }
    #expect(calls == (images + 1) / 2)
    #expect(outputs[0] == Tensor([images, 1], floats: (0..<images).map { Float($0 * 3) }))
    #expect(outputs[1] == Tensor([images], integers: (0..<images).map { Int64($0 * 3 + 1) }))
  }

  /// What is left over of the larger sizes goes through the smaller ones, the last of them filled up with zeros.
  @Test(arguments: [
    (1, [2]), (4, [4]), (7, [4, 2, 2]), (21, [8, 8, 4, 2]), (14, [8, 4, 2]),
  ])
  func imagesGoThroughTheLargestSizes(images: Int, sizes: [Int]) throws {
    let model = interface([TensorType([4, 1])], [TensorType([4, 1])])
    let values = (0..<images).map { Float($0 + 1) }
    var seen: [Int] = []
    let outputs = try model.inChunks([Tensor([images, 1], floats: values)], sizes: [2, 8]) {
      seen.append($0[0].shape[0])
      return $0
    }
    #expect(seen == sizes)
    #expect(outputs == [Tensor([images, 1], floats: values)])
  }

  @Test func inputsThatDoNotFitAreDiagnosed() {
    let pairs = interface([TensorType([2, 3]), TensorType([2, 1])], [TensorType([2, 1])])
    let wrong = [
      [Tensor([2, 4], floats: .init(repeating: 0, count: 8)), Tensor([2, 1], floats: [0, 0])],
      [Tensor([3, 3], floats: .init(repeating: 0, count: 9)), Tensor([2, 1], floats: [0, 0])],
      [Tensor([], floats: [0]), Tensor([2, 1], floats: [0, 0])],
    ]
    for tensors in wrong {
      #expect(throws: DiagnosticError.self) {
        try pairs.inChunks(tensors) { _ in
          Issue.record("ran on inputs that do not fit")
          return []
        }
      }
    }
  }

  /// An input without images enters every run, an output without them comes from one, and an output
  /// may have several rows for each image.
  @Test func portsWithoutImagesAreTheSameInEveryRun() throws {
    var model = interface(
      [TensorType([2, 1]), TensorType([3])], [TensorType([4, 1]), TensorType([3])], images: 2)
    (model.inputs[1].images, model.outputs[1].images) = (0, 0)
    let shared = Tensor([3], floats: [7, 8, 9])
    let outputs = try model.inChunks([Tensor([3, 1], floats: [1, 2, 3]), shared]) { chunk in
      #expect(chunk[1] == shared)
      let values = chunk[0].floats
      return [Tensor([4, 1], floats: [values[0], -values[0], values[1], -values[1]]), shared]
    }
    #expect(outputs == [Tensor([6, 1], floats: [1, -1, 2, -2, 3, -3]), shared])
  }

  @Test func imagesThatDependOnEachOtherAreNotFilledUp() throws {
    let model = interface([TensorType([2, 1])], [TensorType([2, 2])], images: 0)
    let error = #expect(throws: DiagnosticError.self) {
      try model.inChunks([Tensor([3, 1], floats: [1, 2, 3])]) { _ in
        Issue.record("ran on other images than there are")
        return []
      }
    }
    #expect(error?.diagnostics[0].hint?.contains("--batch") == true)
  }

  @Test func theBatchIsTheCommonFirstExtent() {
    #expect(interface([TensorType([2, 3])], [TensorType([2])]).batch == 2)
    #expect(interface([TensorType([2, 3])], [TensorType([3])]).batch == nil)
    #expect(interface([TensorType([])], [TensorType([])]).batch == nil)
    #expect(interface([], [TensorType([3])]).batch == nil)
    #expect(interface([TensorType([0, 3])], [TensorType([0])]).batch == nil)
  }
}
