import Foundation
import Glibc
import TestSupport

/// `mcpstore` of another version, in which the scripts are other ones: Redis knows scripts by what they say, so that workers of
/// both versions run side by side, each its own.
///
/// It is a copy of the program in which a space that stands in nearly every script is a tab. That means the same to Lua, and gives
/// every such script another name in Redis.
enum OtherVersion {
    /// Texts of `KeyLease`, one of which stands in each script that it wraps, and what they become.
    private static let texts = [
        ("local reply = run()\nif KEYS[1]", "local\treply = run()\nif KEYS[1]"),
        ("local function lease(key)", "local\tfunction lease(key)"),
    ]

    /// Makes the copy.
    ///
    /// - Returns: Its path.
    /// - Throws: ``ChaosError`` where the program holds no such text; errors of files.
    static func make(in directory: String) throws -> String {
        let folder = "\(directory)/other-version"
        let path = "\(folder)/mcpstore"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let original = URL(filePath: BuiltProduct.path(of: "mcpstore")).resolvingSymlinksInPath().path
        try FileManager.default.copyItem(atPath: original, toPath: path)
        let program = try Data(contentsOf: URL(filePath: original), options: .alwaysMapped)
        guard let file = FileHandle(forUpdatingAtPath: path) else { throw ChaosError("cannot write \(path)") }
        for (text, other) in texts {
            let places = program.withUnsafeBytes { find(Array(text.utf8), in: $0) }
            guard !places.isEmpty else {
                throw ChaosError("\(original) holds no '\(text)': KeyLease says something else now, and OtherVersion must follow")
            }
            for place in places {
                try file.seek(toOffset: UInt64(place))
                try file.write(contentsOf: Data(other.utf8))
            }
        }
        try file.close()
        return path
    }

    /// Where a text begins.
    static func find(_ text: [UInt8], in bytes: UnsafeRawBufferPointer) -> [Int] {
        guard let start = bytes.baseAddress, let first = text.first else { return [] }
        var places: [Int] = []
        var position = 0
        while position + text.count <= bytes.count,
            let found = memchr(start + position, Int32(first), bytes.count - text.count + 1 - position)
        {
            position = start.distance(to: UnsafeRawPointer(found))
            if memcmp(start + position, text, text.count) == 0 { places.append(position) }
            position += 1
        }
        return places
    }
}
