/// Normalised templates of one model in a file beside the database, so that a start need not read them from its pages.
///
/// It is a cache and nothing else: a template's id with its vector. Which templates there are, and whose, the database
/// says at every load; what the file lacks, or has damaged, is read from there. Its token is in the database too: see
/// ``Schema``. Integers and floats are little-endian, sections start at multiples of ``pageBytes``:
///
///     header     magic, dimension, rows per chunk (u32 each), rows (u64), token (16 bytes), model sha256 (64), checksum (u64)
///     ids        i64 a row, ascending; checksum
///     chunks     a checksum for each chunk of rows; checksum of those
///     vectors    float32
///
/// A file is written whole under another name and renamed; afterwards rows of it are only ever overwritten by zeros, see
/// ``VectorErasure``. It is read, not mapped: a mapped file that somebody cuts short kills the process that reads on.
struct VectorFile {
  /// Of "FWVECT" and the version of the format; on a machine of the other byte order it is another number.
  static let magic: UInt64 = 0x0154_4345_5657_4601
  static let pageBytes = 4096
  static let headerBytes = 8 + 4 + 4 + 8 + 16 + 64 + 8
  private static let chunkBytes = 1 << 20

  let model: ModelIdentity
  let token: [UInt8]
  /// Ascending.
  let ids: [Int64]

  /// How many rows share a checksum.
  var rowsPerChunk: Int { Self.rowsPerChunk(dimension: model.dimension) }
  var chunkCount: Int { (ids.count + rowsPerChunk - 1) / rowsPerChunk }

  static func rowsPerChunk(dimension: Int) -> Int { max(1, chunkBytes / 4 / max(dimension, 1)) }

  // MARK: Where things are

  private static func pages(_ bytes: Int) -> Int { (bytes + pageBytes - 1) / pageBytes * pageBytes }

  var idsOffset: Int { Self.pageBytes }
  var tableOffset: Int { idsOffset + Self.pages(ids.count * 8 + 8) }
  var vectorsOffset: Int { tableOffset + Self.pages(chunkCount * 8 + 8) }
  var fileBytes: Int { vectorsOffset + ids.count * model.dimension * 4 }

  func rows(ofChunk chunk: Int) -> Range<Int> {
    chunk * rowsPerChunk..<min((chunk + 1) * rowsPerChunk, ids.count)
  }

  func offset(ofRow row: Int) -> Int { vectorsOffset + row * model.dimension * 4 }

  // MARK: Names

  /// The part of every name that follows the gallery's.
  static let suffix = "-vectors-"
  static let temporarySuffix = ".tmp"

  /// The file of a model in the gallery at `path`.
  static func path(gallery: String, modelSHA256: String) -> String { gallery + suffix + modelSHA256.prefix(16) }

  // MARK: Sections

  /// The first page.
  var header: [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    append(Self.magic)
    append(UInt32(clamping: model.dimension))
    append(UInt32(clamping: rowsPerChunk))
    append(UInt64(clamping: ids.count))
    bytes += token
    bytes += Array(model.sha256.utf8)
    append(GalleryKernels.checksum(bytes))
    return bytes + Array(repeating: 0, count: Self.pageBytes - bytes.count)
  }

  /// Numbers with their checksum behind them.
  static func section(_ numbers: [UInt64]) -> [UInt8] {
    var all = numbers.map(\.littleEndian)
    all.append(all.withUnsafeBytes { GalleryKernels.checksum($0) }.littleEndian)
    return all.withUnsafeBytes { [UInt8]($0) }
  }

  /// The numbers of a section; `nil` when it is damaged.
  static func numbers(_ section: [UInt8]) -> [UInt64]? {
    guard section.count >= 8, section.count % 8 == 0 else { return nil }
    return section.withUnsafeBytes { bytes in
      let numbers = (0..<bytes.count / 8).map {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
      }
      let sum = GalleryKernels.checksum(UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count - 8)))
      return numbers.last == sum ? Array(numbers.dropLast()) : nil
    }
  }
}
