import Foundation

/// The result of a run; its JSON is described in `docs/loadtest.md`.
package struct LoadReport: Codable, Sendable {
    /// Answers with `ok` that came while it was measured, a second.
    package var rate: Double
    /// Calls of the measured time, whatever became of them.
    package var calls: UInt64
    /// How long was measured.
    package var seconds: Double
    package var outcomes: [String: UInt64]
    /// Calls of the measured time that did not end with `ok`.
    package var errors: UInt64
    /// A few messages of each outcome that is no `ok`.
    package var examples: [String: [String]]
    /// By the name of the ``Leg``.
    package var legs: [String: LegReport]
    /// By mix entry.
    package var groups: [String: GroupReport]
    package var series: [SecondFigures]
    /// How late the driver itself started calls; nothing for a closed loop.
    package var lateness: LegReport?
    /// Whether the run was cancelled before its end.
    package var endedEarly: Bool
    /// Calls that were in flight when the run was cancelled; they are in no other figure.
    package var leftOut: Int
    package var scenario: Scenario
    /// ISO 8601, in UTC.
    package var started: String
    package var redis: RedisFigures?
    package var worker: WorkerFigures?
    package var machine: MachineFigures?

    package init(_ measurement: LoadMeasurement) {
        let all = GroupReport(measurement.all, seconds: measurement.seconds)
        rate = all.rate
        calls = all.calls
        seconds = (measurement.seconds * 1_000).rounded() / 1_000
        outcomes = measurement.outcomes
        errors = measurement.outcomes.reduce(0) { $1.key == Outcomes.ok ? $0 : $0 + $1.value }
        examples = measurement.examples
        legs = all.legs
        groups = measurement.groups.mapValues { GroupReport($0, seconds: measurement.seconds) }
        series = measurement.series
        lateness = measurement.lateness.map { LegReport($0) }
        endedEarly = measurement.endedEarly
        leftOut = measurement.leftOut
        scenario = measurement.scenario
        started = measurement.started.formatted(.iso8601)
    }

    package subscript(leg: Leg) -> LegReport? { legs[leg.rawValue] }

    /// - Returns: One line with sorted members.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// Members that are not known are ignored.
    ///
    /// - Throws: ``ReportError`` that names the file, and what to do.
    package static func load(file: String) throws -> LoadReport {
        do {
            return try JSONDecoder().decode(LoadReport.self, from: InputFile.read(file))
        } catch let error as DecodingError {
            throw ReportError(file: file, reason: "is not the JSON of a result: \(error.reason)")
        } catch let error as ScenarioError {
            throw ReportError(file: file, reason: "is not the JSON of a result: scenario.\(error)")
        } catch {
            throw ReportError(file: file, reason: "cannot be read: \(error.localizedDescription)")
        }
    }
}

extension DecodingError {
    fileprivate var reason: String {
        switch self {
        case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.isEmpty ? "no JSON object" : "\(MemberReader.path(context.codingPath)) is of another kind"
        @unknown default: "it cannot be decoded"
        }
    }
}
