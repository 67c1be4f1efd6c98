import ArgumentParser

/// What there is more of beside a call that stays the same.
enum GrowthCase: String, CaseIterable, ExpressibleByArgument {
    /// Keys of somebody else in the same Redis.
    case keys
    /// Jobs that wait in another lane of the space.
    case queued
    /// Services whose lanes the worker reads as well.
    case services
    /// Spaces that the same worker and the same caller have open.
    case spaces
    /// Calls in flight.
    case callers
    /// Bytes of each call.
    case payload

    /// What is measured for it, each beside the plain case.
    ///
    /// - Parameter scale: 1 for the real amounts; less for a quick look.
    func steps(scale: Double) -> [GrowthStep] {
        func amount(_ full: Int) -> Int { max(Int(Double(full) * scale), 1) }
        switch self {
        case .keys: return [GrowthStep(named: "unrelated keys", amount(1_000_000)) { $0.unrelatedKeys = $1 }]
        case .queued: return [GrowthStep(named: "queued jobs", amount(1_000_000)) { $0.queuedJobs = $1 }]
        case .services: return [GrowthStep(named: "services", amount(10_000)) { $0.services = $1 }]
        case .spaces: return [GrowthStep(named: "spaces", amount(1_000)) { $0.spaces = $1 }]
        case .callers: return [GrowthStep(named: "callers", max(amount(1_000), 64)) { $0.callers = $1 }]
        case .payload:
            return [1 << 10, 1 << 14, 1 << 16, 1 << 20].map { bytes in
                GrowthStep(named: "bytes a call", bytes) { $0.payload = $1 }
            }
        }
    }
}
