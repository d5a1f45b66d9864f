/// Takes the vectors of removed templates out of the vector files.
enum VectorErasure {
  /// Overwrites, in all vector files of a gallery, the rows whose templates are no more; `false` when another process holds
  /// the files, or they cannot be written.
  ///
  /// What an interrupted write left, and files that cannot be understood, are removed: what is in them is unknown.
  static func finish(gallery path: String, _ connection: SQLiteConnection, waitingMilliseconds: Int) -> Bool {
    guard !VectorDescriptor.files(ofGallery: path).isEmpty else { return true }
    guard let lock = VectorLock.take(gallery: path, waitingMilliseconds: waitingMilliseconds) else { return false }
    return withExtendedLifetime(lock) {
      var isDone = true
      // Listed anew: another process may have finished one while this one waited.
      for file in VectorDescriptor.files(ofGallery: path) where !clear(file, connection) { isDone = false }
      return isDone
    }
  }

  private static func clear(_ path: String, _ connection: SQLiteConnection) -> Bool {
    guard !path.hasSuffix(VectorFile.temporarySuffix), let descriptor = VectorDescriptor(reading: path, writing: true),
      let opened = VectorFile.open(descriptor)
    else { return VectorDescriptor.remove(path) }
    guard let dead = try? deadRows(opened.file, connection) else { return false }
    if dead.isEmpty { return true }
    if dead.count == opened.file.ids.count { return VectorDescriptor.remove(path) }
    return overwrite(dead, opened)
  }

  /// The rows of templates that the database does not have.
  private static func deadRows(_ file: VectorFile, _ connection: SQLiteConnection) throws(GalleryError) -> [Int] {
    var dead: [Int] = []
    var row = 0
    let sql = """
      SELECT id FROM templates WHERE model = (SELECT number FROM models WHERE sha256 = ?) ORDER BY id
      """
    try connection.forEachRow(sql, [.text(file.model.sha256)]) { (current) throws(GalleryError) in
      let id = current.integer(0)
      while row < file.ids.count, file.ids[row] < id {
        dead.append(row)
        row += 1
      }
      if row < file.ids.count, file.ids[row] == id { row += 1 }
      return row < file.ids.count
    }
    return dead + Array(row..<file.ids.count)
  }

  /// A crash on the way leaves chunks whose checksum is wrong: a load reads their rows from the database instead.
  private static func overwrite(_ rows: [Int], _ opened: VectorFile.Opened) -> Bool {
    let file = opened.file
    let zeros = [UInt8](repeating: 0, count: file.model.dimension * 4)
    var checksums = opened.checksums
    for row in rows where !opened.descriptor.write(zeros, at: file.offset(ofRow: row)) { return false }
    var last = -1
    for chunk in rows.map({ $0 / file.rowsPerChunk }) where chunk != last {
      last = chunk
      let range = file.rows(ofChunk: chunk)
      let bytes = opened.descriptor.read(
        range.count * file.model.dimension * 4, at: file.offset(ofRow: range.lowerBound))
      guard let bytes else { return false }
      checksums[chunk] = GalleryKernels.checksum(bytes)
    }
    return opened.descriptor.write(VectorFile.section(checksums), at: file.tableOffset)
      && opened.descriptor.synchronize()
  }
}
