internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Networks
internal import Protocol

/// What a calibration compares.
protocol CalibrationSource: Sendable {
  /// What it is called in results.
  var name: String { get }
  /// How many people there are at most; they are numbered from 0.
  var subjectCount: Int { get }
  /// How many comparisons there are.
  var pairCount: Int { get }

  /// Lends every comparison once: a sample of `subject` with samples of `subjects`, and as many scores.
  func forEachRow(
    checkpoint: (_ pairsDone: Int) throws -> Void,
    _ body: (_ subject: Int32, _ subjects: UnsafeBufferPointer<Int32>, _ scores: UnsafeBufferPointer<Float>) -> Void
  ) throws
}

/// The gallery's own templates, all with all.
struct CollectionSource: CalibrationSource {
  let index: GalleryIndex

  let name = "collection"
  var subjectCount: Int { index.subjectCount }
  var pairCount: Int { index.templateCount * max(0, index.templateCount - 1) / 2 }

  func forEachRow(
    checkpoint: (_ pairsDone: Int) throws -> Void,
    _ body: (_ subject: Int32, _ subjects: UnsafeBufferPointer<Int32>, _ scores: UnsafeBufferPointer<Float>) -> Void
  ) throws {
    try index.forEachPair(checkpoint: checkpoint) { row in body(row.subject, row.subjects, row.cosines) }
  }
}

/// Images that the request brought along, with whom they show.
struct ImageSource: CalibrationSource {
  let name: String
  /// By image; `nil` for one that could not be used.
  let embeddings: [[Float]?]
  /// By image.
  let subjects: [Int32]
  /// The comparisons to make; `nil` for all with all.
  let pairs: [(a: Int, b: Int)]?

  var subjectCount: Int { Int(subjects.max() ?? -1) + 1 }
  var pairCount: Int { pairs?.count ?? embeddings.count * max(0, embeddings.count - 1) / 2 }

  func forEachRow(
    checkpoint: (_ pairsDone: Int) throws -> Void,
    _ body: (_ subject: Int32, _ subjects: UnsafeBufferPointer<Int32>, _ scores: UnsafeBufferPointer<Float>) -> Void
  ) throws {
    var done = 0
    func compare(_ a: Int, _ others: [Int]) {
      guard let first = embeddings[a] else { return }
      let usable = others.filter { embeddings[$0] != nil }
      let scores = usable.map { Self.score(first, embeddings[$0] ?? []) }
      let owners = usable.map { subjects[$0] }
      owners.withUnsafeBufferPointer { owners in
        scores.withUnsafeBufferPointer { body(subjects[a], owners, $0) }
      }
    }
    if let pairs {
      for pair in pairs {
        if done % 1024 == 0 { try checkpoint(done) }
        compare(pair.a, [pair.b])
        done += 1
      }
    } else {
      for image in embeddings.indices {
        try checkpoint(done)
        compare(image, Array(0..<image))
        done += image
      }
    }
  }

  /// The cosine, as `verify` answers it.
  static func score(_ a: [Float], _ b: [Float]) -> Float {
    min(max(zip(a, b).reduce(Float(0)) { $0 + $1.0 * $1.1 }, -1), 1)
  }
}

/// Whom the images of pairs show: images that a chain of `same` pairs connects are one person.
struct PairPeople {
  let subjects: [Int32]

  /// - Throws: ``WireError`` `badParams` when a pair is said to be of two people and others say they are one.
  init(_ pairs: [CalibrationPair], images: Int) throws(WireError) {
    var parents = Array(0..<images)
    func root(_ image: Int) -> Int {
      var image = image
      while parents[image] != image {
        parents[image] = parents[parents[image]]
        image = parents[image]
      }
      return image
    }
    for pair in pairs where pair.same { parents[root(pair.a)] = root(pair.b) }
    for (index, pair) in pairs.enumerated() where !pair.same {
      guard root(pair.a) != root(pair.b) else {
        throw .badParams(
          "params.pairs[\(index)] says that images \(pair.a) and \(pair.b) show two people; other pairs make them one.")
      }
    }
    var numbers: [Int: Int32] = [:]
    var subjects: [Int32] = []
    for image in 0..<images {
      let next = Int32(clamping: numbers.count)
      let person = root(image)
      subjects.append(numbers[person] ?? next)
      if numbers[person] == nil { numbers[person] = next }
    }
    self.subjects = subjects
  }
}
