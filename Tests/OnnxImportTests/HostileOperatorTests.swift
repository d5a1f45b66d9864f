import Networks
import Tensors
import Testing

@testable import OnnxImport

/// Nodes whose numbers are impossible or huge: an error before anything of that size is allocated, never a stop.
@Suite struct HostileOperatorTests {
  /// An input: computed of a shape, or a constant.
  enum Input: Sendable {
    case image([Int])
    case whole([Int64])
    case scalar(Int64)
    case floats([Float])
    case none
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var type: String
    var inputs: [Input]
    var attributes: [String: OnnxAttribute] = [:]
    var outputs = 1
    var opset = 18
    var code = OnnxError.Code.invalid

    init(
      _ type: String, _ inputs: [Input], _ attributes: [String: OnnxAttribute] = [:], outputs: Int = 1,
      opset: Int = 18, code: OnnxError.Code = .invalid
    ) {
      (self.type, self.inputs, self.attributes) = (type, inputs, attributes)
      (self.outputs, self.opset, self.code) = (outputs, opset, code)
    }

    var testDescription: String { "\(type) \(inputs) \(attributes)" }
  }

  private static let big = Int64(1) << 40
  private static let x = Input.image([1, 4, 6, 5])
  private static let kernel = OnnxAttribute.ints([3, 3])

