import FaceModels
import Images
import Networks
import Tensors
import Training

/// A small residual network with seeded weights, and people made of colored patterns: all that a training job needs, in a
/// fraction of a second.
enum TinyRecognizer {
  static let digest = String(repeating: "ab", count: 32)
  static let side = 24

  /// Two residual blocks with batch norm on crops of 24 pixels, 12 numbers out.
  static func network(seed: UInt64 = 5) -> RecognizerNetwork {
    var random = SeededRandom(seed: seed)
    var builder = GraphBuilder()
    func weights(_ shape: Shape) -> Tensor {
      let fan = shape.dimensions.dropFirst().reduce(1, *)
      return Tensor(shape: shape, values: (0..<shape.count).map { _ in random.bell() * (2 / Float(fan)).squareRoot() })
    }
    func convolution(_ name: String, _ x: ValueID, _ inputs: Int, _ outputs: Int, stride: Int = 1) -> ValueID {
      let weight = builder.parameter("\(name).weight", weights([outputs, inputs, 3, 3]))
      let y = builder.apply(Conv2d(stride: Extent(stride), padding: Padding(1)), [x, weight], name: name)
      let norm = [
        builder.parameter("\(name).gamma", Tensor(shape: [outputs], repeating: 1)),
        builder.parameter("\(name).beta", Tensor(shape: [outputs], repeating: 0.05)),
        builder.parameter("\(name).mean", Tensor(shape: [outputs], repeating: 0)),
        builder.parameter("\(name).variance", Tensor(shape: [outputs], repeating: 1)),
      ]
      return builder.apply(BatchNorm(), [y] + norm, name: "\(name).norm")
    }
    func block(_ name: String, _ x: ValueID, _ channels: Int) -> ValueID {
      var y = convolution("\(name).a", x, channels, channels)
      y = builder.apply(ReLU(), [y], name: "\(name).relu")
      y = convolution("\(name).b", y, channels, channels)
      let sum = builder.apply(Add(), [x, y], name: "\(name).sum")
      return builder.apply(ReLU(), [sum], name: "\(name).out")
    }
    var x = builder.input()
    x = convolution("stem", x, 3, 8, stride: 2)
    x = builder.apply(ReLU(), [x], name: "stem.relu")
    x = block("block1", x, 8)
    x = block("block2", x, 8)
    x = builder.apply(GlobalAveragePool(), [x], name: "pool")
    x = builder.apply(Flatten(), [x], name: "flatten")
    let weight = builder.parameter("embedding.weight", weights([12, 8]))
    let output = builder.apply(Linear(), [x, weight], name: "embedding")
    let graph = builder.build(outputs: [output])
    let factor = Double(side) / 112
    let template = Alignment.arcFaceTemplate.map { Point(x: $0.x * factor, y: $0.y * factor) }
    return RecognizerNetwork(
      graph: graph, embeddingLength: 12,
      preprocessing: NetworkEmbedder.Preprocessing(
        mean: [127.5, 127.5, 127.5], scale: [0.0078, 0.0078, 0.0078], blueFirst: false),
      alignment: Alignment(kind: .template(template), width: side, height: side))
  }

  /// People with so many photos each: one pattern seen a little differently each time.
  static func people(_ count: Int, photos: Int, firstID: Int64 = 1) throws -> [TrainingSubject] {
    let pipeline = AugmentationPipeline([Shift(most: 0.05), Brightness(probability: 1, factors: 0.8...1.2)], seed: 3)
    let whole = Alignment(kind: .template(Pictures.face.landmarks), width: 96, height: 96)
    let factor = 96.0 / 224
    return try (0..<count).map { person in
      let pattern = SampleImage(
        id: 0, image: Pictures.pattern(UInt64(100 + person), side: 96), face: Pictures.face.scaled(by: factor))
      let samples = try (0..<photos).map { photo -> TrainingSample in
        let id = firstID + Int64(person * photos + photo)
        let source = SampleImage(id: id, image: pattern.image, face: Pictures.face.scaled(by: 1))
        let image = pipeline.draw(source, alignment: whole, epoch: 1) ?? pattern.image
        return TrainingSample(
          id: id, crop: try ImageEncoder.jpeg(image, quality: 95), face: Pictures.face.scaled(by: factor))
      }
      return TrainingSubject(number: Int64(person + 1), samples: samples)
    }
  }

  static func settings(_ scope: TrainingSettings.Scope, clean: Int, augmented: Int) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.scope = scope
    settings.cleanEpochs = clean
    settings.augmentedEpochs = augmented
    settings.batch = 8
    settings.augmentations = ["shift", "brightness", "noise"]
    return settings
  }

  static func run(
    _ set: TrainingSet, _ settings: TrainingSettings, folder: String? = nil, lanes: Int = 1,
    checkpoint: @escaping @Sendable () throws -> Void = {}, report: @escaping (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    var now = 0.0
    return try TrainingRun(
      recognizer: network(), modelDigest: digest, set: set, settings: settings, folder: folder
    ).run(
      pool: WorkPool(lanes: lanes),
      clock: {
        now += 0.01
        return now
      }, checkpoint: checkpoint, report: report)
  }
}
