import Diagnostics

/// Finds the named tensors in the object of a checkpoint: a dictionary from texts to tensors, or
/// one that lies under a key of another.
struct StateDictionary {
  /// Tensors by name, in the order of the file.
  let tensors: [(name: String, tensor: Int)]

  private struct Candidate {
    /// Keys from the outside, with dots; empty for the outermost dictionary.
    let key: String
    let tensors: [(name: String, tensor: Int)]
  }

  /// How many dictionaries may lie inside each other above the tensors.
  private static let maximumDepth = 4

  /// - Parameter key: the key under which the wanted dictionary lies, where there are several.
  init(_ contents: CheckpointContents, key: String?, path: String) throws {
    let place = Diagnostic.Place.subject(path)
    let candidates = Self.candidates(contents)
    let named = candidates.map { $0.key.isEmpty ? "the outermost one" : "'\($0.key)'" }
    let list = named.prefix(10).joined(separator: ", ") + (named.count > 10 ? ", …" : "")
    guard !candidates.isEmpty else {
      throw DiagnosticError(
        "the checkpoint has no dictionary of named tensors", at: place,
        hint: "save one: torch.save(model.state_dict(), FILE)")
    }
    let chosen: Candidate
    if let key {
      guard let match = candidates.first(where: { $0.key == key }) else {
        throw DiagnosticError(
          "the checkpoint has no dictionary of tensors under '\(key)'", at: place,
          hint: "there is \(list)")
      }
      chosen = match
    } else if candidates.count == 1 {
      chosen = candidates[0]
    } else {
      throw DiagnosticError(
        "the checkpoint has several dictionaries of tensors: \(list)", at: place,
        hint: "choose one with --weights-key")
    }
    var names: Set<String> = []
    for (name, _) in chosen.tensors where !names.insert(name).inserted {
      throw DiagnosticError("the tensor '\(name)' stands twice in the checkpoint", at: place)
    }
    tensors = Self.withoutWrappers(chosen.tensors)
  }

  /// All dictionaries that hold a tensor under a text, outermost first.
  private static func candidates(_ contents: CheckpointContents) -> [Candidate] {
    guard case .dictionary(let root) = contents.root else { return [] }
    var found: [Candidate] = []
    var seen: Set<Int> = [root]
    var level = [(key: "", dictionary: root)]
    for _ in 0..<maximumDepth {
      var next: [(key: String, dictionary: Int)] = []
      for (prefix, dictionary) in level {
        var tensors: [(String, Int)] = []
        for item in contents.heap.dictionaries[dictionary] {
          guard case .text(let name) = item.key else { continue }
          switch item.value {
          case .tensor(let tensor): tensors.append((name, tensor))
          // One dictionary under two keys is one candidate.
          case .dictionary(let inner) where seen.insert(inner).inserted:
            next.append((prefix.isEmpty ? name : "\(prefix).\(name)", inner))
          default: break
          }
        }
        if !tensors.isEmpty { found.append(Candidate(key: prefix, tensors: tensors)) }
      }
      level = next
    }
    return found
  }

  /// The names as the model has them: without the prefix that PyTorch's wrappers
  /// (`DataParallel`, `torch.compile`) put before all of them.
  private static func withoutWrappers(
    _ tensors: [(name: String, tensor: Int)]
  ) -> [(name: String, tensor: Int)] {
    var result = tensors
    while let prefix = ["module.", "_orig_mod."].first(where: { prefix in
      result.allSatisfy { $0.name.hasPrefix(prefix) && $0.name.count > prefix.count }
    }) {
      result = result.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) }
    }
    return result
  }
}
