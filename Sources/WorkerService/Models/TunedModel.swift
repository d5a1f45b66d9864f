internal import Digests
internal import FaceModels
internal import FoundationEssentials
internal import Glibc
internal import Protocol
internal import Tensors
internal import WeightFiles

/// A recognizer that training changed, as a model folder: the manifest of the one it comes from with `derivedFrom`, and a file of the
/// parameters that differ. It inherits licence and source, and thresholds in the measure of its own distances.
struct TunedModel {
  /// Where model folders are made.
  let folder: String

  private static let fileName = "changed.safetensors"

  /// Writes the folder whole and returns it, ready to be loaded.
  ///
  /// - Parameters:
  ///   - base: the recognizer that was trained; may itself be one of these, then both changes count.
  ///   - changed: parameters by name.
  ///   - distanceRatio: of its distances (1 - score) between faces of one person to those of the base; `nil` when unknown.
  /// - Throws: `storageFailed`; ``ModelError``.
  func write(
    _ base: ModelLibrary.Entry, changed: NamedTensors, distanceRatio: Double?
  ) throws -> ModelLibrary.Entry {
    let tensors = try merged(base, changed)
    let bytes: [UInt8]
    do {
      bytes = try Safetensors.encode(tensors)
    } catch {
      throw WireError(.internal, "The changed parameters cannot be written: \(error.message)")
    }
    let sha256 = SHA256.hexadecimal(bytes)
    let root = base.manifest.derivedFrom ?? ModelManifest.Origin(id: base.manifest.id, sha256: base.manifest.digest)
    let id = "\(root.id.prefix(96))-tuned-\(sha256.prefix(8))"
    var members = try members(of: base, id: id, root: root, bytes: bytes.count, sha256: sha256)
    if let distanceRatio { ScoreRescaling(ratio: distanceRatio)?.apply(to: &members) }
    let manifest = try WireJSON.encode(JSONValue.object(members))
    try PrivateFolder.make(folder)
    let part = folder + "/" + ModelInstaller.partPrefix + DurableFile.randomDigits()
    try PrivateFolder.make(part)
    do {
      try DurableFile.write(bytes, to: part + "/" + Self.fileName, mode: 0o600)
      try DurableFile.write(manifest, to: part + "/manifest.json", mode: 0o600)
      let place = folder + "/" + id
      // The same changes again are the same model.
      if rename(part, place) != 0 {
        guard errno == EEXIST || errno == ENOTEMPTY else {
          throw DurableFile.failure("A model cannot be stored", errno)
        }
        PrivateFolder.erase(part)
      }
      DurableFile.sync(folder: folder)
      let read = try ModelManifest.read(Data(manifest), place: "\(place)/manifest.json")
      return ModelLibrary.Entry(manifest: read, folder: place)
    } catch {
      PrivateFolder.erase(part)
      throw error
    }
  }

  /// What the base changes already, then what is new.
  private func merged(_ base: ModelLibrary.Entry, _ changed: NamedTensors) throws -> NamedTensors {
    guard base.manifest.derivedFrom != nil, let file = base.manifest.files.first else { return changed }
    guard let bytes = PrivateFolder.read(base.folder + "/" + file.name, limit: ModelLibrary.maxFileBytes),
      SHA256.hexadecimal(bytes) == file.sha256, let old = try? Safetensors.read(bytes)
    else { throw ModelError(.invalid, "The weight file of \(base.manifest.id) is damaged.") }
    var result = changed
    for name in old.names { if let tensor = old[name] { _ = result.insert(tensor, as: name) } }
    return result
  }

  private func members(
    of base: ModelLibrary.Entry, id: String, root: ModelManifest.Origin, bytes: Int, sha256: String
  ) throws -> [String: JSONValue] {
    guard let text = PrivateFolder.read(base.folder + "/manifest.json", limit: 1 << 20),
      case .object(var members) = try WireJSON.object(text[...])
    else { throw ModelError(.invalid, "The manifest of \(base.manifest.id) cannot be read.") }
    members["id"] = .string(id)
    members["derivedFrom"] = ["id": .string(root.id), "sha256": .string(root.sha256)]
    members["files"] = [
      ["name": .string(Self.fileName), "bytes": .integer(Int64(bytes)), "sha256": .string(sha256)]
    ]
    return members
  }
}
