/// The one list of operations. Adding one is its file in `Operations/`, a line here and a row of test cases.
package enum OperationCatalog {
  package static let all: [any Operation.Type] = [
    Add.self,
    AddPadded.self,
    AveragePool2d.self,
    BatchNorm.self,
    ChannelAffine.self,
    Concat.self,
    Conv2d.self,
    Dropout.self,
    Flatten.self,
    GlobalAveragePool.self,
    L2Normalize.self,
    Linear.self,
    MaxPool2d.self,
    PReLU.self,
    ReLU.self,
    Scale.self,
    Softmax.self,
    Transpose.self,
  ]
}
