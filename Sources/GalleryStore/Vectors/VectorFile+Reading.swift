internal import Synchronization

extension VectorFile {
  /// An open file whose header and ids are sound.
  struct Opened: Sendable {
    let file: VectorFile
    let descriptor: VectorDescriptor
    /// By chunk.
    let checksums: [UInt64]
  }

  /// Opens a model's file; `nil` when there is none, it is damaged, or of another format or model.
  static func open(_ path: String, model: ModelIdentity, writing: Bool = false) -> Opened? {
    guard let descriptor = VectorDescriptor(reading: path, writing: writing),
      let opened = open(descriptor), opened.file.model.sha256 == model.sha256,
      opened.file.model.dimension == model.dimension
    else { return nil }
    return opened
  }

  /// The same for any model, whose id is then unknown.
  static func open(_ descriptor: VectorDescriptor) -> Opened? {
    let size = descriptor.size
    guard let header = descriptor.read(headerBytes, at: 0) else { return nil }
    let (dimension, rows, sum) = header.withUnsafeBytes { bytes in
      (
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))),
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: headerBytes - 8, as: UInt64.self))
      )
    }
    // Every row takes bytes in the file, so that a number too large for it is refused before anything is made for it.
    guard sum == GalleryKernels.checksum(Array(header.dropLast(8))),
      (1...ModelIdentity.maxDimension).contains(dimension),
      rows <= UInt64(size / (dimension * 4)), let sha256 = String(validating: header[40..<104], as: UTF8.self),
      TextRules.isSHA256(sha256)
    else { return nil }
    let model = ModelIdentity(id: "", sha256: sha256, dimension: dimension)
    guard let section = descriptor.read(Int(rows) * 8 + 8, at: pageBytes), let ids = numbers(section) else {
      return nil
    }
    let file = VectorFile(model: model, token: Array(header[24..<40]), ids: ids.map { Int64(bitPattern: $0) })
    guard file.header.prefix(headerBytes).elementsEqual(header), file.fileBytes == size,
      zip(file.ids, file.ids.dropFirst()).allSatisfy({ $0 < $1 }),
      let table = descriptor.read(file.chunkCount * 8 + 8, at: file.tableOffset), let checksums = numbers(table)
    else { return nil }
    return Opened(file: file, descriptor: descriptor, checksums: checksums)
  }
}

extension VectorFile.Opened {
  /// Reads rows to where they belong, a chunk a time on every lane; returns those that could not be had.
  ///
  /// `wanted` are rows of the file, ascending, and the places of their vectors. Bytes are checked before they are used.
  func read(_ wanted: [(row: Int, to: UnsafeMutablePointer<Float>)], _ threads: SearchThreads) -> [Int] {
    // Runs of rows of the same chunk.
    var starts: [Int] = []
    for (index, entry) in wanted.enumerated()
    where index == 0 || entry.row / file.rowsPerChunk != wanted[index - 1].row / file.rowsPerChunk {
      starts.append(index)
    }
    let lost = Mutex<[Int]>([])
    let dimension = file.model.dimension
    nonisolated(unsafe) let wanted = wanted
    let bounds = starts + [wanted.count]
    threads.run(starts.count) { index in
      let entries = wanted[bounds[index]..<bounds[index + 1]]
      guard let first = entries.first else { return }
      let chunk = first.row / file.rowsPerChunk
      let rows = file.rows(ofChunk: chunk)
      withUnsafeTemporaryAllocation(byteCount: rows.count * dimension * 4, alignment: 64) { bytes in
        guard descriptor.read(into: bytes, at: file.offset(ofRow: rows.lowerBound)),
          GalleryKernels.checksum(UnsafeRawBufferPointer(bytes)) == checksums[chunk], let base = bytes.baseAddress
        else {
          lost.withLock { $0.append(contentsOf: entries.map(\.row)) }
          return
        }
        for entry in entries {
          let from = base + (entry.row - rows.lowerBound) * dimension * 4
          UnsafeMutableRawPointer(entry.to).copyMemory(from: from, byteCount: dimension * 4)
        }
      }
    }
    return lost.withLock { $0 }
  }
}
