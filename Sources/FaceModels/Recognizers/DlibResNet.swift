package import Networks
import Tensors
package import WeightFiles

/// dlib's face recognition network: a residual network of 29 convolutions on 150 x 150 RGB chips, 128 outputs.
///
/// The file itself lists the layers; this turns them into a graph. Reference: dlib `dnn_face_recognition_ex.cpp`, after
/// He et al. 2015. Input N x 3 x 150 x 150, (x - mean) / 256; output N x 128, not normalized.
package enum DlibResNet {
  /// The graph of `model`. What its input subtracts is in the manifest, as for every recognizer.
  package static func graph(_ model: DlibModel, side: Int = 150) throws -> Graph {
    var builder = GraphBuilder()
    var value = builder.input()
    var shape: Shape = [1, 3, side, side]
    var tags: [Int: (value: ValueID, shape: Shape)] = [:]

    func append(_ operation: any Operation, _ inputs: [(ValueID, Shape)], _ name: String) throws {
      do {
        shape = try operation.outputShapes(inputs.map(\.1))[0]
      } catch {
        throw ModelError(.invalid, "The dlib network does not fit together at \(name): \(error.message)")
      }
      value = builder.apply(operation, inputs.map(\.0), name: name)
    }
    func parameter(_ name: String, _ tensor: Tensor) -> (ValueID, Shape) {
      (builder.parameter(name, tensor), tensor.shape)
    }
    func tagged(_ id: Int, _ name: String) throws -> (ValueID, Shape) {
      guard let found = tags[id] else {
        throw ModelError(.invalid, "The dlib network refers to a missing tag at \(name).")
      }
      return (found.value, found.shape)
    }

    for (index, layer) in model.layers.enumerated() {
      let name = "layer\(index)"
      switch layer {
      case .input(let input):
        guard input.means.count == 3 else { throw ModelError(.invalid, "The dlib network does not take RGB pictures.") }
      case .convolution(let convolution):
        var inputs = [(value, shape), parameter("\(name).filters", convolution.filters)]
        if let bias = convolution.bias { inputs.append(parameter("\(name).bias", bias)) }
        let operation = Conv2d(
          stride: Extent(height: convolution.stride.rows, width: convolution.stride.columns),
          padding: Padding(vertical: convolution.padding.rows, horizontal: convolution.padding.columns))
        try append(operation, inputs, name)
      case .affine(let gamma, let beta):
        let (gamma, beta) = (gamma.reshaped([gamma.count]), beta.reshaped([beta.count]))
        try append(
          ChannelAffine(), [(value, shape), parameter("\(name).gamma", gamma), parameter("\(name).beta", beta)], name)
      case .relu:
        try append(ReLU(), [(value, shape)], name)
      case .maxPool(let pooling):
        try append(MaxPool2d(Window(pooling)), [(value, shape)], name)
      case .averagePool(let pooling):
        try append(AveragePool2d(Window(pooling)), [(value, shape)], name)
      case .averagePoolEverything:
        try append(GlobalAveragePool(), [(value, shape)], name)
      case .fullyConnected(let layer):
        try append(Flatten(), [(value, shape)], "\(name).flatten")
        let weight = try Transpose([1, 0]).forward([layer.weights])[0]
        var inputs = [(value, shape), parameter("\(name).weights", weight)]
        if let bias = layer.bias { inputs.append(parameter("\(name).bias", bias)) }
        try append(Linear(), inputs, name)
      case .tag(let id):
        tags[id] = (value, shape)
      case .skip(let id):
        (value, shape) = try tagged(id, name)
      case .addTagged(let id):
        let other = try tagged(id, name)
        let operation: any Operation = other.1 == shape ? Add() : AddPadded()
        try append(operation, [(value, shape), other], name)
      }
    }
    guard shape.rank == 2 else { throw ModelError(.invalid, "The dlib network does not end in an embedding.") }
    return builder.build(outputs: [value])
  }
}

extension Window {
  fileprivate init(_ pooling: DlibLayer.Pooling) {
    self.init(
      kernel: Extent(height: pooling.window.rows, width: pooling.window.columns),
      stride: Extent(height: pooling.stride.rows, width: pooling.stride.columns),
      padding: Padding(vertical: pooling.padding.rows, horizontal: pooling.padding.columns))
  }
}
