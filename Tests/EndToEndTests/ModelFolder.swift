import Foundation
import Protocol
import TestSupport

/// A folder of models of its own: the defaults as links, and room for imports.
struct ModelFolder {
  let folder: Folder
  var path: String { folder.path }

  init() throws {
    folder = try Folder()
    for model in ["mtcnn", "dlib-resnet-v1"] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/" + model,
        withDestinationPath: URL(fileURLWithPath: Installation.models + "/" + model).standardized.path)
    }
  }

  /// What lies in it, hidden files too.
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

  /// A manifest of a default model under another id, with other members changed.
  static func copy(_ id: String, of original: String, _ changes: [String: JSONValue] = [:]) throws -> JSONValue {
    let bytes = try Photos.bytes(Installation.models + "/" + original + "/manifest.json")
    return try changed(bytes, changes.merging(["id": .string(id)]) { $1 })
  }

  /// A manifest of the catalogue.
  static func catalogued(_ id: String, _ changes: [String: JSONValue] = [:]) throws -> JSONValue {
    try changed(Photos.bytes(Installation.root + "/Models/\(id).json"), changes)
  }

  private static func changed(_ bytes: [UInt8], _ changes: [String: JSONValue]) throws -> JSONValue {
    let members = try WireJSON.decode([String: JSONValue].self, from: bytes[...])
    return .object(members.merging(changes) { $1 })
  }

  /// The files of a default model, by name.
  static func files(of model: String) throws -> [(name: String, path: String)] {
    let folder = URL(fileURLWithPath: Installation.models + "/" + model).standardized.path
    return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != "manifest.json" }
      .map { ($0, folder + "/" + $0) }
  }

  static let allowed = URL(fileURLWithPath: Installation.models).standardized.path
}

extension WorkerProcess {
  /// Imports a copy of a default model by path.
  func importCopy(
    _ id: UInt64, _ name: String, of original: String, _ changes: [String: JSONValue] = [:]
  ) throws -> ModelsImport.Result {
    let files = try ModelFolder.files(of: original)
    try host.request(
      id, "models.import", ["manifest": try ModelFolder.copy(name, of: original, changes)],
      descriptors: files.map { AttachmentDescriptor(name: $0.name, path: $0.path) })
    return try host.reply(id, ModelsImport.self).result
  }
}
