package import Networks
import Tensors
package import WeightFiles

/// The three networks of MTCNN as graphs; keys are those of facenet-pytorch's state dicts.
///
/// Reference: Zhang et al. 2016, "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks";
/// facenet-pytorch 2.6.0. Input N x 3 x H x W, RGB, (x - 127.5) / 128. The probability that a box holds a face is the
/// logistic of the difference of the two class outputs (their softmax), which the caller takes.
package enum CascadeNetworks {
  /// P-Net, fully convolutional: N x 6 x h x w, not-face and face outputs, then the four edge offsets.
  package static func proposal(_ weights: NamedTensors) throws -> Graph {
    var net = LayerBuilder(weights)
    var x = net.builder.input()
    x = try net.convolution("conv1", "prelu1", x, [10, 3, 3, 3])
    x = net.pool(x, 2, "pool1")
    x = try net.convolution("conv2", "prelu2", x, [16, 10, 3, 3])
    x = try net.convolution("conv3", "prelu3", x, [32, 16, 3, 3])
    // One product for both heads.
    let weight = try net.joined("conv4_1.weight", [2, 32, 1, 1], "conv4_2.weight", [4, 32, 1, 1])
    let bias = try net.joined("conv4_1.bias", [2], "conv4_2.bias", [4])
    let heads = net.builder.apply(Conv2d(), [x, weight, bias], name: "conv4")
    return net.builder.build(outputs: [heads])
  }

  /// R-Net on 24 x 24 crops: N x 6, the two class outputs, then the four edge offsets.
  package static func refinement(_ weights: NamedTensors) throws -> Graph {
    var net = LayerBuilder(weights)
    var x = net.builder.input()
    x = try net.convolution("conv1", "prelu1", x, [28, 3, 3, 3])
    x = net.pool(x, 3, "pool1")
    x = try net.convolution("conv2", "prelu2", x, [48, 28, 3, 3])
    x = net.pool(x, 3, "pool2")
    x = try net.convolution("conv3", "prelu3", x, [64, 48, 2, 2])
    x = try net.dense("dense4", "prelu4", x, outputs: 128, channels: 64, side: 3)
    let weight = try net.joined("dense5_1.weight", [2, 128], "dense5_2.weight", [4, 128])
    let bias = try net.joined("dense5_1.bias", [2], "dense5_2.bias", [4])
    let heads = net.builder.apply(Linear(), [x, weight, bias], name: "dense5")
    return net.builder.build(outputs: [heads])
  }

  /// O-Net on 48 x 48 crops: N x 16, the two class outputs, the four edge offsets, five landmark x, five landmark y.
  package static func output(_ weights: NamedTensors) throws -> Graph {
    var net = LayerBuilder(weights)
    var x = net.builder.input()
    x = try net.convolution("conv1", "prelu1", x, [32, 3, 3, 3])
    x = net.pool(x, 3, "pool1")
    x = try net.convolution("conv2", "prelu2", x, [64, 32, 3, 3])
    x = net.pool(x, 3, "pool2")
    x = try net.convolution("conv3", "prelu3", x, [64, 64, 3, 3])
    x = net.pool(x, 2, "pool3")
    x = try net.convolution("conv4", "prelu4", x, [128, 64, 2, 2])
    x = try net.dense("dense5", "prelu5", x, outputs: 256, channels: 128, side: 3)
    let weight = try net.joined(
      "dense6_1.weight", [2, 256], "dense6_2.weight", [4, 256], "dense6_3.weight", [10, 256])
    let bias = try net.joined("dense6_1.bias", [2], "dense6_2.bias", [4], "dense6_3.bias", [10])
    let heads = net.builder.apply(Linear(), [x, weight, bias], name: "dense6")
    return net.builder.build(outputs: [heads])
  }
}

/// Layers that all three networks are made of.
private struct LayerBuilder {
  var builder = GraphBuilder()
  private let weights: NamedTensors

  init(_ weights: NamedTensors) {
    self.weights = weights
  }

  private func tensor(_ key: String, _ shape: Shape) throws -> Tensor {
    try weights.required(key, shape)
  }

  mutating func convolution(_ conv: String, _ prelu: String, _ x: ValueID, _ shape: Shape) throws -> ValueID {
    let weight = builder.parameter("\(conv).weight", try tensor("\(conv).weight", shape))
    let bias = builder.parameter("\(conv).bias", try tensor("\(conv).bias", [shape[0]]))
    let slope = builder.parameter("\(prelu).weight", try tensor("\(prelu).weight", [shape[0]]))
    let y = builder.apply(Conv2d(), [x, weight, bias], name: conv)
    return builder.apply(PReLU(), [y, slope], name: prelu)
  }

  mutating func pool(_ x: ValueID, _ side: Int, _ name: String) -> ValueID {
    builder.apply(MaxPool2d(Window(kernel: Extent(side), stride: Extent(2), ceiling: true)), [x], name: name)
  }

  /// A dense layer over a channels x side x side image whose published weights expect the order width, height, channel:
  /// the same product as a convolution that covers the image.
  mutating func dense(
    _ dense: String, _ prelu: String, _ x: ValueID, outputs: Int, channels: Int, side: Int
  ) throws -> ValueID {
    let published = try tensor("\(dense).weight", [outputs, side * side * channels])
    let kernel = try Transpose([0, 3, 2, 1]).forward([published.reshaped([outputs, side, side, channels])])[0]
    let weight = builder.parameter("\(dense).weight", kernel)
    let bias = builder.parameter("\(dense).bias", try tensor("\(dense).bias", [outputs]))
    let slope = builder.parameter("\(prelu).weight", try tensor("\(prelu).weight", [outputs]))
    let y = builder.apply(Conv2d(), [x, weight, bias], name: dense)
    let activated = builder.apply(PReLU(), [y, slope], name: prelu)
    return builder.apply(Flatten(), [activated], name: "\(dense).flatten")
  }

  /// Parameters joined along their first axis: keys and shapes in turn.
  mutating func joined(
    _ a: String, _ aShape: Shape, _ b: String, _ bShape: Shape, _ c: String? = nil, _ cShape: Shape = []
  ) throws -> ValueID {
    var parts = [try tensor(a, aShape), try tensor(b, bShape)]
    if let c { parts.append(try tensor(c, cShape)) }
    return builder.parameter("\(a) and others", try Concat(axis: 0).forward(parts)[0])
  }
}

extension NamedTensors {
  /// The tensor called `key`; throws `invalid` when it is missing or has another shape.
  func required(_ key: String, _ shape: Shape) throws(ModelError) -> Tensor {
    guard let tensor = self[key] else { throw ModelError(.invalid, "The weight file has no tensor \"\(key)\".") }
    guard tensor.shape == shape else {
      throw ModelError(.invalid, "The tensor \"\(key)\" is \(tensor.shape); this architecture needs \(shape).")
    }
    return tensor
  }
}
