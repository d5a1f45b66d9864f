internal import Decisions
internal import Digests
internal import Images
internal import Protocol
internal import Tensors
internal import Training
internal import WeightFiles

/// Writes what a training made into its folder, each file whole and on the disk.
enum TrainerOutcome {
  static func write(_ outcome: TrainingOutcome, to folder: String) throws -> TrainerResult {
    var files: [String: TrainerFile] = [:]
    func put(_ name: String, _ bytes: [UInt8]) throws {
      try DurableFile.write(bytes, to: folder + "/" + name, mode: 0o600)
      files[name] = TrainerFile(bytes: bytes.count, sha256: SHA256.hexadecimal(bytes))
    }
    try put(TrainerFiles.head, try outcome.head.encoded())
    try put(TrainerFiles.report, try WireJSON.encode(outcome.report))
    if let tuned = outcome.tuned {
      var tensors = NamedTensors()
      for (name, tensor) in tuned.sorted(by: { $0.key < $1.key }) { _ = tensors.insert(tensor, as: name) }
      try put(TrainerFiles.tuned, try Safetensors.encode(tensors))
      try put(TrainerFiles.embeddings, try Safetensors.encode(Self.table(outcome)))
    }
    if let sheet = outcome.contactSheet { try put(TrainerFiles.sheet, try ImageEncoder.jpeg(sheet, quality: 90)) }
    return TrainerResult(files: files)
  }

  /// `ids` (n), `vectors` (n x d), and `center` (d) where there is one.
  private static func table(_ outcome: TrainingOutcome) -> NamedTensors {
    let rows = outcome.embeddings.sorted { $0.key < $1.key }
    let dimension = rows.first?.value.count ?? 0
    let sound = rows.filter { $0.value.count == dimension }
    var tensors = NamedTensors()
    _ = tensors.insert(NamedTensors.Integers(shape: [sound.count], values: sound.map(\.key)), as: "ids")
    _ = tensors.insert(Tensor(shape: [sound.count, dimension], values: sound.flatMap(\.value)), as: "vectors")
    if let center = outcome.center { _ = tensors.insert(Tensor(shape: [center.count], values: center), as: "center") }
    return tensors
  }
}
