import Dispatch
import Synchronization

/// One measurement of the smallest possible stream cycle per job: XADD, XREADGROUP, XACK and XDEL in batches, XADD of the reply,
/// XREAD. No JSON, no fence, no stats, no store. The consumer runs on a queue of its own.
struct FloorMeasurement {
    /// What came out.
    struct Result {
        var jobs: Int
        var seconds: Double
        /// Sorted, in nanoseconds.
        var latencies: [UInt64]
        var redisCPU: Double
        var commands: [(name: String, calls: Double, microseconds: Double)]

        var rate: Double { Double(jobs) / seconds }
        var redisMicroseconds: Double { redisCPU / Double(jobs) * 1e6 }
        func percentile(_ share: Double) -> Double {
            latencies.isEmpty ? 0 : Double(latencies[min(Int(Double(latencies.count) * share), latencies.count - 1)]) / 1000
        }
    }

    let address: FloorAddress
    /// Bytes of a job.
    let payload: Int
    let stop: FloorStop

    /// Keeps `inFlight` jobs in flight over one connection, reading replies in batches.
    func window(jobs: Int, inFlight: Int, batch: Int) throws -> Result {
        try measure(jobs: jobs, warmUp: 0, batch: batch, most: inFlight, merges: true) { caller, begin, answered in
            var begun = [UInt64](repeating: 0, count: jobs)
            var sent = 0
            var done = 0
            var free = min(inFlight, jobs)
            while done < jobs {
                try stop.check()
                let now = Self.now()
                for _ in 0..<free {
                    begun[sent] = now
                    caller.appendJob(sent)
                    sent += 1
                }
                caller.appendRead()
                for _ in 0..<free { try caller.connection.confirm() }
                let reply = try caller.connection.reply()
                let then = Self.now()
                let before = done
                try caller.received(reply) { id in
                    guard begun.indices.contains(id) else { throw FloorError("a reply names a job that was not sent") }
                    answered(then - begun[id])
                    done += 1
                }
                free = min(jobs - sent, done - before)
            }
        }
    }

    /// One job at a time.
    ///
    /// - Parameter merges: Whether writes travel with the next read, on both sides.
    func pingPong(jobs: Int, merges: Bool) throws -> Result {
        let warmUp = jobs / 10
        return try measure(jobs: jobs, warmUp: warmUp, batch: 1, most: 1, merges: merges) { caller, begin, answered in
            for id in 0..<(jobs + warmUp) {
                if id == warmUp { try begin() }
                try stop.check()
                let start = Self.now()
                caller.appendJob(id)
                if merges { caller.appendRead() }
                try caller.connection.confirm()
                if !merges { caller.appendRead() }
                let reply = try caller.connection.reply()
                try caller.received(reply) { answer in
                    guard answer == id else { throw FloorError("a reply is not the one of its job") }
                }
                if id >= warmUp { answered(Self.now() - start) }
            }
        }
    }

    private func measure(
        jobs: Int,
        warmUp: Int,
        batch: Int,
        most: Int,
        merges: Bool,
        _ call: (inout FloorCaller, _ begin: () throws -> Void, _ answered: (UInt64) -> Void) throws -> Void
    ) throws -> Result {
        let keys = FloorKeys.unique()
        let control = try HiredisConnection(address)
        try keys.prepare(control)
        defer { do { try keys.remove(control) } catch { print("could not remove \(keys.jobs): \(error)") } }
        var caller = try FloorCaller(address, keys, payload: payload, most: most)

        let failure = Mutex<(any Error)?>(nil)
        let finished = DispatchGroup()
        let (address, stop) = (address, stop)
        DispatchQueue(label: "floor.consumer", qos: .userInteractive).async(group: finished) {
            do {
                var consumer = try FloorConsumer(address, keys, batch: batch)
                try consumer.run(jobs + warmUp, merges: merges, stop: stop)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        var latencies: [UInt64] = []
        latencies.reserveCapacity(jobs)
        var before = try RedisUsage(control)
        var start = Self.now()
        do {
            try call(&caller, { (before, start) = (try RedisUsage(control), Self.now()) }, { latencies.append($0) })
        } catch {
            // The streams are removed behind its last write.
            stop.request()
            finished.wait()
            throw failure.withLock { $0 is CancellationError ? nil : $0 } ?? error
        }
        let seconds = Double(Self.now() - start) / 1e9
        let after = try RedisUsage(control)
        finished.wait()
        if let error = failure.withLock({ $0 }) { throw error }
        guard latencies.count == jobs else { throw FloorError("\(latencies.count) of \(jobs) jobs were answered") }
        latencies.sort()
        return Result(
            jobs: jobs,
            seconds: seconds,
            latencies: latencies,
            redisCPU: after.cpu - before.cpu,
            commands: after.commands(since: before, jobs: jobs)
        )
    }

    private static func now() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
}
