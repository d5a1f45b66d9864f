import Digests
import Images
import Testing

@Suite struct JPEGTests {
  /// Baseline with all samplings, progressive, restarts, RGB, grey, CMYK and YCCK, against Pillow's pixels.
  @Test func pixelsEqualPillows() throws {
    let expected = try Fixtures.digests("jpeg.json")
    #expect(expected.count == 11)
    for (name, expected) in expected.sorted(by: { $0.key < $1.key }) {
      let decoded = try ImageDecoder.decode(Fixtures.bytes(name))
      #expect(decoded.image.width == expected.width, "\(name)")
      #expect(decoded.image.height == expected.height, "\(name)")
      #expect(SHA256.hexadecimal(decoded.image.pixels) == expected.sha256, "\(name)")
      #expect(decoded.scale == 1 && decoded.fullWidth == expected.width && decoded.fullHeight == expected.height)
    }
  }

  @Test(
    arguments: [
      (nil, 1), (77, 1), (39, 2), (40, 1), (20, 4), (21, 2), (10, 8), (11, 4), (1, 8), (0, 8), (-5, 8), (10_000, 1),
    ] as [(Int?, Int)])
  func scalesDownWhileTheShortSideLasts(_ minimum: Int?, _ denominator: Int) throws {
    for name in ["baseline-420.jpg", "progressive.jpg", "gray.jpg", "cmyk.jpg"] {
      let decoded = try ImageDecoder.decode(Fixtures.bytes(name), minimumShortSide: minimum)
      #expect(decoded.scale == 1 / Double(denominator))
      #expect(decoded.fullWidth == 101 && decoded.fullHeight == 77)
      #expect(decoded.image.width == (101 + denominator - 1) / denominator)
      #expect(decoded.image.height == (77 + denominator - 1) / denominator)
      let full = try ImageDecoder.decode(Fixtures.bytes(name)).image
      // Whole blocks only: the last pixel of a scaled row may cover less than the others.
      let (width, height) = (96 / denominator, 72 / denominator)
      let averaged = full.cropped(x: 0, y: 0, width: 96, height: 72).resized(width: width, height: height)
      let scaled = decoded.image.cropped(x: 0, y: 0, width: width, height: height)
      #expect(meanDifference(scaled, averaged) < 6, "\(name) at 1/\(denominator)")
    }
  }

  /// Cut anywhere, a JPEG is an error, never half a picture.
  @Test func truncationsAreErrors() throws {
    let own = try ImageEncoder.jpeg(Fixtures.picture(160, 120))
    let files =
      [("own", own)]
      + (try ["baseline-420.jpg", "progressive.jpg", "restarts.jpg", "gray.jpg", "cmyk.jpg", "ycck.jpg"].map {
        ($0, try Fixtures.bytes($0))
      })
    for (name, file) in files {
      for percent in 0..<100 {
        let error = decodingError(Array(file.prefix(file.count * percent / 100)))
        #expect(error?.code == .undecodable, "\(name) at \(percent) %: \(String(describing: error))")
      }
      // The last byte of the pixels, with the end marker still there.
      let hole = Array(file.prefix(file.count - 3)) + [0xFF, 0xD9]
      #expect(decodingError(hole)?.code == .undecodable, "\(name)")
      #expect(decodingError(file) == nil, "\(name)")
    }
    let early = decodingError(Array(own.prefix(own.count / 2)))
    #expect(early?.message.hasPrefix("The JPEG data ends early (") == true)
  }

  /// Some cameras leave the end marker out; a single scan shows by itself that it is whole, several scans do not.
  @Test func onlyTheEndMarkerMayBeMissing() throws {
    for name in ["baseline-420.jpg", "gray.jpg", "cmyk.jpg"] {
      let file = try Fixtures.bytes(name)
      let whole = try ImageDecoder.decode(file).image
      for missing in 1...2 {
        #expect(try ImageDecoder.decode(Array(file.dropLast(missing))).image.pixels == whole.pixels, "\(name)")
      }
    }
    #expect(decodingError(try Fixtures.bytes("progressive.jpg").dropLast(2))?.code == .undecodable)
  }

