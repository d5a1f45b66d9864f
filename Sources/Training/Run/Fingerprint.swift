internal import Decisions
internal import Digests
internal import FaceModels
internal import FoundationEssentials
internal import Images

/// One text for everything a job's outcome depends on.
enum Fingerprint {
  /// The SHA-256 of the recognizer's digest, the settings and the set, pictures and embeddings included.
  static func make(modelDigest: String, set: TrainingSet, settings: TrainingSettings) -> String {
    let hash = SHA256()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var settings = settings
    // These do not change what comes out.
    settings.contactSheet = false
    settings.byteBudget = TrainingSettings.leastByteBudget
    hash.update(Array(modelDigest.utf8))
    hash.update((try? encoder.encode(settings)).map { Array($0) } ?? [])
    for subject in set.subjects {
      add(Int64(subject.samples.count), hash)
      add(subject.number, hash)
      for sample in subject.samples { add(sample, hash) }
    }
    add(Int64(set.negatives.count), hash)
    for sample in set.negatives { add(sample, hash) }
    if let head = set.previousHead, let bytes = try? head.encoded() { hash.update(bytes) }
    return hash.finishHexadecimal()
  }

  private static func add(_ sample: TrainingSample, _ hash: SHA256) {
    add(sample.id, hash)
    add(Int64(sample.crop?.count ?? -1), hash)
    hash.update(sample.crop ?? [])
    if let face = sample.face {
      let numbers = [face.x, face.y, face.width, face.height] + face.landmarks.flatMap { [$0.x, $0.y] }
      for number in numbers { add(Int64(bitPattern: number.bitPattern), hash) }
    }
    add(Int64(sample.embedding?.count ?? -1), hash)
    for value in sample.embedding ?? [] { add(Int64(value.bitPattern), hash) }
  }

  private static func add(_ number: Int64, _ hash: SHA256) {
    withUnsafeBytes(of: number.littleEndian) { hash.update(Array($0)) }
  }
}
