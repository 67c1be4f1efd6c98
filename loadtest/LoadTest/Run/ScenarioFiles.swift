import Foundation
import LoadDriver

/// The scenarios that come with the load tester, in `loadtest/scenarios`.
enum ScenarioFiles {
    /// Reads a scenario by its name or the path of its file.
    ///
    /// - Throws: ``LoadTestError``, `ScenarioError`.
    static func load(_ name: String) throws -> Scenario {
        if name.contains("/") || name.hasSuffix(".json") { return try Scenario.load(file: name) }
        let folder = try folder()
        let file = "\(folder)/\(name).json"
        guard FileManager.default.fileExists(atPath: file) else {
            throw LoadTestError("there is no scenario '\(name)'; there are \(try names(in: folder).joined(separator: ", "))")
        }
        return try Scenario.load(file: file)
    }

    /// All of them.
    static func all() throws -> [Scenario] {
        let folder = try folder()
        return try names(in: folder).map { try Scenario.load(file: "\(folder)/\($0).json") }
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.map {
            String($0.dropLast(".json".count))
        }.sorted()
    }

    private static func folder() throws -> String {
        do { return try PackageFiles.place(of: "loadtest/scenarios") } catch {
            throw LoadTestError("\(error): give --scenario the path of a file")
        }
    }
}
