import CResinRuntime
import Diagnostics
import Foundation
import Planning
import TensorFiles

/// Times of convolution algorithms that were measured, by layer and by what they hold for.
public struct TuningCache: Sendable, Equatable {
  /// What a time holds for: code of one version for one kind of machine, on one kind of CPU, with so many threads.
  public struct Context: Hashable, Comparable, Sendable {
    /// The kind of CPU, as it calls itself.
    public var cpu: String
    /// What the code was made for, as `--cpu` names it.
    public var target: String
    /// Threads that it ran on.
    public var threads: Int
    /// The version of the compiler.
    public var resin: String

    /// Creates a context; this machine and this compiler unless said.
    public init(
      cpu: String = Self.thisCPU, machine: Machine, threads: Int,
      resin: String = resinVersion
    ) {
      self.cpu = cpu
      target = machine.name
      self.threads = threads
      self.resin = resin
    }

    /// The kind of this machine's CPU.
    public static let thisCPU: String = {
      var name = [CChar](repeating: 0, count: 128)
      resin_cpu_name(&name, name.count)
      return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    public static func < (left: Self, right: Self) -> Bool {
      (left.cpu, left.target, left.threads, left.resin)
        < (right.cpu, right.target, right.threads, right.resin)
    }
  }

  /// Milliseconds by the text of the layer and the name of the algorithm. Names that this compiler
  /// does not know are kept: another build may.
  fileprivate var times: [Context: [String: [String: Double]]] = [:]

  /// Creates an empty cache.
  public init() {}

  /// The milliseconds that an algorithm took for a layer, to the nanosecond; nil where nobody has
  /// measured it.
  public subscript(context: Context, layer: String, algorithm: ConvolutionAlgorithm) -> Double? {
    get { times[context]?[layer]?[algorithm.rawValue] }
    set {
      times[context, default: [:]][layer, default: [:]][algorithm.rawValue] =
        newValue.map { max(1, ($0 * 1e6).rounded()) / 1e6 }
    }
  }

  /// Takes over all times of another cache, and its own where both have one.
  package mutating func merge(_ other: TuningCache) {
    times.merge(other.times) { $0.merging($1) { $0.merging($1) { $1 } } }
  }

  /// The algorithm to compute a layer with: the fastest that was measured, or the one that was planned
  /// where that one was not measured, or nothing else.
  public func pick(_ choice: ConvolutionChoice, _ context: Context) -> ConvolutionAlgorithm {
    let estimated = choice.pick
    guard self[context, choice.layer, estimated] != nil else { return estimated }
    var best = (algorithm: estimated, time: Double.infinity)
    for candidate in choice.candidates {
      guard let time = self[context, choice.layer, candidate.algorithm] else { continue }
      if time < best.time { best = (candidate.algorithm, time) }
    }
    return best.algorithm
  }
}

// MARK: Files

extension TuningCache {
  /// The file where measured times are kept unless the user says otherwise:
  /// `resin/tuning.json` in the user's folder for caches.
  ///
  /// - Throws: where the environment names no such folder.
  public static func defaultPath(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> String {
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
      return "\(folder)/resin/tuning.json"
    }
    if let home = environment["HOME"], home.hasPrefix("/") {
      return "\(home)/.cache/resin/tuning.json"
    }
    throw DiagnosticError(
      "there is no place for the tuning cache: neither XDG_CACHE_HOME nor HOME is set",
      hint: "give a file with --tuning-cache")
  }

  /// Reads a file; a file that is not there is an empty cache.
  ///
  /// - Throws: where it cannot be read, or is damaged, or something else.
  public init(path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    let file = try MappedFile(path: path, as: .cache)
    guard file.bytes.count <= 64 << 20 else { throw Self.damage(path, "it is too large") }
    do {
      let stored = try JSONDecoder().decode(StoredCache.self, from: Data(file.bytes))
      guard stored.format == StoredCache.format else {
        throw Self.damage(path, "its format is '\(stored.format)', not '\(StoredCache.format)'")
      }
      for machine in stored.machines { try add(machine, from: path) }
    } catch is DecodingError {
      throw Self.damage(path, "it is not the JSON that was written there")
    }
  }

  private mutating func add(_ machine: StoredCache.Machine, from path: String) throws {
    guard let target = try? Planning.Machine(named: machine.target),
      (1...256).contains(machine.threads)
    else {
      throw Self.damage(
        path, "it has times for '\(machine.target)' on \(machine.threads) threads")
    }
    let context = Context(
      cpu: machine.cpu, machine: target, threads: machine.threads, resin: machine.resin)
    for layer in machine.layers {
      for (name, milliseconds) in layer.milliseconds.sorted(by: { $0.key < $1.key }) {
        guard milliseconds > 0, milliseconds < 1e9 else {
          throw Self.damage(path, "\(name) takes \(milliseconds) ms for '\(layer.layer)'")
        }
        times[context, default: [:]][layer.layer, default: [:]][name] = milliseconds
      }
    }
  }

  private static func damage(_ path: String, _ what: String) -> DiagnosticError {
    DiagnosticError(
      "no tuning cache, or a damaged one: \(what)", at: .subject(path),
      hint: "delete it, or give another file with --tuning-cache")
  }

  /// Adds the times to those of a file, which appears whole or stays as it is.
  ///
  /// - Throws: where there is another file of this name, or it cannot be written.
  package func add(toFile path: String) throws {
    // Another process may have written since this one read it.
    var whole = try TuningCache(path: path)
    whole.merge(self)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(StoredCache(whole))
    try writeFileAtomically(path: path, as: .cache, bytes: Array(data) + [UInt8(ascii: "\n")])
  }
}

/// The cache as its file has it: lists in a fixed order.
private struct StoredCache: Codable {
  struct Machine: Codable {
    var cpu: String
    var target: String
    var threads: Int
    var resin: String
    var layers: [Layer]

    enum CodingKeys: String, CodingKey {
      case cpu, threads, resin, layers
      case target = "instruction_set"
    }
  }

  struct Layer: Codable {
    var layer: String
    var milliseconds: [String: Double]
  }

  static let format = "resin tuning 1"

  var format: String
  var machines: [Machine]

  init(_ cache: TuningCache) {
    format = Self.format
    machines = cache.times.keys.sorted().map { context in
      let layers = cache.times[context] ?? [:]
      return Machine(
        cpu: context.cpu, target: context.target,
        threads: context.threads, resin: context.resin,
        layers: layers.keys.sorted().map { layer in
          Layer(layer: layer, milliseconds: layers[layer] ?? [:])
        })
    }
  }
}
