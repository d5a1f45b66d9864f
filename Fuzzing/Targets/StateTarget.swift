internal import Digests
internal import Training
internal import WeightFiles
internal import WorkerService

extension FuzzTarget {
  /// What a worker finds of an earlier one: the first byte says which file the rest is. 0 is the record of the activated
  /// models, 1 the index of a training's checkpoint, 2 its tensors under an index that fits them.
  static let state = FuzzTarget("state", maxBytes: 4096) { bytes in
    guard let kind = bytes.first else { return }
    let folder = try StateFolder.shared.get()
    let content = Array(bytes.dropFirst())
    switch kind {
    case 0:
      try folder.write(content, to: "active-models.json")
      guard let record = try? ActivationRecord.read(folder.path + "/active-models.json") else { return }
      try record.write(folder.path + "/again.json")
      let again = try ActivationRecord.read(folder.path + "/again.json")
      try FuzzFinding.unless(again == record, "a record is another after it was written and read")
    case 1:
      try folder.write(content, to: "checkpoint.json")
      try FuzzFinding.unless(load(folder) == nil, "a checkpoint without tensors is taken")
    case 2:
      let index = """
        {"bytes":\(content.count),"file":"checkpoint-a.safetensors","format":"face-worker-training/1",\
        "sha256":"\(SHA256.hexadecimal(content))"}
        """
      try folder.write(content, to: "checkpoint-a.safetensors")
      try folder.write(Array(index.utf8), to: "checkpoint.json")
      defer { CheckpointFolder(folder.path).clear() }
      guard let checkpoint = load(folder) else { return }
      try CheckpointFolder(folder.path).save(checkpoint)
      try FuzzFinding.unless(
        load(folder)?.state == checkpoint.state, "a checkpoint is another after it was written and read")
    default: break
    }
  }

  private static func load(_ folder: ScratchFolder) -> Checkpoint? {
    CheckpointFolder(folder.path).load(fingerprint: "fuzz")
  }
}

private enum StateFolder {
  static let shared = Result { () throws(FuzzFinding) in try ScratchFolder("state") }
}
