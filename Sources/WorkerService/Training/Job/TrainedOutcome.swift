internal import Decisions
internal import Digests
internal import FoundationEssentials
internal import GalleryStore
internal import Protocol
internal import Tensors
internal import Training
internal import WeightFiles

/// What a trainer left behind, read and checked: nothing of it is believed because the trainer says so.
struct TrainedOutcome {
  let head: SoftmaxHead
  let report: TrainingReport
  /// Changed parameters by name; `nil` for scope `head`.
  let tuned: NamedTensors?
  /// What the changed network's embeddings are freed of; see `TrainingOutcome.center`.
  let center: [Float]?
  /// Embeddings under the changed network, by template.
  let embeddings: [Int64: [Float]]
  /// A JPEG.
  let sheet: [UInt8]?

  /// Reads the files that the trainer named.
  ///
  /// - Parameters:
  ///   - subjects: the only ones that may have slots.
  ///   - templates: the only ones that may have embeddings, and all of them must where the network was changed.
  /// - Throws: `internal` for anything that is not a sound outcome.
  init(
    _ result: TrainerResult, folder: TrainingFolder, model: ModelIdentity, scope: TrainingSettings.Scope,
    subjects: Set<Int64>, templates: Set<Int64>
  ) throws {
    func bytes(_ name: String) throws -> [UInt8]? {
      guard let told = result.files[name] else { return nil }
      guard let limit = TrainerFiles.limits[name],
        let bytes = PrivateFolder.read(folder.path + "/" + name, limit: limit),
        bytes.count == told.bytes, SHA256.hexadecimal(bytes) == told.sha256
      else { throw Self.unsound(name) }
      return bytes
    }
    guard let headBytes = try bytes(TrainerFiles.head), let head = try? SoftmaxHead(bytes: headBytes),
      head.dimension == model.dimension, head.slots.allSatisfy(subjects.contains), !head.slots.isEmpty
    else { throw Self.unsound(TrainerFiles.head) }
    guard let reportBytes = try bytes(TrainerFiles.report),
      let report = try? JSONDecoder().decode(TrainingReport.self, from: Data(reportBytes))
    else { throw Self.unsound(TrainerFiles.report) }
    self.head = head
    self.report = report
    sheet = try bytes(TrainerFiles.sheet)
    guard scope != .head else {
      guard head.modelDigest == model.sha256 else { throw Self.unsound(TrainerFiles.head) }
      (tuned, center, embeddings) = (nil, nil, [:])
      return
    }
    guard let tunedBytes = try bytes(TrainerFiles.tuned), let tuned = try? Safetensors.read(tunedBytes),
      !tuned.names.isEmpty, tuned.integerNames.isEmpty,
      tuned.names.allSatisfy({ name in tuned[name]?.values.allSatisfy(\.isFinite) ?? false })
    else { throw Self.unsound(TrainerFiles.tuned) }
    self.tuned = tuned
    guard let tableBytes = try bytes(TrainerFiles.embeddings), let table = try? Safetensors.read(tableBytes) else {
      throw Self.unsound(TrainerFiles.embeddings)
    }
    if let values = table["center"]?.values {
      guard values.count == model.dimension, values.allSatisfy(\.isFinite) else {
        throw Self.unsound(TrainerFiles.embeddings)
      }
      center = values
    } else {
      center = nil
    }
    embeddings = try Self.embeddings(table, dimension: model.dimension, templates: templates)
  }

  private static func embeddings(
    _ table: NamedTensors, dimension: Int, templates: Set<Int64>
  ) throws -> [Int64: [Float]] {
    guard let ids = table.integers("ids"), ids.shape.rank == 1, let vectors = table["vectors"], vectors.shape.rank == 2,
      vectors.shape[0] == ids.values.count, vectors.shape[1] == dimension
    else { throw unsound(TrainerFiles.embeddings) }
    var found: [Int64: [Float]] = [:]
    let values = vectors.values
    for (row, id) in ids.values.enumerated() {
      let vector = Array(values[row * dimension..<(row + 1) * dimension])
      guard templates.contains(id), vector.allSatisfy(\.isFinite), vector.contains(where: { $0 != 0 }),
        found.updateValue(vector, forKey: id) == nil
      else { throw unsound(TrainerFiles.embeddings) }
    }
    return found
  }

  private static func unsound(_ name: String) -> WireError {
    WireError(.internal, "The training process left a \(name) that is not what it said; nothing of it is used.")
  }
}
