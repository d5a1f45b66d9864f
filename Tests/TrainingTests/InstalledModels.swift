import FaceModels
import Foundation

/// Weights and photos that are not in the repository; says why when they are not there.
enum InstalledModels {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// `FACE_WORKER_SHARED`, or `shared` beside the repository.
  static let shared: URL? = {
    let named = ProcessInfo.processInfo.environment["FACE_WORKER_SHARED"].map { URL(filePath: $0) }
    let folder = named ?? root.deletingLastPathComponent().appending(path: "shared")
    guard FileManager.default.fileExists(atPath: folder.path()) else {
      print("skipped: there are no photos; FACE_WORKER_SHARED names their folder")
      return nil
    }
    return folder
  }()

  /// An installed recognizer, or one of the shared ONNX files under its description of the catalogue.
  static func recognizer(_ id: String) throws -> RecognizerNetwork? {
    let listed = ProcessInfo.processInfo.environment["FACE_WORKER_MODELS"] ?? ""
    let folders =
      listed.isEmpty ? [root.appending(path: "models").path()] : listed.split(separator: ":").map(String.init)
    if let entry = try? ModelLibrary(folders: folders).find(id, role: .recognizer) {
      let weights = try entry.manifest.files.map {
        [UInt8](try Data(contentsOf: URL(filePath: entry.folder + "/" + $0.name)))
      }
      return try Architectures.recognizer(entry.manifest, weights: weights)
    }
    let place = root.appending(path: "Models/\(id).json")
    guard let shared, let data = try? Data(contentsOf: place) else { return missing(id) }
    let manifest = try ModelManifest.read(data, place: id)
    guard let name = manifest.files.first?.name,
      let weights = try? Data(contentsOf: shared.appending(path: "models/\(name)"))
    else { return missing(id) }
    return try Architectures.recognizer(manifest, weights: [[UInt8](weights)])
  }

  private static func missing(_ id: String) -> RecognizerNetwork? {
    print("skipped: the model \(id) is not installed")
    return nil
  }
}
