internal import Tensors

/// Reads the parameters of dlib's layers, each under the name and version that dlib gives it.
enum DlibLayerReader {
  private static let sizes = 0...65_536

  /// The input layer, with or without a fixed size.
  static func input(_ reader: inout DlibReader) throws(WeightFileError) -> DlibLayer.Input {
    let name = try reader.name()
    guard name == "input_rgb_image_sized" || name == "input_rgb_image" else {
      throw WeightFileError(.unsupported, "The network's input is \(quoted(name)); only RGB pictures are read.")
    }
    let means = [Float(try reader.number()), Float(try reader.number()), Float(try reader.number())]
    return DlibLayer.Input(means: means, size: name == "input_rgb_image" ? nil : try size(&reader, "An input size"))
  }

  /// Any other layer.
  static func layer(_ reader: inout DlibReader, _ tags: inout DlibTags) throws(WeightFileError) -> DlibLayer {
    let name = try reader.name()
    switch name {
    case "con_4", "con_5": return try convolution(&reader, hasBiasFlag: name == "con_5")
    case "affine_", "affine_2": return try affine(&reader, hasDisabledFlag: name == "affine_2")
    case "relu_": return .relu
    case "max_pool_2":
      let pooling = try pooling(&reader)
      return .maxPool(pooling)
    case "avg_pool_2":
      let pooling = try pooling(&reader)
      return pooling.window == DlibLayer.Size(rows: 0, columns: 0) ? .averagePoolEverything : .averagePool(pooling)
    case "add_prev_": return .addTagged(try tags.close())
    case "fc_2", "fc_3": return try fullyConnected(&reader, hasBiasFlag: name == "fc_3")
    default: throw WeightFileError(.unsupported, "The network has a layer \(quoted(name)), which is not read here.")
    }
  }

  /// Passes over what training left behind: three flags, gradients, the cached output.
  static func skipState(_ reader: inout DlibReader, isOnInput: Bool) throws(WeightFileError) {
    for _ in 0..<3 { _ = try reader.boolean() }
    for _ in 0..<3 { _ = try reader.tensor() }
    if isOnInput { _ = try reader.integer("The sample expansion factor", in: 1...1) }
  }

  private static func convolution(
    _ reader: inout DlibReader, hasBiasFlag: Bool
  ) throws(WeightFileError) -> DlibLayer {
    let parameters = try reader.tensor()
    let filterCount = try reader.integer("A number of filters", in: 1...65_536)
    let window = try size(&reader, "A filter size")
    let stride = try stride(&reader)
    let padding = try size(&reader, "A padding")
    let filters = try reader.alias()
    let biases = try reader.alias()
    for _ in 0..<4 { _ = try reader.number() }
    let hasBias = hasBiasFlag ? try reader.boolean() : true
    guard filters[0] == filterCount, filters[1] > 0, filters[2] == window.rows, filters[3] == window.columns,
      window.rows > 0, window.columns > 0, padding.rows < window.rows, padding.columns < window.columns
    else {
      throw WeightFileError(.badStructure, "A convolution's filters \(filters) contradict its description.")
    }
    let parts = try split(parameters, [filters, hasBias ? biases : []])
    guard !hasBias || parts[1].count == filterCount else {
      throw WeightFileError(.badStructure, "A convolution of \(filterCount) filters has \(parts[1].count) biases.")
    }
    return .convolution(
      DlibLayer.Convolution(
        filters: Tensor(shape: Shape(filters), values: parts[0]),
        bias: hasBias ? Tensor(shape: [filterCount], values: parts[1]) : nil, stride: stride, padding: padding))
  }

