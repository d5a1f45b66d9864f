import Tensors
import Testing
import WeightFiles

@Suite("dlib networks")
struct DlibModelTests {
  @Test func everyLayerIsReadInOrder() throws {
    let expected = try Fixtures.expected().dlib
    let model = try DlibModel.read(Fixtures.bytes("residual.dat"))
    #expect(model.margin == expected.margin)
    #expect(model.distanceThreshold == expected.threshold)
    guard case .input(let input) = model.layers.first else {
      Issue.record("the first layer is \(String(describing: model.layers.first))")
      return
    }
    #expect(input.means == expected.means)
    #expect([input.size?.rows, input.size?.columns] == expected.size)
    #expect(model.layers.dropFirst().map(kind) == expected.layers.map(\.kind))
    for (layer, values) in zip(model.layers.dropFirst(), expected.layers) {
      check(layer, values)
    }
  }

  @Test func tagsAreResolvedToResidualBlocks() throws {
    var jumps: [String] = []
    for layer in try DlibModel.read(Fixtures.bytes("residual.dat")).layers {
      switch layer {
      case .tag(let number): jumps.append("tag \(number)")
      case .skip(let number): jumps.append("skip \(number)")
      case .addTagged(let number): jumps.append("add \(number)")
      default: break
      }
    }
    #expect(jumps == ["tag 1", "add 1", "tag 2", "tag 3", "skip 2", "add 3"])
  }

  @Test(
    "Other files are not dlib networks",
    arguments: [
      [], [0], [1, 2], Array("\u{1}\u{1}\u{1}\u{4}mmod".utf8), Array("PK\u{3}\u{4}".utf8),
    ])
  func otherFiles(bytes: [UInt8]) {
    #expect(code { _ = try DlibModel.read(bytes) } == .badMagic)
  }

  @Test func bytesBehindTheNetworkAreRefused() throws {
    let bytes = try Fixtures.bytes("residual.dat")
    #expect(code { _ = try DlibModel.read(bytes + [0]) } == .badStructure)
  }

  @Test("Unknown layers are named", arguments: ["relu_", "affine_", "fc_2", "add_prev_", "max_pool_2", "con_4"])
  func unknownLayers(name: String) throws {
    var bytes = try Fixtures.bytes("residual.dat")
    let place = try #require(bytes.firstRange(of: Array(name.utf8)))
    bytes[place.lowerBound] = UInt8(ascii: "?")
    let code = code { _ = try DlibModel.read(bytes) }
    #expect(code == .unsupported)
  }

  @Test func endlessNestingIsRefused() {
    var bytes: [UInt8] = [1, 1, 1, 12] + Array("loss_metric_".utf8)
    for _ in 0..<100_000 { bytes += [1, 2] }
    #expect(code { _ = try DlibModel.read(bytes) } == .tooLarge)
  }

  private func kind(_ layer: DlibLayer) -> String {
    switch layer {
    case .input: "input"
    case .convolution: "convolution"
    case .affine: "affine"
    case .relu: "relu"
    case .maxPool: "maxPool"
    case .averagePool: "averagePool"
    case .averagePoolEverything: "averagePoolEverything"
    case .fullyConnected: "fullyConnected"
    case .tag: "tag"
    case .skip: "skip"
    case .addTagged: "addTagged"
    }
  }

  private func check(_ layer: DlibLayer, _ expected: Fixtures.Layer) {
    switch layer {
    case .convolution(let convolution):
      #expect(convolution.filters.shape.dimensions == expected.shape)
      #expect(convolution.filters.values == expected.values)
      #expect(convolution.bias?.values == expected.bias)
      #expect([convolution.stride.rows, convolution.stride.columns] == [expected.stride, expected.stride])
      #expect([convolution.padding.rows, convolution.padding.columns] == [expected.padding, expected.padding])
    case .affine(let gamma, let beta):
      #expect(gamma.values == expected.values)
      #expect(beta.values == expected.bias)
    case .maxPool(let pooling), .averagePool(let pooling):
      #expect([pooling.window.rows, pooling.window.columns] == [expected.window, expected.window])
      #expect([pooling.stride.rows, pooling.stride.columns] == [expected.stride, expected.stride])
      #expect(pooling.padding.rows == 0 && pooling.padding.columns == 0)
    case .fullyConnected(let connected):
      #expect(connected.weights.shape.dimensions == expected.shape)
      #expect(connected.weights.values == expected.values)
      #expect(connected.bias == nil)
    case .input, .relu, .averagePoolEverything, .tag, .skip, .addTagged: break
    }
  }
}
