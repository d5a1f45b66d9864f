import Foundation
import Images
import Testing

/// What the tests need that is not in the repository: the built program, the models, photos.
enum Installation {
  /// The folder of Package.swift.
  static let root: String = {
    var folder = URL(fileURLWithPath: #filePath)
    while folder.path.count > 1, !exists(folder.appendingPathComponent("Package.swift").path) {
      folder.deleteLastPathComponent()
    }
    return folder.path
  }()

  static let worker = environment("FACE_WORKER") ?? root + "/.build/release/face-worker"
  static let models = environment("FACE_WORKER_MODELS") ?? root + "/models"
  static let samples = root + "/.cache/samples"
  static let shared = environment("FACE_WORKER_SHARED") ?? root + "/../shared"

  static let isComplete =
    exists(worker) && exists(models + "/mtcnn/manifest.json") && exists(samples + "/obama.jpg")
  static let missing: Comment = "needs the built worker, the models and the sample photos: make build models"

  /// Whether the large sets of photos are here.
  static let hasShared = exists(shared + "/data/lfw-people")
  static let noShared: Comment = "needs ../shared, which is not here"

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private static func environment(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// Photos and damaged files.
enum Photos {
  /// The bytes of a file.
  static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  /// The bytes of a sample photo, such as `obama.jpg`.
  static func sample(_ name: String) throws -> [UInt8] { try bytes(Installation.samples + "/" + name) }

  /// A sample photo with `width` columns, as a JPEG: quick to find faces in.
  static func small(_ name: String, width: Int = 320) throws -> [UInt8] {
    try ImageEncoder.jpeg(smallImage(name, width: width), quality: 92)
  }

  /// A sample photo scaled down, as pixels.
  static func smallImage(_ name: String, width: Int = 320) throws -> Image {
    let image = try ImageDecoder.decode(sample(name), limits: DecodeLimits()).image
    return image.resized(width: width, height: image.height * width / image.width)
  }

  /// Paths of the files of a folder in ../shared/data, sorted.
  static func shared(_ folder: String, where isWanted: (String) -> Bool = { _ in true }) -> [String] {
    let path = Installation.shared + "/data/" + folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().filter { isWanted($0) && !$0.hasPrefix(".") }.map { path + "/" + $0 }
  }
}

/// A folder of its own for one test.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "face-worker-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let file = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    return file.path
  }
}
