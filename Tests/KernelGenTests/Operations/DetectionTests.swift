import GraphIR
import Planning
import TestSupport
import Testing

/// Regions, boxes and places of what is true, compiled.
@Suite struct DetectionTests {
  private func regions(_ numbers: [[Float]]) -> Tensor {
    Tensor([numbers.count, 4], floats: numbers.flatMap { $0 })
  }

  @Test(arguments: runnableSets)
  func regionsEqualTheInterpreter(_ set: InstructionSet) throws {
    let given = regions([
      [0, 0, 5, 5], [1.5, 2.25, 11, 8], [-3, -2, 20, 14], [6, 6, 4, 3], [0, 0, 0.3, 0.2],
      [40, 40, 50, 50], [2, 2, 2, 2], [-1e9, -1e9, 1e9, 1e9], [.nan, 0, 3, 3],
      [0, 0, .infinity, 4],
      [1e30, 0, 2e30, 4],
    ])
    for (channels, height, width) in [(1, 1, 1), (3, 4, 5), (19, 9, 13)] {
      var graph = Graph(name: "regions")
      let x = graph.addInput("x", TensorType([2, channels, height, width]))
      let boxes = graph.addInput("boxes", given.type)
      let images = graph.addInput("images", TensorType([11], element: .int64))
      let image = try graph.add(.unary(.negate), [x], name: "image")
      for maximum in [false, true] {
        for centres in [false, true] {
          for samples in [0, 1, 3] {
            let attributes = RegionAlignment(
              size: Pair(2, 3), scale: 0.7, samples: samples, takesMaximum: maximum,
              hasCentres: centres)
            let name = "\(maximum) \(centres) \(samples)"
            let y = try graph.add(.alignRegions(attributes), [image, boxes, images], name: name)
            graph.addOutput(name, try graph.add(.unary(.relu), [y], name: "relu"))
          }
        }
      }
      // From the end where negative; those out of range are clamped into it.
      let chosen = Tensor([11], integers: [0, 1, -1, 0, 9, 1, -7, 0, 1, 1, 0])
      try expectEqualsInterpreter(
        graph, set,
        inputs: [Tensor.seeded([2, channels, height, width], seed: 3), given, chosen],
        tolerance: 1e-5)
    }
  }

  /// Boxes at equal places and with equal scores, of no extent, and with scores that are no numbers.
  @Test(arguments: runnableSets)
  func suppressionEqualsTheInterpreter(_ set: InstructionSet) throws {
    for count in [1, 7, 8, 17, 40] {
      var graph = Graph(name: "boxes")
      let boxes = graph.addInput("boxes", TensorType([2, count, 4]))
      let scores = graph.addInput("scores", TensorType([2, 3, count]))
      for centres in [false, true] {
        for (overlap, score) in [(Float(0), -Float.infinity), (0.3, 0.25), (0.7, 0), (2, 5)] {
          for kept in Set([1, (count + 1) / 2, count]).sorted() {
            let attributes = Suppression(
              count: kept, overlap: overlap, score: score, hasCentres: centres)
            let name = "\(centres) \(overlap) \(kept)"
            graph.addOutput(
              name, try graph.add(.suppressBoxes(attributes), [boxes, scores], name: name))
          }
        }
      }
      let corners = (0..<(8 * count)).map { Float(($0 * 7919 + 13) % 23) / 4 }
      let numbers = (0..<(6 * count)).map { index -> Float in
        let value = (index * 7919 + 5) % 19
        return value == 17 ? .nan : value == 18 ? -.infinity : Float(value) / 16
      }
      try expectEqualsInterpreter(
        graph, set,
        inputs: [
          Tensor([2, count, 4], floats: corners), Tensor([2, 3, count], floats: numbers),
        ])
    }
  }

  @Test(arguments: runnableSets)
  func truePlacesEqualTheInterpreter(_ set: InstructionSet) throws {
    for shape in [[1], [9], [3, 4, 5]] {
      var graph = Graph(name: "places")
      let mask = graph.addInput("mask", TensorType(shape, element: .bool))
      graph.addOutput("y", try graph.add(.truePlaces, [mask], name: "y"))
      for step in [1, 2, 1000] {
        let values = (0..<shape.reduce(1, *)).map { $0 % step == step - 1 }
        try expectEqualsInterpreter(graph, set, inputs: [Tensor(shape, booleans: values)])
      }
    }
  }
}
