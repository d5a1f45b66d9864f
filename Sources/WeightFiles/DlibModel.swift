/// A network as dlib serializes it (`serialize(filename) << net`), for nets with a `loss_metric` on top.
///
/// The file holds the versions of the nested layer objects from the outermost inwards, then each layer's parameters
/// from the innermost (the input) outwards. Tags and skips leave nothing but their version, so which is which follows
/// from where they stand: two in a row are the `tag2` and `skip1` of a down-sampling residual block, a single one is
/// the `tag1` at a block's start. References: `dlib/dnn/core.h`, `dlib/dnn/layers.h`, `dlib/dnn/input.h`.
///
/// ## dlib_face_recognition_resnet_model_v1.dat
///
/// Checked against dlib's own descriptors of 40 aligned faces: cosine 0.9999999, largest difference 7e-7.
///
/// - Input: 150 x 150, planes red, green, blue, `(pixel - mean) / 256` with means 122.78200, 117.00100 and 104.29800.
/// - `conv 32 7x7 stride 2 padding 0, affine, relu` gives 32x72x72; `max pool 3x3 stride 2`, no padding, 32x35x35.
/// - `ares(n)`: `relu(x + affine(conv3x3(relu(affine(conv3x3(x))))))`, both convolutions stride 1, padding 1.
/// - `aresDown(n)`: the first convolution has stride 2 and padding 0; the other operand is `average pool 2x2 stride 2`
///   of `x`, without padding or partial windows.
/// - Three `ares(32)` (32x35x35), `aresDown(64)` and three `ares(64)` (64x17x17), `aresDown(128)` and two `ares(128)`
///   (128x8x8), `aresDown(256)` and two `ares(256)` (256x4x4), `aresDown(256)` (256x2x2).
/// - The sums of `aresDown` join different sizes, see ``DlibLayer/addTagged(_:)``: the pooled operand lacks channels
///   (32, 64 and 128 of them, which count as zero), and in the last two blocks the *convolved* one is smaller: 3x3
///   against 4x4, then 1x1 against 2x2; it lies at the top left and lacks its last row and column.
/// - The mean over rows and columns, then fully connected 256 to 128 without bias. The 128 numbers are **not**
///   L2-normalized (norms 1.40 to 1.50); dlib's usual distance threshold of 0.6 is for them as they are.
/// - All 29 convolutions have a bias, tiny but not zero; each is followed by an affine layer and can absorb it.
package struct DlibModel: Sendable {
  /// The layers in the order in which data passes; the first is the input.
  package let layers: [DlibLayer]
  /// The margin of the metric loss it was trained with.
  package let margin: Float
  /// The distance below which the loss takes two outputs for the same subject.
  package let distanceThreshold: Float

  /// No network has more layers.
  static let maximumLayers = 4096

  /// Reads a whole file.
  ///
  /// Throws: ``WeightFileError``, for any bytes that are not a sound network of supported layers.
  package static func read(_ bytes: [UInt8]) throws(WeightFileError) -> DlibModel {
    var reader = DlibReader(bytes)
    let (margin, threshold) = try loss(&reader)
    let wrappers = try nesting(&reader)
    var layers = [DlibLayer.input(try DlibLayerReader.input(&reader))]
    var tags = DlibTags()
    for index in wrappers.indices.reversed() {
      switch wrappers[index] {
      case .tagOrSkip:
        layers.append(
          try tags.resolve(
            isSecondOfPair: index + 1 < wrappers.count && wrappers[index + 1] == .tagOrSkip,
            isFirstOfPair: index > 0 && wrappers[index - 1] == .tagOrSkip))
      case .layer, .layerOnInput:
        layers.append(try DlibLayerReader.layer(&reader, &tags))
        try DlibLayerReader.skipState(&reader, isOnInput: wrappers[index] == .layerOnInput)
      }
    }
    guard reader.isAtEnd else {
      throw WeightFileError(.badStructure, "The file goes on after the network's end at byte \(reader.position).")
    }
    return DlibModel(layers: layers, margin: Float(margin), distanceThreshold: Float(threshold))
  }

  private static func loss(_ reader: inout DlibReader) throws(WeightFileError) -> (Double, Double) {
    guard let version = try? reader.integer(), version == 1, let name = try? reader.name(), name.hasPrefix("loss_")
    else {
      throw WeightFileError(.badMagic, "The file does not begin as a dlib network with a loss layer does.")
    }
    switch name {
    case "loss_metric_": return (0.1, 0.75)
    case "loss_metric_2": return (try reader.number(), try reader.number())
    default: throw WeightFileError(.unsupported, "The network has \(quoted(name)) on top; only loss_metric is read.")
    }
  }

  /// What the version of a nested object says it is.
  private enum Wrapper {
    case tagOrSkip
    case layer
    case layerOnInput
  }

  /// Reads versions, outermost first, down to the layer that lies on the input.
  private static func nesting(_ reader: inout DlibReader) throws(WeightFileError) -> [Wrapper] {
    var wrappers: [Wrapper] = []
    while wrappers.count < maximumLayers {
      switch try reader.integer("The version of a layer", in: 1...3) {
      case 1: wrappers.append(.tagOrSkip)
      case 2: wrappers.append(.layer)
      default:
        wrappers.append(.layerOnInput)
        return wrappers
      }
    }
    throw WeightFileError(.tooLarge, "The network has more than \(maximumLayers) layers.")
  }
}
