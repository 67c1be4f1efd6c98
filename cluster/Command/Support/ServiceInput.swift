import Foundation
import MCPStore

/// JSON that a command reads: from its arguments, a file, or standard input.
enum ServiceInput {
    /// More on standard input is refused.
    static let most = 4 << 20

    /// - Parameter path: `-` reads standard input.
    static func read(file path: String) throws -> JSONValue {
        path == "-" ? try parse(try standardInput(), what: "standard input") : try ServiceFile.read(path)
    }

    static func parse(_ bytes: Data, what: String) throws -> JSONValue {
        try ServiceFile.parse(bytes, isTOML: false, what: what)
    }

    private static func standardInput() throws -> Data {
        guard let bytes = try FileHandle.standardInput.read(upToCount: most + 1) else { return Data() }
        guard bytes.count <= most else {
            throw CommandFailure(status: .usage, message: "standard input is larger than \(most >> 20) MiB")
        }
        return bytes
    }
}
