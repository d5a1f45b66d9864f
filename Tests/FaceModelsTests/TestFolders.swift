import Foundation
import Networks

@testable import FaceModels

/// Where tests find what is not in the repository: installed models, and reference data beside it.
enum TestFolders {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The folder with references and photos: `FACE_WORKER_SHARED`, or `shared` beside the repository or above it.
  static let shared: URL? = {
    var candidates: [URL] = []
    if let path = ProcessInfo.processInfo.environment["FACE_WORKER_SHARED"] { candidates.append(URL(filePath: path)) }
    var parent = root
    while parent.path() != "/" {
      parent.deleteLastPathComponent()
      candidates.append(parent.appending(path: "shared"))
    }
    let found = candidates.first { FileManager.default.fileExists(atPath: $0.appending(path: "reference").path()) }
    if found == nil { print("skipped: there is no reference data; FACE_WORKER_SHARED names its folder") }
    return found
  }()

  /// Folders with installed models.
  static var models: [String] {
    if let listed = ProcessInfo.processInfo.environment["FACE_WORKER_MODELS"], !listed.isEmpty {
      return listed.split(separator: ":").map(String.init)
    }
    return [root.appending(path: "models").path()]
  }

  /// An installed model and its weights; says why when it is not there.
  static func installed(_ id: String, _ role: ModelManifest.Role) throws -> (ModelManifest, [[UInt8]])? {
    let library = ModelLibrary(folders: models)
    guard let entry = try? library.find(id, role: role) else {
      print("skipped: the model \(id) is not installed; `make models` fetches it")
      return nil
    }
    // Not the place to check digests: what these weights compute is compared instead.
    let weights = try library.weights(of: entry) { bytes in
      entry.manifest.files.first { $0.bytes == bytes.count }?.sha256 ?? ""
    }
    return (entry.manifest, weights)
  }
}

/// A folder of its own for one test, removed with everything in it.
final class ScratchFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "face-worker-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, and the folders on the way to it.
  func write(_ bytes: [UInt8], _ name: String) throws {
    let url = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }
}
