internal import WeightFiles

extension FuzzTarget {
  /// Whole PyTorch checkpoints, zip and legacy.
  static let torch = FuzzTarget(
    "torch", maxBytes: 8192, fixtures: [Fixtures(folder: "Tests/WeightFilesTests/Fixtures", suffixes: [".pt"])]
  ) { bytes in
    try WeightCheck.run(bytes, TorchCheckpoint.read)
  }

  /// The pickle of a checkpoint alone, put into a sound legacy file: what comes after it is the list of storages and
  /// their numbers.
  static let pickle = FuzzTarget("pickle", maxBytes: 4096) { bytes in
    try WeightCheck.run(LegacyPreamble.bytes + bytes, TorchCheckpoint.read)
  }
}

/// What a legacy checkpoint begins with: the magic number, the protocol and the system as three pickles.
private enum LegacyPreamble {
  static let bytes: [UInt8] =
    [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    + [0x80, 2, UInt8(ascii: "M"), 0xE9, 0x03, 0x2E]
    + [0x80, 2, UInt8(ascii: "}"), UInt8(ascii: "X"), 13, 0, 0, 0] + Array("little_endian".utf8)
    + [0x88, UInt8(ascii: "s"), 0x2E]
}
