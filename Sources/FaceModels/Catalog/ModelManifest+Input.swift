extension ModelManifest {
  /// What becomes of an image before the network sees it: a channel's value 0 to 255 turns into `(value - mean) * scale`.
  package struct Input: Decodable, Sendable {
    /// Pixels; `nil` where the network takes any size.
    package var width: Int?
    package var height: Int?
    package var channels: Channels
    /// Three numbers, in the order of `channels`.
    package var mean: [Float]
    /// Three numbers, in the order of `channels`; in a manifest one may stand for all.
    package var scales: [Float]
    /// Whether the network takes other sizes than the fixed one its ONNX file declares. Absent: no.
    package var anySize: Bool?
    /// The order in which an ONNX file takes a picture's dimensions. Absent: `nchw`.
    package var layout: Layout?

    package enum Layout: String, Decodable, Sendable {
      case nchw
      case nhwc
    }

    /// The first channel's scale, for networks that have one for all.
    package var scale: Float { scales.first ?? 1 }

    private enum CodingKeys: String, CodingKey {
      case width, height, channels, mean, anySize, layout
      case scales = "scale"
    }

    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      width = try container.decodeIfPresent(Int.self, forKey: .width)
      height = try container.decodeIfPresent(Int.self, forKey: .height)
      channels = try container.decode(Channels.self, forKey: .channels)
      mean = try container.decode([Float].self, forKey: .mean)
      anySize = try container.decodeIfPresent(Bool.self, forKey: .anySize)
      layout = try container.decodeIfPresent(Layout.self, forKey: .layout)
      if let one = try? container.decode(Float.self, forKey: .scales) {
        scales = [one, one, one]
      } else {
        scales = try container.decode([Float].self, forKey: .scales)
      }
    }
  }
}
