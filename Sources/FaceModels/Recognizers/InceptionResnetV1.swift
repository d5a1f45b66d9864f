package import Networks
import Tensors
package import WeightFiles

/// InceptionResnetV1 as facenet-pytorch publishes it: 160 x 160 RGB, (x - 127.5) / 128, 512 outputs.
///
/// Keys are those of facenet-pytorch's state dict, `logits.*` included. Reference: Szegedy et al. 2016,
/// "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning"; facenet-pytorch 2.6.0.
package enum InceptionResnetV1 {
  /// What the network answers.
  package enum Head: Sendable {
    /// N x 512, each row of length one.
    case embedding
    /// N x classes: the classifier layer's outputs before any softmax; needs `logits.weight` and `logits.bias`.
    case logits
  }

  package static func graph(_ weights: NamedTensors, head: Head = .embedding) throws -> Graph {
    var net = Layers(weights)
    var x = net.builder.input()
    x = try net.convolution("conv2d_1a", x, 3, 32, Extent(3), stride: 2)
    x = try net.convolution("conv2d_2a", x, 32, 32, Extent(3))
    x = try net.convolution("conv2d_2b", x, 32, 64, Extent(3), Padding(1))
    x = net.pool("maxpool_3a", x)
    x = try net.convolution("conv2d_3b", x, 64, 80, Extent(1))
    x = try net.convolution("conv2d_4a", x, 80, 192, Extent(3))
    x = try net.convolution("conv2d_4b", x, 192, 256, Extent(3), stride: 2)
    for index in 0..<5 { x = try net.block35("repeat_1.\(index)", x) }
    x = try net.reduction6a("mixed_6a", x)
    for index in 0..<10 { x = try net.block17("repeat_2.\(index)", x) }
    x = try net.reduction7a("mixed_7a", x)
    for index in 0..<5 { x = try net.block8("repeat_3.\(index)", x, scale: 0.2) }
    x = try net.block8("block8", x, scale: 1, activates: false)
    x = net.builder.apply(GlobalAveragePool(), [x], name: "avgpool_1a")
    x = net.builder.apply(Dropout(probability: 0.6), [x], name: "dropout")
    x = net.builder.apply(Flatten(), [x], name: "flatten")
    let weight = try net.parameter("last_linear.weight", [512, 1792])
    x = net.builder.apply(Linear(), [x, weight], name: "last_linear")
    x = try net.batchNorm("last_bn", x, 512)
    switch head {
    case .embedding:
      x = net.builder.apply(L2Normalize(), [x], name: "normalize")
    case .logits:
      guard let logits = weights["logits.weight"], logits.shape.rank == 2, logits.shape[1] == 512 else {
        throw ModelError(.invalid, "The weight file has no classifier layer (\"logits.weight\", classes x 512).")
      }
      let weight = try net.parameter("logits.weight", logits.shape)
      let bias = try net.parameter("logits.bias", [logits.shape[0]])
      x = net.builder.apply(Linear(), [x, weight, bias], name: "logits")
    }
    return net.builder.build(outputs: [x])
  }
}

/// The blocks of the network, named as in the state dict.
private struct Layers {
  var builder = GraphBuilder()
  private let weights: NamedTensors

  init(_ weights: NamedTensors) {
    self.weights = weights
  }

  mutating func parameter(_ key: String, _ shape: Shape) throws -> ValueID {
    builder.parameter(key, try weights.required(key, shape))
  }

  mutating func batchNorm(_ name: String, _ x: ValueID, _ channels: Int) throws -> ValueID {
    let keys = ["weight", "bias", "running_mean", "running_var"]
    var inputs = [x]
    for key in keys { inputs.append(try parameter("\(name).\(key)", [channels])) }
    return builder.apply(BatchNorm(epsilon: 1e-3), inputs, name: name)
  }

  /// Convolution without bias, batch norm, ReLU.
  mutating func convolution(
    _ name: String, _ x: ValueID, _ channelsIn: Int, _ channelsOut: Int, _ kernel: Extent,
    _ padding: Padding = Padding(0), stride: Int = 1
  ) throws -> ValueID {
    let weight = try parameter("\(name).conv.weight", [channelsOut, channelsIn, kernel.height, kernel.width])
    let conv = builder.apply(
      Conv2d(stride: Extent(stride), padding: padding), [x, weight], name: "\(name).conv")
    let norm = try batchNorm("\(name).bn", conv, channelsOut)
    return builder.apply(ReLU(), [norm], name: "\(name).relu")
  }

