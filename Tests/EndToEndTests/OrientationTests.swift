import Images
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// However the camera was held, the faces are at the same place of the upright picture.
  @Suite struct OrientationTests {
    /// The pixels as a camera held in this way stores them: turned back by the inverse of what EXIF asks for.
    private static func stored(_ image: Image, _ orientation: UInt8) -> Image {
      let (width, height) = (image.width, image.height)
      let swaps = orientation >= 5
      let (rows, columns) = swaps ? (width, height) : (height, width)
      var pixels: [UInt8] = []
      pixels.reserveCapacity(image.pixels.count)
      for row in 0..<rows {
        for column in 0..<columns {
          // EXIF says which side of the upright picture the first row and the first column show.
          let (x, y): (Int, Int)
          switch orientation {
          case 2: (x, y) = (width - 1 - column, row)
          case 3: (x, y) = (width - 1 - column, height - 1 - row)
          case 4: (x, y) = (column, height - 1 - row)
          case 5: (x, y) = (row, column)
          case 6: (x, y) = (width - 1 - row, column)
          case 7: (x, y) = (width - 1 - row, height - 1 - column)
          case 8: (x, y) = (row, height - 1 - column)
          default: (x, y) = (column, row)
          }
          let index = (y * width + x) * 3
          pixels += image.pixels[index..<index + 3]
        }
      }
      return Image(width: columns, height: rows, pixels: pixels)
    }

    /// PNG keeps the pixels, so the faces and embeddings must be the very same; JPEG compresses each of the eight
    /// differently, so boxes may differ by 2 pixels and embeddings by a cosine of 0.02.
    @Test func eightOrientationsOfOnePhoto() throws {
      let image = try Photos.smallImage("obama.jpg", width: 240)
      let worker = try WorkerProcess()
      for orientation in UInt8(1)...8 {
        let pixels = Self.stored(image, orientation)
        let png = PNGFile.oriented(try ImageEncoder.png(pixels), orientation)
        try worker.host.send(UInt64(orientation), Embed.self, images: [png])
        let jpeg = Exif.jpeg(try ImageEncoder.jpeg(pixels, quality: 97), orientation)
        try worker.host.send(UInt64(orientation) + 10, Embed.self, images: [jpeg])
      }
      let upright = try worker.host.faces(1, Embed.self)
      let compressed = try #require(try worker.host.faces(11, Embed.self).faces.first)
      #expect(upright.image == ImageSize(width: image.width, height: image.height))
      #expect(upright.faces.count == 1)
      for orientation in UInt64(2)...8 {
        #expect(try worker.host.faces(orientation, Embed.self) == upright, "PNG, orientation \(orientation)")
        let answer = try worker.host.faces(orientation + 10, Embed.self)
        #expect(answer.image == upright.image)
        let face = try #require(answer.faces.first)
        #expect(Self.largestShift(face, compressed) < 2, "JPEG, orientation \(orientation)")
        #expect(Self.cosine(face, compressed) > 0.98, "JPEG, orientation \(orientation)")
      }
      #expect(try worker.finish() == .exit(0))
    }

    /// The published examples: eight separately compressed files of one scene, without a person. All are upright, and
    /// none shows a face of 40 pixels or more. (Below that MTCNN sees, now and then, a face of 12 pixels in the trees.)
    @Test(.enabled(if: Installation.hasShared, Installation.noShared))
    func publishedExamples() throws {
      let worker = try WorkerProcess(["--allow-path", Installation.shared + "/data"])
      for (name, size) in [
        ("Landscape", ImageSize(width: 1800, height: 1200)), ("Portrait", .init(width: 1200, height: 1800)),
      ] {
        let paths = Photos.shared("images/exif") { $0.hasPrefix(name) && $0.hasSuffix(".jpg") && !$0.contains("_0") }
        #expect(paths.count == 8)
        for (index, path) in paths.enumerated() {
          let id = UInt64(index + 1)
          try worker.host.send(id, Detect.self, ["minFaceSize": 40], paths: [path])
          let answer = try worker.host.faces(id, Detect.self)
          #expect(answer.image == size, "\(path)")
          #expect(answer.faces.isEmpty, "\(path)")
        }
      }
      #expect(try worker.finish() == .exit(0))
    }

    private static func largestShift(_ a: Face, _ b: Face) -> Float {
      let edges = [
        a.box.x - b.box.x, a.box.y - b.box.y, a.box.x + a.box.width - b.box.x - b.box.width,
        a.box.y + a.box.height - b.box.y - b.box.height,
      ]
      let points = zip(a.landmarks?.points ?? [], b.landmarks?.points ?? []).flatMap { [$0.x - $1.x, $0.y - $1.y] }
      return (edges + points).map(abs).max() ?? 0
    }

    private static func cosine(_ a: Face, _ b: Face) -> Float {
      zip(a.embedding ?? [], b.embedding ?? []).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }
}
