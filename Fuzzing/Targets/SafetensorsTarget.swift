internal import WeightFiles

extension FuzzTarget {
  /// Safetensors files, as they are, and as a header alone: with its length before it and the bytes it names behind.
  static let safetensors = FuzzTarget(
    "safetensors", maxBytes: 4096,
    fixtures: [Fixtures(folder: "Tests/WeightFilesTests/Fixtures", suffixes: [".safetensors"])]
  ) { bytes in
    _ = Safetensors.metadata(bytes)
    try WeightCheck.run(bytes, Safetensors.read)
    guard bytes.first == UInt8(ascii: "{") else { return }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
    for count in [0, 8, 64] {
      try WeightCheck.run(length + bytes + (0..<count).map { UInt8($0 * 37 & 255) }, Safetensors.read)
    }
  }
}
