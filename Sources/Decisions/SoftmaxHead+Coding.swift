internal import Tensors
internal import WeightFiles

extension SoftmaxHead {
  private static let format = "face-worker-head/1"

  /// The head as the bytes of a safetensors file: `slots` (I64), `weights`, `bias` and `temperature` (F32), the same
  /// three with `judged.` before the name where there are ``judged`` rows, and as metadata `format` and `model`. The same head always gives the same bytes.
  package func encoded() throws(SoftmaxHeadError) -> [UInt8] {
    var tensors = NamedTensors()
    _ = tensors.insert(NamedTensors.Integers(shape: [slots.count], values: slots), as: "slots")
    _ = tensors.insert(Tensor(shape: [bias.count, dimension], values: weights), as: "weights")
    _ = tensors.insert(Tensor(shape: [bias.count], values: bias), as: "bias")
    _ = tensors.insert(Tensor(shape: [1], values: [temperature]), as: "temperature")
    if let judged {
      _ = tensors.insert(Tensor(shape: [judged.bias.count, dimension], values: judged.weights), as: "judged.weights")
      _ = tensors.insert(Tensor(shape: [judged.bias.count], values: judged.bias), as: "judged.bias")
      _ = tensors.insert(Tensor(shape: [1], values: [judged.temperature]), as: "judged.temperature")
    }
    do {
      return try Safetensors.encode(tensors, metadata: ["format": Self.format, "model": modelDigest])
    } catch {
      throw .badFile(error.message)
    }
  }

  /// Reads what ``encoded()`` wrote. The bytes are untrusted.
  ///
  /// - Throws: ``SoftmaxHeadError`` for any bytes that are not a sound head.
  package init(bytes: [UInt8]) throws(SoftmaxHeadError) {
    let tensors: NamedTensors
    do {
      tensors = try Safetensors.read(bytes)
    } catch {
      throw .badFile(error.message)
    }
    let metadata = Safetensors.metadata(bytes)
    guard metadata["format"] == Self.format, let model = metadata["model"] else {
      throw .badFile("The file is not a classifier head of this program.")
    }
    guard let slots = tensors.integers("slots"), slots.shape.rank == 1, let weights = tensors["weights"],
      weights.shape.rank == 2, let bias = tensors["bias"], bias.shape.rank == 1,
      let temperature = tensors["temperature"],
      temperature.count == 1, weights.shape[0] == bias.count
    else { throw .badShape }
    var judged: JudgedRows?
    if let weights = tensors["judged.weights"] {
      guard let bias = tensors["judged.bias"], let temperature = tensors["judged.temperature"], temperature.count == 1
      else { throw .badShape }
      judged = JudgedRows(weights: weights.values, bias: bias.values, temperature: temperature.values[0])
    }
    try self.init(
      modelDigest: model, dimension: weights.shape[1], slots: slots.values, weights: weights.values, bias: bias.values,
      temperature: temperature.values[0], judged: judged)
  }
}
