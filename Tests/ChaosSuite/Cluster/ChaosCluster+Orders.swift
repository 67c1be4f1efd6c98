import Foundation
import Glibc
import LoadDriver
import TestSupport

/// Tells MCP servers to misbehave: `toolserver --orders` looks for files in its service's folder.
extension ChaosCluster {
    nonisolated func orders(of service: String) -> String { "\(directory)/orders/\(service)" }

    /// Gives an order to whichever server of some service sees it first.
    ///
    /// - Returns: What takes it back.
    nonisolated func order(_ what: String, _ random: inout SeededGenerator) throws -> Undo {
        let service = plan.services[Int.random(in: 0..<plan.services.count, using: &random)]
        let path = "\(orders(of: service.name))/\(what)"
        guard FileManager.default.createFile(atPath: path, contents: nil) else { throw ChaosError("cannot write \(path)") }
        return {
            // Whoever has done it has taken it.
            if unlink(path) != 0, errno != ENOENT {
                throw ChaosError("cannot remove \(path): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Whether this server's service has an order.
    nonisolated func isOrdered(_ what: String, _ server: pid_t) -> Bool {
        plan.services.contains { service in
            ProcessTable.command(of: server).contains("\(orders(of: service.name)) ")
                && FileManager.default.fileExists(atPath: "\(orders(of: service.name))/\(what)")
        }
    }
}
