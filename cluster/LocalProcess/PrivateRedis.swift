import Foundation

/// A redis-server of our own on this machine, without persistence.
package enum PrivateRedis {
    /// The command that runs it on 127.0.0.1; `nil` where redis-server is not installed.
    package static func command(port: Int) -> [String]? {
        let path: [String] = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let server = (path + ["/usr/sbin", "/usr/local/bin"]).map { "\($0)/redis-server" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        return server.map {
            [$0, "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/"]
        }
    }
}
