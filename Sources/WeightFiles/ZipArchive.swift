/// The entries of a zip file as PyTorch writes it: stored, not compressed, one disk, no encryption.
///
/// Sizes and places come from the central directory, because PyTorch leaves them out of the local headers. Checksums
/// are not verified here: a model's manifest carries the SHA-256 of the whole file. Reference: PKWARE APPNOTE.
struct ZipArchive {
  /// No archive read here has more entries.
  static let maximumEntries = 65_535

  /// Where the bytes of each entry lie, by name.
  private(set) var entries: [String: Range<Int>] = [:]

  /// Whether `bytes` begin as a zip file with entries does.
  static func isZip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) }

  init(_ bytes: [UInt8]) throws(WeightFileError) {
    var reader = try Self.centralDirectory(bytes)
    for _ in 0..<reader.count {
      let entry = try Self.entry(&reader.directory, bytes)
      guard entries.updateValue(entry.range, forKey: entry.name) == nil else {
        throw WeightFileError(.badStructure, "Two zip entries are called \(quoted(entry.name)).")
      }
    }
  }

  /// Finds the end record (22 bytes plus a comment) from the end of the file.
  private static func centralDirectory(
    _ bytes: [UInt8]
  ) throws(WeightFileError) -> (directory: ByteReader, count: Int) {
    let lowest = max(0, bytes.count - 22 - 65_535)
    var start = bytes.count - 22
    while start >= lowest,
      bytes[start] != 0x50 || bytes[start + 1] != 0x4b || bytes[start + 2] != 0x05 || bytes[start + 3] != 0x06
    {
      start -= 1
    }
    guard start >= lowest, var record = ByteReader(bytes, part: start..<bytes.count) else {
      throw WeightFileError(.truncated, "The zip file has no end record; it is probably cut off.")
    }
    _ = try record.range(4)
    let disks = (try record.integer(UInt16.self), try record.integer(UInt16.self))
    let (countHere, count) = (Int(try record.integer(UInt16.self)), Int(try record.integer(UInt16.self)))
    let (size, offset) = (Int(try record.integer(UInt32.self)), Int(try record.integer(UInt32.self)))
    guard disks == (0, 0), countHere == count else {
      throw WeightFileError(.unsupported, "The zip file is one part of several.")
    }
    guard count < maximumEntries, size < Int(UInt32.max), offset < Int(UInt32.max) else {
      throw WeightFileError(.tooLarge, "The zip file has 65,535 entries or 4 GiB or more.")
    }
    guard offset + size <= start, let directory = ByteReader(bytes, part: offset..<(offset + size)) else {
      throw WeightFileError(.badStructure, "The zip directory lies outside the file.")
    }
    return (directory, count)
  }

  /// Reads one directory entry and finds its bytes behind the local header.
  private static func entry(
    _ directory: inout ByteReader, _ bytes: [UInt8]
  ) throws(WeightFileError) -> (name: String, range: Range<Int>) {
    guard try directory.integer(UInt32.self) == 0x0201_4b50 else {
      throw WeightFileError(.badStructure, "A zip directory entry does not begin with its signature.")
    }
    _ = try directory.range(4)
    let flags = try directory.integer(UInt16.self)
    let method = try directory.integer(UInt16.self)
    _ = try directory.range(8)
    let (packed, size) = (Int(try directory.integer(UInt32.self)), Int(try directory.integer(UInt32.self)))
    let nameLength = Int(try directory.integer(UInt16.self))
    let extraLength = Int(try directory.integer(UInt16.self))
    let commentLength = Int(try directory.integer(UInt16.self))
    _ = try directory.range(8)
    let offset = Int(try directory.integer(UInt32.self))
    let name = try directory.text(nameLength)
    _ = try directory.range(extraLength + commentLength)
    guard flags & 0x2041 == 0 else {
      throw WeightFileError(.unsupported, "Zip entry \(quoted(name)) is encrypted.")
    }
    guard method == 0, packed == size else {
      throw WeightFileError(
        .unsupported, "Zip entry \(quoted(name)) is compressed (method \(method)); PyTorch stores entries as they are.")
    }
    guard var local = ByteReader(bytes, part: min(offset, bytes.count)..<bytes.count),
      try local.integer(UInt32.self) == 0x0403_4b50
    else {
      throw WeightFileError(.badStructure, "Zip entry \(quoted(name)) has no local header.")
    }
    _ = try local.range(22)
    let localName = Int(try local.integer(UInt16.self))
    let localExtra = Int(try local.integer(UInt16.self))
    _ = try local.range(localName + localExtra)
    return (name, try local.range(size))
  }
}
