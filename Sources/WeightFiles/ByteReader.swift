/// A cursor over the bytes of a file that never passes their end.
struct ByteReader {
  let bytes: [UInt8]
  /// Bytes from the start of the file.
  private(set) var position: Int
  /// One past the last byte this reader may take.
  let end: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    position = 0
    end = bytes.count
  }

  /// A reader of one part; `nil` when the part does not lie inside the bytes.
  init?(_ bytes: [UInt8], part: Range<Int>) {
    guard part.lowerBound >= 0, part.upperBound <= bytes.count else { return nil }
    self.bytes = bytes
    position = part.lowerBound
    end = part.upperBound
  }

  /// Bytes not yet taken.
  var remaining: Int { end - position }

  /// Takes `count` bytes and returns where they lie.
  mutating func range(_ count: Int) throws(WeightFileError) -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw WeightFileError(
        .truncated, "The file ends at byte \(end), but \(count) bytes are announced at byte \(position).")
    }
    defer { position += count }
    return position..<(position + count)
  }

  /// Takes an unsigned little-endian integer.
  mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(_: Value.Type) throws(WeightFileError) -> Value {
    var value: Value = 0
    for (index, place) in try range(MemoryLayout<Value>.size).enumerated() {
      value |= Value(bytes[place]) << Value(8 * index)
    }
    return value
  }

  /// Takes a 64-bit size; `tooLarge` when it does not fit the platform's signed integer.
  mutating func size64() throws(WeightFileError) -> Int {
    let value = try integer(UInt64.self)
    guard let size = Int(exactly: value) else {
      throw WeightFileError(.tooLarge, "A size of \(value) at byte \(position - 8) is out of range.")
    }
    return size
  }

  /// Takes `count` bytes of UTF-8.
  mutating func text(_ count: Int) throws(WeightFileError) -> String {
    let part = try range(count)
    guard let text = String(validating: bytes[part], as: UTF8.self) else {
      throw WeightFileError(.badStructure, "The text at byte \(part.lowerBound) is not UTF-8.")
    }
    return text
  }

  /// Takes a line of at most `limit` bytes up to a line feed, which is dropped.
  mutating func line(limit: Int) throws(WeightFileError) -> String {
    let window = bytes[position..<min(end, position + limit + 1)]
    guard let feed = window.firstIndex(of: 0x0a) else {
      throw WeightFileError(
        window.count > limit ? .tooLarge : .truncated,
        "The line at byte \(position) does not end within \(limit) bytes.")
    }
    let text = try text(feed - position)
    position += 1
    return text
  }

  /// The next bytes without taking them; fewer at the end.
  func peek(_ count: Int) -> ArraySlice<UInt8> { bytes[position..<min(end, position + count)] }
}
