internal import Networks
internal import Tensors
internal import WeightFiles

/// RetinaFace from a PyTorch state dict with the names of Pytorch_Retinaface: MobileNet-0.25 or ResNet-50, a feature
/// pyramid, a context module for each level, three heads.
///
/// Input N x 3 x H x W, blue first, minus (104, 117, 123). Outputs for all priors of strides 8, 16 and 32: boxes
/// N x P x 4, scores before the softmax N x P x 2, points N x P x 10. References: Deng et al. 2020; Howard et al. 2017
/// (MobileNet); He et al. 2016 (ResNet); Najibi et al. 2017 (SSH, the context module).
enum RetinaFaceNetwork {
  static let outputNames = ["boxes", "scores", "landmarks"]

  /// Throws `invalid` when a tensor is missing or has another shape.
  static func network(
    _ weights: NamedTensors, precision: Precision = .float32, ranges: ActivationRanges? = nil
  ) throws(ModelError) -> ImageNetwork {
    try ImageNetwork(
      try graph(weights), outputNames: outputNames, example: [1, 3, 64, 64], precision: precision, ranges: ranges)
  }

  static func graph(_ weights: NamedTensors) throws(ModelError) -> Graph {
    // Checkpoints saved while training have the model inside a wrapper or an entry, or both.
    let mark = "fpn.output1.0.weight"
    guard let key = weights.names.first(where: { $0 == mark || $0.hasSuffix("." + mark) }) else {
      throw ModelError(.invalid, "The weight file has no tensor \"\(mark)\": it is not RetinaFace.")
    }
    var net = LayerBuilder(weights, prefix: String(key.dropLast(mark.count)))
    let image = net.builder.input()
    let isResNet = net.has("body.conv1.weight")
    // The levels' channels, the pyramid's, and the slope of its leaky activations.
    let (channels, width, slope): ([Int], Int, Float) =
      isResNet ? ([512, 1024, 2048], 256, 0) : ([64, 128, 256], 64, 0.1)
    let levels = try isResNet ? net.resNet50(image) : net.mobileNet(image)
    let pyramid = try net.pyramid(levels, channels, width, slope)
    var features: [ValueID] = []
    for (index, level) in pyramid.enumerated() {
      features.append(try net.context("ssh\(index + 1)", level, width, slope))
    }
    let outputs = [
      try net.heads("BboxHead", features, width, length: 4), try net.heads("ClassHead", features, width, length: 2),
      try net.heads("LandmarkHead", features, width, length: 10),
    ]
    return net.builder.build(outputs: outputs)
  }
}

/// The parts of the network, by their names in the state dict.
private struct LayerBuilder {
  var builder = GraphBuilder()
  private let weights: NamedTensors
  private let prefix: String
  /// Priors of a cell.
  private static let anchors = 2

  /// What follows a convolution's batch norm.
  enum After {
    case nothing
    case relu
    /// Where negative, times this.
    case leaky(Float)
  }

  init(_ weights: NamedTensors, prefix: String) {
    self.weights = weights
    self.prefix = prefix
  }

  func has(_ key: String) -> Bool { weights[prefix + key] != nil }

  private mutating func parameter(_ key: String, _ shape: Shape) throws(ModelError) -> ValueID {
    builder.parameter(prefix + key, try weights.required(prefix + key, shape))
  }

  /// A square convolution without bias that keeps the size (but for the stride), batch norm, activation.
  mutating func convolution(
    _ conv: String, _ norm: String, _ x: ValueID, _ channelsIn: Int, _ channelsOut: Int, kernel: Int, stride: Int = 1,
    groups: Int = 1, _ after: After
  ) throws(ModelError) -> ValueID {
    let weight = try parameter("\(conv).weight", [channelsOut, channelsIn / groups, kernel, kernel])
    var y = builder.apply(
      Conv2d(stride: Extent(stride), padding: Padding(kernel / 2), groups: groups), [x, weight], name: conv)
    var inputs = [y]
    for key in ["weight", "bias", "running_mean", "running_var"] {
      inputs.append(try parameter("\(norm).\(key)", [channelsOut]))
    }
    y = builder.apply(BatchNorm(), inputs, name: norm)
    switch after {
    case .nothing: return y
    case .leaky(let slope) where slope != 0:
      let slopes = builder.parameter("\(norm).slope", Tensor(shape: [channelsOut], repeating: slope))
      return builder.apply(PReLU(), [y, slopes], name: "\(norm).activation")
    case .relu, .leaky: return builder.apply(ReLU(), [y], name: "\(norm).activation")
    }
  }

  // MARK: Backbones, each giving the levels of strides 8, 16 and 32

