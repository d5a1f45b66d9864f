/// All templates of one model in memory, normalised, with a prototype per subject: a snapshot of the gallery.
///
/// A value: a search works on its own copy while the gallery grows another. Rows are in the order of enrollment, not
/// grouped by subject, so that the next enrollment only adds at the end.
package struct GalleryIndex: Sendable {
  /// The model whose templates these are.
  package let model: ModelIdentity
  /// The gallery's generation this snapshot shows.
  package internal(set) var generation = 0

  /// The gallery's count of changes other than appended templates; a different one makes the snapshot worthless.
  var rewrites = 0
  /// The newest template seen.
  var lastTemplate: Int64 = 0
  private(set) var subjects: [Subject] = []
  /// Shape: templates x dimension.
  private(set) var templates: RowBlocks
  /// The position in ``subjects`` of each template's subject.
  private(set) var owners: [Int32] = []
  /// Shape: subjects x dimension.
  private(set) var prototypes: RowBlocks
  private var positions: [Int64: Int32] = [:]
  /// Faces of ``ReservedSubject/unknown``, which is none of ``subjects``. Shape: negatives x dimension.
  private(set) var negatives: RowBlocks
  /// The number of that subject, once a face of it was seen.
  var negativesNumber: Int64?

  struct Subject: Sendable {
    let number: Int64
    let id: String
    let name: String?
    /// The rows of its templates.
    var rows: [Int32] = []
  }

  init(model: ModelIdentity) {
    self.model = model
    templates = RowBlocks(dimension: model.dimension)
    prototypes = RowBlocks(dimension: model.dimension)
    negatives = RowBlocks(dimension: model.dimension)
  }

  /// How many templates of the model are nobody's.
  package var negativeCount: Int { negatives.count }

  /// How many subjects have templates of the model; the reserved one is none of them.
  package var subjectCount: Int { subjects.count }

  /// How many templates subjects have.
  package var templateCount: Int { templates.count }

  /// The position of a subject, or `nil` when it has no template yet.
  func position(of number: Int64) -> Int? { positions[number].map(Int.init) }

  /// The prototype of a subject, of length 1; `nil` when it has no template.
  package func prototype(of number: Int64) -> [Float]? {
    position(of: number).map { prototypes.withRow($0) { Array($0) } }
  }

  /// The id and the name of a subject; `nil` when it has no template.
  package func subject(_ number: Int64) -> (id: String, name: String?)? {
    position(of: number).map { (subjects[$0].id, subjects[$0].name) }
  }

  /// Adds a subject and returns its position.
  mutating func append(_ subject: Subject) -> Int {
    let position = subjects.count
    positions[subject.number] = Int32(clamping: position)
    subjects.append(subject)
    return position
  }

  /// Adds a template as stored; `false` when its bytes are no embedding of the model. Prototypes are brought up to date
  /// by ``updatePrototypes(of:)`` afterwards.
  mutating func append(embedding: UnsafeRawBufferPointer, owner position: Int) -> Bool {
    guard embedding.count == model.dimension * 4 else { return false }
    let row = Int32(clamping: templates.count)
    let isKept = templates.append { values in
      EmbeddingCoding.decode(embedding, into: values)
      return EmbeddingCoding.normalize(values)
    }
    guard isKept else { return false }
    owners.append(Int32(clamping: position))
    subjects[position].rows.append(row)
    return true
  }

  /// Adds a face that is nobody's, as stored; `false` when its bytes are no embedding of the model.
  mutating func append(negative embedding: UnsafeRawBufferPointer) -> Bool {
    guard embedding.count == model.dimension * 4 else { return false }
    return negatives.append { values in
      EmbeddingCoding.decode(embedding, into: values)
      return EmbeddingCoding.normalize(values)
    }
  }

  /// Recomputes the prototypes of subjects that got templates; new subjects must all be among them.
  mutating func updatePrototypes(of positions: some Collection<Int>) {
    for position in positions.sorted() {
      prototypes.set(position, to: Prototype.make(of: subjects[position].rows, in: templates))
    }
  }
}
