package import Tensors

/// Finds the ranges for a network in bytes: what its values are on real images, how far to cover them, and which values are
/// better left in bf16, each judged by what becomes of the outputs on images that the ranges were not taken from.
package struct RangeCalibration {
  package let ranges: ActivationRanges
  /// The rule for outliers that harmed least.
  package let clipping: Clipping
  /// Of the outputs on the images kept apart, in bytes and in bf16: the square of the difference from float32 as a share of the
  /// output's own, the mean over outputs and images.
  package let error: Double
  package let bfloat16Error: Double
  /// Values in bytes; ``ActivationRanges/kept`` has those that could be and are not.
  package let bytes: Int

  /// Images that a network is calibrated on.
  package struct Source {
    /// How many there are; each is of one `shape`, N x 3 x H x W.
    package var count: Int
    package var shape: Shape
    /// Writes image `index` to the network's input.
    package var fill: (_ index: Int, PlanImage) throws -> Void

    package init(count: Int, shape: Shape, fill: @escaping (_ index: Int, PlanImage) throws -> Void) {
      (self.count, self.shape, self.fill) = (count, shape, fill)
    }
  }

  /// Bytes are good enough when ``error`` is at most this: a cosine of about 0.9995.
  private static let goodEnough = 1e-3
  /// Of so many images one is for judging, and at most so many are.
  private static let (judgingShare, mostJudged) = (4, 16)

  /// - Throws: ``GraphError`` `unsupported` for fewer than eight images; what `fill` and `checkpoint` throw.
  package init(_ graph: Graph, _ source: Source, pool: WorkPool, checkpoint: () throws -> Void = {}) throws {
    guard source.count >= 2 * Self.judgingShare else {
      throw GraphError(.unsupported, "At least \(2 * Self.judgingShare) images are needed, found \(source.count).")
    }
    let exact = try InferencePlan(graph, example: [source.shape])
    let judged = Array(
      stride(from: 0, to: source.count, by: Self.judgingShare).prefix(Self.mostJudged))
    let survey = RangeSurvey()
    for index in 0..<source.count where !judged.contains(index) {
      try checkpoint()
      try exact.watch(source.shape, pool: pool, fill: { try source.fill(index, $0) }) { survey.add($0, $1, $2) }
    }
    let judge = Judge(source: source, images: judged, pool: pool)
    let expected = try judge.outputs(exact)
    func error(_ precision: Precision, _ ranges: ActivationRanges?) throws -> Double {
      try checkpoint()
      return try judge.error(
        InferencePlan(graph, example: [source.shape], precision: precision, ranges: ranges), expected)
    }
    var best: (ranges: ActivationRanges, clipping: Clipping, error: Double)?
    for clipping in Clipping.allCases {
      var ranges = ActivationRanges()
      for (key, range) in survey.ranges(clipping) { ranges.include(range, for: key) }
      let found = try error(.int8, ranges)
      if found < best?.error ?? .infinity { best = (ranges, clipping, found) }
    }
    guard var (ranges, clipping, found) = best else {
      throw GraphError(.unsupported, "The network's outputs are not finite on these images.")
    }
    let keys = try InferencePlan(graph, example: [source.shape], precision: .int8, ranges: ranges).valuesInBytes
    if found > Self.goodEnough {
      // What keeping each value alone in bf16 gains; then as many as are needed, the best first.
      var gains: [(key: String, error: Double)] = []
      for key in keys {
        var one = ranges
        one.kept = [key]
        gains.append((key, try error(.int8, one)))
      }
      gains.sort { ($0.error, $0.key) < ($1.error, $1.key) }
      let most = keys.count / 2
      var count = 1
      while count <= most, found > Self.goodEnough {
        ranges.kept = Set(gains.prefix(count).map(\.key))
        found = try error(.int8, ranges)
        count = count < 4 ? count + 1 : count * 5 / 4
      }
    }
    bytes = try InferencePlan(graph, example: [source.shape], precision: .int8, ranges: ranges).valuesInBytes.count
    bfloat16Error = try error(.bfloat16, nil)
    (self.ranges, self.clipping, self.error) = (ranges, clipping, found)
  }

  /// Compares plans on the images kept apart.
  private struct Judge {
    let source: Source
    let images: [Int]
    let pool: WorkPool

    /// The outputs for each image.
    func outputs(_ plan: InferencePlan) throws -> [[Tensor]] {
      try images.map { index in
        var failure: (any Error)?
        let tensors = try plan.run(
          source.shape, pool: pool,
          fill: { input in do { try source.fill(index, input) } catch { failure = error } },
          read: { outputs in (0..<outputs.count).map { outputs.tensor($0) } })
        if let failure { throw failure }
        return tensors
      }
    }

    func error(_ plan: InferencePlan, _ expected: [[Tensor]]) throws -> Double {
      var (sum, count) = (0.0, 0)
      for (found, wanted) in try zip(outputs(plan), expected) {
        for (a, b) in zip(found, wanted) {
          var (difference, own) = (0.0, 0.0)
          for (x, y) in zip(a.values, b.values) {
            difference += Double((x - y) * (x - y))
            own += Double(y * y)
          }
          sum += difference / max(own, 1e-12)
          count += 1
        }
      }
      return count > 0 ? sum / Double(count) : .infinity
    }
  }
}
