import Digests
import Images
import Testing

/// The bilinear resize against what OpenCV 5.0.0 computes: `cv2.resize(picture, (width, height))`.
@Suite struct BilinearResizeTests {
  /// `(37 x + 91 y + 53 c + 7 x y) mod 256`.
  private static func picture(_ width: Int, _ height: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 { pixels.append(UInt8((x * 37 + y * 91 + channel * 53 + x * y * 7) % 256)) }
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  @Test func smallPicturesByteForByte() {
    let enlarged: [UInt8] = [
      0, 53, 106, 13, 66, 119, 34, 87, 140, 55, 108, 161, 77, 129, 183, 98, 151, 204, 111, 164, 217, 36, 89, 142, 50,
      103, 157, 73, 126, 179, 96, 149, 151, 119, 164, 122, 141, 129, 145, 156, 106, 159, 91, 144, 197, 107, 160, 213,
      132, 185, 238, 157, 210, 135, 182, 217, 32, 207, 96, 57, 223, 20, 73, 145, 199, 98, 163, 161, 115, 190, 101, 143,
      141, 117, 119, 92, 137, 95, 119, 107, 123, 136, 87, 140, 182, 235, 32, 200, 162, 50, 229, 44, 79, 130, 55, 108,
      32, 84, 138, 61, 114, 167, 79, 132, 185,
    ]
    #expect(Self.picture(4, 3).resizedBilinearly(width: 7, height: 5).pixels == enlarged)
    let reduced: [UInt8] = [
      103, 155, 208, 199, 65, 92, 82, 130, 145, 136, 189, 162, 101, 154, 127, 127, 164, 105, 122, 159, 100, 132, 137,
      110, 99, 125, 179, 50, 103, 130, 161, 188, 54, 112, 139, 112,
    ]
    #expect(Self.picture(9, 8).resizedBilinearly(width: 4, height: 3).pixels == reduced)
  }

  @Test(arguments: [
    (53, 37, 31, 20, "9eabc4a26391740ceafc3f75e745ad146a8168e6ca0ae2b48e90866f244efb9f"),
    (53, 37, 96, 64, "fbb1260534bec7500b878724984f3866e10be1053bde00d8f8c025111a319627"),
    (64, 48, 32, 24, "ade4cc165992590809fa040653bc5b3c69168b118a2a94af72ec6a449c3ad15d"),
    (250, 250, 640, 640, "b1af13487c184577460c8c5f267c13fe35c9f9c62a3b8c4e50836eb86a4f2b42"),
    (7, 1, 4, 4, "6f21a2264cdb70b7b10533ca2630924c934b1abbc6696a87e9bd0a37ee936990"),
    (1, 5, 9, 9, "b56f8d072cdbe228586e1e356a03c9aa9790049387c745bf531430cd0e2d81af"),
    (301, 199, 640, 423, "289141540cc6102b6fed0917ae3962c7a6699760d3409501bc6347c15b2bfa7f"),
    (1024, 683, 640, 426, "81eda3eed7801672f2bd4b7271df94878a3ffe90704bbd619fc39d9e5bd08bc8"),
  ])
  func digest(width: Int, height: Int, newWidth: Int, newHeight: Int, sha256: String) {
    let result = Self.picture(width, height).resizedBilinearly(width: newWidth, height: newHeight)
    #expect(SHA256.hexadecimal(result.pixels) == sha256)
  }
}
