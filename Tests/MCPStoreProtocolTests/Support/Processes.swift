import Foundation

/// Whether a process exists and is no zombie.
func isAlive(_ pid: Int32) -> Bool {
    guard let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
    let text = String(decoding: stat, as: UTF8.self)
    guard let name = text.lastIndex(of: ")") else { return false }
    return !text[name...].dropFirst(2).hasPrefix("Z")
}
