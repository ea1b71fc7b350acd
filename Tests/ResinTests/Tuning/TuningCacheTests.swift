import Diagnostics
import Foundation
import Planning
import Resin
import TestSupport
import Testing

@Suite struct TuningCacheTests {
  private let context = TuningCache.Context(
    cpu: "cpu \"x\"", machine: Machine(.avx2), threads: 3, resin: "9")

  private func cache(_ times: [(String, ConvolutionAlgorithm, Double)]) -> TuningCache {
    var cache = TuningCache()
    for (layer, algorithm, time) in times { cache[context, layer, algorithm] = time }
    return cache
  }

  @Test func filesKeepEverythingAndTakeMore() throws {
    let folder = try ScratchFolder()
    let path = folder.path("c.json")
    let first = cache([("l1", .direct, 1.5), ("l1", .winograd2, 0.1), ("l2", .direct, 1.0 / 3)])
    try first.add(toFile: path)
    #expect(try TuningCache(path: path) == first)
    let bytes = try folder.read("c.json")
    try first.add(toFile: path)
    #expect(try folder.read("c.json") == bytes)

    var second = cache([("l1", .direct, 2), ("l3", .winograd4, 5)])
    let other = TuningCache.Context(machine: Machine(.avx512), threads: 1)
    second[other, "l1", .direct] = 7
    try second.add(toFile: path)
    let both = try TuningCache(path: path)
    #expect(both[context, "l1", .direct] == 2)
    #expect(both[context, "l1", .winograd2] == 0.1)
    #expect(both[context, "l2", .direct] == 0.333333)
    #expect(both[context, "l3", .winograd4] == 5)
    #expect(both[other, "l1", .direct] == 7)
    #expect(both[other, "l2", .direct] == nil)
  }

  @Test func aFileThatIsNotThereIsEmpty() throws {
    let folder = try ScratchFolder()
    #expect(try TuningCache(path: folder.path("absent.json")) == TuningCache())
  }

  @Test func namesOfAnotherBuildAreKept() throws {
    let folder = try ScratchFolder()
    let path = folder.path("c.json")
    try cache([("l", .direct, 1)]).add(toFile: path)
    let text = String(decoding: try folder.read("c.json"), as: UTF8.self)
    try folder.write("c.json", text.replacingOccurrences(of: "\"direct\"", with: "\"new-way\""))
    try cache([("l", .winograd2, 2)]).add(toFile: path)
    let merged = String(decoding: try folder.read("c.json"), as: UTF8.self)
    #expect(merged.contains("\"new-way\" : 1") && merged.contains("\"winograd-2\" : 2"))
  }

  /// Files that are cut short, changed or something else: a diagnostic, and the file stays.
  @Test func damagedFilesAreRefused() throws {
    let folder = try ScratchFolder()
    let path = folder.path("c.json")
    try cache([("l", .direct, 1)]).add(toFile: path)
    let good = String(decoding: try folder.read("c.json"), as: UTF8.self)
    var bad = [
      "", "{}", "[]", "null", "\u{0}", "{\"format\": \"resin tuning 1\"}",
      String(repeating: "[", count: 100_000), "{\"machines\": [], \"format\": \"other\"}",
    ]
    bad += stride(from: 1, to: good.utf8.count - 2, by: 7).map { String(good.prefix($0)) }
    for (from, to) in [
      ("resin tuning 1", "resin tuning 2"), (" : 1\n", " : -1\n"), (" : 1\n", " : 1e999\n"),
      (" : 1\n", " : 0\n"), (" : 1\n", " : \"1\"\n"), ("x86-64-v3", "arm"),
      (" : 3\n", " : 0\n"), (" : 3,", " : 0,"), (" : 3,", " : 99999999999999999999,"),
      ("\"cpu\"", "\"gpu\""),
    ] where good.contains(from) {
      bad.append(good.replacingOccurrences(of: from, with: to))
    }
    for text in bad {
      try folder.write("c.json", text)
      let error = #expect(throws: DiagnosticError.self, "\(text)") { try TuningCache(path: path) }
      #expect(error?.description.hasPrefix("\(path): error: ") == true)
      #expect(throws: DiagnosticError.self) { try cache([]).add(toFile: path) }
      #expect(try folder.read("c.json") == Array(text.utf8))
    }
    #expect(throws: DiagnosticError.self) { try TuningCache(path: folder.path) }
    try folder.write("c.json", [0xff, 0xfe, 0x7b])
    #expect(throws: DiagnosticError.self) { try TuningCache(path: path) }
  }

  @Test func theUsualPlaceIsTheUsersFolderForCaches() throws {
    func path(_ environment: [String: String]) throws -> String {
      try TuningCache.defaultPath(environment: environment)
    }
    #expect(try path(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/resin/tuning.json")
    #expect(try path(["XDG_CACHE_HOME": "c", "HOME": "/h"]) == "/h/.cache/resin/tuning.json")
    #expect(try path(["HOME": "/h"]) == "/h/.cache/resin/tuning.json")
    #expect(throws: DiagnosticError.self) { try path([:]) }
  }
}
