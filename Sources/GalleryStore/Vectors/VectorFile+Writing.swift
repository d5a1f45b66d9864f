extension VectorFile {
  /// Writes the vectors of a snapshot to a new file in place of `path`; `false` when that failed or was given up.
  ///
  /// The caller holds the lock and has stored the token. `isWanted` is asked before every chunk.
  static func write(_ index: GalleryIndex, token: [UInt8], to path: String, isWanted: () -> Bool) -> Bool {
    let (rows, ids) = merged(index)
    let file = VectorFile(model: index.model, token: token, ids: ids)
    let temporary = path + temporarySuffix
    VectorDescriptor.remove(temporary)
    guard let descriptor = VectorDescriptor(creating: temporary) else { return false }
    var checksums: [UInt64] = []
    var chunk = [Float](repeating: 0, count: file.rowsPerChunk * index.model.dimension)
    func fill() -> Bool {
      for number in 0..<file.chunkCount {
        guard isWanted() else { return false }
        let range = file.rows(ofChunk: number)
        let isWritten = chunk.withUnsafeMutableBufferPointer { chunk in
          for (place, row) in rows[range].enumerated() {
            let matrix = row.isNegative ? index.negatives : index.templates
            matrix.withRow(row.row) { values in
              let start = place * index.model.dimension
              _ = UnsafeMutableBufferPointer(rebasing: chunk[start..<start + values.count]).update(
                fromContentsOf: values)
            }
          }
          let bytes = UnsafeRawBufferPointer(
            rebasing: UnsafeRawBufferPointer(chunk)[..<(range.count * index.model.dimension * 4)])
          checksums.append(GalleryKernels.checksum(bytes))
          return descriptor.write(bytes, at: file.offset(ofRow: range.lowerBound))
        }
        guard isWritten else { return false }
      }
      return descriptor.write(section(ids.map { UInt64(bitPattern: $0) }), at: file.idsOffset)
        && descriptor.write(section(checksums), at: file.tableOffset) && descriptor.write(file.header, at: 0)
        && descriptor.synchronize() && isWanted()
    }
    guard fill(), VectorDescriptor.move(temporary, to: path) else {
      VectorDescriptor.remove(temporary)
      return false
    }
    VectorDescriptor.synchronizeFolder(of: path)
    return true
  }

  /// All rows of a snapshot by their template's id.
  private static func merged(_ index: GalleryIndex) -> (rows: [(row: Int, isNegative: Bool)], ids: [Int64]) {
    var rows: [(row: Int, isNegative: Bool)] = []
    rows.reserveCapacity(index.templateIDs.count + index.negativeIDs.count)
    var ids: [Int64] = []
    ids.reserveCapacity(rows.capacity)
    var negative = 0
    for (row, id) in index.templateIDs.enumerated() {
      while negative < index.negativeIDs.count, index.negativeIDs[negative] < id {
        rows.append((negative, true))
        ids.append(index.negativeIDs[negative])
        negative += 1
      }
      rows.append((row, false))
      ids.append(id)
    }
    while negative < index.negativeIDs.count {
      rows.append((negative, true))
      ids.append(index.negativeIDs[negative])
      negative += 1
    }
    return (rows, ids)
  }
}
