internal import FaceModels
internal import FoundationEssentials
internal import Protocol

/// The manifest of a model that is being imported: as the request has it, with what is found out about its files.
struct ImportedManifest {
  private var members: [String: JSONValue]
  private(set) var manifest: ModelManifest

  /// Reads `params.manifest`. A manifest without `files` gets the one of that name.
  ///
  /// - Throws: `badParams` with the field.
  init(_ value: JSONValue?, fileName: String?) throws(WireError) {
    guard case .object(var members)? = value else { throw .badParams("params.manifest must be an object.") }
    // The description of the JSON itself is of no use in a store.
    members["$schema"] = nil
    if members["files"] == nil, let fileName { members["files"] = [["name": .string(fileName)]] }
    self.members = members
    manifest = try Self.read(members)
    guard Self.isPlain(manifest.id) else {
      throw .badParams(
        "params.manifest.id must have letters, digits, dots, dashes and underscores only, and no dot first.",
        details: ["field": "params.manifest.id"])
    }
  }

  private static func read(_ members: [String: JSONValue]) throws(WireError) -> ModelManifest {
    do {
      return try ModelManifest.read(Data(WireJSON.encode(JSONValue.object(members))), place: "params.manifest")
    } catch let error as ModelError {
      let field = error.field.map { "params.manifest.\($0)" } ?? "params.manifest"
      throw .badParams(error.message, details: ["field": .string(field)])
    } catch {
      throw .badParams("params.manifest cannot be written as JSON.", details: ["field": "params.manifest"])
    }
  }

  /// The id becomes the name of a folder.
  private static func isPlain(_ id: String) -> Bool {
    !id.hasPrefix(".")
      && id.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || ".-_".unicodeScalars.contains($0))
      }
  }

  /// Fills in the size and digest of a file where they are absent, and checks them where they are given.
  ///
  /// - Throws: `modelInvalid` when the file is not the one that the manifest names.
  mutating func state(_ copied: WeightCopy.Copied, of index: Int) throws(WireError) {
    let file = manifest.files[index]
    guard file.bytes ?? copied.bytes == copied.bytes, file.sha256?.lowercased() ?? copied.sha256 == copied.sha256 else {
      throw WireError(
        .modelInvalid,
        "The file \(file.name) is not the one that the manifest names: it has \(copied.bytes) bytes with SHA-256 "
          + "\(copied.sha256).")
    }
    guard case .array(var files)? = members["files"], case .object(var entry) = files[index] else { return }
    entry["bytes"] = .integer(Int64(copied.bytes))
    entry["sha256"] = .string(copied.sha256)
    files[index] = .object(entry)
    members["files"] = .array(files)
    manifest = try Self.read(members)
  }

  /// The manifest as it is stored.
  func encoded() throws -> [UInt8] { try WireJSON.encode(JSONValue.object(members)) }

  /// Whether the manifest stored at `path` says the same.
  func isStored(at path: String) -> Bool {
    guard let data = FileManager.default.contents(atPath: path),
      let stored = try? WireJSON.decode(JSONValue.self, from: Array(data)[...])
    else { return false }
    return stored == .object(members)
  }
}
