@testable import LoadDriver

struct InstantTarget: LoadTarget {
    var answer = CallAnswer.ok

    func call(_ call: PlannedCall) async -> CallAnswer { answer }
}