  private static func affine(
    _ reader: inout DlibReader, hasDisabledFlag: Bool
  ) throws(WeightFileError) -> DlibLayer {
    let parameters = try reader.tensor()
    let gamma = try reader.alias()
    let beta = try reader.alias()
    let mode = try reader.integer("The mode of an affine layer", in: 0...1)
    let isDisabled = hasDisabledFlag ? try reader.boolean() : false
    guard mode == 0, !isDisabled, gamma[0] == 1, gamma[1] > 0, gamma[2...] == [1, 1], beta == gamma else {
      throw WeightFileError(.unsupported, "An affine layer does not work on channels.")
    }
    let parts = try split(parameters, [gamma, beta])
    return .affine(
      gamma: Tensor(shape: [parts[0].count], values: parts[0]), beta: Tensor(shape: [parts[1].count], values: parts[1]))
  }

  private static func pooling(_ reader: inout DlibReader) throws(WeightFileError) -> DlibLayer.Pooling {
    let pooling = DlibLayer.Pooling(
      window: try size(&reader, "A pooling window"), stride: try stride(&reader),
      padding: try size(&reader, "A padding"))
    let (window, padding) = (pooling.window, pooling.padding)
    guard (window.rows == 0) == (window.columns == 0), padding.rows <= window.rows / 2,
      padding.columns <= window.columns / 2
    else {
      throw WeightFileError(.badStructure, "A pooling window of \(window.rows)x\(window.columns) makes no sense.")
    }
    return pooling
  }

  private static func fullyConnected(
    _ reader: inout DlibReader, hasBiasFlag: Bool
  ) throws(WeightFileError) -> DlibLayer {
    let outputs = try reader.integer("A number of outputs", in: 1...1_048_576)
    let inputs = try reader.integer("A number of inputs", in: 1...1_048_576)
    let parameters = try reader.tensor()
    let weights = try reader.alias()
    let biases = try reader.alias()
    let hasBiasMode = try reader.integer("The bias mode", in: 0...1) == 0
    for _ in 0..<4 { _ = try reader.number() }
    let hasBias = (hasBiasFlag ? try reader.boolean() : true) && hasBiasMode
    guard weights == [inputs, outputs, 1, 1] else {
      throw WeightFileError(.badStructure, "A fully connected layer's weights \(weights) contradict its description.")
    }
    let parts = try split(parameters, [weights, hasBias ? biases : []])
    guard !hasBias || parts[1].count == outputs else {
      throw WeightFileError(.badStructure, "A layer of \(outputs) outputs has \(parts[1].count) biases.")
    }
    return .fullyConnected(
      DlibLayer.FullyConnected(
        weights: Tensor(shape: [inputs, outputs], values: parts[0]),
        bias: hasBias ? Tensor(shape: [outputs], values: parts[1]) : nil))
  }

  private static func size(_ reader: inout DlibReader, _ what: String) throws(WeightFileError) -> DlibLayer.Size {
    DlibLayer.Size(rows: try reader.integer(what, in: sizes), columns: try reader.integer(what, in: sizes))
  }

  private static func stride(_ reader: inout DlibReader) throws(WeightFileError) -> DlibLayer.Size {
    DlibLayer.Size(
      rows: try reader.integer("A stride", in: 1...65_536), columns: try reader.integer("A stride", in: 1...65_536))
  }

  /// Cuts a layer's parameters into consecutive parts; an empty list of dimensions is a part that is not there.
  private static func split(_ parameters: [Float], _ parts: [[Int]]) throws(WeightFileError) -> [[Float]] {
    var result: [[Float]] = []
    var start = 0
    for dimensions in parts {
      guard !dimensions.isEmpty else {
        result.append([])
        continue
      }
      guard let shape = Shape(untrusted: dimensions, limit: parameters.count - start) else {
        throw WeightFileError(
          .badStructure, "A layer's \(parameters.count) parameters do not hold a part \(dimensions).")
      }
      result.append(Array(parameters[start..<(start + shape.count)]))
      start += shape.count
    }
    guard start == parameters.count else {
      throw WeightFileError(.badStructure, "A layer has \(parameters.count) parameters, but uses \(start).")
    }
    return result
  }
}
