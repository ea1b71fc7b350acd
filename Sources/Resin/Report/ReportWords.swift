import Drawing

/// A word of the page, and what it means: at the end of the page, and where the reader points.
struct ReportWord {
  let word: String
  let meaning: String
  /// Whether it is on pages with measurements alone.
  var isMeasured = false

  /// All words of the page, in the order in which they come up.
  static let all: [ReportWord] = [
    ReportWord(
      word: "a run, median",
      meaning: "Half of the runs took less time than this, for all images of the batch.",
      isMeasured: true),
    ReportWord(
      word: "of the peak",
      meaning: """
        The operations of the model's definition per second, beside the multiply-adds that this machine reaches \
        in registers. Winograd's and Strassen's algorithms get the same results with fewer operations than the \
        definition has, so it may pass 100 %: 197 % is nearly twice as fast as the definition could be.
        """, isMeasured: true),
    ReportWord(
      word: "GFLOP",
      meaning: """
        Billions of operations on numbers by the model's definition, a multiply-add counting as two. A MFLOP is a \
        million of them.
        """),
    ReportWord(
      word: "steps", meaning: "What a run does one after the other. A step writes one value."),
    ReportWord(
      word: "kernels", meaning: "Functions of machine code. Steps that do the same share one."),
    ReportWord(
      word: "packed weights",
      meaning: "The weights in the order in which kernels read them, as the library holds them."),
    ReportWord(
      word: "workspace",
      meaning:
        "The memory for values between the steps. A run needs no more than this and its weights."
    ),
    ReportWord(
      word: "kernel",
      meaning: """
        How a step is computed. direct 3×3/2 64→128 @28×28 +add +relu is a window of 3×3 pixels that moves by 2, \
        from 64 channels to 128, with results of 28×28 pixels, which are added to something and cut at 0 before \
        they are stored.
        """),
    ReportWord(
      word: "6p×2v",
      meaning: """
        The tile: the results that a kernel holds in registers at once, here for 6 pixels and 2 vectors of \
        channels. Tasks are the parts of a step that threads take one after the other.
        """),
    ReportWord(word: "ms", meaning: "The median time of the step.", isMeasured: true),
    ReportWord(
      word: "share", meaning: "Its part of the time of all steps.", isMeasured: true),
    ReportWord(
      word: "GFLOP/s",
      meaning: """
        Billions of operations per second. The table counts those of the definition, and the roofline those that the \
        kernel does.
        """, isMeasured: true),
    ReportWord(
      word: "of bound",
      meaning: """
        How much of the step's time its bound explains. Far below 100 % the step waits for something else, such as \
        other threads, or reads the same bytes many times.
        """, isMeasured: true),
    ReportWord(
      word: "bound",
      meaning: """
        What the step would wait for if all else took no time: compute is the multiply-adds, L2 and L3 are reading \
        the second and the third level of cache, and DRAM is reading memory.
        """, isMeasured: true),
    ReportWord(
      word: "MFLOP", meaning: "Millions of operations by the model's definition."),
    ReportWord(
      word: "weights", meaning: "Bytes of weights that the step reads, each counted once."),
    ReportWord(word: "read", meaning: "Bytes of values that the step reads, each counted once."),
    ReportWord(
      word: "written", meaning: "Bytes of values that the step writes, each counted once."),
    ReportWord(
      word: "candidates",
      meaning: """
        The algorithms that were weighed for a convolution, the choice in bold: what each is estimated to take on \
        one core in thousands of cycles (kcycles), and in milliseconds where it was tried.
        """),
  ]

  /// What a word means; empty where it needs no explanation.
  static func meaning(of word: String) -> String {
    all.first { $0.word == word }?.meaning ?? ""
  }

  /// An attribute that shows what a word means where the reader points; empty where there is nothing to say.
  static func tip(_ word: String) -> String {
    let meaning = meaning(of: word)
    return meaning.isEmpty ? "" : " title=\"\(escaped(meaning))\""
  }
}

extension Report {
  /// The words of this page, for readers who cannot point.
  var wordList: String {
    let words = ReportWord.all.filter { profile != nil || !$0.isMeasured }
    return words.map { "<dt>\(escaped($0.word))</dt><dd>\(escaped($0.meaning))</dd>" }
      .joined(separator: "\n")
  }
}