  static let cases: [Case] = [
    Case("ConstantOfShape", [.whole([big])], code: .tooLarge),
    Case("ConstantOfShape", [.whole([1 << 32, 1 << 32])], code: .tooLarge),
    Case("ConstantOfShape", [.whole([0, big])], code: .tooLarge),
    Case("ConstantOfShape", [.whole([-1])]),
    Case("ConstantOfShape", [.floats([2])]),
    Case("ConstantOfShape", [.whole([2])], ["value": .tensor(OnnxTensor([1, 2], shape: [2]))]),
    Case("Expand", [.whole([7]), .whole([big])], code: .tooLarge),
    Case("Expand", [.floats([7]), .whole([big])], code: .tooLarge),
    Case("Expand", [.whole([7]), .whole([Int64.max, Int64.max])], code: .tooLarge),
    Case("Expand", [x, .whole([big, 1, 1, 1, 1])], code: .tooLarge),
    Case("Expand", [x, .whole([-3])]),
    Case("Expand", [x, .whole([2, 3])]),
    Case("Tile", [.whole([1, 2]), .whole([big])], code: .tooLarge),
    Case("Tile", [x, .whole([1, 1, .max, 1])]),
    Case("Tile", [x, .whole([1, 1, 1, -1])]),
    Case("Tile", [x, .whole([1, 1])]),
    Case("Range", [.scalar(0), .scalar(big), .scalar(1)], code: .tooLarge),
    Case("Range", [.scalar(.min), .scalar(.max), .scalar(1)], code: .tooLarge),
    Case("Range", [.scalar(.max), .scalar(.min), .scalar(-1)], code: .tooLarge),
    Case("Range", [.scalar(0), .scalar(1), .scalar(0)]),
    Case("Range", [.floats([0]), .floats([1e30]), .floats([1e-30])], code: .tooLarge),
    Case("Range", [.floats([.nan]), .floats([1]), .floats([1])]),
    Case("Reshape", [x, .whole([1 << 32, 1 << 32])]),
    Case("Reshape", [x, .whole([.max, 2])]),
    Case("Reshape", [x, .whole([-1, -1])]),
    Case("Reshape", [x, .whole([-2])]),
    Case("Reshape", [x, .whole([7, -1])]),
    Case("Reshape", [x, .whole([0, 0, 0, 0, 0])]),
    Case("Reshape", [x, .whole([0, -1])], ["allowzero": .int(1)]),
    Case("Reshape", [x, .image([4])], code: .unsupported),
    Case("Flatten", [x], ["axis": .int(.min)]),
    Case("Unsqueeze", [x, .whole([1, 1])]),
    Case("Unsqueeze", [x, .whole([.max])]),
    Case("Squeeze", [x, .whole([1])]),
    Case("Transpose", [x], ["perm": .ints([0, 1, 2, 2])]),
    Case("Transpose", [x], ["perm": .ints([.min, 1, 2, 3])]),
    Case("Slice", [x, .whole([0]), .whole([1]), .whole([1]), .whole([0])]),
    Case("Slice", [x, .whole([0, 0]), .whole([1])]),
    Case("Slice", [x, .whole([0, 0]), .whole([1, 1]), .whole([2, -2])]),
    Case("Slice", [x, .whole([0]), .whole([1]), .whole([.min])]),
    Case("Gather", [x, .whole([4])], ["axis": .int(1)]),
    Case("Gather", [x, .whole([.min])], ["axis": .int(1)]),
    Case("Gather", [x, .floats([0])]),
    Case("Gather", [x, .image([2])], code: .unsupported),
    Case("GatherElements", [x, .whole([0])]),
    Case("Concat", [x, .image([1, 4, 6, 6])], ["axis": .int(1)]),
    Case("Concat", [x, x], ["axis": .int(9)]),
    Case("Concat", [x, x]),
    Case("Split", [x, .whole([.max, .max])], ["axis": .int(1)], outputs: 2),
    Case("Split", [x, .whole([5, -1])], ["axis": .int(1)], outputs: 2),
    Case("Split", [x], ["axis": .int(2), "num_outputs": .int(0)], outputs: 2),
    Case("Split", [x], ["axis": .int(3)], outputs: 2, opset: 11),
    Case("Pad", [x, .whole([0, 0, 0, 0, 0, 0, 0, big])]),
    Case("Pad", [x, .whole([0, 0, 0, 0, 0, 0, 0, .min])]),
    Case("Pad", [x, .whole([0, 0, 0, 0, 0, 0, 1 << 26, 1 << 26])], code: .tooLarge),
    Case("Pad", [x, .whole([0, 0, -4, 0, 0, 0, -4, 0])]),
    Case("Pad", [x, .whole([0, 0, -6, 0, 0, 0, 2, 0])], ["mode": .string(Array("edge".utf8))]),
    Case("Pad", [x, .whole([0, 0, 9, 0, 0, 0, 0, 0])], ["mode": .string(Array("reflect".utf8))], code: .unsupported),
    Case("Pad", [x, .whole([1, 2])]),
    Case("Resize", [x, .none, .floats([1, 1, 1e30, 1])]),
    Case("Resize", [x, .none, .floats([1, 1, .nan, 1])]),
    Case("Resize", [x, .none, .floats([1, 1, 0.01, 1])]),
    Case("Resize", [x, .none, .floats([1, 1, 1e7, 1e7])], code: .tooLarge),
    Case("Resize", [x, .none, .none, .whole([1, 4, big, 5])]),
    Case("Resize", [x, .none, .none, .whole([1, 4, 0, 5])]),
    Case("Resize", [x, .none, .none, .whole([1, 4])]),
    Case("Resize", [x]),
    Case("Resize", [x, .none, .floats([1, 1, 2, 2])], ["antialias": .int(1)], code: .unsupported),
    Case(
      "Resize", [x, .floats([1]), .floats([1, 1, 2, 2])],
      ["coordinate_transformation_mode": .string(Array("tf_crop_and_resize".utf8))]),
    Case("Upsample", [x], ["scales": .floats([1, 1, -2, 2])], opset: 7),
    Case("NonZero", [x], code: .unsupported),
    Case("Cast", [x], ["to": .int(8)], code: .unsupported),
    Case("Cast", [x], ["to": .int(.min)], code: .unsupported),
    Case("Constant", [], ["value_string": .string([])], code: .unsupported),
    Case("Conv", [x, .image([4, 4, 3, 3])], ["group": .int(.max)]),
    Case("Conv", [x, .image([4, 4, 3, 3])], ["group": .int(0)]),
    Case("Conv", [x, .image([4, 4, 3, 3])], ["strides": .ints([0, 1])]),
    Case("Conv", [x, .image([4, 4, 3, 3])], ["dilations": .ints([.max, 1])]),
    Case("Conv", [x, .image([4, 4, 3, 3])], ["pads": .ints([.max, 1, 1, 1])]),
    Case("Conv", [x, .image([4, 4, 3, 3])], ["pads": .ints([-1, 1, 1, 1])]),
    Case("Conv", [x, .image([4, 4, 9, 3])]),
    Case("Conv", [x, .image([4, 4, 3])]),
    Case("Conv", [.image([1, 4, 5, 6, 7]), .image([4, 4, 1, 1, 1])], code: .unsupported),
    Case("ConvTranspose", [x, .image([4, 4, 3, 3])], ["output_padding": .ints([.max, 1])]),
    Case("ConvTranspose", [x, .image([4, 4, 3, 3])], ["output_padding": .ints([1 << 27, 1 << 27])], code: .tooLarge),
    Case("ConvTranspose", [x, .image([4, 4, 3, 3])], ["output_shape": .ints([.max, 1])]),
    Case("ConvTranspose", [x, .image([4, 4, 3, 3])], ["output_shape": .ints([9, 7])]),
    Case("ConvTranspose", [x, .image([4, 4, 3, 3])], ["pads": .ints([4, 4, 4, 4])]),
    Case("ConvTranspose", [x, .image([4, 4, 3, 3])], ["strides": .ints([1 << 16, 1 << 16])], code: .tooLarge),
    Case("ConvTranspose", [x, .image([4, 4, 3, 3])], ["group": .int(3)]),
    Case("MaxPool", [x]),
    Case("MaxPool", [x], ["kernel_shape": .ints([.max, 1])]),
    Case("MaxPool", [x], ["kernel_shape": .ints([0, 1])]),
    Case("MaxPool", [x], ["kernel_shape": kernel, "pads": .ints([3, 0, 0, 0])], code: .unsupported),
    Case("MaxPool", [x], ["kernel_shape": kernel, "dilations": .ints([1 << 16, 1 << 16])]),
    Case("AveragePool", [x], ["kernel_shape": .ints([7, 7])]),
    Case("AveragePool", [x], ["kernel_shape": kernel, "auto_pad": .string(Array("SAME".utf8))]),
    Case("GlobalMaxPool", [.image([1, 2, 0, 3])], code: .unsupported),
    Case("BatchNormalization", [x, .image([3]), .image([3]), .image([3]), .image([3])]),
    Case(
      "BatchNormalization", [x, .image([4]), .image([4]), .image([4]), .image([4])], ["training_mode": .int(1)],
      code: .unsupported),
    Case("InstanceNormalization", [x, .floats([1]), .floats([1])]),
    Case("LRN", [x], ["size": .int(.max)]),
    Case("DepthToSpace", [x], ["blocksize": .int(.max)]),
    Case("DepthToSpace", [x], ["blocksize": .int(0)]),
    Case("DepthToSpace", [x], ["blocksize": .int(3)]),
    Case("SpaceToDepth", [x], ["blocksize": .int(-2)]),
    Case("SpaceToDepth", [x], ["blocksize": .int(4)]),
  ]