  mutating func mobileNet(_ image: ValueID) throws(ModelError) -> [ValueID] {
    let leaky = After.leaky(0.1)
    var x = try convolution("body.stage1.0.0", "body.stage1.0.1", image, 3, 8, kernel: 3, stride: 2, leaky)
    var channels = 8
    let stages: [(name: String, first: Int, blocks: [(channels: Int, stride: Int)])] = [
      ("stage1", 1, [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1)]),
      ("stage2", 0, [(128, 2), (128, 1), (128, 1), (128, 1), (128, 1), (128, 1)]), ("stage3", 0, [(256, 2), (256, 1)]),
    ]
    var levels: [ValueID] = []
    for stage in stages {
      for (index, block) in stage.blocks.enumerated() {
        let name = "body.\(stage.name).\(stage.first + index)"
        x = try convolution(
          "\(name).0", "\(name).1", x, channels, channels, kernel: 3, stride: block.stride, groups: channels, leaky)
        x = try convolution("\(name).3", "\(name).4", x, channels, block.channels, kernel: 1, leaky)
        channels = block.channels
      }
      levels.append(x)
    }
    return levels
  }

  mutating func resNet50(_ image: ValueID) throws(ModelError) -> [ValueID] {
    var x = try convolution("body.conv1", "body.bn1", image, 3, 64, kernel: 7, stride: 2, .relu)
    var window = Window(kernel: Extent(3), stride: Extent(2))
    window.padding = Padding(1)
    x = builder.apply(MaxPool2d(window), [x], name: "body.maxpool")
    var channels = 64
    var levels: [ValueID] = []
    for (index, blocks) in [3, 4, 6, 3].enumerated() {
      let width = 64 << index
      for block in 0..<blocks {
        let name = "body.layer\(index + 1).\(block)"
        let stride = index > 0 && block == 0 ? 2 : 1
        var y = try convolution("\(name).conv1", "\(name).bn1", x, channels, width, kernel: 1, .relu)
        y = try convolution("\(name).conv2", "\(name).bn2", y, width, width, kernel: 3, stride: stride, .relu)
        y = try convolution("\(name).conv3", "\(name).bn3", y, width, width * 4, kernel: 1, .nothing)
        let shortcut =
          block > 0
          ? x
          : try convolution(
            "\(name).downsample.0", "\(name).downsample.1", x, channels, width * 4, kernel: 1, stride: stride, .nothing)
        x = builder.apply(Add(), [y, shortcut], name: "\(name).add")
        x = builder.apply(ReLU(), [x], name: "\(name).relu")
        channels = width * 4
      }
      if index > 0 { levels.append(x) }
    }
    return levels
  }

  // MARK: Pyramid, context, heads

  /// Brings the levels to one width and adds to each what the coarser one knows.
  mutating func pyramid(
    _ levels: [ValueID], _ channels: [Int], _ width: Int, _ slope: Float
  ) throws(ModelError) -> [ValueID] {
    var maps: [ValueID] = []
    for (index, level) in levels.enumerated() {
      let name = "fpn.output\(index + 1)"
      maps.append(try convolution("\(name).0", "\(name).1", level, channels[index], width, kernel: 1, .leaky(slope)))
    }
    for index in [1, 0] {
      let name = "fpn.merge\(index + 1)"
      let coarser = builder.apply(NearestResizeLike(), [maps[index + 1], maps[index]], name: "\(name).upsample")
      let sum = builder.apply(Add(), [maps[index], coarser], name: "\(name).add")
      maps[index] = try convolution("\(name).0", "\(name).1", sum, width, width, kernel: 3, .leaky(slope))
    }
    return maps
  }

  /// Three fields of view, 3 x 3, 5 x 5 and 7 x 7, side by side.
  mutating func context(_ name: String, _ x: ValueID, _ width: Int, _ slope: Float) throws(ModelError) -> ValueID {
    let (half, quarter) = (width / 2, width / 4)
    func layer(_ part: String) -> (String, String) { ("\(name).\(part).0", "\(name).\(part).1") }
    let (a, b, c, d, e) = (
      layer("conv3X3"), layer("conv5X5_1"), layer("conv5X5_2"), layer("conv7X7_2"), layer("conv7x7_3")
    )
    let three = try convolution(a.0, a.1, x, width, half, kernel: 3, .nothing)
    let shared = try convolution(b.0, b.1, x, width, quarter, kernel: 3, .leaky(slope))
    let five = try convolution(c.0, c.1, shared, quarter, quarter, kernel: 3, .nothing)
    let further = try convolution(d.0, d.1, shared, quarter, quarter, kernel: 3, .leaky(slope))
    let seven = try convolution(e.0, e.1, further, quarter, quarter, kernel: 3, .nothing)
    let joined = builder.apply(Concat(axis: 1), [three, five, seven], name: "\(name).cat")
    return builder.apply(ReLU(), [joined], name: "\(name).relu")
  }

  /// One head of every level, as rows of `length` values for each prior.
  mutating func heads(
    _ name: String, _ features: [ValueID], _ width: Int, length: Int
  ) throws(ModelError) -> ValueID {
    var maps: [ValueID] = []
    for (index, x) in features.enumerated() {
      let key = "\(name).\(index).conv1x1"
      let weight = try parameter("\(key).weight", [Self.anchors * length, width, 1, 1])
      let bias = try parameter("\(key).bias", [Self.anchors * length])
      maps.append(builder.apply(Conv2d(), [x, weight, bias], name: key))
    }
    return builder.apply(AnchorRows(length: length), maps, name: name)
  }
}
