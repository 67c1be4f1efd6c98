import Foundation

/// The environment of a child: built from nothing, so that no secret of this process reaches a server by accident.
enum ChildEnvironment {
    /// What a program needs to work at all.
    static let inherited = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"]

    /// The base environment plus what the server declares.
    static func make(
        declared: [String: String],
        from environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [String: String] {
        var result: [String: String] = [:]
        for key in self.inherited {
            // A value that begins like this is a shell function in disguise.
            if let value = environment[key], !value.hasPrefix("()") { result[key] = value }
        }
        return result.merging(declared) { _, declared in declared }
    }
}
