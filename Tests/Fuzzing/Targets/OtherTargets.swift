import Artifacts
import CResinRuntime
import Diagnostics
import GraphIR
import Planning
import Resin
import TensorFiles

let tuningTarget = FuzzTarget(
  "tuning",
  file: { path in
    let cache = try TuningCache(path: path)
    let context = TuningCache.Context(
      cpu: "c", machine: Machine(.avx2), threads: 1, resin: "1")
    for algorithm in ConvolutionAlgorithm.allCases {
      precondition(cache[context, "l", algorithm].map { $0 > 0 } ?? true, "a time of zero")
    }
  })

let overridesTarget = FuzzTarget(
  "overrides",
  file: { path in
    for (node, _) in try readOverrides(path: path) {
      precondition(!node.isEmpty, "a nameless node")
    }
  })

let labelsTarget = FuzzTarget(
  "labels",
  file: { path in
    let labels = try readLabels(path, classes: nil)
    precondition(labels.last != "", "an empty label at the end")
  })

/// Shared libraries, before the system's loader sees them, and their sizes.
let libraryTarget = FuzzTarget(
  "library",
  file: { path in
    reading {
      let size = try LibrarySize(path: path)
      precondition(!size.text.isEmpty, "a size without words")
    }
    try SharedObjectFile.check(path)
  })
