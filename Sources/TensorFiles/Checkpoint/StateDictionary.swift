import Diagnostics

/// Finds the named tensors in the object of a checkpoint: a dictionary from texts to tensors, which
/// may lie in other dictionaries and lists.
struct StateDictionary {
  /// Tensors by name, in the order of the file.
  let tensors: [(name: String, tensor: Int)]
  /// What else stands in the dictionary under a text.
  let others: [(name: String, value: NonTensor)]

  /// - Parameters:
  ///   - key: the key under which the wanted dictionary lies, where there are several.
  ///   - parameters: the names of a model's parameters, which decide where there are several; none
  ///     where the model is not known.
  init(
    _ contents: CheckpointContents, key: String?, parameters: Set<String>, path: String
  ) throws {
    let place = Diagnostic.Place.subject(path)
    let all = candidates(in: contents)
    guard !all.isEmpty else { throw noTensors(contents, place) }
    let chosen: Candidate
    if let key {
      guard let match = all.first(where: { $0.isUnder(key) }) else {
        throw DiagnosticError(
          "the checkpoint has no dictionary of tensors under '\(key)'", at: place,
          hint: "there is \(list(all))")
      }
      chosen = match
    } else {
      let likely = likely(all, in: contents.heap, for: parameters)
      guard likely.count == 1 else {
        throw DiagnosticError(
          "the checkpoint has several dictionaries of tensors: \(list(likely))", at: place,
          hint: "choose one with --weights-key")
      }
      chosen = likely[0]
    }
    var names: Set<String> = []
    for (name, _) in chosen.tensors where !names.insert(name).inserted {
      throw DiagnosticError("the tensor '\(name)' stands twice in the checkpoint", at: place)
    }
    tensors = chosen.tensors
    others = contents.heap.items(of: chosen.container).compactMap { name, value in
      NonTensor(value, contents.heap).map { (name, $0) }
    }
  }
}

/// Something in a dictionary of tensors that is none.
enum NonTensor {
  case value(String)
  case object(String)
  /// A tensor of a kind that is not read: complex, sparse, quantised.
  case tensor(String)

  /// Nil for a tensor.
  fileprivate init?(_ value: PickleValue, _ heap: PickleHeap) {
    switch value {
    case .tensor: return nil
    case .none: self = .value("None")
    case .boolean, .integer, .other: self = .value("a number or bytes")
    case .text: self = .value("a text")
    case .sequence: self = .value("a list")
    case .dictionary: self = .value("a dictionary")
    case .storage: self = .value("a storage")
    case .global: self = .value("a class or a function")
    case .object(let object):
      let object = heap.objects[object]
      self = object.isTensor ? .tensor(object.name) : .object(object.name)
    }
  }

  /// Its kind, for messages.
  var description: String {
    switch self {
    case .value(let kind): kind
    case .object(let name): "an object of '\(name.prefix(80))'"
    case .tensor(let name): "a tensor of '\(name.prefix(80))', which is not supported"
    }
  }
}

/// A dictionary that holds tensors under texts.
private struct Candidate {
  /// Keys from the outside; none for the outermost dictionary. They are joined where they are shown:
  /// a file may use one long key many times.
  let path: [String]
  let container: Container
  let tensors: [(name: String, tensor: Int)]

  /// Whether the keys with dots between them are this one.
  func isUnder(_ key: String) -> Bool {
    path.reduce(max(0, path.count - 1)) { $0 + $1.utf8.count } == key.utf8.count
      && path.joined(separator: ".") == key
  }

  /// For messages.
  var description: String {
    path.isEmpty
      ? "the outermost one" : "'\(path.map { String($0.prefix(80)) }.joined(separator: "."))'"
  }
}

/// Something that dictionaries of tensors may lie in.
private enum Container: Hashable {
  case dictionary(Int), sequence(Int), object(Int)

  init?(_ value: PickleValue) {
    switch value {
    case .dictionary(let index): self = .dictionary(index)
    case .sequence(let index): self = .sequence(index)
    case .object(let index): self = .object(index)
    default: return nil
    }
  }
}

extension PickleHeap {
  /// What stands under texts, or the containers of a list, under their indices.
  fileprivate func items(of container: Container) -> [(key: String, value: PickleValue)] {
    switch container {
    case .dictionary(let index): named(dictionaries[index])
    case .object(let index): named(objects[index].items)
    case .sequence(let index):
      sequences[index].enumerated().compactMap { position, value in
        Container(value).map { _ in (String(position), value) }
      }
    }
  }

  private func named(
    _ items: [(key: PickleValue, value: PickleValue)]
  ) -> [(key: String, value: PickleValue)] {
    items.compactMap { key, value in
      guard case .text(let name) = key else { return nil }
      return (name, value)
    }
  }
}

/// How many dictionaries and lists may lie inside each other above the tensors.
private let maximumDepth = 4

/// All dictionaries that hold a tensor under a text, outermost first.
private func candidates(in contents: CheckpointContents) -> [Candidate] {
  guard let root = Container(contents.root) else { return [] }
  var found: [Candidate] = []
  var seen: Set<Container> = [root]
  var level = [(path: [String](), container: root)]
  for _ in 0..<maximumDepth {
    var next: [(path: [String], container: Container)] = []
    for (path, container) in level {
      var tensors: [(String, Int)] = []
      for (name, value) in contents.heap.items(of: container) {
        if case .tensor(let tensor) = value {
          tensors.append((name, tensor))
        } else if let inner = Container(value), seen.insert(inner).inserted {
          // One dictionary under two keys is one candidate.
          next.append((path + [name], inner))
        }
      }
      if !tensors.isEmpty {
        found.append(Candidate(path: path, container: container, tensors: tensors))
      }
    }
    level = next
  }
  return found
}

/// The dictionaries that may be a model's. Beside it a training state holds tensors that are no
/// weights: scores, states of random generators, an optimiser's. A network has a matrix of floats,
/// and the one that is asked for has its names.
private func likely(
  _ all: [Candidate], in heap: PickleHeap, for parameters: Set<String>
) -> [Candidate] {
  let networks = all.filter { candidate in
    candidate.tensors.contains {
      let tensor = heap.tensors[$0.tensor]
      return tensor.type.element == .float32 && tensor.shape.count > 1
    }
  }
  guard networks.count > 1 else { return networks.isEmpty ? all : networks }
  let fitting = networks.filter {
    !prefixesOfMost(parameters, in: $0.tensors.map(\.name)).isEmpty
  }
  return fitting.isEmpty ? networks : fitting
}

private func list(_ candidates: [Candidate]) -> String {
  candidates.prefix(10).map(\.description).joined(separator: ", ")
    + (candidates.count > 10 ? ", …" : "")
}

/// The error for a checkpoint without named tensors, with what it holds instead.
private func noTensors(_ contents: CheckpointContents, _ place: Diagnostic.Place) -> DiagnosticError
{
  var held: [String] = []
  if case .object = contents.root, let root = NonTensor(contents.root, contents.heap) {
    held = [root.description]
  } else if let root = Container(contents.root) {
    let objects = contents.heap.items(of: root).lazy.compactMap { key, value in
      if case .object = value, let object = NonTensor(value, contents.heap) {
        "'\(key.prefix(80))' is \(object.description)"
      } else {
        nil as String?
      }
    }
    held = Array(objects.prefix(3))
  }
  let more = held.isEmpty ? "" : ": \(held.joined(separator: ", "))"
  return DiagnosticError(
    "the checkpoint has no dictionary of named tensors\(more)", at: place,
    hint: held.isEmpty
      ? "save one: torch.save(model.state_dict(), FILE)" : PickleMachine.advice)
}
