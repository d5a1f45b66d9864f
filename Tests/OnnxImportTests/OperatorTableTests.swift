import Testing

@testable import OnnxImport

@Suite struct OperatorTableTests {
  @Test func everyOperatorIsFoundByItsName() {
    for operation in OperatorTable.all {
      #expect(OperatorTable.find(operation.name, domain: operation.domain) == operation)
    }
  }
}
