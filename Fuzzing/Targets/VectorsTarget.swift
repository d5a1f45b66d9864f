internal import CKernels
internal import GalleryStore

extension FuzzTarget {
  /// The file of vectors beside a gallery. An input is a list of changes to a sound file, as ``VectorChanges`` reads it;
  /// whatever they are, the gallery answers as it does without the file, because what the file says is only taken where
  /// its checksums hold.
  static let vectors = FuzzTarget("vectors", maxBytes: 512) { bytes in
    let fixture = try VectorFixture.shared.get()
    try fixture.folder.write(VectorChanges(bytes).applied(to: fixture.file), to: VectorFixture.fileName)
    let answers = try VectorFixture.answers(fixture.folder.path)
    try FuzzFinding.unless(answers == fixture.answers, "a damaged file of vectors changes the answers")
  }
}

/// Changes to a file: a byte that says which checksums to put right, then three bytes for each change: where (a big-endian
/// number), and the value. Where 0xFFFF stands, the file is cut to that many 255ths.
struct VectorChanges {
  private let repairs: UInt8
  private let changes: [(place: Int, value: UInt8)]

  init(_ bytes: [UInt8]) {
    repairs = bytes.first ?? 0
    changes = stride(from: 1, to: max(1, bytes.count - 2), by: 3).map { start in
      (Int(bytes[start]) << 8 | Int(bytes[start + 1]), bytes[start + 2])
    }
  }

  func applied(to file: [UInt8]) -> [UInt8] {
    var file = file
    for (place, value) in changes {
      if place == 0xFFFF {
        file = Array(file.prefix(file.count * Int(value) / 255))
      } else if place < file.count {
        file[place] = value
      }
    }
    // The header's checksum, that of the ids, and that of the table of the chunks' checksums.
    if repairs & 1 != 0 { Self.sum(&file, 0..<104) }
    if repairs & 2 != 0 { Self.sum(&file, 4096..<4096 + VectorFixture.rows * 8) }
    if repairs & 4 != 0 { Self.sum(&file, 8192..<8200) }
    return file
  }

  /// Writes the checksum of a part behind it.
  private static func sum(_ file: inout [UInt8], _ part: Range<Int>) {
    guard part.upperBound + 8 <= file.count else { return }
    let sum = file[part].withUnsafeBytes { fk_checksum($0.baseAddress, $0.count) }
    for place in 0..<8 { file[part.upperBound + place] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * place)) }
  }
}

/// A gallery with a sound file of vectors.
struct VectorFixture: Sendable {
  static let rows = 40
  static let fileName = "faces.sqlite-vectors-" + String(repeating: "a", count: 16)

  let folder: ScratchFolder
  let file: [UInt8]
  let answers: [[GalleryCandidate]]

  /// Made once: what is tried is the reading.
  static let shared = Result { try VectorFixture() }

  private static let model = ModelIdentity(id: "fuzz", sha256: String(repeating: "a", count: 64), dimension: 16)

  private init() throws {
    folder = try ScratchFolder("vectors")
    let gallery = try SQLiteGallery(path: folder.path + "/faces.sqlite")
    for subject in 0..<Self.rows / 2 {
      // Every second template is removed again, so that the ids have gaps.
      for name in ["s\(subject)", "gone\(subject)", "s\(subject)"] {
        let templates = [NewTemplate(embedding: Self.embedding(subject * 31 + name.utf8.count), quality: 0.9)]
        _ = try gallery.write { transaction in
          (
            try transaction.enroll(
              Enrollment(subject: name, model: Self.model, templates: templates, allowsNewModel: false)), []
          )
        }
      }
      _ = try gallery.write { transaction in (try transaction.remove("gone\(subject)"), []) }
    }
    guard try gallery.saveVectors(for: Self.model) else { throw FuzzFinding("no file of vectors is written") }
    file = try folder.read(Self.fileName)
    answers = try Self.answers(folder.path)
    try FuzzFinding.unless(answers.allSatisfy { $0.count == 5 }, "the gallery does not answer")
  }

  private static func embedding(_ seed: Int) -> [Float] {
    (0..<16).map { Float((seed * 7919 + $0 * 104_729 + $0 * $0 * seed) % 1024) / 512 - 0.99 }
  }

  /// What a newly opened gallery says to some probes.
  static func answers(_ folder: String) throws -> [[GalleryCandidate]] {
    let gallery = try SQLiteGallery(path: folder + "/faces.sqlite")
    let probes = [3, 77, 500].flatMap { embedding($0) }
    return try gallery.search(probes: probes, topK: 5, model: model).candidates
  }
}
