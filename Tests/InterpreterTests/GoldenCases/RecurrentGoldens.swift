// Written by Goldens/make_goldens.py.
// swift-format-ignore-file
import GraphIR

/// Recurrent layers, whose operands and results are in `Goldens/recurrent.txt`.
let recurrentGoldens = GoldenCase.family(
  "recurrent",
  [
    ("LSTM", .recurrent(Recurrence(.lstm, result: .sequence, hasBias: true, hasInitialHidden: true, hasInitialCell: true))),
    ("LSTM, backward", .recurrent(Recurrence(.lstm, direction: .reverse, result: .sequence, hasBias: true, hasInitialHidden: true, hasInitialCell: true))),
    ("LSTM, batch first, last state", .recurrent(Recurrence(.lstm, result: .hidden, batchFirst: true, hasBias: true, hasInitialHidden: true, hasInitialCell: true))),
    ("LSTM, without bias", .recurrent(Recurrence(.lstm, result: .sequence, hasBias: false, hasInitialHidden: true, hasInitialCell: true))),
    ("GRU", .recurrent(Recurrence(.gru, result: .sequence, hasBias: true, hasInitialHidden: true))),
    ("GRU, backward", .recurrent(Recurrence(.gru, direction: .reverse, result: .sequence, hasBias: true, hasInitialHidden: true))),
    ("GRU, batch first, last state", .recurrent(Recurrence(.gru, result: .hidden, batchFirst: true, hasBias: true, hasInitialHidden: true))),
    ("GRU, without bias", .recurrent(Recurrence(.gru, result: .sequence, hasBias: false, hasInitialHidden: true))),
    ("RNN", .recurrent(Recurrence(.rnn, result: .sequence, hasBias: true, hasInitialHidden: true))),
    ("RNN, backward", .recurrent(Recurrence(.rnn, direction: .reverse, result: .sequence, hasBias: true, hasInitialHidden: true))),
    ("RNN, batch first, last state", .recurrent(Recurrence(.rnn, result: .hidden, batchFirst: true, hasBias: true, hasInitialHidden: true))),
    ("RNN, without bias", .recurrent(Recurrence(.rnn, result: .sequence, hasBias: false, hasInitialHidden: true))),
    ("LSTM, last cell state", .recurrent(Recurrence(.lstm, direction: .reverse, result: .cell, batchFirst: true, hasBias: true, hasInitialHidden: true, hasInitialCell: true))),
    ("RNN of rectifiers", .recurrent(Recurrence(.rnn, result: .hidden, activations: [.relu], hasBias: true, hasInitialHidden: true))),
  ])
