import Foundation
import Images
import Testing

/// Files that tests read: small ones committed beside them, and large public sets in a folder outside the repository.
enum Fixtures {
  /// One entry of a digest file.
  struct Expected: Decodable {
    let width: Int
    let height: Int
    let sha256: String
  }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  /// The folder with the public image sets, from `FACE_WORKER_SHARED` or beside the repository; `nil` when missing.
  static let shared: URL? = {
    var candidates: [URL] = []
    if let path = ProcessInfo.processInfo.environment["FACE_WORKER_SHARED"] { candidates.append(URL(filePath: path)) }
    var parent = folder
    while parent.path() != "/" {
      parent.deleteLastPathComponent()
      candidates.append(parent.appending(path: "shared"))
    }
    let found = candidates.first { FileManager.default.fileExists(atPath: $0.appending(path: "data/images").path()) }
    if found == nil { print("The shared test images are missing; set FACE_WORKER_SHARED to run the tests on them.") }
    return found?.appending(path: "data/images")
  }()

  static var hasShared: Bool { shared != nil }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  static func digests(_ name: String) throws -> [String: Expected] {
    try JSONDecoder().decode([String: Expected].self, from: Data(contentsOf: folder.appending(path: name)))
  }

  /// The files below a folder of the public sets, sorted by name.
  static func sharedFiles(_ path: String) throws -> [(name: String, bytes: [UInt8])] {
    guard let folder = shared?.appending(path: path) else { return [] }
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
      .map { ($0.lastPathComponent, Array(try Data(contentsOf: $0))) }
  }

  /// A picture with smooth colours and hard edges, the same every time.
  static func picture(_ width: Int, _ height: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let invert: UInt8 = (x / 7 + y / 9) % 5 == 0 ? 255 : 0
        pixels.append(UInt8(x * 255 / max(width - 1, 1)) ^ invert)
        pixels.append(UInt8(y * 255 / max(height - 1, 1)) ^ invert)
        pixels.append(UInt8((x * 3 + y * 5) % 256))
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }
}

/// Decodes and returns the error, or `nil` when the bytes decode.
func decodingError(_ bytes: [UInt8], limits: DecodeLimits = DecodeLimits()) -> ImageError? {
  do {
    _ = try ImageDecoder.decode(bytes, limits: limits)
    return nil
  } catch {
    return error
  }
}

/// The mean absolute difference of two pictures of one size.
func meanDifference(_ a: Image, _ b: Image) -> Double {
  guard a.width == b.width, a.height == b.height else { return .infinity }
  return Double(zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(a.pixels.count)
}

extension Image {
  /// Red, green and blue at a place.
  func pixel(_ x: Int, _ y: Int) -> [UInt8] {
    Array(pixels[(y * width + x) * 3..<(y * width + x) * 3 + 3])
  }
}
