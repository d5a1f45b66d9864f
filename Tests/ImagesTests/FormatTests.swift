import Images
import Testing

@Suite struct FormatTests {
  static let starts: [(ImageFormat, [UInt8])] = [
    (.jpeg, [0xFF, 0xD8, 0xFF, 0xE0]),
    (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    (.webp, Array("RIFF\u{10}\u{0}\u{0}\u{0}WEBPVP8 ".utf8)),
    (.heic, [0, 0, 0, 24] + Array("ftypheic\0\0\0\0mif1heic".utf8)),
    (.heic, [0, 0, 0, 24] + Array("ftypmif1\0\0\0\0mif1heic".utf8)),
    (.avif, [0, 0, 0, 28] + Array("ftypavif\0\0\0\0avifmif1miaf".utf8)),
    (.avif, [0, 0, 0, 28] + Array("ftypmif1\0\0\0\0mif1avifmiaf".utf8)),
    (.gif, Array("GIF89a".utf8)),
    (.bmp, Array("BM".utf8) + [UInt8](repeating: 0, count: 12) + [40, 0, 0, 0]),
    (.tiff, [0x49, 0x49, 42, 0]),
    (.tiff, [0x4D, 0x4D, 0, 42]),
    (.unknown, Array("BMost of this is text".utf8)),
    (.unknown, [0, 0, 0, 24] + Array("ftypisom\0\0\0\0isomavc1".utf8)),
    (.unknown, Array("{\"method\":\"ping\"}".utf8)),
    (.unknown, []),
  ]

  @Test(arguments: starts)
  func isSniffedFromTheFirstBytes(_ format: ImageFormat, _ bytes: [UInt8]) {
    #expect(bytes.withUnsafeBytes { ImageFormat.sniff($0) } == format)
  }

  @Test(arguments: starts.filter { ![.jpeg, .png, .unknown].contains($0.0) })
  func otherFormatsAreNamed(_ format: ImageFormat, _ bytes: [UInt8]) {
    let error = decodingError(bytes)
    #expect(error?.code == .unsupported)
    #expect(
      error?.message == "This is a \(format.name) image; send JPEG or PNG, or raw pixels as image/x-rgb.")
  }

  /// Every prefix of every start: no read may leave the bytes.
  @Test(arguments: starts)
  func prefixesAreErrors(_ format: ImageFormat, _ bytes: [UInt8]) {
    for count in 0...bytes.count {
      let error = decodingError(Array(bytes.prefix(count)))
      #expect(error?.code == .undecodable || error?.code == .unsupported)
    }
  }

  @Test func emptyAndForeignBytesAreUndecodable() {
    #expect(decodingError([]) == ImageError(.undecodable, "The image is empty: it has 0 bytes."))
    let text = decodingError(Array("hello".utf8))
    #expect(text?.code == .undecodable)
    #expect(text?.message.contains("68 65 6c 6c 6f") == true)
    // What a text-mode transfer makes of a PNG's signature.
    let mangled = decodingError([0x89, 0x50, 0x4E, 0x47, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])
    #expect(mangled?.message.contains("text mode") == true)
  }

  @Test func headersGiveTheSizeWithoutPixels() throws {
    let picture = Fixtures.picture(40, 30)
    for (format, file) in [(ImageFormat.jpeg, try ImageEncoder.jpeg(picture)), (.png, try ImageEncoder.png(picture))] {
      let header = try file.withUnsafeBytes { bytes in Result { try ImageDecoder.header(of: bytes) } }.get()
      #expect(header.format == format)
      #expect(header.width == 40)
      #expect(header.height == 30)
      #expect(header.orientation == .upright)
    }
  }
}
