import MCPStoreQueue
import MCPStoreWorker

/// Checks what an entry says of limits over the whole cluster, and of the circuit.
struct LimitCheck {
    private(set) var problems: [String] = []

    /// - Parameter place: What it is called in a problem.
    mutating func limits(_ value: JSONValue, of place: String) {
        guard let members = value.objectValue else { return problems.append("\(place) must be an object, not \(value.kind)") }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
            switch name {
            case "concurrency": whole(value, name, place, CallLimit.allowedConcurrency)
            case "burst": whole(value, name, place, CallLimit.allowedBursts)
            case "rate":
                if value.numberValue.map(CallLimit.allowedRates.contains) != true {
                    problems.append("'rate' in \(place) must be a number of calls a second from 0.001 to 1000000")
                }
            default: problems.append("\(place) knows concurrency, rate and burst, not '\(name.oneLine.prefix(60))'")
            }
        }
        if members["burst"] != nil, members["rate"] == nil { problems.append("'burst' in \(place) needs a 'rate'") }
    }

    mutating func circuit(_ value: JSONValue) {
        guard let members = value.objectValue else { return problems.append("'circuit' must be an object, not \(value.kind)") }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
            switch name {
            case "failures": whole(value, name, "'circuit'", CircuitSettings.allowedFailures)
            case "openMs": whole(value, name, "'circuit'", CircuitSettings.allowedTimes)
            default: problems.append("'circuit' knows failures and openMs, not '\(name.oneLine.prefix(60))'")
            }
        }
    }

    private mutating func whole(_ value: JSONValue, _ name: String, _ place: String, _ range: ClosedRange<Int>) {
        guard value.integerValue.map(range.contains) != true else { return }
        problems.append("'\(name)' in \(place) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
}
