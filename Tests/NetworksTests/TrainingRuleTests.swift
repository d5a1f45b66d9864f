import Tensors
import Testing

@testable import Networks

/// Losses, optimizers, schedules and clipping against what PyTorch 2.15.0 computes for the same numbers.
@Suite struct TrainingRuleTests {
  private static let start: [Float] = [0.5, -1.25, 2.0, 0.0, 1e-3]
  private static let gradients: [[Float]] = [
    [0.1, -0.2, 0.0, 3.0, 1e-4], [-0.3, 0.25, 1.0, -2.0, 2e-4], [0.05, -0.1, -0.5, 0.5, -1e-4],
  ]

  private static func store() -> ParameterStore {
    var store = ParameterStore()
    store.insert(Tensor(shape: [1], values: [7]), as: "frozen", isTrainable: false)
    store.insert(Tensor(shape: [5], values: start), as: "p", isTrainable: true)
    return store
  }

  private static func gradient(_ values: [Float]) -> Gradients {
    Gradients([Tensor(shape: [1], values: [1]), Tensor(shape: [5], values: values)])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var optimizer: any Optimizer
    var expected: [Float]
    var testDescription: String { "\(optimizer)" }
  }

  static let cases: [Case] = [
    Case(
      optimizer: Adam(),
      expected: [
        0.49771690368652344, -1.240922212600708, 1.9902721643447876, -0.013429953716695309, -0.022850804030895233,
      ]
    ),
    Case(
      optimizer: Adam(beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1),
      expected: [
        0.49364107847213745, -1.2312935590744019, 1.9767868518829346, -0.012470719404518604, 0.003998321481049061,
      ]
    ),
    Case(
      optimizer: AdamW(weightDecay: 0.05),
      expected: [
        0.49697476625442505, -1.239057183265686, 1.9872772693634033, -0.01341923326253891, -0.022837482392787933,
      ]
    ),
    Case(
      optimizer: StochasticGradientDescent(momentum: 0),
      expected: [
        0.5015000104904175, -1.249500036239624, 1.9950000047683716, -0.014999999664723873, 0.0009980000322684646,
      ]
    ),
    Case(
      optimizer: StochasticGradientDescent(momentum: 0.9, weightDecay: 0.1),
      expected: [
        0.49968817830085754, -1.2413285970687866, 1.974799633026123, -0.04820602387189865, 0.000988890533335507,
      ]
    ),
    Case(
      optimizer: StochasticGradientDescent(momentum: 0.9, weightDecay: 0.1, nesterov: true),
      expected: [
        0.4997228980064392, -1.2379646301269531, 1.966365933418274, -0.05823345482349396, 0.0009850234491750598,
      ]
    ),
  ]

  @Test(arguments: cases) func optimizersAreThoseOfPyTorch(_ test: Case) throws {
    var store = Self.store()
    var optimizer = test.optimizer
    for values in Self.gradients { optimizer.update(&store, Self.gradient(values), learningRate: 1e-2) }
    for (value, expected) in zip(store[1].values, test.expected) {
      #expect(abs(value - expected) <= 2e-6 * max(abs(expected), 0.01))
    }
    #expect(store["frozen"]?.values == [7])
  }

  /// With the state kept after one step and taken up by a new optimizer, and with two threads, the end is the same bits.
  @Test(arguments: cases) func aKeptStateGoesOnAsIfNeverInterrupted(_ test: Case) throws {
    var whole = Self.store()
    var parted = Self.store()
    var (first, second, third) = (test.optimizer, test.optimizer, test.optimizer)
    for values in Self.gradients { first.update(&whole, Self.gradient(values), learningRate: 1e-2) }
    second.update(&parted, Self.gradient(Self.gradients[0]), learningRate: 1e-2)
    try third.restore(second.state(parted), parted)
    let pool = WorkPool(lanes: 2)
    for values in Self.gradients[1...] {
      third.update(&parted, Self.gradient(values), learningRate: 1e-2, gradientScale: 1, pool: pool)
    }
    #expect(whole[1].values == parted[1].values)
  }

