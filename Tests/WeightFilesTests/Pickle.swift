/// Writes pickles by hand, for the tests that need wrong ones.
struct Pickle {
  private(set) var bytes: [UInt8] = [0x80, 2]

  /// A legacy checkpoint around the pickle `body`, with the given storages of float32.
  static func checkpoint(_ body: Pickle, storages: [(key: String, values: [Float])] = []) -> [UInt8] {
    var file = Pickle().long([0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]).stop.bytes
    file += Pickle().int(1001).stop.bytes
    file += Pickle().raw("}").text("little_endian").raw([0x88]).raw("s").stop.bytes
    file += body.stop.bytes
    var keys = Pickle().raw("](")
    for storage in storages { keys = keys.text(storage.key) }
    file += keys.raw("e").stop.bytes
    for storage in storages {
      file += little(UInt64(storage.values.count), 8)
      for value in storage.values { file += little(UInt64(value.bitPattern), 4) }
    }
    return file
  }

  static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  func raw(_ more: [UInt8]) -> Pickle {
    var copy = self
    copy.bytes += more
    return copy
  }

  func raw(_ opcodes: String) -> Pickle { raw(Array(opcodes.utf8)) }
  func int(_ value: Int32) -> Pickle { raw("J").raw(Self.little(UInt64(UInt32(bitPattern: value)), 4)) }
  func long(_ digits: [UInt8]) -> Pickle { raw([0x8a, UInt8(digits.count)] + digits) }
  func int64(_ value: Int64) -> Pickle { long(Self.little(UInt64(bitPattern: value), 8)) }
  func text(_ text: String) -> Pickle { raw("X").raw(Self.little(UInt64(text.utf8.count), 4)).raw(text) }
  func global(_ module: String, _ name: String) -> Pickle { raw("c\(module)\n\(name)\n") }
  func tuple(_ values: [Int64]) -> Pickle { values.reduce(raw("(")) { $0.int64($1) }.raw("t") }
  var stop: Pickle { raw(".") }

  /// A storage by its persistent id.
  func storage(_ key: String, count: Int64, type: String = "FloatStorage") -> Pickle {
    raw("(").text("storage").global("torch", type).text(key).text("cpu").int64(count).raw("NtQ")
  }

  /// A tensor as `torch._utils._rebuild_tensor_v2` describes it.
  func tensor(
    _ key: String, count: Int64, offset: Int64 = 0, shape: [Int64], strides: [Int64], type: String = "FloatStorage"
  ) -> Pickle {
    global("torch._utils", "_rebuild_tensor_v2").raw("(").storage(key, count: count, type: type).int64(offset)
      .tuple(shape).tuple(strides).raw([0x89]).global("collections", "OrderedDict").raw(")RtR")
  }

  /// A dictionary with one entry, whose value `value` appends.
  func dictionary(_ key: String, _ value: (Pickle) -> Pickle) -> Pickle { value(raw("}").text(key)).raw("s") }
}
