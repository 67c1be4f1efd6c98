/// All faults that there are.
enum FaultCatalog {
    static let all: [any Fault] = [
        KillWorker(), KillCoordinator(), KillCaller(), KillGateway(), DrainGateway(), KillServer(), StopWorker(),
        StopCoordinator(),
        StopServer(), StopRedis(), KillRedis(), KillConnections(), FlushScripts(), RollingRestart(), StallNetwork(),
        DelayNetwork(),
        CutNetwork(), FillMemory(), ReadOnlyRedis(), FlushData(), FullDisk(), SkewClock(), HugeAnswer(), CrashInLine(),
        CrashAtStart(), LosePower(),
    ]

    /// Those that make sense with an `appendfsync`: where everything is synced, no power failure takes anything.
    static func all(appendfsync: String) -> [any Fault] { all.filter { appendfsync != "always" || !($0 is LosePower) } }

    /// - Throws: ``ChaosError`` that names all faults, where there is none of this name.
    static func find(_ name: String) throws(ChaosError) -> any Fault {
        guard let fault = all.first(where: { $0.name == name }) else {
            throw ChaosError("there is no fault '\(name)'; there are \(all.map(\.name).joined(separator: ", "))")
        }
        return fault
    }
}
