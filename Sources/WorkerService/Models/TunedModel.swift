internal import Digests
internal import FaceModels
internal import FoundationEssentials
internal import Glibc
internal import Protocol
internal import Tensors
internal import WeightFiles

/// A recognizer that training changed, as a model folder: the manifest of the one it comes from with `derivedFrom`, and a file of the
/// parameters that differ. It inherits licence, source, thresholds and calibration: what is subtracted from its embeddings
/// gives its scores the meaning of the other's.
struct TunedModel {
  /// Where model folders are made.
  let folder: String

  private static let fileName = "changed.safetensors"

  /// Ids of the recognizers in the folder that a subject's faces changed.
  func ids(learnedFrom subject: Int64) -> [String] {
    ModelLibrary(folders: [folder]).entries.values.map(\.manifest)
      .filter { $0.trainedOn?.contains(subject) ?? false }.map(\.id).sorted()
  }

  /// Writes the folder whole and returns it, ready to be loaded.
  ///
  /// - Parameters:
  ///   - base: the recognizer that was trained; may itself be one of these, then both changes count.
  ///   - changed: parameters by name.
  ///   - center: what is subtracted from its embeddings; `nil` leaves that as it is in the base.
  ///   - subjects: the numbers of those whose faces changed it.
  /// - Throws: `storageFailed`; ``ModelError``.
  func write(
    _ base: ModelLibrary.Entry, changed: NamedTensors, center: [Float]?, subjects: [Int64]
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
    let finish = (center ?? []).map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
    let name = SHA256.hexadecimal(Array("\(sha256)\n\(finish)".utf8)).prefix(8)
    let id = "\(root.id.prefix(96))-tuned-\(name)"
    var members = try members(of: base, id: id, root: root, bytes: bytes.count, sha256: sha256)
    if let center { Self.subtract(center, &members) }
    let known = Set(base.manifest.trainedOn ?? []).union(subjects)
    members["trainedOn"] = .array(known.sorted().map { .integer($0) })
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

  private static func subtract(_ center: [Float], _ members: inout [String: JSONValue]) {
    var options: [String: JSONValue] = [:]
    if case .object(let found)? = members["testTime"] { options = found }
    options["center"] = true
    members["testTime"] = .object(options)
    members["centerEmbedding"] = .array(center.map { .number(Double($0)) })
    // Only embeddings of length 1 can be freed of what they share.
    members["normalize"] = true
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
    // They are those of the weights before.
    members["ranges"] = nil
    members["derivedFrom"] = ["id": .string(root.id), "sha256": .string(root.sha256)]
    members["files"] = [
      ["name": .string(Self.fileName), "bytes": .integer(Int64(bytes)), "sha256": .string(sha256)]
    ]
    return members
  }
}
