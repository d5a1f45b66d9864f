/// All templates of one model in memory, normalised, with a prototype per subject: a snapshot of the gallery.
///
/// A value: a search works on its own copy while the gallery grows another. Rows are in the order of enrollment, not
/// grouped by subject, so that the next enrollment only adds at the end.
package struct GalleryIndex: Sendable {
  /// The model whose templates these are.
  package let model: ModelIdentity
  /// The gallery's generation this snapshot shows.
  package internal(set) var generation = 0
  /// How it is searched.
  let settings: SearchSettings
  let kernels: GalleryKernels

  /// The gallery's count of changes other than appended templates; a different one makes the snapshot worthless.
  var rewrites = 0
  /// The newest template seen.
  var lastTemplate: Int64 = 0
  private(set) var subjects: [Subject] = []
  /// Shape: templates x dimension.
  private(set) var templates: RowBlocks
  /// The ids of the templates, in the order of their rows; empty for a snapshot that no database is behind.
  private(set) var templateIDs: [Int64] = []
  /// The position in ``subjects`` of each template's subject.
  private(set) var owners: [Int32] = []
  /// Of the subjects with several templates; one template is its own prototype. Shape: such subjects x dimension.
  private(set) var prototypes: RowBlocks
  /// The position in ``subjects`` of each prototype's subject.
  private(set) var prototypeOwners: [Int32] = []
  /// Copies of ``templates`` and ``prototypes`` in bytes; `nil` when those are searched themselves.
  private(set) var compressed: (templates: CompressedRows, prototypes: CompressedRows)?
  private var positions: [Int64: Int32] = [:]
  /// Faces of ``ReservedSubject/unknown``, which is none of ``subjects``. Shape: negatives x dimension.
  private(set) var negatives: RowBlocks
  /// Their templates' ids, as ``templateIDs``.
  private(set) var negativeIDs: [Int64] = []
  /// The number of that subject, once a face of it was seen.
  var negativesNumber: Int64?

  struct Subject: Sendable {
    let number: Int64
    let id: String
    let name: String?
    /// The row of its first template; -1 before there is one.
    fileprivate(set) var firstRow: Int32 = -1
    /// The rows of its other templates, in order. Most subjects of a very large gallery have none, and no array.
    fileprivate(set) var otherRows: [Int32] = []
    /// Where its prototype is; -1 while it is its only template.
    fileprivate(set) var prototypeRow: Int32 = -1

    /// The rows of its templates.
    var rows: [Int32] { firstRow < 0 ? [] : [firstRow] + otherRows }

    init(number: Int64, id: String, name: String?) {
      self.number = number
      self.id = id
      self.name = name
    }
  }

  init(model: ModelIdentity, settings: SearchSettings = SearchSettings()) {
    self.model = model
    self.settings = settings
    kernels = GalleryKernels(dimension: model.dimension, instructionSet: settings.instructionSet)
    templates = RowBlocks(dimension: model.dimension)
    prototypes = RowBlocks(dimension: model.dimension, blockBytes: 1 << 20)
    negatives = RowBlocks(dimension: model.dimension)
  }

  /// How many templates of the model are nobody's.
  package var negativeCount: Int { negatives.count }

  /// How many subjects have templates of the model; the reserved one is none of them.
  package var subjectCount: Int { subjects.count }

  /// How many templates subjects have.
  package var templateCount: Int { templates.count }

  /// How many bytes the vectors take, and the compressed copies of them.
  package var memory: (vectors: Int, compressed: Int) {
    let copies = compressed.map { $0.templates.memory + $0.prototypes.memory }
    return (templates.bytes + prototypes.bytes + negatives.bytes, copies ?? 0)
  }

  /// The position of a subject, or `nil` when it has no template yet.
  func position(of number: Int64) -> Int? { positions[number].map(Int.init) }

  /// The prototype of a subject, of length 1; `nil` when it has no template.
  package func prototype(of number: Int64) -> [Float]? {
    position(of: number).map { withPrototype($0) { Array($0) } }
  }

  /// Lends the prototype of the subject at a position.
  func withPrototype<Result>(_ position: Int, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    let subject = subjects[position]
    return subject.prototypeRow < 0
      ? templates.withRow(Int(subject.firstRow), body) : prototypes.withRow(Int(subject.prototypeRow), body)
  }

  /// The id and the name of a subject; `nil` when it has no template.
  package func subject(_ number: Int64) -> (id: String, name: String?)? {
    position(of: number).map { (subjects[$0].id, subjects[$0].name) }
  }

  // MARK: Growing

  /// Makes room for what is about to be added.
  mutating func reserve(subjects count: Int, templates: Int) {
    subjects.reserveCapacity(count)
    positions.reserveCapacity(count)
    owners.reserveCapacity(templates)
    templateIDs.reserveCapacity(templates)
  }

  /// Adds a subject and returns its position.
  mutating func append(_ subject: Subject) -> Int {
    let position = subjects.count
    positions[subject.number] = Int32(clamping: position)
    subjects.append(subject)
    return position
  }

  /// Adds a template as stored; `false` when its bytes are no embedding of the model. ``finishGrowing(_:)`` follows.
  mutating func append(embedding: UnsafeRawBufferPointer, id: Int64? = nil, owner position: Int) -> Bool {
    guard embedding.count == model.dimension * 4 else { return false }
    let isKept = templates.append { values in
      EmbeddingCoding.decode(embedding, into: values)
      return EmbeddingCoding.normalize(values)
    }
    guard isKept else { return false }
    own(row: templates.count - 1, id: id, position)
    return true
  }

  /// Adds rows for templates of subjects, whose vectors of length 1 the caller writes before anything else is done. The pieces
  /// of memory follow each other; ``finishGrowing(_:)`` follows.
  mutating func append(
    uninitialized entries: [(id: Int64, owner: Int)]
  ) -> [UnsafeMutableBufferPointer<Float>] {
    let first = templates.count
    let pieces = templates.append(uninitialized: entries.count)
    for (index, entry) in entries.enumerated() { own(row: first + index, id: entry.id, entry.owner) }
    return pieces
  }

  /// The same for faces that are nobody's.
  mutating func append(uninitializedNegatives ids: [Int64]) -> [UnsafeMutableBufferPointer<Float>] {
    negativeIDs += ids
    return negatives.append(uninitialized: ids.count)
  }

  private mutating func own(row: Int, id: Int64?, _ position: Int) {
    owners.append(Int32(clamping: position))
    if let id { templateIDs.append(id) }
    if subjects[position].firstRow < 0 {
      subjects[position].firstRow = Int32(clamping: row)
    } else {
      subjects[position].otherRows.append(Int32(clamping: row))
    }
  }

  /// Adds a face that is nobody's, as stored; `false` when its bytes are no embedding of the model.
  mutating func append(negative embedding: UnsafeRawBufferPointer, id: Int64? = nil) -> Bool {
    guard embedding.count == model.dimension * 4 else { return false }
    let isKept = negatives.append { values in
      EmbeddingCoding.decode(embedding, into: values)
      return EmbeddingCoding.normalize(values)
    }
    if isKept, let id { negativeIDs.append(id) }
    return isKept
  }

  /// Brings everything that is made from the templates up to date, once some subjects got new ones.
  mutating func finishGrowing(_ grown: some Collection<Int>) {
    updatePrototypes(of: grown)
    guard compressed != nil || settings.form.isCompressed(templateBytes: templates.bytes) else { return }
    var copies =
      compressed ?? (templates: CompressedRows(for: templates), prototypes: CompressedRows(for: prototypes))
    compressed = nil
    copies.templates.append(from: templates, kernels, settings.threads)
    for position in grown where subjects[position].prototypeRow >= 0 {
      copies.prototypes.update(Int(subjects[position].prototypeRow), from: prototypes, kernels)
    }
    copies.prototypes.append(from: prototypes, kernels, settings.threads)
    compressed = copies
  }

  private mutating func updatePrototypes(of positions: some Collection<Int>) {
    let several = positions.filter { !subjects[$0].otherRows.isEmpty }.sorted()
    guard !several.isEmpty else { return }
    let first = prototypes.count
    var added = 0
    for position in several where subjects[position].prototypeRow < 0 {
      subjects[position].prototypeRow = Int32(clamping: first + added)
      prototypeOwners.append(Int32(clamping: position))
      added += 1
    }
    // Those that were there may be read by others; the new ones are nobody's yet and can be written by all lanes.
    for position in several where Int(subjects[position].prototypeRow) < first {
      let prototype = Prototype.make(of: subjects[position].rows, in: templates, kernels)
      prototypes.set(Int(subjects[position].prototypeRow), to: prototype)
    }
    guard added > 0 else { return }
    _ = prototypes.append(uninitialized: added)
    let pieces = prototypes.pieces(limit: 64, from: first)
    let index = self
    settings.threads.run(pieces.count) { index.fillPrototypes(pieces[$0]) }
  }

  /// Writes prototypes that were just made room for.
  private func fillPrototypes(_ rows: Range<Int>) {
    for row in rows {
      let prototype = Prototype.make(of: subjects[Int(prototypeOwners[row])].rows, in: templates, kernels)
      prototypes.withRow(row) { to in
        UnsafeMutablePointer(mutating: to.baseAddress)?.update(from: prototype, count: to.count)
      }
    }
  }
}
