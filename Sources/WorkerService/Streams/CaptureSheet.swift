internal import FacePipeline
internal import GalleryStore
internal import Images

/// The picture of everything that a capture took, for people to look at.
enum CaptureSheet {
  private static let cell = 112
  private static let gap = 4

  /// A JPEG of all crops in rows, in the order of their frames, each with the number of its frame. `nil` without any.
  static func draw(_ capture: Capture<CapturedCrop>) throws -> [UInt8]? {
    let tiles = try capture.entries.map { entry in
      let decoded = try entry.crop.picture.image.withUnsafeBytes { try ImageDecoder.decode($0) }
      return ContactSheet.Tile(image: decoded.image, caption: "\(entry.frame)")
    }
    return try ContactSheet.draw(tiles, cell: cell, gap: gap).map { try ImageEncoder.jpeg($0, quality: 90) }
  }
}
