import Diagnostics
import GraphIR
import Planning
import Resin
import Testing

@Suite struct BatchedRunTests {
  private func interface(_ inputs: [TensorType], _ outputs: [TensorType]) -> ModelInterface {
    ModelInterface(
      name: "m", inputs: inputs.enumerated().map { .init(name: "x\($0)", type: $1) },
      outputs: outputs.enumerated().map { .init(name: "y\($0)", type: $1) }, workspaceBytes: 0,
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

  @Test func theBatchIsTheCommonFirstExtent() {
    #expect(interface([TensorType([2, 3])], [TensorType([2])]).batch == 2)
    #expect(interface([TensorType([2, 3])], [TensorType([3])]).batch == nil)
    #expect(interface([TensorType([])], [TensorType([])]).batch == nil)
    #expect(interface([], [TensorType([3])]).batch == nil)
    #expect(interface([TensorType([0, 3])], [TensorType([0])]).batch == nil)
  }
}
