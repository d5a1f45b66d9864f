internal import Images
package import Networks
package import Tensors

/// How long the layers of one network of a model take.
package struct LayerProfile: Sendable {
  /// Which of the model's networks; empty where it has one.
  package let network: String
  /// N x 3 x H x W.
  package let input: Shape
  package let runs: Int
  package let steps: StepProfile

  /// Runs `plan` on noise until about a second has gone, five times at least.
  init(network: String = "", _ plan: InferencePlan, input: Shape, pool: WorkPool) throws {
    let noise = Tensor(shape: input) { values in
      for index in values.indices { values[index] = Float((index &* 7919) % 1009) / 504.5 - 1 }
    }
    // The first run makes the plan for the shape and touches the memory.
    _ = try plan.profile([noise], pool: pool)
    let time = try plan.profile([noise], pool: pool).milliseconds
    let runs = max(5, min(200, Int(1000 / max(time, 1))))
    self.network = network
    self.input = input
    self.runs = runs
    steps = try plan.profile([noise], pool: pool, runs: runs)
  }

  init(network: String, input: Shape, steps: StepProfile, runs: Int) {
    (self.network, self.input, self.steps, self.runs) = (network, input, steps, runs)
  }
}

/// A model that can say how long its layers take.
package protocol LayerProfiling: Sendable {
  /// Profiles of its networks for an input of `size`, or of the usual size. Throws ``ModelError`` when that size does not
  /// fit, ``GraphError``.
  func layerProfiles(size: Extent?, pool: WorkPool) throws -> [LayerProfile]
}

extension NetworkEmbedder: LayerProfiling {
  package func layerProfiles(size: Extent?, pool: WorkPool) throws -> [LayerProfile] {
    let own = Extent(height: alignment.height, width: alignment.width)
    guard size == nil || size == own else {
      throw ModelError(.invalid, "The network takes crops of \(own.height)x\(own.width) only.")
    }
    return [try LayerProfile(plan, input: [1, 3, own.height, own.width], pool: pool)]
  }
}

extension SingleShotDetector: LayerProfiling {
  package func layerProfiles(size: Extent?, pool: WorkPool) throws -> [LayerProfile] {
    let height = size?.height ?? network.fixedHeight ?? 640
    let width = size?.width ?? network.fixedWidth ?? 640
    let input: Shape = [1, 3, height, width]
    return [try LayerProfile(try network.inferencePlan(for: input), input: input, pool: pool)]
  }
}

extension MTCNN: LayerProfiling {
  /// Of the first network for the whole picture (usually 480 x 640), of the others for a batch of crops.
  package func layerProfiles(size: Extent?, pool: WorkPool) throws -> [LayerProfile] {
    let size = size ?? Extent(height: 480, width: 640)
    return [
      proposalProfile(size, pool),
      try LayerProfile(network: "R-Net", refinement, input: [16, 3, 24, 24], pool: pool),
      try LayerProfile(network: "O-Net", output, input: [8, 3, 48, 48], pool: pool),
    ]
  }

  /// The first network is one kernel from the picture's bytes on; its rows are shared among the threads.
  private func proposalProfile(_ size: Extent, _ pool: WorkPool) -> LayerProfile {
    let (height, width) = (size.height, size.width)
    let noise = (0..<height * width * 3).map { UInt8(truncatingIfNeeded: ($0 &* 7919) >> 5) }
    let level = ProposalNetwork.Level(scale: 1, width: width, height: height)
    let picture = Image(width: width, height: height, pixels: noise)
    let rows = max(level.rows, 0)
    let parts = max(min(pool.lanes, rows), 1)
    let (clock, proposal) = (ContinuousClock(), proposal)
    var times: [UInt64] = []
    while times.count < 20 {
      let time = clock.measure {
        pool.run(parts) { part in
          _ = proposal.places(
            picture, level, rows: part * rows / parts..<(part + 1) * rows / parts, threshold: 0.6)
        }
      }
      times.append(UInt64(max(time / .nanoseconds(1), 0)))
    }
    // Of the plain layers: 3 x 3 to 10 channels, halved, 3 x 3 to 16 and to 32, 1 x 1 to 6.
    let first = Double(max(height - 2, 0) * max(width - 2, 0))
    let second = Double(max((height - 1) / 2 - 2, 0) * max((width - 1) / 2 - 2, 0))
    let third = Double(rows * max(level.columns, 0))
    let operations = 2 * (first * 10 * 27 + second * 16 * 90 + third * (32 * 144 + 6 * 32))
    let entry = StepProfile.Entry(
      name: "conv1 ... conv4", work: StepWork(kernel: "P-Net", operations: operations),
      shape: [1, 6, rows, max(level.columns, 0)], nanoseconds: times)
    return LayerProfile(
      network: "P-Net", input: [1, 3, height, width], steps: StepProfile(entries: [entry]), runs: times.count)
  }
}
