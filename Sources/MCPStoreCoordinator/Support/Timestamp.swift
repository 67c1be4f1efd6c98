import Foundation

/// Times as people read them.
enum Timestamp {
    /// Microseconds since 1970 as ISO 8601 in UTC with milliseconds.
    static func iso8601(_ microseconds: Int) -> String {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
            .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}
