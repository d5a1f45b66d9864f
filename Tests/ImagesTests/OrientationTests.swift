import Images
import Testing

@Suite struct OrientationTests {
  /// What a stored picture of 3 x 2 pixels numbered row by row must look like upright (Exif 2.32, tag 0x0112).
  static let expected: [(Int, width: Int, [UInt8])] = [
    (1, 3, [0, 1, 2, 3, 4, 5]), (2, 3, [2, 1, 0, 5, 4, 3]), (3, 3, [5, 4, 3, 2, 1, 0]), (4, 3, [3, 4, 5, 0, 1, 2]),
    (5, 2, [0, 3, 1, 4, 2, 5]), (6, 2, [3, 0, 4, 1, 5, 2]), (7, 2, [5, 2, 4, 1, 3, 0]), (8, 2, [2, 5, 1, 4, 0, 3]),
  ]

  @Test(arguments: expected) func pngPixelsAreTurnedUpright(_ value: Int, _ width: Int, _ order: [UInt8]) throws {
    let numbers = [UInt8](0..<6).flatMap { [$0 * 40, $0 * 40, $0 * 40] }
    let png = try ImageEncoder.png(Image(width: 3, height: 2, pixels: numbers))
    let exif = PNGBuilder.chunk("eXIf", tiff(value))
    let decoded = try ImageDecoder.decode(Array(png[..<33]) + exif + Array(png[33...]))
    #expect(decoded.image.width == width && decoded.image.height == 6 / width)
    #expect(decoded.fullWidth == width && decoded.fullHeight == 6 / width)
    #expect(stride(from: 0, to: 18, by: 3).map { decoded.image.pixels[$0] / 40 } == order)
  }

  @Test(arguments: [true, false], 1...8)
  func jpegOrientationIsRead(_ littleEndian: Bool, _ value: Int) throws {
    let file = try withExif(tiff(value, littleEndian: littleEndian))
    let header = try file.withUnsafeBytes { bytes in Result { try ImageDecoder.header(of: bytes) } }.get()
    #expect(header.orientation.rawValue == value)
    #expect(header.width == 101 && header.height == 77)
    let decoded = try ImageDecoder.decode(file, minimumShortSide: 30)
    #expect(decoded.scale == 0.5)
    #expect(decoded.fullWidth == (value >= 5 ? 77 : 101) && decoded.fullHeight == (value >= 5 ? 101 : 77))
    #expect(decoded.image.width == (value >= 5 ? 39 : 51) && decoded.image.height == (value >= 5 ? 51 : 39))
  }

  /// Tiles larger than 64 pixels, both sides not a multiple of it: turning back and forth gives the same picture.
  @Test func turningTwiceComesBack() throws {
    let picture = Fixtures.picture(150, 131)
    let png = try ImageEncoder.png(picture)
    for (there, back) in [(2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (7, 7), (8, 6)] {
      func turned(_ file: [UInt8], _ value: Int) throws -> Image {
        let chunk = PNGBuilder.chunk("eXIf", tiff(value))
        return try ImageDecoder.decode(Array(file[..<33]) + chunk + Array(file[33...])).image
      }
      let once = try turned(png, there)
      #expect(once.pixels != picture.pixels)
      #expect(try turned(try ImageEncoder.png(once), back).pixels == picture.pixels, "\(there) then \(back)")
    }
  }

  /// Broken metadata reads as upright; the picture still decodes.
  @Test func brokenExifIsIgnored() throws {
    let good = tiff(6)
    var loop = good
    loop.replaceSubrange(4..<8, with: [255, 255, 255, 255])
    var many = good
    many.replaceSubrange(8..<10, with: [255, 255])
    many.replaceSubrange(10..<12, with: [0, 0])
    var type = good
    type.replaceSubrange(12..<14, with: [0, 12])
    let blocks = (0..<18).map { Array(good.prefix($0)) } + [loop, many, type, tiff(0), tiff(9), tiff(65_535)]
    for block in blocks {
      let decoded = try ImageDecoder.decode(try withExif(block))
      #expect(decoded.image.width == 101, "\(block)")
    }
    #expect(try ImageDecoder.decode(try withExif(good)).image.width == 77)
  }

  /// The same scene stored in all eight orientations.
  @Test(.enabled(if: Fixtures.hasShared), arguments: ["Landscape", "Portrait"])
  func photosInAllOrientationsLookTheSame(_ kind: String) throws {
    let files = try Fixtures.sharedFiles("exif").filter { $0.name.hasPrefix(kind) }
    #expect(files.count == 9)
    let pictures = try files.map { ($0.name, try ImageDecoder.decode($0.bytes, minimumShortSide: 200)) }
    let first = try #require(pictures.first { $0.0 == "\(kind)_1.jpg" }).1
    for (name, decoded) in pictures {
      #expect(decoded.fullWidth == first.fullWidth && decoded.fullHeight == first.fullHeight, "\(name)")
      let difference = meanDifference(decoded.image, first.image)
      print("\(name): mean difference \(difference)")
      #expect(difference < 4, "\(name)")
    }
  }

  /// A TIFF block whose only tag is the orientation.
  private func tiff(_ value: Int, littleEndian: Bool = false) -> [UInt8] {
    func number(_ value: Int, _ bytes: Int) -> [UInt8] {
      let little = (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      return littleEndian ? little : little.reversed()
    }
    return (littleEndian ? [0x49, 0x49] : [0x4D, 0x4D]) + number(42, 2) + number(8, 4) + number(1, 2)
      + number(0x0112, 2) + number(3, 2) + number(1, 4) + number(value, 2) + number(0, 2) + number(0, 4)
  }

  /// A JPEG with a TIFF block in its APP1 segment, behind the JFIF segment.
  private func withExif(_ block: [UInt8]) throws -> [UInt8] {
    let file = try Fixtures.bytes("baseline-420.jpg")
    let length = block.count + 8
    let segment = [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + Array("Exif\0\0".utf8) + block
    return Array(file[..<20]) + segment + Array(file[20...])
  }
}
