import Foundation

/// Whether a process exists and is no zombie.
func isAlive(_ pid: Int32) -> Bool {
    guard let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
    let text = String(decoding: stat, as: UTF8.self)
    guard let name = text.lastIndex(of: ")") else { return false }
    return !text[name...].dropFirst(2).hasPrefix("Z")
}

/// Whether all these processes end within ten seconds. A process closes its descriptors shortly before it is gone, and nothing
/// tells of the end of a process that is not ours.
func haveEnded(_ pids: [Int32]) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while pids.contains(where: isAlive) {
        guard ContinuousClock.now < deadline else { return false }
        await Task.yield()
    }
    return true
}
