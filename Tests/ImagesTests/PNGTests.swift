import Digests
import Images
import Testing

@Suite struct PNGTests {
  /// Every good file of PngSuite, against the pixels of netpbm's pngtopnm (see tools/pngsuite_digests.py).
  @Test(.enabled(if: Fixtures.hasShared)) func pngsuiteDecodes() throws {
    let expected = try Fixtures.digests("pngsuite.json")
    let files = try Fixtures.sharedFiles("pngsuite/png").filter { !$0.name.hasPrefix("x") && $0.name.hasSuffix(".png") }
    #expect(files.count == 161)
    for (name, bytes) in files {
      let decoded = try ImageDecoder.decode(bytes)
      let entry = try #require(expected[name], "\(name)")
      #expect(decoded.image.width == entry.width && decoded.image.height == entry.height, "\(name)")
      #expect(SHA256.hexadecimal(decoded.image.pixels) == entry.sha256, "\(name)")
    }
  }

  @Test(.enabled(if: Fixtures.hasShared)) func pngsuitesCorruptFilesAreErrors() throws {
    let files = try Fixtures.sharedFiles("pngsuite/png").filter { $0.name.hasPrefix("x") }
    #expect(files.count == 14)
    for (name, bytes) in files {
      #expect(decodingError(bytes)?.code == .undecodable, "\(name)")
    }
  }

  /// A PNG may claim any size; the claim alone must cost nothing.
  @Test func hugeClaimsAreRefused() {
    for (width, height) in [(60_000, 60_000), (1, 65_501), (0x7FFF_FFFF, 0x7FFF_FFFF), (0xFFFF_FFFF, 1)] {
      let before = processBytes("VmPeak")
      let error = decodingError(PNGBuilder.file(width: width, height: height, type: 2, data: []))
      #expect(error?.code == .tooLarge, "\(width) x \(height)")
      #expect(processBytes("VmPeak") - before < 1 << 30)
    }
    #expect(decodingError(PNGBuilder.file(width: 0, height: 5, type: 2, data: []))?.code == .undecodable)
  }

  @Test func truncationsAreErrors() throws {
    let file = try ImageEncoder.png(Fixtures.picture(60, 50))
    #expect(decodingError(file) == nil)
    for count in stride(from: 0, to: file.count, by: 7) {
      #expect(decodingError(Array(file.prefix(count)))?.code == .undecodable, "\(count) of \(file.count) bytes")
    }
    #expect(decodingError(file.dropLast())?.code == .undecodable)
    let half = decodingError(Array(file.prefix(file.count / 2)))
    #expect(half?.message.hasPrefix("The PNG data ends early") == true)
  }

  @Test func changedBytesAreErrors() throws {
    // Every byte is covered by a checksum or by the structure.
    let file = try ImageEncoder.png(Fixtures.picture(30, 20))
    for index in file.indices {
      var changed = file
      changed[index] ^= 0x10
      #expect(decodingError(changed, limits: DecodeLimits(maxPixels: 1_000_000)) != nil, "byte \(index)")
    }
  }

  /// 0, half and full opacity of black over white; the low half of 16 bits rounds.
  @Test func alphaIsBlendedOverWhite() throws {
    let rgba: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 255, 200, 100, 50, 128]
    let blended = try ImageDecoder.decode(
      PNGBuilder.file(width: 4, height: 1, type: 6, data: PNGBuilder.stored([0] + rgba))
    ).image
    #expect(blended.pixels == [255, 255, 255, 127, 127, 127, 0, 0, 0, 227, 177, 152])
    let deep: [UInt8] = [0x80, 0x7F, 0x80, 0x80, 0x80, 0x81, 0xFF, 0x7E, 0xFF, 0x7F, 0, 0x80]
    let rounded = try ImageDecoder.decode(
      PNGBuilder.file(width: 2, height: 1, depth: 16, type: 2, data: PNGBuilder.stored([0] + deep))
    ).image
    #expect(rounded.pixels == [128, 128, 128, 254, 255, 0])
  }

  /// 1 x 40 million pixels claimed by a file whose data is a few bytes: refused at the first missing row.
  @Test func missingDataIsAnError() {
    let file = PNGBuilder.file(width: 8_000, height: 5_000, type: 2, data: PNGBuilder.stored([0, 1, 2, 3]))
    #expect(decodingError(file)?.code == .undecodable)
  }

  /// Text and profiles are skipped unread, however much they claim to hold; so are damaged ones.
  @Test func ancillaryChunksAreIgnored() throws {
    let picture = Fixtures.picture(9, 7)
    let file = try ImageEncoder.png(picture)
    var chunks: [UInt8] = []
    for name in ["tEXt", "zTXt", "iTXt", "iCCP", "gAMA", "sBIT", "bKGD", "eXIf", "sPLT", "acTL", "fcTL"] {
      chunks += PNGBuilder.chunk(name, [UInt8](repeating: 7, count: 300))
    }
    // Right behind the header chunk.
    let decorated = Array(file[..<33]) + chunks + Array(file[33...])
    #expect(try ImageDecoder.decode(decorated).image.pixels == picture.pixels)
  }
}
