import GraphIR

/// A block and the sections that are its instances.
final class BlockClass {
  /// One use of the block.
  struct Instance {
    let section: ModelSection
    /// The section's node for each of the template's; nil for those of a projection that this
    /// instance does without.
    let nodes: [NodeID?]
  }

  let template: BlockTemplate
  /// The nodes of the template that only some instances have: the projection of the shortcut.
  private(set) var projection: [Int] = []
  private(set) var instances: [Instance]

  init(_ template: BlockTemplate) {
    self.template = template
    instances = [Instance(section: template.section, nodes: template.section.nodes)]
  }

  /// Adds a section that is the same but for names and numbers.
  func add(_ section: ModelSection) {
    instances.append(Instance(section: section, nodes: section.nodes))
  }

  /// Adds the instances of a block without a projection.
  func add(_ other: BlockClass, without chain: [Int]) {
    projection = chain
    for instance in other.instances {
      var rest = instance.section.nodes[...]
      let nodes = template.keys.indices.map { chain.contains($0) ? nil : rest.popFirst() }
      instances.append(Instance(section: instance.section, nodes: nodes))
    }
  }

  /// Brings the instances into the order of the graph.
  func sort(by positions: [NodeID: Int]) {
    instances.sort {
      positions[$0.section.nodes[0], default: 0] < positions[$1.section.nodes[0], default: 0]
    }
  }

  /// Groups sections that are the same block; those that stand alone are in none.
  static func classes(_ sections: [ModelSection], _ writer: StructureWriter) -> [BlockClass] {
    var found: [BlockClass] = []
    for section in sections {
      guard let template = BlockTemplate(section, writer) else { continue }
      if let known = found.first(where: { $0.template.matches(template) }) {
        known.add(section)
      } else {
        found.append(BlockClass(template))
      }
    }
    var merged: [BlockClass] = []
    var taken: Set<Int> = []
    for block in found {
      for chain in block.template.shortcuts() where block.projection.isEmpty {
        let match = found.indices.first {
          !taken.contains($0) && found[$0] !== block && found[$0].projection.isEmpty
            && block.template.matches(found[$0].template, without: chain)
        }
        guard let match else { continue }
        taken.insert(match)
        block.add(found[match], without: chain)
      }
    }
    for (index, block) in found.enumerated() where !taken.contains(index) { merged.append(block) }
    let positions = Dictionary(
      uniqueKeysWithValues: writer.graph.order.enumerated().map { ($0.element, $0.offset) })
    let repeated = merged.filter { $0.instances.count > 1 }
    for block in repeated { block.sort(by: positions) }
    return repeated
  }
}