  @Test(arguments: cases) func isRefused(_ test: Case) throws {
    let state = ImportState(opsets: ["": test.opset])
    var names: [String] = []
    for (index, input) in test.inputs.enumerated() {
      let name = "input\(index)"
      switch input {
      case .image(let shape): try state.addInput(name, shape: Shape(shape), type: .float)
      case .whole(let values): state.values[name] = .constant(OnnxTensor(values, shape: [values.count]))
      case .scalar(let value): state.values[name] = .constant(OnnxTensor([value], shape: []))
      case .floats(let values):
        state.values[name] = .constant(OnnxTensor(Tensor(shape: [values.count], values: values)))
      case .none: break
      }
      if case .none = input { names.append("") } else { names.append(name) }
    }
    let node = OnnxNode(
      name: "bad", type: test.type, domain: "", inputs: names, outputs: (0..<test.outputs).map { "y\($0)" },
      attributes: test.attributes)
    try #require(OperatorTable.find(test.type, domain: "") != nil)
    let error = #expect(throws: OnnxError.self) { try state.add([node], initializers: [:]) }
    guard let error else { return }
    #expect(error.code == test.code, "\(error)")
    #expect(error.message.lowercased().contains("node bad"), "\(error)")
  }

  /// Outputs that are not computed stop only those who need them.
  @Test func anOutputLeftOutIsRefusedWhereNeeded() throws {
    for type in ["Dropout", "MaxPool"] {
      let state = ImportState(opsets: ["": 11])
      try state.addInput("x", shape: [1, 2, 4, 4], type: .float)
      let node = OnnxNode(
        name: "first", type: type, domain: "", inputs: ["x"], outputs: ["y", "extra"],
        attributes: type == "MaxPool" ? ["kernel_shape": .ints([2, 2])] : [:])
      try state.add([node], initializers: [:])
      func read(_ input: String) throws {
        let next = OnnxNode(name: "next", type: "Relu", domain: "", inputs: [input], outputs: ["z"], attributes: [:])
        try state.add([next], initializers: [:])
      }
      try read("y")
      let error = #expect(throws: OnnxError.self) { try read("extra") }
      #expect(error?.code == .unsupported)
      #expect(error?.message.contains("node first") == true)
    }
  }
}
