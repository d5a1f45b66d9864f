/// The snapshots a gallery keeps, one a model, and how they are brought up to date.
struct IndexCache {
  /// Snapshots of more models than this are dropped: a process works with one or two.
  private static let capacity = 4
  private var indexes: [ModelIdentity: GalleryIndex] = [:]
  /// By the sha256 of the model, as of ``calibrationsGeneration``; `nil` where there is none.
  private var calibrations: [String: String?] = [:]
  private var calibrationsGeneration = -1
  private let settings: SearchSettings
  /// The gallery's path, for its vector files; `nil` in memory.
  private let path: String?
  /// How many templates of each snapshot its vector file lacks, as far as is known.
  private var unsaved: [ModelIdentity: Int] = [:]

  init(settings: SearchSettings = SearchSettings(), path: String? = nil) {
    self.settings = settings
    self.path = path
  }

  /// Whether so much is missing in a snapshot's vector file that it is worth writing anew.
  func isWorthSaving(_ index: GalleryIndex, leastRows: Int) -> Bool {
    path != nil && unsaved[index.model] ?? 0 >= max(leastRows, index.templateCount / 4)
  }

  /// Notes that a vector file was written, or that there is no point in trying now.
  mutating func saved(_ model: ModelIdentity) { unsaved[model] = 0 }

  /// The stored calibration of `model` as the connection's read transaction sees the gallery.
  mutating func calibration(of model: ModelIdentity, _ connection: SQLiteConnection) throws(GalleryError) -> String? {
    let generation = try ChangeCounters(connection).generation
    if generation != calibrationsGeneration || calibrations.count >= Self.capacity {
      calibrations = [:]
      calibrationsGeneration = generation
    }
    if let known = calibrations[model.sha256] { return known }
    let record = try connection.first(
      "SELECT record FROM calibrations WHERE model_sha256 = ?", .text(model.sha256)
    ) { $0.text(0) }
    calibrations[model.sha256] = .some(record ?? nil)
    return record ?? nil
  }

  /// The snapshot of `model` as the connection's read transaction sees the gallery.
  ///
  /// Appends are added to the snapshot at hand; after any other change it is loaded anew.
  mutating func index(for model: ModelIdentity, _ connection: SQLiteConnection) throws(GalleryError) -> GalleryIndex {
    let counters = try ChangeCounters(connection)
    if let index = indexes[model], index.generation == counters.generation, index.rewrites == counters.rewrites {
      return index
    }
    // Taken out of the cache, the snapshot is not copied by what is added to it, unless a search still uses it.
    var index = indexes.removeValue(forKey: model) ?? GalleryIndex(model: model, settings: settings)
    let before = index.templateCount
    let isEmpty = before == 0 && index.negativeCount == 0
    if !isEmpty, index.rewrites == counters.rewrites, index.generation <= counters.generation {
      try Self.append(to: &index, connection)
      unsaved[model, default: 0] += index.templateCount - before
    } else {
      index = try load(model, previous: isEmpty ? nil : index, connection)
    }
    index.generation = counters.generation
    index.rewrites = counters.rewrites
    if indexes.count >= Self.capacity { indexes.removeAll() }
    indexes[model] = index
    return index
  }

  private mutating func load(
    _ model: ModelIdentity, previous: GalleryIndex?, _ connection: SQLiteConnection
  ) throws(GalleryError) -> GalleryIndex {
    let models = ModelTable(connection: connection)
    guard let number = try models.number(of: model) else {
      if try models.hasTemplates() { throw try models.mismatch(with: model) }
      return GalleryIndex(model: model, settings: settings)
    }
    let loading = IndexLoading(model: model, number: number, settings: settings, connection: connection, path: path)
    let (index, read) = try loading.load(previous: previous)
    if previous == nil { unsaved[model] = read } else { unsaved[model, default: 0] += read }
    if index.templateCount == 0, index.negativeCount == 0, try models.hasTemplates() {
      throw try models.mismatch(with: model)
    }
    return index
  }

  /// Adds the templates that are newer than the last one seen.
  private static func append(to index: inout GalleryIndex, _ connection: SQLiteConnection) throws(GalleryError) {
    let models = ModelTable(connection: connection)
    guard let number = try models.number(of: index.model) else {
      if try models.hasTemplates() { throw try models.mismatch(with: index.model) }
      return
    }
    var grown: Set<Int> = []
    let sql = "SELECT id, subject, embedding FROM templates NOT INDEXED WHERE id > ? AND model = ? ORDER BY id"
    try connection.forEachRow(sql, [.integer(index.lastTemplate), .integer(number)]) { (row) throws(GalleryError) in
      let id = row.integer(0)
      let position = try Self.position(of: row.integer(1), &index, connection)
      let isSound = row.withBlob(2) { bytes in
        guard let position else { return index.append(negative: bytes, id: id) }
        return index.append(embedding: bytes, id: id, owner: position)
      }
      guard isSound else {
        throw .damaged(template: id)
      }
      if let position { grown.insert(position) }
      index.lastTemplate = id
      return true
    }
    index.finishGrowing(grown)
    if index.templateCount == 0, index.negativeCount == 0, try models.hasTemplates() {
      throw try models.mismatch(with: index.model)
    }
  }

  /// `nil` for the reserved subject, whose faces are nobody's.
  private static func position(
    of number: Int64, _ index: inout GalleryIndex, _ connection: SQLiteConnection
  ) throws(GalleryError) -> Int? {
    if let position = index.position(of: number) { return position }
    if number == index.negativesNumber { return nil }
    let subject = try connection.first("SELECT id, name FROM subjects WHERE number = ?", .integer(number)) { row in
      GalleryIndex.Subject(number: number, id: row.text(0) ?? "", name: row.text(1))
    }
    guard let subject else {
      throw GalleryError(.corrupt, "A template belongs to no subject; restore the gallery from a backup.")
    }
    guard !ReservedSubject.isReserved(subject.id) else {
      index.negativesNumber = number
      return nil
    }
    return index.append(subject)
  }
}
