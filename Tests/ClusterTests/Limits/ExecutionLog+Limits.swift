extension ExecutionLog {
    /// The most executions that were under way at one moment, over all processes.
    ///
    /// - Parameter counts: Which of them, by their ids.
    func mostAtOnce(where counts: (String) -> Bool = { _ in true }) throws -> Int {
        let changes = try lines().filter { counts($0.id) }.map { (at: $0.at, change: $0.event == "start" ? 1 : -1) }
        var (now, most) = (0, 0)
        // At the same microsecond one that ends makes room.
        for change in changes.sorted(by: { ($0.at, $0.change) < ($1.at, $1.change) }) {
            now += change.change
            most = max(most, now)
        }
        return most
    }

    /// Requests that the server refused as it was ordered to.
    func refused() throws -> Int { try lines().filter { $0.event == "refused" }.count }
}
