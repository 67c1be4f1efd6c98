import Foundation

/// Small, readable inputs under `Tests/Corpus/{target}`: what the mutations start from, and what was found before
/// (`finding-…`), which every run tries first.
enum Corpus {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Corpus")

    /// The entries of a target in the order of their names.
    static func entries(of target: String) throws -> [[UInt8]] {
        let folder = self.directory.appending(path: target)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()
        return try names.map { Array(try Data(contentsOf: folder.appending(path: $0))) }
    }
}
