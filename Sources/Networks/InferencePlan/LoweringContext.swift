internal import CKernels
package import Tensors

/// What an operation may ask when it chooses its step: the rewritten graph, shapes, the instruction set.
package struct LoweringContext {
  let graph: Graph
  let ranks: [ValueID: Int]
  /// The shape each value has for the example the plan was made with.
  let exampleShapes: [ValueID: Shape]
  let isa: fk_isa
  /// Of the values that are not float32.
  var formats: [ValueID: ValueFormat] = [:]

  /// Channels that one instruction of the reduced precision multiplies together.
  var channelsInWord = 2

  func format(_ value: ValueID) -> ValueFormat { formats[value] ?? .float32 }

  /// Whether all of these are float32, so that the steps that know nothing else can be taken.
  func areFloats(_ values: [ValueID]) -> Bool { values.allSatisfy { formats[$0] == nil || formats[$0] == .float32 } }

  /// Whether the value can be read and written as channels-last pixels (rank 4, or rank 2 as single pixels).
  package func isChannelsLast(_ value: ValueID) -> Bool {
    guard graph.parameters[value] == nil, let rank = ranks[value] else { return false }
    return rank == 4 || rank == 2
  }

  /// Whether the value is computed and of rank 4: channels-last pixels.
  func isImage(_ value: ValueID) -> Bool { graph.parameters[value] == nil && ranks[value] == 4 }

  /// The tensors behind the values if every one of them is a parameter.
  package func parameters(_ values: some Sequence<ValueID>) -> [Tensor]? {
    var tensors: [Tensor] = []
    for value in values {
      guard let tensor = graph.parameters[value] else { return nil }
      tensors.append(tensor)
    }
    return tensors
  }
}