  mutating func pool(_ name: String, _ x: ValueID) -> ValueID {
    builder.apply(MaxPool2d(Window(kernel: Extent(3), stride: Extent(2))), [x], name: name)
  }

  mutating func concat(_ name: String, _ values: [ValueID]) -> ValueID {
    builder.apply(Concat(axis: 1), values, name: "\(name).cat")
  }

  /// `relu(conv2d(branches) * scale + x)`.
  private mutating func residual(
    _ name: String, _ x: ValueID, _ branches: [ValueID], _ channelsIn: Int, _ channelsOut: Int, scale: Float,
    activates: Bool = true
  ) throws -> ValueID {
    let joined = concat(name, branches)
    let weight = try parameter("\(name).conv2d.weight", [channelsOut, channelsIn, 1, 1])
    let bias = try parameter("\(name).conv2d.bias", [channelsOut])
    let conv = builder.apply(Conv2d(), [joined, weight, bias], name: "\(name).conv2d")
    let scaled = builder.apply(Scale(factor: scale, channels: channelsOut), [conv], name: "\(name).scale")
    let sum = builder.apply(Add(), [scaled, x], name: "\(name).add")
    return activates ? builder.apply(ReLU(), [sum], name: "\(name).relu") : sum
  }

  mutating func block35(_ name: String, _ x: ValueID) throws -> ValueID {
    let a = try convolution("\(name).branch0", x, 256, 32, Extent(1))
    var b = try convolution("\(name).branch1.0", x, 256, 32, Extent(1))
    b = try convolution("\(name).branch1.1", b, 32, 32, Extent(3), Padding(1))
    var c = try convolution("\(name).branch2.0", x, 256, 32, Extent(1))
    c = try convolution("\(name).branch2.1", c, 32, 32, Extent(3), Padding(1))
    c = try convolution("\(name).branch2.2", c, 32, 32, Extent(3), Padding(1))
    return try residual(name, x, [a, b, c], 96, 256, scale: 0.17)
  }

  mutating func block17(_ name: String, _ x: ValueID) throws -> ValueID {
    let a = try convolution("\(name).branch0", x, 896, 128, Extent(1))
    var b = try convolution("\(name).branch1.0", x, 896, 128, Extent(1))
    b = try convolution(
      "\(name).branch1.1", b, 128, 128, Extent(height: 1, width: 7), Padding(vertical: 0, horizontal: 3))
    b = try convolution(
      "\(name).branch1.2", b, 128, 128, Extent(height: 7, width: 1), Padding(vertical: 3, horizontal: 0))
    return try residual(name, x, [a, b], 256, 896, scale: 0.1)
  }

  mutating func block8(_ name: String, _ x: ValueID, scale: Float, activates: Bool = true) throws -> ValueID {
    let a = try convolution("\(name).branch0", x, 1792, 192, Extent(1))
    var b = try convolution("\(name).branch1.0", x, 1792, 192, Extent(1))
    b = try convolution(
      "\(name).branch1.1", b, 192, 192, Extent(height: 1, width: 3), Padding(vertical: 0, horizontal: 1))
    b = try convolution(
      "\(name).branch1.2", b, 192, 192, Extent(height: 3, width: 1), Padding(vertical: 1, horizontal: 0))
    return try residual(name, x, [a, b], 384, 1792, scale: scale, activates: activates)
  }

  mutating func reduction6a(_ name: String, _ x: ValueID) throws -> ValueID {
    let a = try convolution("\(name).branch0", x, 256, 384, Extent(3), stride: 2)
    var b = try convolution("\(name).branch1.0", x, 256, 192, Extent(1))
    b = try convolution("\(name).branch1.1", b, 192, 192, Extent(3), Padding(1))
    b = try convolution("\(name).branch1.2", b, 192, 256, Extent(3), stride: 2)
    return concat(name, [a, b, pool("\(name).branch2", x)])
  }

  mutating func reduction7a(_ name: String, _ x: ValueID) throws -> ValueID {
    var a = try convolution("\(name).branch0.0", x, 896, 256, Extent(1))
    a = try convolution("\(name).branch0.1", a, 256, 384, Extent(3), stride: 2)
    var b = try convolution("\(name).branch1.0", x, 896, 256, Extent(1))
    b = try convolution("\(name).branch1.1", b, 256, 256, Extent(3), stride: 2)
    var c = try convolution("\(name).branch2.0", x, 896, 256, Extent(1))
    c = try convolution("\(name).branch2.1", c, 256, 256, Extent(3), Padding(1))
    c = try convolution("\(name).branch2.2", c, 256, 256, Extent(3), stride: 2)
    return concat(name, [a, b, c, pool("\(name).branch3", x)])
  }
}