  @Test func aStateThatDoesNotFitIsRefused() throws {
    var store = Self.store()
    var adam = Adam()
    adam.update(&store, Self.gradient(Self.gradients[0]), learningRate: 1e-2)
    let state = adam.state(store)
    #expect(state.steps == ["p": 1])
    #expect(Set(state.tensors.keys) == ["first/p", "second/p"])
    var other = AdamW()
    #expect(throws: GraphError.self) { try other.restore(state, store) }
    for change in [
      { $0.tensors["second/p"] = nil }, { $0.tensors["first/p"] = Tensor(shape: [4], repeating: 0) },
      { $0.steps["unknown"] = 1 }, { $0.steps["p"] = -1 },
    ] as [@Sendable (inout OptimizerState) -> Void] {
      var damaged = state
      change(&damaged)
      #expect(throws: GraphError.self) { try adam.restore(damaged, store) }
    }
    #expect(adam.state(store).steps == ["p": 1])
  }

  @Test func crossEntropyIsThatOfPyTorch() throws {
    let logits = Tensor(shape: [3, 4], values: [1, -2, 0.5, 3, 0, 0, 0, 0, 10, -30, 2, 1])
    let plain = try CrossEntropy().evaluate(logits, labels: [0, 2, 3])
    #expect(abs(plain.loss - 4.196335315704346) < 1e-6)
    #expect(plain.correct == 0)
    let expected: [Float] = [
      -0.2964820861816406, 0.001834715949371457, 0.02235141023993492, 0.2722959518432617, 0.0833333358168602,
      0.0833333358168602, -0.25, 0.0833333358168602, 0.3331804871559143, 1.415470016634669e-18, 0.00011176959378644824,
      -0.3332922160625458,
    ]
    #expect(try #require(largestDifference(plain.gradient, Tensor(shape: [3, 4], values: expected))) < 1e-7)
    let smooth = try CrossEntropy(labelSmoothing: 0.1).evaluate(logits, labels: [0, 2, 3])
    #expect(abs(smooth.loss - 4.383835315704346) < 1e-6)
    let smoothed: [Float] = [
      -0.27148208022117615, -0.006498618051409721, 0.014018071815371513, 0.2639625668525696, 0.07499999552965164,
      0.07499999552965164, -0.22499997913837433, 0.07499999552965164, 0.32484710216522217, -0.008333333767950535,
      -0.008221563883125782, -0.3082921802997589,
    ]
    #expect(try #require(largestDifference(smooth.gradient, Tensor(shape: [3, 4], values: smoothed))) < 1e-7)
    #expect(try CrossEntropy().evaluate(logits, labels: [3, 0, 0]).correct == 3)
  }

  @Test(arguments: [[0, 1], [0, 1, 4], [0, -1, 2], []]) func labelsMustFit(labels: [Int]) {
    #expect(throws: GraphError.self) {
      try CrossEntropy().evaluate(Tensor(shape: [labels.isEmpty ? 0 : 3, 4], repeating: 0), labels: labels)
    }
  }

  @Test func clippingIsThatOfPyTorch() {
    let gradients = Gradients([Tensor(shape: [2], values: [3, 4]), nil, Tensor(shape: [1], values: [12])])
    #expect(gradients.norm() == 13)
    #expect(abs(Gradients.clipScale(norm: 13, limit: 6.5) * 12 - 5.999999523162842) < 1e-6)
    #expect(Gradients.clipScale(norm: 3, limit: 6.5) == 1)
  }

  @Test func schedulesAreThoseOfPyTorch() {
    let cosine = [
      1.0, 0.9657457896300791, 0.8681980515339464, 0.7222075445642905, 0.55, 0.3777924554357097, 0.2318019484660537,
      0.134254210369921, 0.1,
    ]
    for (step, expected) in cosine.enumerated() {
      #expect(abs(CosineSchedule(total: 8, floor: 0.1).factor(at: step) - expected) < 1e-12)
      #expect(abs(CosineSchedule(total: 10, warmUp: 2, floor: 0.1).factor(at: step + 2) - expected) < 1e-12)
    }
    #expect((0..<2).map { CosineSchedule(total: 10, warmUp: 2).factor(at: $0) } == [0.5, 1])
    #expect(
      (0..<8).map { StepSchedule(interval: 3, decay: 0.5).factor(at: $0) } == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25])
    #expect(ConstantSchedule().factor(at: 1000) == 1)
  }
}
