import Foundation
import Testing

@testable import LoadDriver

@Suite struct ScenarioFileTests {
    @Test func `every scenario that comes with the load tester is valid and says what it is`() throws {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = package.appendingPathComponent("loadtest/scenarios").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
        #expect(files.count >= 10)
        for file in files {
            let scenario = try Scenario.load(file: "\(folder)/\(file)")
            #expect(scenario.description.count > 10, "\(file)")
        }
    }
}
