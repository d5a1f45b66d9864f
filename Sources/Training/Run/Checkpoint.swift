internal import Digests
internal import FoundationEssentials
package import WeightFiles

/// Where a job stands after an epoch: all that the rest of it depends on.
package struct Checkpoint: Sendable {
  /// What is not numbers of a network.
  package struct State: Codable, Sendable, Equatable {
    /// Of recognizer, set and settings: a checkpoint of anything else is not gone on from.
    package var fingerprint: String
    /// Epochs done in each phase.
    package var cleanEpochs: Int
    package var augmentedEpochs: Int
    package var curve: [EpochRecord]
    /// Counters of the optimizer and others, by name.
    package var counters: [String: Int]
    /// The optimizer's name.
    package var optimizer: String?

    package init(
      fingerprint: String, cleanEpochs: Int = 0, augmentedEpochs: Int = 0, curve: [EpochRecord] = [],
      counters: [String: Int] = [:]
    ) {
      self.fingerprint = fingerprint
      self.cleanEpochs = cleanEpochs
      self.augmentedEpochs = augmentedEpochs
      self.curve = curve
      self.counters = counters
    }
  }

  package var state: State
  /// Weights and the optimizer's moments, by name.
  package var tensors: NamedTensors

  package init(state: State, tensors: NamedTensors) {
    self.state = state
    self.tensors = tensors
  }
}

/// A folder with at most one checkpoint: `checkpoint.json`, which names the safetensors file with its size and SHA-256,
/// is renamed into place last. Two tensor files take turns, so that the one in force is never written to.
package struct CheckpointFolder: Sendable {
  private let folder: String

  private struct Index: Codable {
    var format: String
    var file: String
    var bytes: Int
    var sha256: String
  }

  private static let format = "face-worker-training/1"
  private static let files = ["checkpoint-a.safetensors", "checkpoint-b.safetensors"]
  private static let largestFile = 4 << 30
  private var indexPath: String { folder + "/checkpoint.json" }

  /// The folder must exist.
  package init(_ folder: String) { self.folder = folder }

  /// Replaces the checkpoint. Throws `storageFailed`.
  package func save(_ checkpoint: Checkpoint) throws(TrainingError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let state = try? encoder.encode(checkpoint.state),
      let bytes = try? Safetensors.encode(
        checkpoint.tensors, metadata: ["format": Self.format, "state": String(decoding: state, as: UTF8.self)])
    else { throw TrainingError(.storageFailed, "A checkpoint cannot be encoded.") }
    let file = index()?.file == Self.files[0] ? Self.files[1] : Self.files[0]
    try DurableWrite.write(bytes, to: folder + "/" + file)
    let index = Index(format: Self.format, file: file, bytes: bytes.count, sha256: SHA256.hexadecimal(bytes))
    guard let text = try? encoder.encode(index) else {
      throw TrainingError(.storageFailed, "A checkpoint cannot be encoded.")
    }
    try DurableWrite.write(Array(text), to: indexPath)
  }

  /// The checkpoint; `nil` when there is none that is whole and has this fingerprint.
  package func load(fingerprint: String) -> Checkpoint? {
    guard let index = index(), let bytes = DurableWrite.read(folder + "/" + index.file, limit: Self.largestFile),
      bytes.count == index.bytes, SHA256.hexadecimal(bytes) == index.sha256,
      let tensors = try? Safetensors.read(bytes)
    else { return nil }
    let metadata = Safetensors.metadata(bytes)
    guard metadata["format"] == Self.format, let text = metadata["state"],
      let state = try? JSONDecoder().decode(Checkpoint.State.self, from: Data(text.utf8)),
      state.fingerprint == fingerprint, state.cleanEpochs >= 0, state.augmentedEpochs >= 0
    else { return nil }
    return Checkpoint(state: state, tensors: tensors)
  }

  /// Removes what ``save(_:)`` wrote.
  package func clear() {
    for name in Self.files + Self.files.map({ $0 + ".part" }) { DurableWrite.remove(folder + "/" + name) }
    DurableWrite.remove(indexPath + ".part")
    DurableWrite.remove(indexPath)
  }

  private func index() -> Index? {
    guard let text = DurableWrite.read(indexPath, limit: 1 << 16),
      let index = try? JSONDecoder().decode(Index.self, from: Data(text)), index.format == Self.format,
      Self.files.contains(index.file)
    else { return nil }
    return index
  }
}
