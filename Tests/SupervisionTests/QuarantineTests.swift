import Protocol
import Testing

@testable import Supervision

@Suite struct QuarantineTests {
  private func request(_ id: UInt64, _ json: String, attachments: [UInt8] = []) throws -> Frame {
    Frame(kind: .request, id: try #require(RequestID(id)), json: json, attachments: attachments)
  }

  @Test func remembersWhatRequestsCarry() throws {
    var quarantine = Quarantine()
    quarantine.insert(try request(1, #"{"method":"detect"}"#, attachments: [1, 2]))
    #expect(quarantine.contains(try request(7, #"{"method":"embed"}"#, attachments: [1, 2])))
    #expect(!quarantine.contains(try request(7, #"{"method":"detect"}"#, attachments: [1, 3])))
    quarantine.insert(try request(2, #"{"method":"train","params":{"seed":7,"scope":"head"},"key":"a"}"#))
    #expect(quarantine.contains(try request(8, #"{"params":{"scope":"head","seed":7},"method":"train","key":"b"}"#)))
    #expect(!quarantine.contains(try request(8, #"{"method":"train","params":{"scope":"head","seed":8}}"#)))
    #expect(quarantine.count == 2)
  }

  /// Two crashes that met it by chance must not close a method to everybody.
  @Test(arguments: [
    #"{"method":"status"}"#, #"{"method":"status","params":{}}"#, #"{"method":"status","params":null}"#,
  ])
  func doesNotRememberWhatCarriesNothing(_ json: String) throws {
    var quarantine = Quarantine()
    quarantine.insert(try request(1, json))
    #expect(quarantine.isEmpty)
    #expect(!quarantine.contains(try request(2, json)))
  }
}
