/// Makes the snapshot of a model anew.
///
/// Which templates there are, and whose, is read from an index of the database that holds no vectors. The vectors come from
/// the snapshot that is being replaced, else from the vector file, else from the database.
struct IndexLoading {
  let model: ModelIdentity
  let number: Int64
  let settings: SearchSettings
  let connection: SQLiteConnection
  /// The gallery's path; `nil` in memory.
  let path: String?

  /// A template without its vector.
  private struct Entry {
    let id: Int64
    /// The position of its subject; -1 for a face that is nobody's.
    let owner: Int32
    var isNegative: Bool { owner < 0 }
  }

  /// Where the vector of a template is to be written.
  private struct Place {
    let id: Int64
    let to: UnsafeMutablePointer<Float>
  }

  /// The snapshot, and how many of its vectors neither `previous` nor the vector file had.
  func load(previous: GalleryIndex?) throws(GalleryError) -> (index: GalleryIndex, read: Int) {
    var index = GalleryIndex(model: model, settings: settings)
    let entries = try entries(&index)
    index.lastTemplate = entries.last?.id ?? 0
    let places = places(of: entries, &index)
    var missing = places
    if let previous { missing = copy(missing, from: previous) }
    if !missing.isEmpty, let opened = try vectorFile() { missing = read(missing, from: opened) }
    try readRows(missing)
    index.finishGrowing(0..<index.subjectCount)
    return (index, missing.count)
  }

  // MARK: What there is

  /// All templates by id; adds their subjects to the snapshot.
  private func entries(_ index: inout GalleryIndex) throws(GalleryError) -> [Entry] {
    var entries: [Entry] = []
    var owners: [(number: Int64, first: Int)] = []
    let sql = "SELECT id, subject FROM templates INDEXED BY templates_by_subject WHERE +model = ? ORDER BY subject"
    try connection.forEachRow(sql, [.integer(number)]) { (row) throws(GalleryError) in
      let subject = row.integer(1)
      if owners.last?.number != subject { owners.append((subject, entries.count)) }
      entries.append(Entry(id: row.integer(0), owner: Int32(clamping: owners.count - 1)))
      return true
    }
    guard !entries.isEmpty else { return [] }
    index.reserve(subjects: owners.count, templates: entries.count)
    // Both by number: the subjects without a template of the model are passed over.
    var next = 0
    var positions = [Int32](repeating: -1, count: owners.count)
    try connection.forEachRow("SELECT number, id, name FROM subjects ORDER BY number", []) {
      (row) throws(GalleryError) in
      let number = row.integer(0)
      guard number == owners[next].number else { return true }
      let id = row.text(1) ?? ""
      if ReservedSubject.isReserved(id) {
        index.negativesNumber = number
      } else {
        positions[next] = Int32(clamping: index.append(.init(number: number, id: id, name: row.text(2))))
      }
      next += 1
      return next < owners.count
    }
    guard next == owners.count else {
      throw GalleryError(.corrupt, "A template belongs to no subject; restore the gallery from a backup.")
    }
    for at in entries.indices {
      entries[at] = Entry(id: entries[at].id, owner: positions[Int(entries[at].owner)])
    }
    entries.sort { $0.id < $1.id }
    return entries
  }

  /// Makes room for all vectors.
  private func places(of entries: [Entry], _ index: inout GalleryIndex) -> [Place] {
    let owned = entries.filter { !$0.isNegative }.map { (id: $0.id, owner: Int($0.owner)) }
    var templates = index.append(uninitialized: owned)[...]
    var negatives = index.append(uninitializedNegatives: entries.filter(\.isNegative).map(\.id))[...]
    var offsets = (templates: 0, negatives: 0)
    let dimension = model.dimension
    /// The next row of some pieces of memory that follow each other.
    func next(_ pieces: inout ArraySlice<UnsafeMutableBufferPointer<Float>>, _ offset: inout Int)
      -> UnsafeMutablePointer<Float>?
    {
      guard let piece = pieces.first, let base = piece.baseAddress else { return nil }
      let row = base + offset
      offset += dimension
      if offset >= piece.count {
        pieces.removeFirst()
        offset = 0
      }
      return row
    }
    var places: [Place] = []
    places.reserveCapacity(entries.count)
    for entry in entries {
      let row = entry.isNegative ? next(&negatives, &offsets.negatives) : next(&templates, &offsets.templates)
      if let row { places.append(Place(id: entry.id, to: row)) }
    }
    return places
  }

