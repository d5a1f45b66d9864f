internal import Networks
internal import OnnxImport
internal import Tensors

extension OnnxImageRule {
  /// What a manifest says of the image input.
  init(_ input: ModelManifest.Input) {
    self.init(freesSize: input.anySize ?? false, channelsLast: input.layout == .nhwc)
  }
}

/// An ONNX file as a network from one image to its outputs.
enum OnnxWeights {
  /// Reads the file and builds its graph for one RGB image of `width` x `height` pixels, NCHW; `id` names the model in
  /// messages.
  ///
  /// - Throws: ``ModelError`` `invalid`, with all missing operators at once.
  static func graph(
    _ bytes: [UInt8], id: String, width: Int, height: Int, input: ModelManifest.Input
  ) throws(ModelError) -> Graph {
    do throws(OnnxError) {
      let network = try OnnxNetwork(OnnxBytes(bytes))
      guard network.inputs.count == 1 else {
        let names = network.inputs.prefix(8).map { String($0.name.prefix(64)) }.joined(separator: ", ")
        throw OnnxError(
          .unsupported, "The network has \(network.inputs.count) inputs (\(names)), not one image.")
      }
      return try network.graph(inputShapes: [[1, 3, height, width]], image: OnnxImageRule(input))
    } catch {
      throw ModelError(.invalid, "The ONNX file of \(id) cannot be used: \(error.message)", missing: error.missing)
    }
  }
}
