internal import Tensors
internal import WeightFiles

/// What must hold of any weight file that is read.
enum WeightCheck {
  /// - Parameter read: the reader under test.
  static func run(_ bytes: [UInt8], _ read: ([UInt8]) throws(WeightFileError) -> NamedTensors) throws {
    let tensors: NamedTensors
    do throws(WeightFileError) {
      tensors = try read(bytes)
    } catch {
      try FuzzFinding.unless(error.message.hasSuffix("."), "an error is no sentence: \(error)")
      return
    }
    let floats = tensors.names.reduce(0) { $0 + (tensors[$1]?.count ?? 0) * 4 }
    let integers = tensors.integerNames.reduce(0) { $0 + (tensors.integers($1)?.values.count ?? 0) * 8 }
    try FuzzFinding.unless(
      floats + integers <= max(bytes.count, 1 << 17) * 8, "\(bytes.count) bytes became \(floats + integers)")
    try checkWriting(tensors)
    _ = tensors.stateDictionary()
  }

  /// What was read is the same after it was written as safetensors and read.
  private static func checkWriting(_ tensors: NamedTensors) throws {
    let written: [UInt8]
    do throws(WeightFileError) {
      written = try Safetensors.encode(tensors)
    } catch {
      try FuzzFinding.unless(error.code == .unsupported, "tensors cannot be written: \(error)")
      return
    }
    let again = try Safetensors.read(written)
    try FuzzFinding.unless(
      Set(again.names) == Set(tensors.names) && Set(again.integerNames) == Set(tensors.integerNames),
      "the names are others after they were written and read")
    for name in tensors.names {
      let (old, new) = (tensors[name], again[name])
      try FuzzFinding.unless(
        old?.shape == new?.shape && old?.values.map(\.bitPattern) == new?.values.map(\.bitPattern),
        "a tensor is another after it was written and read")
    }
    for name in tensors.integerNames {
      try FuzzFinding.unless(
        tensors.integers(name) == again.integers(name), "whole numbers are others after they were written and read")
    }
  }
}