  @Test func harmlessOdditiesDecode() throws {
    let file = try Fixtures.bytes("baseline-420.jpg")
    let whole = try ImageDecoder.decode(file).image
    let trailing = file + Array("appended by some editor".utf8)
    #expect(try ImageDecoder.decode(trailing).image.pixels == whole.pixels)
    // Stray bytes between two segments: libjpeg warns of extraneous data.
    var stray = file
    stray.insert(contentsOf: [1, 2, 3], at: 20)
    #expect(try ImageDecoder.decode(stray).image.pixels == whole.pixels)
    // A JFIF version from the future.
    var version = file
    version[11] = 9
    #expect(try ImageDecoder.decode(version).image.pixels == whole.pixels)
  }

  /// Every scan costs a pass over all coefficients, so a small file must not ask for any number of them.
  @Test func scanBombsAreRefused() throws {
    let file = try Fixtures.bytes("gray-progressive.jpg")
    let scan = try #require(scanRange(file))
    let bomb = file[..<scan.upperBound] + (0..<600).flatMap { _ in file[scan] } + file[scan.upperBound...]
    let error = decodingError(Array(bomb))
    #expect(error?.code == .tooLarge)
    #expect(error?.message.contains("scans") == true)
    let few = file[..<scan.upperBound] + (0..<20).flatMap { _ in file[scan] } + file[scan.upperBound...]
    #expect(decodingError(Array(few)) == nil)
  }

  @Test func workingMemoryIsLimited() throws {
    // A progressive file that claims to be 8,000 pixels high: over 2 MB of coefficients.
    var file = try Fixtures.bytes("progressive.jpg")
    let frame = try #require(frameHeader(file, 0xC2))
    file.replaceSubrange(frame + 5..<frame + 7, with: [0x1F, 0x40])
    #expect(decodingError(file, limits: DecodeLimits(maxWorkingBytes: 1 << 20))?.code == .tooLarge)
    #expect(decodingError(file)?.code == .undecodable)
  }

  @Test func sizesAreCheckedBeforeDecoding() throws {
    let file = try Fixtures.bytes("baseline-420.jpg")
    #expect(decodingError(file, limits: DecodeLimits(maxPixels: 7_777)) == nil)
    #expect(decodingError(file, limits: DecodeLimits(maxPixels: 7_776))?.code == .tooLarge)
    #expect(decodingError(file, limits: DecodeLimits(maxSide: 100))?.code == .tooLarge)
    // The same file claims 65,500 x 65,500 pixels.
    var huge = file
    let frame = try #require(frameHeader(huge, 0xC0))
    huge.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(decodingError(huge)?.code == .tooLarge)
  }

  /// Any single byte changed: it decodes or it is an error.
  @Test func changedBytesNeverCrash() throws {
    for name in ["progressive.jpg", "gray.jpg", "ycck.jpg"] {
      let file = try Fixtures.bytes(name)
      for index in stride(from: 0, to: file.count, by: 3) {
        var changed = file
        changed[index] = changed[index] &+ UInt8(truncatingIfNeeded: 1 + index * 7)
        _ = decodingError(changed, limits: DecodeLimits(maxPixels: 1_000_000))
      }
    }
  }

  @Test(.enabled(if: Fixtures.hasShared)) func libjpegTurbosTestImages() throws {
    let files = try Fixtures.sharedFiles("libjpeg-turbo/testimages")
    for (name, bytes) in files where name.hasSuffix(".jpg") {
      let error = decodingError(bytes)
      // One file has 12 bits a sample.
      #expect(error?.code == (name == "monkey12.jpg" ? .unsupported : nil), "\(name): \(String(describing: error))")
    }
    for (name, bytes) in files where name.hasSuffix(".bmp") {
      #expect(decodingError(bytes)?.message.contains("BMP") == true, "\(name)")
    }
    #expect(files.count { $0.name.hasSuffix(".jpg") } == 4)
  }

  /// Where a frame header's marker is.
  private func frameHeader(_ file: [UInt8], _ marker: UInt8) -> Int? {
    file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == marker }
  }

  /// The first scan of a JPEG: from its marker to the next one.
  private func scanRange(_ file: [UInt8]) -> Range<Int>? {
    let markers = file.indices.dropLast().filter {
      file[$0] == 0xFF && file[$0 + 1] != 0 && file[$0 + 1] != 0xFF && !(0xD0...0xD7).contains(file[$0 + 1])
    }
    guard let start = markers.first(where: { file[$0 + 1] == 0xDA }),
      let end = markers.first(where: { $0 > start })
    else { return nil }
    return start..<end
  }
}
