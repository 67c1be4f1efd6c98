import Foundation

/// The instruction counts with which others are compared, as they lie in `loadtest/micro.json`:
/// `{environment: {piece: instructions for one operation}}`.
///
/// Counts depend on the compiler, its optimisation and the processor's kind, those of Redis on its version: each environment has
/// its own.
package struct InstructionBaseline: Sendable, Equatable {
    private var environments: [String: [String: Int]]

    package init() { environments = [:] }

    /// - Throws: ``InstructionError`` that names the file. A file that is not there is a baseline without counts.
    package static func load(file: String) throws -> InstructionBaseline {
        guard FileManager.default.fileExists(atPath: file) else { return InstructionBaseline() }
        do {
            var baseline = InstructionBaseline()
            let data = try Data(contentsOf: URL(fileURLWithPath: file))
            baseline.environments = try JSONDecoder().decode([String: [String: Int]].self, from: data)
            return baseline
        } catch is DecodingError {
            throw InstructionError("\(file) is no {environment: {piece: instructions}}; renew it with --write")
        } catch {
            throw InstructionError("\(file) cannot be read: \(error.localizedDescription)")
        }
    }

    /// The count of one piece; setting it adds the environment where it is not known.
    package subscript(piece: String, environment: String) -> Int? {
        get { environments[environment]?[piece] }
        set { environments[environment, default: [:]][piece] = newValue }
    }

    /// - Returns: Lines with sorted members, so that a change of one count is a change of one line.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(environments) + Data("\n".utf8)
    }
}
