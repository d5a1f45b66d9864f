import Protocol
import Testing

@testable import Supervision

@Suite struct ReplayPolicyTests {
  @Test(arguments: [
    ("ping", true, true), ("status", true, true), ("detect", true, true), ("embed", true, true),
    ("verify", true, true), ("identify", true, true), ("subjects.list", true, true), ("subjects.get", true, true),
    ("enroll", false, true), ("subjects.rename", false, true), ("subjects.merge", false, true),
    ("subjects.remove", false, true), ("shutdown", false, false), ("train", false, false),
    ("stream.open", false, false), ("stream.frame", false, false), ("models.activate", false, true),
    ("models.list", true, true), ("models.import", false, false),
    ("of the future", false, false), ("", false, false),
  ])
  func table(method: String, withoutKey: Bool, withKey: Bool) {
    #expect(ReplayPolicy.allows(RequestSummary(method: method)) == withoutKey)
    #expect(ReplayPolicy.allows(RequestSummary(method: method, hasKey: true)) == withKey)
  }
}

@Suite struct RequestSummaryTests {
  @Test(arguments: [
    (#"{"method":"detect"}"#, RequestSummary(method: "detect")),
    (
      #"{"method":"enroll","key":"k","deadlineMs":251,"x":[1]}"#,
      RequestSummary(method: "enroll", hasKey: true, deadline: .milliseconds(251))
    ),
    (#"{"method":7,"key":7,"deadlineMs":"soon"}"#, RequestSummary(method: "")),
    (#"{"method":"ping","deadlineMs":-1}"#, RequestSummary(method: "ping")),
    (#"{"method":"ping","deadlineMs":1e300}"#, RequestSummary(method: "ping")),
    (#"["method"]"#, RequestSummary(method: "")),
    ("{", RequestSummary(method: "")),
    ("", RequestSummary(method: "")),
  ])
  func readsLeniently(json: String, expected: RequestSummary) {
    #expect(RequestSummary(json: Array(json.utf8)[...]) == expected)
  }

  @Test(arguments: [
    (#"{"deadlineMs":500,"method":"x"}"#, #"{"deadlineMs":40,"method":"x"}"#),
    (#"{ "deadlineMs" : 5e2 }"#, #"{ "deadlineMs" : 40 }"#),
    (#"{"method":"x","deadlineMs":500}"#, #"{"method":"x","deadlineMs":40}"#),
    (#"{"params":{"deadlineMs":1},"deadlineMs":500}"#, #"{"params":{"deadlineMs":1},"deadlineMs":40}"#),
    (#"{"note":"\"deadlineMs\":1","deadlineMs":500}"#, #"{"note":"\"deadlineMs\":1","deadlineMs":40}"#),
    (
      #"{"a":[{"deadlineMs":1}],"b":"deadlineMs","deadlineMs":9}"#,
      #"{"a":[{"deadlineMs":1}],"b":"deadlineMs","deadlineMs":40}"#
    ),
    (#"{"precise":0.10000000000000000001,"deadlineMs":9}"#, #"{"precise":0.10000000000000000001,"deadlineMs":40}"#),
    (#"{"method":"x"}"#, #"{"method":"x"}"#),
    (#"{"deadlineMs":"500"}"#, #"{"deadlineMs":"500"}"#),
    (#"{"deadlineMs""#, #"{"deadlineMs""#),
    (#"{"deadlineMs":"#, #"{"deadlineMs":"#),
    (#"{"deadlineMs\"#, #"{"deadlineMs\"#),
    ("", ""),
  ])
  func replacesOnlyTheDeadline(json: String, expected: String) {
    // Not at index 0, as in a frame.
    let padded = Array("....\(json)".utf8)
    let replaced = RequestSummary.json(padded[4...], withRemaining: .milliseconds(40.9))
    #expect(String(decoding: replaced, as: UTF8.self) == expected)
  }
}
