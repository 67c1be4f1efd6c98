/// How long a service took after a fault until it answered a call that was made after the fault began.
struct Recovery: Equatable, Sendable {
    var fault: String
    var service: String
    /// Microseconds from the start of the fault to the answer.
    var time: Int

    /// The slowest one of all faults and services.
    static func slowest(after faults: [FaultSpan], _ calls: [CallerLedger.Call]) -> Recovery? {
        var byService: [String: [(submitted: Int, ended: Int)]] = [:]
        for call in calls {
            guard let end = call.endings.first, end.outcome == "ok" else { continue }
            byService[call.call.service, default: []].append((call.submitted, end.at))
        }
        var slowest: Recovery?
        for (service, calls) in byService {
            let sorted = calls.sorted { $0.submitted < $1.submitted }
            // The earliest end of all calls from each one on.
            var earliest = sorted.map(\.ended)
            for index in earliest.indices.dropLast().reversed() { earliest[index] = min(earliest[index], earliest[index + 1]) }
            for fault in faults {
                var (low, high) = (0, sorted.count)
                while low < high {
                    let middle = (low + high) / 2
                    if sorted[middle].submitted < fault.from { low = middle + 1 } else { high = middle }
                }
                guard low < sorted.count else { continue }
                let time = earliest[low] - fault.from
                if time > slowest?.time ?? -1 { slowest = Recovery(fault: fault.name, service: service, time: time) }
            }
        }
        return slowest
    }
}
