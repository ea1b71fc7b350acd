import Artifacts
import Interpreter
import Planning
import Resin
import TensorFiles
import TestSupport
import Testing

/// Whole networks for a level of each width of vectors that this machine has.
@Suite struct NetworkLevelTests {
  @Test(
    arguments: ["cifar/resnet20", "digits/digits", "resnet/resnet18"],
    InstructionSet.vectorUnits)
  func networksEqualTheInterpreter(_ name: String, _ set: InstructionSet) throws {
    guard set.isSubset(of: .host) else { return }
    let file = try ModelFile(
      path: packagePath("Models/\(name).resin"), batch: name.hasPrefix("resnet/") ? 1 : 3,
      weights: .random(seed: 1))
    let port = file.graph.inputs[0].node
    let input = randomTensor(file.graph[port].type, seed: 5, name: "image")
    let expected = try Interpreter(file.graph).run(inputs: [file.graph[port].name: input])
    let model = try Compilation(file, for: Machine(set)).model()
    let computed = try Session(model).run(inputs: [input])[0]
    let values = expected[file.graph.outputs[0].name]!
    #expect(mismatch(computed, values, tolerance: 1e-4) == nil)
    // A comparison of constants would mean nothing.
    #expect(Set(values.floats).count > values.count / 2)
  }
}
