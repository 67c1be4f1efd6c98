import Foundation

/// Programs of this machine.
enum Program {
    /// The path of the first of these names that is on the PATH.
    static func find(_ names: String...) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return names.lazy.flatMap { name in folders.map { "\($0)/\(name)" } }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    static func isThere(_ name: String) -> Bool { find(name) != nil }
}
