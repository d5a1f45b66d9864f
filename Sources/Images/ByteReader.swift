/// Bounds-checked reads from bytes that cannot be trusted: every read past the end is `nil`, in release builds too.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  /// Whether numbers are stored least significant byte first.
  var littleEndian = false

  var count: Int { bytes.count }

  /// The byte at `offset`.
  func byte(_ offset: Int) -> Int? {
    guard offset >= 0, offset < bytes.count else { return nil }
    return Int(bytes[offset])
  }

  /// The 16-bit number at `offset`.
  func uint16(_ offset: Int) -> Int? {
    guard offset >= 0, offset < bytes.count, bytes.count - offset >= 2 else { return nil }
    let first = Int(bytes[offset])
    let second = Int(bytes[offset + 1])
    return littleEndian ? second << 8 | first : first << 8 | second
  }

  /// The 32-bit number at `offset`.
  func uint32(_ offset: Int) -> Int? {
    guard offset >= 0, offset < bytes.count, bytes.count - offset >= 4,
      let first = uint16(offset), let second = uint16(offset + 2)
    else { return nil }
    return littleEndian ? second << 16 | first : first << 16 | second
  }

  /// Whether the bytes at `offset` are `expected`.
  func matches(_ expected: some Collection<UInt8>, at offset: Int = 0) -> Bool {
    guard offset >= 0, offset <= bytes.count, bytes.count - offset >= expected.count else { return false }
    return bytes[offset..<offset + expected.count].elementsEqual(expected)
  }

  /// The part of the bytes from `offset` on, at most `length` long; `nil` when it does not lie inside.
  func slice(_ offset: Int, _ length: Int) -> UnsafeRawBufferPointer? {
    guard offset >= 0, length >= 0, offset <= bytes.count, bytes.count - offset >= length else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
  }
}
