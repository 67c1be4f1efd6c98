import Foundation

/// A file that somebody names: a scenario or a result.
enum InputFile {
    /// Larger ones are none.
    static let mostBytes = 64 << 20

    private struct TooLarge: LocalizedError {
        var errorDescription: String? { "it has more than \(mostBytes >> 20) MiB" }
    }

    /// The whole content; also of a pipe.
    static func read(_ file: String) throws -> Data {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
        defer { try? handle.close() }
        var content = Data()
        while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty {
            content += part
            guard content.count <= mostBytes else { throw TooLarge() }
        }
        return content
    }
}
