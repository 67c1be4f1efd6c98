import Foundation
import Glibc
import NIOConcurrencyHelpers

/// A directory of a test's own. Removed by ``remove()``, and at the end of the process at the latest.
package final class TemporaryDirectory: Sendable {
    private static let all: NIOLockedValueBox<Set<String>> = {
        atexit { TemporaryDirectory.removeAll() }
        return NIOLockedValueBox([])
    }()

    /// Its path, without a slash at the end; short enough for Unix sockets in it.
    package let path: String

    /// Makes a new directory in the system's place for temporary files.
    package init(_ label: String) throws {
        var template = Array("/tmp/mcpstore-\(label)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ServerProcess.Failure(description: "mkdtemp: error \(errno)") }
        self.path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        let path = self.path
        Self.all.withLockedValue { _ = $0.insert(path) }
    }

    /// Removes the directory and all that is in it.
    package func remove() {
        Self.remove(self.path)
        let path = self.path
        Self.all.withLockedValue { _ = $0.remove(path) }
    }

    private static func removeAll() {
        for path in Self.all.withLockedValue({ $0 }) { Self.remove(path) }
    }

    private static func remove(_ path: String) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            // A server that is being killed may still write into it; what is left is in /tmp and harmless.
            print("cannot remove \(path): \(error)")
        }
    }
}