  // MARK: Vectors

  /// Takes vectors from another snapshot; returns the places that it had none for. Both are by id.
  private func copy(_ places: [Place], from previous: GalleryIndex) -> [Place] {
    var missing: [Place] = []
    var (row, negative) = (0, 0)
    for place in places {
      while row < previous.templateIDs.count, previous.templateIDs[row] < place.id { row += 1 }
      while negative < previous.negativeIDs.count, previous.negativeIDs[negative] < place.id { negative += 1 }
      if row < previous.templateIDs.count, previous.templateIDs[row] == place.id {
        previous.templates.withRow(row) { copy($0, to: place.to) }
      } else if negative < previous.negativeIDs.count, previous.negativeIDs[negative] == place.id {
        previous.negatives.withRow(negative) { copy($0, to: place.to) }
      } else {
        missing.append(place)
      }
    }
    return missing
  }

  private func copy(_ row: UnsafeBufferPointer<Float>, to place: UnsafeMutablePointer<Float>) {
    if let base = row.baseAddress { place.update(from: base, count: row.count) }
  }

  /// The model's vector file, if it was made from this database.
  private func vectorFile() throws(GalleryError) -> VectorFile.Opened? {
    guard let path,
      let opened = VectorFile.open(VectorFile.path(gallery: path, modelSHA256: model.sha256), model: model)
    else { return nil }
    let isOurs = try connection.first(
      "SELECT EXISTS (SELECT 1 FROM vector_files WHERE token = ? AND model_sha256 = ?)", .blob(opened.file.token),
      .text(model.sha256)
    ) { $0.integer(0) == 1 }
    return isOurs == true ? opened : nil
  }

  private func read(_ places: [Place], from opened: VectorFile.Opened) -> [Place] {
    var missing: [Place] = []
    var wanted: [(row: Int, to: UnsafeMutablePointer<Float>)] = []
    wanted.reserveCapacity(places.count)
    var found: [Place] = []
    found.reserveCapacity(places.count)
    let ids = opened.file.ids
    var row = 0
    for place in places {
      while row < ids.count, ids[row] < place.id { row += 1 }
      if row < ids.count, ids[row] == place.id {
        wanted.append((row, place.to))
        found.append(place)
      } else {
        missing.append(place)
      }
    }
    let lost = Set(opened.read(wanted, settings.threads))
    guard !lost.isEmpty else { return missing }
    for (entry, place) in zip(wanted, found) where lost.contains(entry.row) { missing.append(place) }
    return missing.sorted { $0.id < $1.id }
  }

  /// Reads vectors from the database.
  private func readRows(_ places: [Place]) throws(GalleryError) {
    guard let first = places.first, let last = places.last else { return }
    var next = 0
    let sql = "SELECT id, embedding FROM templates NOT INDEXED WHERE id BETWEEN ? AND ? AND model = ? ORDER BY id"
    let values: [SQLiteValue] = [.integer(first.id), .integer(last.id), .integer(number)]
    try connection.forEachRow(sql, values) { (row) throws(GalleryError) in
      let id = row.integer(0)
      guard id == places[next].id else { return true }
      let to = UnsafeMutableBufferPointer(start: places[next].to, count: model.dimension)
      let isSound = row.withBlob(1) { bytes in
        guard bytes.count == model.dimension * 4 else { return false }
        EmbeddingCoding.decode(bytes, into: to)
        return EmbeddingCoding.normalize(to)
      }
      guard isSound else { throw .damaged(template: id) }
      next += 1
      return next < places.count
    }
    guard next == places.count else { throw .damaged(template: places[next].id) }
  }
}

extension GalleryError {
  static func damaged(template id: Int64) -> GalleryError {
    GalleryError(.corrupt, "The embedding of template \(id) is damaged; restore the gallery from a backup.")
  }
}
